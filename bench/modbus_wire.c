// SPDX-License-Identifier: Apache-2.0
// What both kinds of wire are made of. Every wait of our own ends at once when aborted; libmodbus
// waits in select(2) and knows nothing of that, so a connection is shut down under it.
#include "bench/modbus_wire.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/modbus_calls.h"
#include "bench/modbus_wire_parts.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"

// ---- Making ----

struct modbus_wire *modbus_wire_make(bool line)
{
    struct modbus_wire *wire = mem_new(1, sizeof(*wire));

    wire->line = line;
    wire->slot = -1;
    wire->abort_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wire;
}

int modbus_wire_fail(struct modbus_wire *wire, int err, char *why, char **ret_why)
{
    modbus_wire_free(&wire);
    *ret_why = why;
    return err;
}

int modbus_wire_too_many(struct modbus_wire *wire, char **ret_why)
{
    return modbus_wire_fail(
        wire, ERR_TOO_MANY,
        str_format("no descriptor below %d is free, and libmodbus can use no other; "
                   "open the bench before a fleet, or use fewer connections",
                   MODBUS_DRIVER_FD_MAX),
        ret_why);
}

void modbus_wire_free(struct modbus_wire **wire)
{
    if (!*wire)
        return;
    if ((*wire)->context) {
        if ((*wire)->line)
            modbus_close((*wire)->context);
        modbus_free((*wire)->context);
    }
    if ((*wire)->slot >= 0)
        close((*wire)->slot);
    if ((*wire)->abort_fd >= 0)
        close((*wire)->abort_fd);
    free((*wire)->not_available);
    free(*wire);
    *wire = NULL;
}

// ---- Waiting ----

int modbus_wire_wait(struct modbus_wire *wire, int fd, short events, int64_t until_ns)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = wire->abort_fd, .events = POLLIN}};

    for (;;) {
        int64_t left_ns = until_ns - loop_host_ns();
        struct timespec left = {0};

        if (left_ns > 0)
            left = (struct timespec){left_ns / SIM_NS_PER_S, left_ns % SIM_NS_PER_S};
        int count = ppoll(fds, 2, &left, NULL);

        if (count < 0 && errno != EINTR)
            return -errno;
        if (atomic_load(&wire->aborted))
            return ERR_CANCELLED;
        if (count > 0 && fds[0].revents)
            return 0;
        if (count == 0)
            return ERR_TIMEOUT;
    }
}

int modbus_wire_write(struct modbus_wire *wire, int fd, const uint8_t *data, size_t length,
                      int64_t deadline_ns)
{
    while (length > 0) {
        ssize_t count = wire->line ? write(fd, data, length) : send(fd, data, length, MSG_NOSIGNAL);
        int err;

        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return modbus_calls_error(errno);
        if (count > 0) {
            data += count;
            length -= (size_t)count;
            continue;
        }
        err = modbus_wire_wait(wire, fd, POLLOUT, deadline_ns);
        if (err < 0)
            return err;
    }
    return 0;
}

bool modbus_wire_is_gone(int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLIN};

    return poll(&fds, 1, 0) > 0 && fds.revents & (POLLHUP | POLLERR | POLLNVAL);
}

ssize_t modbus_wire_read(struct modbus_wire *wire, int fd, uint8_t *data, size_t room,
                         int64_t until_ns)
{
    for (;;) {
        int err = modbus_wire_wait(wire, fd, POLLIN, until_ns);
        ssize_t count;

        if (err < 0)
            return err;
        count = read(fd, data, room);
        if (count > 0)
            return count;
        if (count == 0 && !wire->line)
            return ERR_CLOSED;
        if (count == 0 && modbus_wire_is_gone(fd))
            return ERR_IO;
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return wire->line ? ERR_IO : modbus_calls_error(errno);
    }
}

// ---- Exchanging ----

bool modbus_wire_answers(const struct modbus_exchange *exchange, uint8_t unit, const uint8_t *pdu)
{
    return unit == exchange->unit &&
           (pdu[0] == exchange->pdu[0] || pdu[0] == (exchange->pdu[0] | 0x80));
}

void modbus_wire_take(struct modbus_exchange *exchange, const uint8_t *pdu, size_t length)
{
    memcpy(exchange->reply, pdu, length);
    exchange->reply_length = length;
}

int modbus_wire_exchange(struct modbus_wire *wire, struct modbus_exchange *exchange)
{
    int err;

    assert(exchange->length >= 1 && exchange->length <= MODBUS_PDU_BYTES_MAX);
    if (exchange->length > MODBUS_PDU_BYTES_MAX || exchange->timeout_ns <= 0)
        return ERR_RANGE;
    err = wire->line ? modbus_wire_exchange_rtu(wire, exchange)
                     : modbus_wire_exchange_tcp(wire, exchange);
    return err < 0 && atomic_load(&wire->aborted) ? ERR_CANCELLED : err;
}

void modbus_wire_abort(struct modbus_wire *wire)
{
    uint64_t one = 1;
    ssize_t written;

    atomic_store(&wire->aborted, true);
    written = write(wire->abort_fd, &one, sizeof(one));
    (void)written; // A full counter is a signal too.
    if (!wire->line)
        shutdown(wire->slot, SHUT_RDWR);
}

void modbus_wire_rearm(struct modbus_wire *wire)
{
    uint64_t count;
    ssize_t got = read(wire->abort_fd, &count, sizeof(count));

    (void)got; // Nothing to take is as good.
    atomic_store(&wire->aborted, false);
}

bool modbus_wire_is_line(const struct modbus_wire *wire)
{
    return wire->line;
}

const char *modbus_wire_not_available(const struct modbus_wire *wire)
{
    return wire->not_available;
}

struct modbus_driver_stats modbus_wire_stats(const struct modbus_wire *wire)
{
    return wire->stats;
}

// SPDX-License-Identifier: Apache-2.0
// A Modbus TCP connection under libmodbus. The socket is moved onto the descriptor that was
// reserved for it, which keeps libmodbus below FD_SETSIZE and makes the number safe to shut down
// from another thread: it is never anybody else's.
#include "bench/modbus_wire_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/modbus_calls.h"
#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/proto/modbus/mbap.h"

#define STALE_READS_MAX 64
#define TCP_BUFFER_BYTES 2048
#define OWN_TRANSACTION_BIT 0x8000u // libmodbus counts from 1, its raw requests are 0.

int modbus_wire_tcp_new(const struct address *to, struct modbus_wire **ret, char **ret_why)
{
    struct modbus_wire *wire = modbus_wire_make(false);

    wire->to = *to;
    if (wire->abort_fd >= 0)
        wire->slot = fcntl(wire->abort_fd, F_DUPFD_CLOEXEC, 0);
    if (wire->slot < 0) {
        int err = -errno;

        return modbus_wire_fail(wire, err, str_format("no descriptor is free: %s", err_text(err)),
                                ret_why);
    }
    if (wire->slot >= MODBUS_DRIVER_FD_MAX)
        return modbus_wire_too_many(wire, ret_why);
    // The address is never used: libmodbus gets a socket that is connected already.
    wire->context = modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT);
    assert(wire->context);
    modbus_set_error_recovery(wire->context, MODBUS_ERROR_RECOVERY_NONE);
    *ret = wire;
    return 0;
}

static socklen_t put_address(const struct address *address, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    memset(ret, 0, sizeof(*ret));
    if (address->family == 4) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        memcpy(&v4->sin_addr, address->ip, 4);
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address->port);
    memcpy(&v6->sin6_addr, address->ip, 16);
    return sizeof(*v6);
}

static int finish_connect(struct modbus_wire *wire, int fd, int64_t deadline_ns)
{
    struct sockaddr_storage to;
    socklen_t length = put_address(&wire->to, &to);
    int error = 0;
    socklen_t error_length = sizeof(error);
    int on = 1;
    int err;

    if (connect(fd, (struct sockaddr *)&to, length) < 0) {
        if (errno != EINPROGRESS)
            return modbus_calls_error(errno);
        err = modbus_wire_wait(wire, fd, POLLOUT, deadline_ns);
        if (err < 0)
            return err;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_length) < 0)
        error = errno;
    if (error)
        return modbus_calls_error(error);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return 0;
}

static int tcp_connect(struct modbus_wire *wire, int64_t deadline_ns)
{
    int family = wire->to.family == 4 ? AF_INET : AF_INET6;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int err;

    if (fd < 0)
        return -errno;
    err = finish_connect(wire, fd, deadline_ns);
    if (err == 0 && dup3(fd, wire->slot, O_CLOEXEC) < 0)
        err = -errno;
    close(fd);
    if (err < 0)
        return err;
    wire->connected = true;
    wire->stats.connections++;
    modbus_set_socket(wire->context, wire->slot);
    // An abort between the connect and the dup3 has shut down nothing.
    return atomic_load(&wire->aborted) ? ERR_CANCELLED : 0;
}

static void tcp_disconnect(struct modbus_wire *wire)
{
    if (!wire->connected)
        return;
    dup3(wire->abort_fd, wire->slot, O_CLOEXEC);
    wire->connected = false;
}

// Drops what came unasked since the last answer; false when the peer has left.
static bool tcp_is_alive(struct modbus_wire *wire)
{
    uint8_t bytes[TCP_BUFFER_BYTES];

    for (unsigned i = 0; wire->connected && i < STALE_READS_MAX; i++) {
        ssize_t count = recv(wire->slot, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (count < 0 && errno != EINTR)
            return errno == EAGAIN;
        if (count == 0)
            return false;
    }
    return false;
}

// 1 when the answer is there, 0 when more bytes are needed, or an error. What belongs to another
// transaction is dropped.
static int find_answer(struct modbus_wire *wire, struct modbus_exchange *exchange, uint8_t *bytes,
                       size_t *length)
{
    struct bytes_in in = bytes_in(bytes, *length);
    struct modbus_mbap frame;
    int got;

    while ((got = modbus_mbap_next(&in, &frame)) == 1) {
        if (frame.transaction != wire->transaction)
            continue;
        if (!modbus_wire_answers(exchange, frame.unit, frame.pdu))
            return ERR_UNEXPECTED;
        modbus_wire_take(exchange, frame.pdu, frame.length);
        return 1;
    }
    *length = bytes_left(&in);
    memmove(bytes, in.at, *length);
    return got;
}

static int own_tcp(struct modbus_wire *wire, struct modbus_exchange *exchange)
{
    uint8_t frame[MODBUS_TCP_BYTES_MAX];
    uint8_t bytes[TCP_BUFFER_BYTES];
    size_t length = 0;
    int err;

    wire->transaction = (uint16_t)(wire->transaction + 1) | OWN_TRANSACTION_BIT;
    modbus_mbap_put(frame, wire->transaction, exchange->unit, exchange->length);
    memcpy(frame + MODBUS_MBAP_BYTES, exchange->pdu, exchange->length);
    err = modbus_wire_write(wire, wire->slot, frame, MODBUS_MBAP_BYTES + exchange->length,
                            exchange->deadline_ns);
    while (err == 0) {
        ssize_t count = modbus_wire_read(wire, wire->slot, bytes + length, sizeof(bytes) - length,
                                         exchange->deadline_ns);

        if (count < 0)
            return (int)count;
        length += (size_t)count;
        err = find_answer(wire, exchange, bytes, &length);
    }
    return err < 0 ? err : 0;
}

int modbus_wire_exchange_tcp(struct modbus_wire *wire, struct modbus_exchange *exchange)
{
    bool carried = modbus_calls_carry(false, exchange->unit, exchange->pdu, exchange->length);
    int err = 0;

    exchange->deadline_ns = loop_host_ns() + exchange->timeout_ns;
    if (!tcp_is_alive(wire)) {
        tcp_disconnect(wire);
        err = tcp_connect(wire, exchange->deadline_ns);
    }
    exchange->sent_ns = loop_host_ns();
    if (err == 0)
        err = carried ? modbus_calls_run(wire->context, exchange) : own_tcp(wire, exchange);
    if (carried)
        wire->stats.by_libmodbus++;
    else
        wire->stats.by_own++;
    // A late answer must not become the answer to the next question.
    if (err < 0)
        tcp_disconnect(wire);
    return err;
}

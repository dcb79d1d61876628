// SPDX-License-Identifier: Apache-2.0
// The blocking side of a Modbus port. Every wait of our own ends at once when aborted; libmodbus
// waits in select(2) and knows nothing of that, so a connection is shut down under it. A TCP socket
// is moved onto the descriptor that was reserved for it, which keeps libmodbus below FD_SETSIZE and
// makes the number safe to shut down from another thread: it is never anybody else's.
#include "bench/modbus_wire.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <modbus.h>

#include "bench/modbus_calls.h"
#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/proto/modbus/mbap.h"
#include "sim/proto/modbus/rtu.h"

#define STALE_READS_MAX 64
#define TCP_BUFFER_BYTES 2048
#define OWN_TRANSACTIONS_FROM 0x8000u // libmodbus counts from 1, its raw requests are 0.
// A USB adapter hands characters on in heaps, up to 16 ms apart.
#define SILENCE_NS (20 * SIM_NS_PER_MS)
#define SERIAL_FOLDER "/dev/serial/by-id"

struct modbus_wire {
    bool line;
    modbus_t *context;
    int abort_fd;
    atomic_bool aborted;
    struct modbus_driver_stats stats;

    struct address to;
    int slot; // TCP: the reserved descriptor; a copy of abort_fd while not connected.
    bool connected;
    uint16_t transaction;

    struct line_timing timing;
    int64_t last_ns; // When the line was last heard or used.
    char *not_available;
};

// ---- Waiting ----

// 0 when `fd` is ready, ERR_TIMEOUT or ERR_CANCELLED.
static int wait_for(struct modbus_wire *wire, int fd, short events, int64_t until_ns)
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

static int write_all(struct modbus_wire *wire, int fd, const uint8_t *data, size_t length,
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
        err = wait_for(wire, fd, POLLOUT, deadline_ns);
        if (err < 0)
            return err;
    }
    return 0;
}

// A tty set up by libmodbus reads 0 bytes when there are none (VMIN and VTIME are 0), and also when
// its adapter is unplugged or the other end of a pty is closed.
static bool tty_is_gone(int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLIN};

    return poll(&fds, 1, 0) > 0 && fds.revents & (POLLHUP | POLLERR | POLLNVAL);
}

// Returns bytes read, or an error; 0 never.
static ssize_t read_some(struct modbus_wire *wire, int fd, uint8_t *data, size_t room,
                         int64_t until_ns)
{
    for (;;) {
        int err = wait_for(wire, fd, POLLIN, until_ns);
        ssize_t count;

        if (err < 0)
            return err;
        count = read(fd, data, room);
        if (count > 0)
            return count;
        if (count == 0 && !wire->line)
            return ERR_CLOSED;
        if (count == 0 && tty_is_gone(fd))
            return ERR_IO;
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return wire->line ? ERR_IO : modbus_calls_error(errno);
    }
}

// ---- Making ----

static int fail_new(struct modbus_wire *wire, int err, char *why, char **ret_why)
{
    modbus_wire_free(&wire);
    *ret_why = why;
    return err;
}

static struct modbus_wire *wire_new(bool line)
{
    struct modbus_wire *wire = mem_new(1, sizeof(*wire));

    wire->line = line;
    wire->slot = -1;
    wire->transaction = OWN_TRANSACTIONS_FROM;
    wire->abort_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wire;
}

static int too_many(struct modbus_wire *wire, char **ret_why)
{
    return fail_new(wire, ERR_TOO_MANY,
                    str_format("no descriptor below %d is free, and libmodbus can use no other; "
                               "open the bench before a fleet, or use fewer connections",
                               MODBUS_DRIVER_FD_MAX),
                    ret_why);
}

int modbus_wire_tcp_new(const struct address *to, struct modbus_wire **ret, char **ret_why)
{
    struct modbus_wire *wire = wire_new(false);

    wire->to = *to;
    if (wire->abort_fd >= 0)
        wire->slot = fcntl(wire->abort_fd, F_DUPFD_CLOEXEC, 0);
    if (wire->slot < 0) {
        int err = -errno;

        return fail_new(wire, err, str_format("no descriptor is free: %s", err_text(err)), ret_why);
    }
    if (wire->slot >= MODBUS_DRIVER_FD_MAX)
        return too_many(wire, ret_why);
    // The address is never used: libmodbus gets a socket that is connected already.
    wire->context = modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT);
    assert(wire->context);
    modbus_set_error_recovery(wire->context, MODBUS_ERROR_RECOVERY_NONE);
    *ret = wire;
    return 0;
}

static bool baud_is_usual(uint32_t baud)
{
    static const uint32_t usual[] = {300,    600,    1200,   2400,   4800,   9600,
                                     19200,  38400,  57600,  115200, 230400, 460800,
                                     500000, 576000, 921600, 1000000};

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (usual[i] == baud)
            return true;
    return false;
}

static void note_missing(struct modbus_wire *wire, const char *text)
{
    char *notes = str_format("%s%s%s", wire->not_available ? wire->not_available : "",
                             wire->not_available ? "; " : "", text);

    free(wire->not_available);
    wire->not_available = notes;
}

// Opens with the parity asked for, or without one where the driver refuses it.
static int connect_tty(struct modbus_wire *wire, const char *path,
                       const struct modbus_driver_serial *serial)
{
    static const char letters[] = {'N', 'E', 'O'};
    int stop_bits = (int)serial->stop_bits;

    if (stop_bits == 0)
        stop_bits = serial->parity == LINE_PARITY_NONE ? 2 : 1;
    wire->context = modbus_new_rtu(path, (int)serial->baud, letters[serial->parity], 8, stop_bits);
    if (!wire->context)
        return -errno;
    if (modbus_connect(wire->context) == 0)
        return 0;
    if (errno != EINVAL || serial->parity == LINE_PARITY_NONE)
        return -errno;
    modbus_free(wire->context);
    note_missing(wire, "parity: the driver of this terminal refuses it");
    wire->context = modbus_new_rtu(path, (int)serial->baud, 'N', 8, stop_bits);
    if (!wire->context || modbus_connect(wire->context) < 0)
        return -errno;
    return 0;
}

static int keep_tty(struct modbus_wire *wire, const struct modbus_driver_serial *serial)
{
    int fd = modbus_get_socket(wire->context);
    struct termios settings;

    if (!isatty(fd))
        return ERR_TYPE;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? ERR_EXISTS : -errno;
    ioctl(fd, TIOCEXCL);
    if (serial->parity != LINE_PARITY_NONE && !wire->not_available &&
        (tcgetattr(fd, &settings) < 0 || !(settings.c_cflag & PARENB)))
        note_missing(wire, "parity: the driver of this terminal does not keep it");
    if (serial->rs485 && modbus_rtu_set_serial_mode(wire->context, MODBUS_RTU_RS485) < 0)
        note_missing(wire, "RS-485 mode: the driver of this terminal has none");
    return 0;
}

static int tty_error(int err)
{
    switch (err) {
    case -ENOTTY:
        return ERR_TYPE;
    case -EBUSY:
        return ERR_EXISTS;
    case -ENOENT:
        return ERR_NOT_FOUND;
    default:
        return err;
    }
}

static const char *tty_problem(int err)
{
    if (err == ERR_EXISTS)
        return "another process holds it";
    return err == ERR_TYPE ? "it is no serial port" : err_text(err);
}

int modbus_wire_rtu_new(const struct modbus_driver_serial *serial, struct modbus_wire **ret,
                        char **ret_why)
{
    struct modbus_wire *wire = wire_new(true);
    char *path = strchr(serial->path, '/') ? str_copy(serial->path)
                                           : str_format(SERIAL_FOLDER "/%s", serial->path);
    int err = 0;

    if (!baud_is_usual(serial->baud) || serial->stop_bits > 2)
        err = ERR_RANGE;
    if (err == 0)
        err = tty_error(connect_tty(wire, path, serial));
    if (err == 0)
        err = keep_tty(wire, serial);
    if (err < 0) {
        char *why = str_format("%s cannot be used: %s", path, tty_problem(err));

        free(path);
        return fail_new(wire, err, why, ret_why);
    }
    free(path);
    if (modbus_get_socket(wire->context) >= MODBUS_DRIVER_FD_MAX)
        return too_many(wire, ret_why);
    modbus_set_error_recovery(wire->context, MODBUS_ERROR_RECOVERY_NONE);
    wire->timing = line_timing(serial->baud, serial->parity);
    wire->last_ns = loop_host_ns();
    *ret = wire;
    return 0;
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

// ---- TCP ----

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
        err = wait_for(wire, fd, POLLOUT, deadline_ns);
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

static bool answers(const struct modbus_exchange *exchange, uint8_t unit, const uint8_t *pdu)
{
    return unit == exchange->unit &&
           (pdu[0] == exchange->pdu[0] || pdu[0] == (exchange->pdu[0] | 0x80));
}

static void take_reply(struct modbus_exchange *exchange, const uint8_t *pdu, size_t length)
{
    memcpy(exchange->reply, pdu, length);
    exchange->reply_length = length;
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
        if (!answers(exchange, frame.unit, frame.pdu))
            return ERR_UNEXPECTED;
        take_reply(exchange, frame.pdu, frame.length);
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

    wire->transaction = (uint16_t)(wire->transaction + 1) | OWN_TRANSACTIONS_FROM;
    modbus_mbap_put(frame, wire->transaction, exchange->unit, exchange->length);
    memcpy(frame + MODBUS_MBAP_BYTES, exchange->pdu, exchange->length);
    err = write_all(wire, wire->slot, frame, MODBUS_MBAP_BYTES + exchange->length,
                    exchange->deadline_ns);
    while (err == 0) {
        ssize_t count = read_some(wire, wire->slot, bytes + length, sizeof(bytes) - length,
                                  exchange->deadline_ns);

        if (count < 0)
            return (int)count;
        length += (size_t)count;
        err = find_answer(wire, exchange, bytes, &length);
    }
    return err < 0 ? err : 0;
}

static int tcp_exchange(struct modbus_wire *wire, struct modbus_exchange *exchange)
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

// ---- RTU ----

// Waits until the line has been silent for t3.5 (V1.02 2.5.1.1), dropping what still comes.
static int wait_for_quiet(struct modbus_wire *wire, int fd, int64_t deadline_ns)
{
    uint8_t bytes[MODBUS_RTU_BYTES_MAX];
    int err = 0;

    for (;;) {
        ssize_t count = read(fd, bytes, sizeof(bytes));
        int64_t quiet_ns = wire->last_ns + wire->timing.t35_ns;

        if (count > 0)
            wire->last_ns = loop_host_ns();
        if (count == 0 && tty_is_gone(fd))
            return ERR_IO;
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return ERR_IO;
        if (loop_host_ns() > deadline_ns)
            return ERR_TIMEOUT;
        if (count > 0)
            continue;
        if (loop_host_ns() >= quiet_ns)
            return 0;
        err = wait_for(wire, fd, POLLIN, quiet_ns);
        if (err < 0 && err != ERR_TIMEOUT)
            return err;
    }
}

static int own_rtu_receive(struct modbus_wire *wire, int fd, struct modbus_exchange *exchange)
{
    int64_t silence_ns = wire->timing.t35_ns > SILENCE_NS ? wire->timing.t35_ns : SILENCE_NS;
    uint8_t bytes[MODBUS_RTU_BYTES_MAX];
    struct modbus_rtu_frame frame;
    struct modbus_rtu_rx rx;

    modbus_rtu_reset(&rx);
    for (;;) {
        int64_t until_ns = rx.length ? wire->last_ns + silence_ns : exchange->deadline_ns;
        ssize_t count = read_some(wire, fd, bytes, sizeof(bytes), until_ns);
        int got;

        if (count > 0) {
            wire->last_ns = loop_host_ns();
            modbus_rtu_chars(&rx, bytes, (size_t)count, false);
            if (!rx.overlong)
                continue;
        } else if (count != ERR_TIMEOUT || rx.length == 0) {
            return (int)count;
        }
        got = modbus_rtu_silence(&rx, &frame);
        if (got < 0)
            return got;
        if (got == 1 && answers(exchange, frame.unit, frame.pdu)) {
            take_reply(exchange, frame.pdu, frame.length);
            return 0;
        }
    }
}

static int own_rtu(struct modbus_wire *wire, int fd, struct modbus_exchange *exchange)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(exchange->unit, exchange->pdu, exchange->length, frame);
    int err = write_all(wire, fd, frame, length, exchange->deadline_ns);

    if (err < 0 || exchange->unit != MODBUS_UNIT_BROADCAST)
        return err < 0 ? err : own_rtu_receive(wire, fd, exchange);
    exchange->reply_length = 0;
    err = wait_for(wire, wire->abort_fd, POLLIN,
                   exchange->sent_ns + (int64_t)length * wire->timing.char_ns +
                       MODBUS_WIRE_TURNAROUND_NS);
    return err == ERR_TIMEOUT ? 0 : err;
}

static int rtu_exchange(struct modbus_wire *wire, struct modbus_exchange *exchange)
{
    bool carried = modbus_calls_carry(true, exchange->unit, exchange->pdu, exchange->length);
    int64_t leaving_ns = (int64_t)(exchange->length + 3) * wire->timing.char_ns;
    int fd = modbus_get_socket(wire->context);
    int err;

    exchange->sent_ns = loop_host_ns();
    err = wait_for_quiet(wire, fd, exchange->sent_ns + exchange->timeout_ns);
    exchange->sent_ns = loop_host_ns();
    exchange->deadline_ns = exchange->sent_ns + leaving_ns + exchange->timeout_ns;
    if (err == 0)
        err = carried ? modbus_calls_run(wire->context, exchange) : own_rtu(wire, fd, exchange);
    if (carried)
        wire->stats.by_libmodbus++;
    else
        wire->stats.by_own++;
    wire->last_ns = loop_host_ns();
    // What reads as "reset" on a connection is a terminal that has gone.
    return err == ERR_RESET ? ERR_IO : err;
}

// ---- For the worker and its owner ----

int modbus_wire_exchange(struct modbus_wire *wire, struct modbus_exchange *exchange)
{
    int err;

    assert(exchange->length >= 1 && exchange->length <= MODBUS_PDU_BYTES_MAX);
    if (exchange->length > MODBUS_PDU_BYTES_MAX || exchange->timeout_ns <= 0)
        return ERR_RANGE;
    err = wire->line ? rtu_exchange(wire, exchange) : tcp_exchange(wire, exchange);
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

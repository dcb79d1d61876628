// SPDX-License-Identifier: Apache-2.0
// A tty under libmodbus in RTU mode: opening it, the silence between frames, and our own exchange
// on the same descriptor for what libmodbus cannot carry.
#include "bench/modbus_wire_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "bench/modbus_calls.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/proto/modbus/rtu.h"

// A USB adapter hands characters on in heaps, up to 16 ms apart.
#define SILENCE_NS (20 * SIM_NS_PER_MS)
#define SERIAL_FOLDER "/dev/serial/by-id"

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
    struct modbus_wire *wire = modbus_wire_make(true);
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
        return modbus_wire_fail(wire, err, why, ret_why);
    }
    free(path);
    if (modbus_get_socket(wire->context) >= MODBUS_DRIVER_FD_MAX)
        return modbus_wire_too_many(wire, ret_why);
    modbus_set_error_recovery(wire->context, MODBUS_ERROR_RECOVERY_NONE);
    wire->timing = line_timing(serial->baud, serial->parity);
    wire->last_ns = loop_host_ns();
    *ret = wire;
    return 0;
}

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
        if (count == 0 && modbus_wire_is_gone(fd))
            return ERR_IO;
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return ERR_IO;
        if (loop_host_ns() > deadline_ns)
            return ERR_TIMEOUT;
        if (count > 0)
            continue;
        if (loop_host_ns() >= quiet_ns)
            return 0;
        err = modbus_wire_wait(wire, fd, POLLIN, quiet_ns);
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
        ssize_t count = modbus_wire_read(wire, fd, bytes, sizeof(bytes), until_ns);
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
        if (got == 1 && modbus_wire_answers(exchange, frame.unit, frame.pdu)) {
            modbus_wire_take(exchange, frame.pdu, frame.length);
            return 0;
        }
    }
}

static int own_rtu(struct modbus_wire *wire, int fd, struct modbus_exchange *exchange)
{
    uint8_t frame[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(exchange->unit, exchange->pdu, exchange->length, frame);
    int err = modbus_wire_write(wire, fd, frame, length, exchange->deadline_ns);

    if (err < 0 || exchange->unit != MODBUS_UNIT_BROADCAST)
        return err < 0 ? err : own_rtu_receive(wire, fd, exchange);
    exchange->reply_length = 0;
    err = modbus_wire_wait(wire, wire->abort_fd, POLLIN,
                           exchange->sent_ns + (int64_t)length * wire->timing.char_ns +
                               MODBUS_WIRE_TURNAROUND_NS);
    return err == ERR_TIMEOUT ? 0 : err;
}

int modbus_wire_exchange_rtu(struct modbus_wire *wire, struct modbus_exchange *exchange)
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

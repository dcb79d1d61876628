// SPDX-License-Identifier: Apache-2.0
// Opening is one function per thing that can be refused; running is three events: characters came,
// the line fell silent, the last character left.
#include "sim/edge/tty.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/tty_marks.h"

#define TTY_BY_ID "/dev/serial/by-id/"
#define TTY_READ_BYTES 1024

struct edge_tty {
    struct line_port port; // First.
    struct core *core;
    char *path;
    struct str not_available;
    struct loop_io *io;
    struct loop_timer *silence;
    struct loop_timer *sent;
    int fd;
    int error;
    int64_t silence_ns;
    int64_t char_ns; // On this wire: start, 8 data, parity, stop.
    uint8_t out[LINE_SEND_BYTES_MAX];
    size_t out_length;
    size_t out_written;
    bool sending;
    struct tty_marks marks;
    bool busy; // In on_io(); a port detached there is freed at its end.
    bool detached;
};

struct baud_row {
    uint32_t baud;
    speed_t speed;
};

static const struct baud_row baud_rows[] = {
    {300, B300},       {600, B600},       {1200, B1200},     {2400, B2400},
    {4800, B4800},     {9600, B9600},     {19200, B19200},   {38400, B38400},
    {57600, B57600},   {115200, B115200}, {230400, B230400}, {460800, B460800},
    {500000, B500000}, {576000, B576000}, {921600, B921600}, {1000000, B1000000},
};

static const struct baud_row *find_baud(uint32_t baud)
{
    for (size_t i = 0; i < sizeof(baud_rows) / sizeof(baud_rows[0]); i++)
        if (baud_rows[i].baud == baud)
            return &baud_rows[i];
    return NULL;
}

static void not_available(struct edge_tty *tty, const char *what, const char *why)
{
    str_addf(&tty->not_available, "%s%s: %s", tty->not_available.length ? "; " : "", what, why);
}

// ---- Opening -----------------------------------------------------------------------------------

static int open_exclusive(struct edge_tty *tty)
{
    tty->fd = open(tty->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (tty->fd < 0)
        return errno == ENOENT || errno == ENXIO ? ERR_NOT_FOUND
               : errno == EBUSY                  ? ERR_EXISTS
                                                 : -errno;
    if (!isatty(tty->fd))
        return ERR_TYPE;
    if (flock(tty->fd, LOCK_EX | LOCK_NB) < 0) // Against other testbays, root's too.
        return errno == EWOULDBLOCK ? ERR_EXISTS : -errno;
    if (ioctl(tty->fd, TIOCEXCL) < 0) // Against everybody who opens it later.
        return -errno;
    return 0;
}

static int set_termios(struct edge_tty *tty, const struct edge_tty_options *options,
                       unsigned stop_bits)
{
    const struct baud_row *row = find_baud(options->baud);
    struct termios wanted = {0};
    struct termios got;

    cfmakeraw(&wanted);
    wanted.c_iflag |= INPCK | PARMRK;
    wanted.c_cflag = CS8 | CREAD | CLOCAL | (stop_bits == 2 ? CSTOPB : 0);
    if (options->parity != LINE_PARITY_NONE)
        wanted.c_cflag |= PARENB | (options->parity == LINE_PARITY_ODD ? PARODD : 0);
    wanted.c_cc[VMIN] = 1;
    cfsetspeed(&wanted, row->speed);
    if (tcsetattr(tty->fd, TCSANOW, &wanted) < 0 || tcgetattr(tty->fd, &got) < 0)
        return -errno;
    if ((got.c_cflag & (PARENB | PARODD)) != (wanted.c_cflag & (PARENB | PARODD)))
        not_available(tty, "parity", "not kept by the driver");
    if ((got.c_cflag & (CSTOPB | CSIZE)) != (wanted.c_cflag & (CSTOPB | CSIZE)))
        not_available(tty, "character size", "not kept by the driver");
    if (cfgetospeed(&got) != row->speed)
        not_available(tty, "baud rate", "not kept by the driver");
    tcflush(tty->fd, TCIOFLUSH);
    return 0;
}

static void set_rs485(struct edge_tty *tty)
{
    struct serial_rs485 rs485 = {.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND};

    if (ioctl(tty->fd, TIOCSRS485, &rs485) == 0)
        return;
    not_available(tty, "RS-485 mode",
                  errno == ENOTTY || errno == EINVAL ? "the driver has none" : strerror(errno));
}

// ---- Running -----------------------------------------------------------------------------------

// The adapter is gone. Nothing more is heard, and sending says so.
static void fail(struct edge_tty *tty, int error)
{
    log_warn(tty->path, "the serial port is gone: %s", err_text(error));
    tty->error = error;
    tty->sending = false;
    loop_timer_stop(tty->sent);
    loop_io_set(tty->io, 0);
}

static void tty_free(struct edge_tty *tty)
{
    loop_io_free(&tty->io);
    loop_timer_free(&tty->silence);
    loop_timer_free(&tty->sent);
    if (tty->fd >= 0) {
        tcflush(tty->fd, TCIOFLUSH); // Or closing waits for characters that cannot leave.
        ioctl(tty->fd, TIOCNXCL);
        close(tty->fd);
    }
    str_done(&tty->not_available);
    free(tty->path);
    free(tty);
}

// Writes what is left; the moment of the last character is computed from here.
static void write_out(struct edge_tty *tty)
{
    size_t left = tty->out_length - tty->out_written;
    ssize_t written = write(tty->fd, tty->out + tty->out_written, left);

    if (written < 0 && errno != EAGAIN && errno != EINTR) {
        fail(tty, ERR_IO);
        return;
    }
    if (written > 0)
        tty->out_written += (size_t)written;
    left = tty->out_length - tty->out_written;
    loop_io_set(tty->io, left ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    if (left == 0)
        loop_timer_start(tty->sent, (int64_t)tty->out_length * tty->char_ns);
}

static void on_readable(struct edge_tty *tty)
{
    uint8_t data[TTY_READ_BYTES];
    ssize_t length = read(tty->fd, data, sizeof(data));
    bool damaged = false;
    size_t kept;

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        fail(tty, ERR_IO);
        return;
    }
    loop_timer_start(tty->silence, tty->silence_ns);
    kept = tty_marks_undo(&tty->marks, data, (size_t)length, &damaged);
    if (kept > 0)
        tty->port.events->on_chars(&tty->port, data, kept, damaged ? LINE_DAMAGED : 0,
                                   tty->port.user);
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct edge_tty *tty = user;

    (void)io;
    tty->busy = true;
    if (revents & LOOP_WRITE && tty->sending)
        write_out(tty);
    if (revents & LOOP_READ && !tty->error)
        on_readable(tty);
    tty->busy = false;
    if (tty->detached)
        tty_free(tty);
}

static void on_silence(struct loop_timer *timer, void *user)
{
    struct edge_tty *tty = user;

    (void)timer;
    if (!tty->sending)
        tty->port.events->on_silence(&tty->port, tty->port.user);
}

// By the baud rate everything has left; a driver that is behind is given the time of what it still
// has.
static void on_sent(struct loop_timer *timer, void *user)
{
    struct edge_tty *tty = user;
    int queued = 0;

    if (ioctl(tty->fd, TIOCOUTQ, &queued) == 0 && queued > 0) {
        loop_timer_start(timer, queued * tty->char_ns);
        return;
    }
    tty->sending = false;
    loop_timer_start(tty->silence, tty->silence_ns);
    tty->port.events->on_sent(&tty->port, tty->port.user);
}

static int tty_send(struct line_port *port, const void *data, size_t length)
{
    struct edge_tty *tty = (struct edge_tty *)port;

    if (tty->error)
        return tty->error;
    if (tty->sending)
        return ERR_FULL;
    if (length > LINE_SEND_BYTES_MAX)
        return ERR_TOO_LONG;
    memcpy(tty->out, data, length);
    tty->out_length = length;
    tty->out_written = 0;
    tty->sending = true;
    loop_timer_stop(tty->silence);
    write_out(tty);
    return tty->error;
}

static void tty_detach(struct line_port *port)
{
    struct edge_tty *tty = (struct edge_tty *)port;

    tty->detached = true;
    if (!tty->busy)
        tty_free(tty);
}

static const struct line_port_ops tty_ops = {.send = tty_send, .detach = tty_detach};

int edge_tty_open(struct core *core, const struct edge_tty_options *options, struct line_port **ret)
{
    unsigned stop_bits = options->stop_bits;
    int64_t slack_ns = options->slack_ns ? options->slack_ns : EDGE_TTY_SLACK_NS;
    struct edge_tty *tty;
    int error;

    if (stop_bits == 0)
        stop_bits = options->parity == LINE_PARITY_NONE ? 2 : 1;
    if (!find_baud(options->baud) || stop_bits > 2)
        return ERR_RANGE;
    tty = mem_new(1, sizeof(*tty));
    tty->port.ops = &tty_ops;
    tty->port.timing = line_timing(options->baud, options->parity);
    tty->core = core;
    tty->path = str_format("%s%s", strchr(options->name, '/') ? "" : TTY_BY_ID, options->name);
    tty->silence_ns = tty->port.timing.t35_ns > slack_ns ? tty->port.timing.t35_ns : slack_ns;
    tty->char_ns = (9 + (options->parity != LINE_PARITY_NONE) + stop_bits) * SIM_NS_PER_S /
                   (int64_t)options->baud;
    error = open_exclusive(tty);
    if (error == 0)
        error = set_termios(tty, options, stop_bits);
    if (error) {
        tty_free(tty);
        return error;
    }
    if (options->rs485)
        set_rs485(tty);
    tty->io = loop_io_new(core_loop(core), tty->fd, LOOP_READ, on_io, tty);
    tty->silence = loop_timer_new(core_loop(core), on_silence, tty);
    tty->sent = loop_timer_new(core_loop(core), on_sent, tty);
    *ret = &tty->port;
    return 0;
}

const char *edge_tty_not_available(const struct line_port *port)
{
    const struct edge_tty *tty = (const struct edge_tty *)port;

    return tty->not_available.length ? str_text(&tty->not_available) : NULL;
}

const char *edge_tty_path(const struct line_port *port)
{
    return ((const struct edge_tty *)port)->path;
}

int edge_tty_error(const struct line_port *port)
{
    return ((const struct edge_tty *)port)->error;
}

// SPDX-License-Identifier: Apache-2.0
// What a program writes comes in pieces of any size. A piece that may be a frame goes on the line
// as it is; shorter ones are gathered until t3.5 passes without another. While the line still
// carries one piece the next waits, and follows it without a gap: what the program wrote as one
// frame stays one.
#include "sim/edge/pty.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/queue.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

#define PTY_NAME_ROOM 64
#define PTY_GAP_NS_MIN SIM_NS_PER_MS // What the host's loop can tell apart.

struct edge_pty {
    struct line_port *port; // NULL until attached.
    char *link;
    char device[PTY_NAME_ROOM];
    int master;
    struct loop_io *io;
    struct loop_timer *gap;  // Runs while a short piece waits for more.
    struct loop_timer *open; // Runs while nobody has it open.
    bool is_open;
    bool sending; // The line carries a piece of ours.
    struct queue in;
    struct queue out; // Heard, and not yet followed by silence.
    struct edge_pty_stats stats;
};

// ---- Towards the line --------------------------------------------------------------------------

// Puts the next piece on the line.
static void talk(struct edge_pty *pty)
{
    size_t length = pty->in.length < LINE_SEND_BYTES_MAX ? pty->in.length : LINE_SEND_BYTES_MAX;

    if (!pty->port || pty->sending || length == 0)
        return;
    loop_timer_stop(pty->gap);
    if (line_send(pty->port, queue_peek(&pty->in), length) == 0) {
        pty->sending = true;
        queue_drop(&pty->in, length);
    }
}

static void on_gap(struct loop_timer *timer, void *user)
{
    (void)timer;
    talk(user);
}

static int64_t gap_ns(const struct edge_pty *pty)
{
    int64_t t35_ns = pty->port ? pty->port->timing.t35_ns : 0;

    return t35_ns > PTY_GAP_NS_MIN ? t35_ns : PTY_GAP_NS_MIN;
}

static void take_in(struct edge_pty *pty, const uint8_t *data, size_t length)
{
    size_t put = pty->port ? queue_put(&pty->in, data, length) : 0;

    pty->stats.bytes_in += length;
    pty->stats.bytes_lost += length - put;
    if (put == 0 || pty->sending)
        return;
    if (put == pty->in.length && put >= EDGE_PTY_CHUNK_BYTES)
        talk(pty);
    else
        loop_timer_start(pty->gap, gap_ns(pty));
}

// ---- The program's end -------------------------------------------------------------------------

static void go_closed(struct edge_pty *pty)
{
    pty->is_open = false;
    loop_io_set(pty->io, 0);
    loop_timer_start(pty->open, EDGE_PTY_REOPEN_MS * SIM_NS_PER_MS);
}

// A master whose other end is closed reports a hang-up for ever, so it is not watched meanwhile but
// asked now and then.
static void on_open_timer(struct loop_timer *timer, void *user)
{
    struct edge_pty *pty = user;
    struct pollfd poll_fd = {.fd = pty->master, .events = POLLIN};

    if (poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLHUP && !(poll_fd.revents & POLLIN)) {
        loop_timer_start(timer, EDGE_PTY_REOPEN_MS * SIM_NS_PER_MS);
        return;
    }
    pty->is_open = true;
    loop_io_set(pty->io, LOOP_READ);
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct edge_pty *pty = user;
    uint8_t data[EDGE_PTY_BYTES_MAX];
    ssize_t length = read(pty->master, data, sizeof(data));

    (void)io;
    (void)revents;
    if (length > 0)
        take_in(pty, data, (size_t)length);
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        go_closed(pty); // EIO: the last one closed it.
}

// ---- From the line -----------------------------------------------------------------------------

static void on_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user)
{
    struct edge_pty *pty = user;

    (void)port;
    (void)flags; // A pty cannot say it; a damaged frame fails its checksum.
    pty->stats.bytes_lost += length - queue_put(&pty->out, data, length);
}

// A pty has no baud rate that would hold a quick master back: were it told sooner, its next request
// could follow on the reply without the gap that parts two frames.
static void on_silence(struct line_port *port, void *user)
{
    struct edge_pty *pty = user;
    ssize_t written = pty->is_open ? write(pty->master, queue_peek(&pty->out), pty->out.length) : 0;

    (void)port;
    if (written < 0)
        written = 0;
    pty->stats.bytes_out += (size_t)written;
    pty->stats.bytes_lost += pty->out.length - (size_t)written;
    queue_drop(&pty->out, pty->out.length);
}

static void on_sent(struct line_port *port, void *user)
{
    struct edge_pty *pty = user;

    (void)port;
    pty->sending = false;
    talk(pty);
}

static const struct line_events pty_events = {
    .on_chars = on_chars,
    .on_silence = on_silence,
    .on_sent = on_sent,
};

// ---- Making it ---------------------------------------------------------------------------------

// Opens the pair and closes the far end again: from then on the kernel tells "nobody has it open"
// from "open". The settings stay with the pair, so that a program that sets none still gets a raw
// one.
static int open_pair(struct edge_pty *pty)
{
    struct termios raw;
    int slave;

    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (pty->master < 0 || grantpt(pty->master) < 0 || unlockpt(pty->master) < 0)
        return -errno;
    if (ptsname_r(pty->master, pty->device, sizeof(pty->device)) != 0)
        return -errno;
    slave = open(pty->device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return -errno;
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    close(slave);
    return 0;
}

// A link that an earlier run left is replaced; whatever else is there stays.
static int make_link(const struct edge_pty *pty)
{
    static const char ours[] = "/dev/pts/";
    char target[PTY_NAME_ROOM] = "";

    if (symlink(pty->device, pty->link) == 0)
        return 0;
    if (errno != EEXIST)
        return -errno;
    if (readlink(pty->link, target, sizeof(target) - 1) < 0 ||
        strncmp(target, ours, sizeof(ours) - 1) != 0)
        return ERR_EXISTS;
    if (unlink(pty->link) < 0 || symlink(pty->device, pty->link) < 0)
        return -errno;
    return 0;
}

int edge_pty_new(struct core *core, const char *link_path, struct edge_pty **ret)
{
    struct edge_pty *pty = mem_new(1, sizeof(*pty));
    int error;

    queue_init(&pty->in, EDGE_PTY_BYTES_MAX);
    queue_init(&pty->out, EDGE_PTY_BYTES_MAX);
    error = open_pair(pty);
    if (error == 0) {
        pty->link = str_copy(link_path);
        error = make_link(pty);
    }
    if (error) {
        if (pty->master >= 0)
            close(pty->master);
        free(pty->link);
        free(pty);
        return error;
    }
    pty->io = loop_io_new(core_loop(core), pty->master, 0, on_io, pty);
    pty->gap = loop_timer_new(core_loop(core), on_gap, pty);
    pty->open = loop_timer_new(core_loop(core), on_open_timer, pty);
    go_closed(pty);
    *ret = pty;
    return 0;
}

void edge_pty_attach(struct edge_pty *pty, struct line_port *port)
{
    assert(!pty->port);
    pty->port = port;
    line_set_events(port, &pty_events, pty);
}

void edge_pty_free(struct edge_pty **base)
{
    struct edge_pty *pty = *base;
    char target[PTY_NAME_ROOM] = "";

    if (!pty)
        return;
    line_detach(&pty->port);
    loop_io_free(&pty->io);
    loop_timer_free(&pty->gap);
    loop_timer_free(&pty->open);
    close(pty->master);
    if (readlink(pty->link, target, sizeof(target) - 1) > 0 && strcmp(target, pty->device) == 0)
        unlink(pty->link);
    queue_done(&pty->in);
    queue_done(&pty->out);
    free(pty->link);
    free(pty);
    *base = NULL;
}

const char *edge_pty_link(const struct edge_pty *pty)
{
    return pty->link;
}

const char *edge_pty_device(const struct edge_pty *pty)
{
    return pty->device;
}

bool edge_pty_is_open(const struct edge_pty *pty)
{
    return pty->is_open;
}

struct edge_pty_stats edge_pty_stats(const struct edge_pty *pty)
{
    return pty->stats;
}

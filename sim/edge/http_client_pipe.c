// SPDX-License-Identifier: Apache-2.0
// How the library's descriptor comes to its conn; from then on the two are a splice, whose near end
// is ours and whose far end is what it is joined to.
#include "sim/edge/http_client_pipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/edge/sockets.h"
#include "sim/edge/splice.h"

struct http_pipe {
    struct splice splice; // First: the user of both conns.
    struct http_pipes *pipes;
    struct http_pipe *next;
    struct http_pipe *previous;
    int listener; // Until the library has connected; -1 after.
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; // Of the listener.
    struct core_work work;                                  // Looks whether it has.
    http_pipe_fn *fn;
    void *user; // NULL: forgotten.
};

static void close_listener(struct http_pipe *pipe)
{
    if (pipe->listener < 0)
        return;
    close(pipe->listener);
    unlink(pipe->path);
    pipe->listener = -1;
}

static void pipe_free(struct http_pipe *pipe)
{
    if (pipe->previous)
        pipe->previous->next = pipe->next;
    else
        pipe->pipes->first = pipe->next;
    if (pipe->next)
        pipe->next->previous = pipe->previous;
    pipe->pipes->count--;
    core_cancel(pipe->pipes->ends.core, &pipe->work);
    close_listener(pipe);
    free(pipe);
}

static void on_end(struct splice *splice, enum splice_side side, int reason)
{
    struct http_pipe *pipe = (struct http_pipe *)splice;

    if (side == SPLICE_FAR && pipe->user)
        pipe->fn(pipe->user, reason);
    pipe_free(pipe);
}

static void pipe_drop(struct http_pipe *pipe)
{
    splice_tell(pipe->splice.ends[SPLICE_NEAR], ERR_RESET);
    splice_tell(pipe->splice.ends[SPLICE_FAR], ERR_RESET);
    pipe_free(pipe);
}

// ---- The library's end ----

static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid();
}

// The library connected when it had the descriptor, or has thought better of it.
static void pipe_accept(void *user)
{
    struct http_pipe *pipe = user;
    struct conn *near;
    int fd;

    while ((fd = accept4(pipe->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (is_ours(fd))
            break;
        close(fd);
    }
    if (fd < 0) {
        pipe_drop(pipe);
        return;
    }
    close_listener(pipe);
    near = socket_conn_new(&pipe->pipes->ends, fd, SOCKET_STANDS);
    pipe->splice.ends[SPLICE_NEAR] = near;
    conn_set_events(near, &splice_events[SPLICE_NEAR], pipe);
    conn_resume(pipe->splice.ends[SPLICE_FAR]);
}

static int make_folder(struct http_pipes *pipes)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(pipes->folder, sizeof(pipes->folder), "%s/testbay-pipe-XXXXXX",
                          parent && *parent ? parent : "/tmp");

    if ((size_t)length < sizeof(pipes->folder) && mkdtemp(pipes->folder))
        return 0;
    pipes->folder[0] = '\0';
    return (size_t)length < sizeof(pipes->folder) ? -errno : ERR_TOO_LONG;
}

static int draw_name(struct http_pipes *pipes, struct http_pipe_name *ret)
{
    int err = *pipes->folder ? 0 : make_folder(pipes);
    int length;

    if (err < 0)
        return err;
    length = snprintf(ret->address.sun_path, sizeof(ret->address.sun_path), "%s/%" PRIx64,
                      pipes->folder, ++pipes->opened);
    ret->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
    return 0;
}

static int open_ends(struct http_pipes *pipes, struct http_pipe_name *ret_name, int *ret_listener,
                     int *ret_fd)
{
    const struct sockaddr *address = (const struct sockaddr *)&ret_name->address;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int err = listener < 0 || fd < 0 ? -errno : 0;

    *ret_name = (struct http_pipe_name){.address = {.sun_family = AF_UNIX}};
    if (err == 0)
        err = draw_name(pipes, ret_name);
    if (err == 0 && (bind(listener, address, ret_name->length) < 0 || listen(listener, 1) < 0))
        err = -errno;
    if (err == 0) {
        *ret_listener = listener;
        *ret_fd = fd;
        return 0;
    }
    if (listener >= 0) {
        unlink(ret_name->address.sun_path); // Where it was bound and not more.
        close(listener);
    }
    if (fd >= 0)
        close(fd);
    return err;
}

int http_pipe_open(struct http_pipes *pipes, struct host *host, const struct address *to,
                   http_pipe_fn *fn, void *user, int *ret_fd, struct http_pipe_name *ret_name)
{
    struct http_pipe *pipe = mem_new(1, sizeof(*pipe));
    int fd = -1;
    int err;

    pipe->listener = -1;
    err = open_ends(pipes, ret_name, &pipe->listener, &fd);
    if (err == 0) {
        memcpy(pipe->path, ret_name->address.sun_path, sizeof(pipe->path));
        err = host_connect(host, to, &splice_events[SPLICE_FAR], pipe,
                           &pipe->splice.ends[SPLICE_FAR]);
    }
    if (err < 0) {
        close_listener(pipe);
        if (fd >= 0)
            close(fd);
        free(pipe);
        return err;
    }
    pipe->splice.on_end = on_end;
    pipe->pipes = pipes;
    pipe->fn = fn;
    pipe->user = user;
    pipe->work = (struct core_work){.fn = pipe_accept, .user = pipe};
    core_post(pipes->ends.core, &pipe->work);
    pipe->next = pipes->first;
    if (pipe->next)
        pipe->next->previous = pipe;
    pipes->first = pipe;
    pipes->count++;
    *ret_fd = fd;
    return 0;
}

void http_pipes_forget(struct http_pipes *pipes, const void *user)
{
    for (struct http_pipe *pipe = pipes->first; pipe; pipe = pipe->next)
        if (pipe->user == user)
            pipe->user = NULL;
}

// ---- All of them ----

void http_pipes_init(struct http_pipes *pipes, struct core *core)
{
    *pipes = (struct http_pipes){
        .ends = {.core = core, .buffer = mem_new(EDGE_READ_BYTES, sizeof(uint8_t))}};
}

void http_pipes_done(struct http_pipes *pipes)
{
    while (pipes->first)
        pipe_drop(pipes->first);
    socket_conns_reset(&pipes->ends); // Those that still had something to say.
    free(pipes->ends.buffer);
    if (*pipes->folder)
        rmdir(pipes->folder);
}

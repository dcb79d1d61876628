// SPDX-License-Identifier: Apache-2.0
// The library under the WebSockets: its contexts on the loop of the turn, about a thousand sockets
// each, its vhosts (one a list of subprotocols, none listens), the descriptors that join it with
// our conns, and its randomness. Each socket costs two descriptors: the library reads and writes
// one end of a socket pair, the other end is a conn of ours. A client of the library insists on
// connecting by itself, so it connects to an abstract Unix name that cannot be guessed and is
// accepted here when the kernel says it is this process.
#include "sim/edge/web.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/edge/socket_conn.h"
#include "sim/edge/sockets.h"
#include "sim/edge/web_parts.h"
#include "sim/edge/web_socket.h"

#define NAME_BYTES 16
#define JOIN_NAME_LENGTH (offsetof(struct sockaddr_un, sun_path) + 1 + 2 * NAME_BYTES)
#define HEAD_ROOM (WEB_HEAD_BYTES_MAX + 1024)

struct web {
    struct core *core;
    struct web_context *contexts;
    struct socket_conns pairs;
    struct rng rng; // Jump clock: keys and masks of clients.
    int fd_end;     // The first descriptor number that is not ours to take.
    int listen_fd;
    char address[2 + 2 * NAME_BYTES + 1]; // "+@" and the name.
};

struct core *web_core(struct web *web)
{
    return web->core;
}

// ---- Randomness --------------------------------------------------------------------------------

// Takes the place of the library's function of this name: keys and masks of clients stand on the
// wire, and on the jump clock two runs of a world put the same bytes there.
size_t lws_get_random(struct lws_context *lws, void *data, size_t length)
{
    const struct web_context *context = lws ? lws_context_user(lws) : NULL;
    struct web *web = context ? context->web : NULL;
    uint8_t *bytes = data;

    if (!web || core_mode(web->core) != CLOCK_JUMP)
        return getrandom(data, length, 0) == (ssize_t)length ? length : 0;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)rng_next(&web->rng);
    return length;
}

// ---- Descriptors -------------------------------------------------------------------------------

static int fd_checked(struct web *web, int fd)
{
    if (fd < web->fd_end)
        return fd; // Or -1.
    close(fd);
    return -1;
}

int web_pair_open(struct web *web, int ret[2])
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
        return ERR_TOO_MANY;
    if (fds[0] >= web->fd_end || fds[1] >= web->fd_end) {
        close(fds[0]);
        close(fds[1]);
        return ERR_TOO_MANY;
    }
    ret[0] = fds[0];
    ret[1] = fds[1];
    return 0;
}

struct conn *web_pair_conn(struct web *web, int fd)
{
    return socket_conn_new(&web->pairs, fd, SOCKET_STANDS);
}

static struct sockaddr_un join_name(const struct web *web)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    memcpy(name.sun_path + 1, web->address + 2, 2 * NAME_BYTES);
    return name;
}

static void join_open(struct web *web)
{
    uint8_t secret[NAME_BYTES];
    struct sockaddr_un name;

    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
        return;
    memcpy(web->address, "+@", 2);
    for (size_t i = 0; i < sizeof(secret); i++)
        snprintf(web->address + 2 + 2 * i, 3, "%02x", secret[i]);
    name = join_name(web);
    web->listen_fd =
        fd_checked(web, socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (web->listen_fd < 0)
        return;
    if (bind(web->listen_fd, (struct sockaddr *)&name, JOIN_NAME_LENGTH) == 0 &&
        listen(web->listen_fd, 8) == 0)
        return;
    close(web->listen_fd);
    web->listen_fd = -1;
}

const char *web_join_address(struct web *web)
{
    if (web->listen_fd < 0)
        join_open(web);
    return web->listen_fd < 0 ? NULL : web->address;
}

int web_join_accept(struct web *web, int *ret_fd)
{
    for (;;) {
        int fd = fd_checked(web, accept4(web->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
        struct ucred peer = {0};
        socklen_t length = sizeof(peer);

        if (fd < 0)
            break;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid() &&
            peer.uid == getuid()) {
            *ret_fd = fd;
            return 0;
        }
        close(fd);
    }
    close(web->listen_fd); // What still waits there must not be taken for the next one.
    web->listen_fd = -1;
    return ERR_TOO_MANY;
}

// ---- Contexts ----------------------------------------------------------------------------------

static void on_library_log(int level, const char *line)
{
    if (level & LLL_ERR)
        log_debug("libwebsockets", "%.*s", (int)strcspn(line, "\n"), line);
}

static struct web_context *context_new(struct web *web)
{
    static const lws_retry_bo_t never = {0}; // No pings of its own.
    struct web_context *context = mem_new(1, sizeof(*context));
    void *loops[1] = {loop_ev(core_loop(web->core))};
    struct lws_context_creation_info info = {0};

    context->web = web;
    info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.user = context;
    info.gid = (gid_t)-1;
    info.uid = (uid_t)-1;
    info.max_http_header_data = HEAD_ROOM;
    info.max_http_header_pool = WEB_CONTEXT_SOCKETS + 24; // Made as needed.
    info.timeout_secs = WEB_NEVER_S;
    info.retry_and_idle_policy = &never;
    lws_set_log_level(LLL_ERR, on_library_log);
    context->lws = lws_create_context(&info);
    if (!context->lws) {
        log_error("web", "libwebsockets gives no context (is its libev plug-in there?)");
        free(context);
        return NULL;
    }
    return context;
}

static struct web_context *context_get(struct web *web)
{
    struct web_context **at = &web->contexts;

    while (*at && (*at)->sockets >= WEB_CONTEXT_SOCKETS)
        at = &(*at)->next;
    if (!*at)
        *at = context_new(web);
    return *at;
}

static bool speaks(const struct web_vhost *vhost, const char *const *subprotocols)
{
    size_t i = 1;

    for (; subprotocols && *subprotocols; subprotocols++, i++)
        if (i >= vhost->protocols_count || strcmp(vhost->protocols[i].name, *subprotocols) != 0)
            return false;
    return i == vhost->protocols_count;
}

static void vhost_free(struct web_vhost *vhost)
{
    for (size_t i = 1; i < vhost->protocols_count; i++)
        free((char *)vhost->protocols[i].name);
    free(vhost->protocols);
    free(vhost);
}

static struct web_vhost *vhost_new(struct web_context *context, const char *const *subprotocols)
{
    struct lws_context_creation_info info = {0};
    struct web_vhost *vhost = mem_new(1, sizeof(*vhost));
    size_t count = 1;

    while (subprotocols && subprotocols[count - 1])
        count++;
    vhost->context = context;
    vhost->protocols = mem_new(count + 1, sizeof(*vhost->protocols));
    vhost->protocols_count = count;
    for (size_t i = 0; i < count; i++)
        vhost->protocols[i] = (struct lws_protocols){
            .name = i ? str_copy(subprotocols[i - 1]) : WEB_PROTOCOL,
            .callback = web_socket_on_library,
            .rx_buffer_size = WEB_RX_BYTES,
        };
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = vhost->protocols;
    snprintf(vhost->name, sizeof(vhost->name), "v%u", context->vhosts_made++);
    info.vhost_name = vhost->name;
    info.timeout_secs = WEB_NEVER_S;
    info.keepalive_timeout = WEB_NEVER_S;
    vhost->lws = lws_create_vhost(context->lws, &info);
    if (!vhost->lws) {
        vhost_free(vhost);
        return NULL;
    }
    vhost->next = context->vhosts;
    context->vhosts = vhost;
    return vhost;
}

struct web_vhost *web_vhost_get(struct web *web, const char *const *subprotocols)
{
    struct web_context *context = context_get(web);

    if (!context)
        return NULL;
    for (struct web_vhost *vhost = context->vhosts; vhost; vhost = vhost->next)
        if (speaks(vhost, subprotocols))
            return vhost;
    return vhost_new(context, subprotocols);
}

// ---- Life --------------------------------------------------------------------------------------

struct web *edge_web_new(struct core *core)
{
    struct web *web = mem_new(1, sizeof(*web));
    struct rlimit limit = {.rlim_cur = 1024};

    getrlimit(RLIMIT_NOFILE, &limit);
    web->core = core;
    web->listen_fd = -1;
    web->fd_end = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int)limit.rlim_cur - EDGE_FD_RESERVE;
    web->pairs.core = core;
    web->pairs.buffer = mem_new(EDGE_READ_BYTES, 1);
    rng_init(&web->rng, core_seed(core), "web");
    return web;
}

void edge_web_free(struct web **web)
{
    struct web *old = *web;

    if (!old)
        return;
    *web = NULL;
    socket_conns_reset(&old->pairs);
    while (old->contexts) {
        struct web_context *context = old->contexts;

        old->contexts = context->next;
        lws_context_destroy(context->lws);
        while (context->vhosts) {
            struct web_vhost *vhost = context->vhosts;

            context->vhosts = vhost->next;
            vhost_free(vhost);
        }
        free(context);
    }
    if (old->listen_fd >= 0)
        close(old->listen_fd);
    crypto_wipe(old->address, sizeof(old->address));
    free(old->pairs.buffer);
    free(old);
}

// SPDX-License-Identifier: Apache-2.0
// The client's side of a WebSocket (RFC 6455 4.1). The library of this release cannot be given a
// client's descriptor: it connects to the name that web.c listens on, at once, and what is accepted
// there is joined with the conn.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/web_socket.h"

// What the library takes with it; it copies everything.
static struct lws *library_connect(struct websocket *socket, struct web_vhost *vhost,
                                   const struct websocket_options *options, const char *address)
{
    struct lws_client_connect_info info = {
        .context = vhost->context->lws,
        .vhost = vhost->lws,
        .address = address,
        .path = options->path,
        .host = options->host,
        .protocol = options->subprotocols,
        .local_protocol_name = WEB_PROTOCOL,
        .ietf_version_or_minus_one = -1,
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .opaque_user_data = socket,
    };

    return lws_client_connect_via_info(&info);
}

static int begin(struct websocket *socket, const struct websocket_options *options)
{
    struct web_vhost *vhost = web_vhost_get(socket->web, NULL);
    const char *address = web_join_address(socket->web);
    int fd = -1;

    if (!vhost || !address)
        return ERR_TOO_MANY;
    socket->wsi = library_connect(socket, vhost, options, address);
    if (!socket->wsi)
        return ERR_TOO_MANY;
    if (web_join_accept(socket->web, &fd) < 0)
        return ERR_TOO_MANY;
    socket->context = vhost->context;
    socket->context->sockets++;
    web_socket_join(socket, fd);
    return 0;
}

int websocket_connect(struct web *web, struct timers *timers, struct conn *conn,
                      const struct websocket_options *options,
                      const struct websocket_events *events, void *user, struct websocket **ret)
{
    struct websocket *socket = web_socket_new(web, conn, timers, NULL);
    int e;

    socket->handshake = mem_new(1, sizeof(*socket->handshake));
    socket->handshake->authorization = str_copy(options->authorization);
    socket->message_bytes_max = options->message_bytes_max;
    socket->user = user;
    socket->busy++; // The library may speak before it returns.
    e = begin(socket, options);
    socket->busy--;
    if (e < 0) {
        web_socket_discard(socket);
        return e;
    }
    socket->events = events;
    timer_start(&socket->timer, options->handshake_ns);
    conn_resume(conn);
    *ret = socket;
    return 0;
}

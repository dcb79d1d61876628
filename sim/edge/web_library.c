// SPDX-License-Identifier: Apache-2.0
// What the library says of a WebSocket, put into the words of websocket_service.h. A socket that
// was reset is no longer in the library's hands: its last callbacks find nobody and are dropped.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/base/utf8.h"
#include "sim/edge/web_socket.h"

#define CLOSE_UNSUPPORTED 1003 // RFC 6455 7.4.1.
#define CLOSE_UTF8 1007
#define CLOSE_TOO_BIG 1009
#define CLOSE_NO_CODE 1005

typedef int library_fn(struct websocket *socket, struct lws *wsi, void *in, size_t length);

// A Close of ours goes out now. What the callback returns.
static int send_close(struct websocket *socket, struct lws *wsi)
{
    socket->closed = true;
    socket->status = socket->close_code;
    lws_close_reason(wsi, (enum lws_close_status)socket->close_code, NULL, 0);
    return -1;
}

static int refuse(struct websocket *socket, struct lws *wsi, uint16_t code)
{
    free(socket->text);
    socket->text = NULL;
    socket->text_length = socket->text_room = 0;
    web_socket_fail(socket, code);
    return send_close(socket, wsi);
}

// ---- Opening -----------------------------------------------------------------------------------

static int on_add_headers(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    const struct http_server_options *options;
    struct lws_process_html_args *args = in;
    unsigned char *at = (unsigned char *)args->p;

    (void)length;
    if (!socket->server)
        return 0;
    options = socket->server->options;
    for (size_t i = 0; i < options->headers_count; i++) {
        const struct http_header *header = &options->headers[i];
        char name[64];

        snprintf(name, sizeof(name), "%s:", header->name);
        if (lws_add_http_header_by_name(wsi, (unsigned char *)name,
                                        (const unsigned char *)header->value,
                                        (int)strlen(header->value), &at, at + args->max_len))
            return -1;
    }
    args->p = (char *)at;
    return 0;
}

static int on_established(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    const char *subprotocol = socket->subprotocol ? socket->subprotocol : "";

    (void)in;
    (void)length;
    if (socket->handshake)
        subprotocol = socket->handshake->subprotocol;
    if (!socket->server && !socket->close_code)
        timer_stop(&socket->timer);
    socket->open = true;
    socket->events->on_open(socket, subprotocol, socket->user);
    web_socket_end_handshake(socket);
    if (!socket->dead && (socket->out.first || socket->pings || socket->close_code))
        lws_callback_on_writable(wsi);
    return 0;
}

static int on_append(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    unsigned char **at = in;
    char *authorization = socket->handshake ? socket->handshake->authorization : NULL;

    if (!authorization)
        return 0;
    return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
                                        (unsigned char *)authorization, (int)strlen(authorization),
                                        at, *at + length);
}

static int on_response(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    (void)in;
    (void)length;
    if (lws_hdr_copy(wsi, socket->handshake->subprotocol, WEB_SUBPROTOCOL_ROOM,
                     WSI_TOKEN_PROTOCOL) < 0)
        socket->handshake->subprotocol[0] = '\0';
    return 0;
}

// ---- Messages ----------------------------------------------------------------------------------

// RFC 6455 8.1; NUL is a character.
static bool is_utf8(const char *text, size_t length)
{
    size_t bad = 0;

    while (!utf8_valid(text, length, &bad)) {
        if (text[bad] != '\0')
            return false;
        text += bad + 1;
        length -= bad + 1;
    }
    return true;
}

static void append(struct websocket *socket, const void *data, size_t length)
{
    size_t want = socket->text_length + length + 1;

    if (want > socket->text_room) {
        socket->text_room = want > 2 * socket->text_room ? want : 2 * socket->text_room;
        socket->text = mem_grow(socket->text, socket->text_room, 1);
    }
    memcpy(socket->text + socket->text_length, data, length);
    socket->text_length += length;
    socket->text[socket->text_length] = '\0';
}

static int on_receive(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    if (socket->closed || socket->close_code)
        return 0; // Nobody hears it any more.
    if (lws_frame_is_binary(wsi))
        return refuse(socket, wsi, CLOSE_UNSUPPORTED);
    if (socket->text_length + length + lws_remaining_packet_payload(wsi) >
        socket->message_bytes_max)
        return refuse(socket, wsi, CLOSE_TOO_BIG);
    append(socket, in, length);
    if (!lws_is_final_fragment(wsi))
        return 0;
    if (!is_utf8(socket->text, socket->text_length))
        return refuse(socket, wsi, CLOSE_UTF8);
    web_socket_tell(socket);
    if (socket->dead)
        return 0;
    free(socket->text);
    socket->text = NULL;
    socket->text_length = socket->text_room = 0;
    return 0;
}

static int on_pong(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    (void)wsi;
    (void)in;
    (void)length;
    if (socket->events->on_pong && !socket->closed)
        socket->events->on_pong(socket, socket->user);
    return 0;
}

static int send_ping(struct websocket *socket, struct lws *wsi)
{
    unsigned char room[LWS_PRE + 1] = {[LWS_PRE] = 'p'}; // The library tells of no empty pong.

    socket->pings--;
    return lws_write(wsi, room + LWS_PRE, 1, LWS_WRITE_PING) < 0 ? -1 : 0;
}

static int send_text(struct websocket *socket, struct lws *wsi)
{
    struct web_message *message = socket->out.first;
    int sent;

    socket->out.first = message->next;
    if (!socket->out.first)
        socket->out.last = NULL;
    socket->out.bytes -= message->length;
    sent =
        lws_write(wsi, (unsigned char *)message->text + LWS_PRE, message->length, LWS_WRITE_TEXT);
    free(message);
    if (sent < 0)
        return -1;
    if (socket->wants_room && socket->out.bytes <= WEBSOCKET_QUEUE_BYTES_MAX / 2) {
        socket->wants_room = false;
        if (socket->events->on_room)
            socket->events->on_room(socket, socket->user);
    }
    return 0;
}

static int on_writable(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    int result = 0;

    (void)in;
    (void)length;
    if (!socket->conn || socket->closed)
        return 0;
    if (socket->failing)
        return send_close(socket, wsi);
    if (socket->pings)
        result = send_ping(socket, wsi);
    else if (socket->out.first)
        result = send_text(socket, wsi);
    else if (socket->close_code)
        return send_close(socket, wsi);
    if (!socket->dead && result == 0 && (socket->pings || socket->out.first || socket->close_code))
        lws_callback_on_writable(wsi);
    return result;
}

// ---- Closing -----------------------------------------------------------------------------------

static int on_peer_close(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    const uint8_t *code = in;

    (void)wsi;
    if (socket->closed)
        return 0;
    socket->closed = true;
    socket->status = length >= 2 ? (uint16_t)(code[0] << 8 | code[1]) : CLOSE_NO_CODE;
    timer_start(&socket->timer, WEB_CLOSE_NS);
    return 0;
}

static int on_destroy(struct websocket *socket, struct lws *wsi, void *in, size_t length)
{
    (void)wsi;
    (void)in;
    (void)length;
    web_socket_on_library_end(socket);
    return 0;
}

static const struct {
    enum lws_callback_reasons what;
    library_fn *fn;
} rows[] = {
    {LWS_CALLBACK_ADD_HEADERS, on_add_headers},
    {LWS_CALLBACK_ESTABLISHED, on_established},
    {LWS_CALLBACK_RECEIVE, on_receive},
    {LWS_CALLBACK_RECEIVE_PONG, on_pong},
    {LWS_CALLBACK_SERVER_WRITEABLE, on_writable},
    {LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, on_peer_close},
    {LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, on_append},
    {LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, on_response},
    {LWS_CALLBACK_CLIENT_ESTABLISHED, on_established},
    {LWS_CALLBACK_CLIENT_RECEIVE, on_receive},
    {LWS_CALLBACK_CLIENT_RECEIVE_PONG, on_pong},
    {LWS_CALLBACK_CLIENT_WRITEABLE, on_writable},
    {LWS_CALLBACK_WSI_DESTROY, on_destroy},
};

int web_socket_on_library(struct lws *wsi, enum lws_callback_reasons what, void *session, void *in,
                          size_t length)
{
    struct websocket *socket = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    int result = 0;

    (void)session;
    if (what == LWS_CALLBACK_HTTP)
        return -1; // Only upgrades are handed to the library.
    if (!socket || socket->dead)
        return 0;
    web_socket_enter(socket);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].what == what)
            result = rows[i].fn(socket, wsi, in, length);
    return web_socket_leave(socket) ? result : 0;
}

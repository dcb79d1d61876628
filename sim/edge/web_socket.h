// SPDX-License-Identifier: Apache-2.0
// A WebSocket of either side (RFC 6455) between its conn, where the peer is, and a socket pair,
// where the library is. The library frames, masks, answers pings and closes; the socket carries
// bytes between conn and pair, puts messages together and queues them. For web_socket.c,
// web_library.c and web_client.c.
#ifndef SIM_EDGE_WEB_SOCKET_H
#define SIM_EDGE_WEB_SOCKET_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/edge/web_frames.h"
#include "sim/edge/web_parts.h"

#define WEB_RX_BYTES 1024                // The library's read buffer of each socket.
#define WEB_CLOSE_NS (10 * SIM_NS_PER_S) // For the peer to answer a Close; then the conn is cut.
#define WEB_CLOSE_PROTOCOL 1002          // RFC 6455 7.4.1.
#define WEB_SUBPROTOCOL_ROOM 64

// A message on its way out, or one that came while its server was paused.
struct web_message {
    struct web_message *next;
    size_t length;
    char text[]; // Out: LWS_PRE bytes first. In: NUL-terminated.
};

struct web_messages {
    struct web_message *first;
    struct web_message *last;
    size_t bytes;
};

// What a client's handshake needs; gone after it.
struct web_handshake {
    char *authorization;
    char subprotocol[WEB_SUBPROTOCOL_ROOM];
};

struct websocket {
    struct web *web;
    struct web_context *context;
    struct http_server *server; // NULL: a client's.
    struct conn *conn;          // NULL: gone.
    struct conn *pair;          // Our end; NULL: gone.
    struct lws *wsi;            // NULL: the library is done with it.
    const struct websocket_events *events;
    void *user;
    struct web_handshake *handshake;
    const char *subprotocol; // Server: agreed; or NULL.
    size_t message_bytes_max;
    char *text; // The message that is being put together.
    size_t text_length;
    size_t text_room;
    struct web_frames got;  // Of the peer,
    struct web_frames sent; // and to it.
    struct web_messages out;
    struct web_messages held; // Came while paused.
    int reason;               // What ended the conn.
    uint16_t close_code;      // We close with it; 0: we do not.
    uint16_t status;          // For on_end.
    uint8_t pings;            // To be sent.
    unsigned busy;
    bool open;       // on_open was called.
    bool closed;     // A Close frame came or went: the end is in good order.
    bool failing;    // The peer broke the rules: a Close of ours goes out before all else.
    bool wants_room; // on_room is owed.
    bool dead;       // The memory goes with the last function inside.
    struct timer timer;
    struct core_work work; // Tells held messages.
    struct websocket *next;
    struct websocket *previous;
};

struct websocket *web_socket_new(struct web *web, struct conn *conn, struct timers *timers,
                                 struct timer_domain *domain);
// Joins it with our end of a pair; bytes flow from here on.
void web_socket_join(struct websocket *socket, int fd);
// Takes the memory back of one that never began. Its conn stays the caller's.
void web_socket_discard(struct websocket *socket);

// Wipes and frees what only the handshake needs.
void web_socket_end_handshake(struct websocket *socket);

void web_socket_enter(struct websocket *socket);
bool web_socket_leave(struct websocket *socket); // Returns whether it is still there.

// The ends: of the conn, as it is due; of the socket, with on_end; of both at once by us; of the
// socket when both the conn and the library are done.
void web_socket_close_conn(struct websocket *socket);
void web_socket_end(struct websocket *socket);
void web_socket_break_off(struct websocket *socket, int reason);
void web_socket_end_if_over(struct websocket *socket);

// The library has ended: what it still wrote leaves, then the conn is closed and on_end called.
void web_socket_on_library_end(struct websocket *socket);

// The peer broke the rules: a Close of `code` is on its way, or is to go out when the library may.
void web_socket_fail(struct websocket *socket, uint16_t code);

// A whole message stands in `text`.
void web_socket_tell(struct websocket *socket);

// The callback of all protocols of the library.
int web_socket_on_library(struct lws *wsi, enum lws_callback_reasons what, void *session, void *in,
                          size_t length);

#endif

// SPDX-License-Identifier: Apache-2.0
// WebSocket (RFC 6455) over conns, both sides: a server's sockets come from an upgrade
// (sim/vnet/http_service.h), a client's from websocket_connect(). sim/edge implements it with
// libwebsockets.
#ifndef SIM_VNET_WEBSOCKET_SERVICE_H
#define SIM_VNET_WEBSOCKET_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct conn;
struct web;
struct websocket;

struct websocket_events {
    // The handshake is done. `subprotocol` is what was agreed, "" when the server named none.
    void (*on_open)(struct websocket *socket, const char *subprotocol, void *user);
    // A whole text message, borrowed, NUL after it. Binary ones are refused with 1003, those that
    // are not UTF-8 with 1007 (RFC 6455 8.1).
    void (*on_text)(struct websocket *socket, const char *text, size_t length, void *user);
    void (*on_pong)(struct websocket *socket, void *user); // May be NULL.
    // After websocket_send() said ERR_FULL: there is room again. May be NULL.
    void (*on_room)(struct websocket *socket, void *user);
    // The last callback. `reason`: 0 when either side closed in good order, ERR_REFUSED when the
    // handshake was refused, else what ended the conn. `status` is the HTTP status of a refusal,
    // else the close code (RFC 6455 7.4), 0 when there was none. ERR_TIMEOUT: the handshake did not
    // come, or the peer did not answer our Close within ten seconds.
    void (*on_end)(struct websocket *socket, int reason, uint16_t status, void *user);
};

struct websocket_options {
    const char *host;          // Host header.
    const char *path;          // "/ocpp/CP1", already percent-encoded.
    const char *subprotocols;  // "ocpp1.6, ocpp1.5"
    const char *authorization; // "Basic ...", or NULL. Wiped from memory after the handshake.
    size_t message_bytes_max;
    int64_t handshake_ns; // Then it ends with ERR_TIMEOUT.
};

// Asks for a WebSocket on `conn` (standing, or about to: TLS within its handshake), which is the
// socket's from here on. Never ends before this returns. `options` are copied. Returns 0, or
// ERR_TOO_MANY when there are no descriptors left; `conn` is then still the caller's.
int websocket_connect(struct web *web, struct timers *timers, struct conn *conn,
                      const struct websocket_options *options,
                      const struct websocket_events *events, void *user, struct websocket **ret);

// Sends one text message (UTF-8, copied), after on_open when it is early. Returns 0, or ERR_FULL
// while more than WEBSOCKET_QUEUE_BYTES_MAX wait. After a Close of either side it is dropped.
#define WEBSOCKET_QUEUE_BYTES_MAX (256 * 1024)
int websocket_send(struct websocket *socket, const char *text, size_t length);
void websocket_ping(struct websocket *socket);
void websocket_close(struct websocket *socket, uint16_t code); // on_end follows.
void websocket_reset(struct websocket *socket); // The conn gets RST; no callback follows.
const struct conn *websocket_conn(const struct websocket *socket); // For its addresses; NULL: gone.
void *websocket_user(const struct websocket *socket);

#endif

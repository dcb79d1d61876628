// SPDX-License-Identifier: Apache-2.0
// HTTP and WebSocket for the conns of this process, by libwebsockets on the loop of the turn
// (sim/vnet/http_service.h and websocket_service.h say what it does).
#ifndef SIM_EDGE_WEB_H
#define SIM_EDGE_WEB_H

struct core;
struct web;

// Borrowed core. Contexts of the library are made as connections need them, about a thousand each.
// Never NULL.
struct web *edge_web_new(struct core *core);
void edge_web_free(struct web **web); // Every server and socket is gone before.

#endif

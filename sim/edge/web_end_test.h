// SPDX-License-Identifier: Apache-2.0
// A holder of a WebSocket that writes down what it hears, for tests.
#ifndef SIM_EDGE_WEB_END_TEST_H
#define SIM_EDGE_WEB_END_TEST_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/core/core.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/websocket_service.h"

// One end of a WebSocket.
struct web_end {
    struct core *core;
    struct websocket *socket;
    char story[4096];
    char *text; // The last message.
    size_t text_length;
    bool echo;
    bool reset_on_text;
    uint16_t close_on_text;
    struct http_server **free_on_end; // The server of the world, or NULL.
    sim_time_ns opened_ns;
    sim_time_ns text_ns;
    sim_time_ns ended_ns;
    unsigned texts;
    int reason; // 1 until on_end.
    uint16_t status;
};

static inline void web_tell(char *story, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void web_tell(char *story, size_t room, const char *format, ...)
{
    size_t length = strlen(story);
    va_list arguments;

    length += (size_t)snprintf(story + length, room - length, "%s", length ? " " : "");
    va_start(arguments, format);
    vsnprintf(story + length, room - length, format, arguments);
    va_end(arguments);
}
#define WEB_TELL(who, ...) web_tell((who)->story, sizeof((who)->story), __VA_ARGS__)

static inline void web_on_open(struct websocket *socket, const char *subprotocol, void *user)
{
    struct web_end *end = user;

    end->socket = socket;
    end->opened_ns = core_now(end->core);
    WEB_TELL(end, "open:%s", subprotocol);
}

static inline void web_on_text(struct websocket *socket, const char *text, size_t length,
                               void *user)
{
    struct web_end *end = user;

    ck_assert_ptr_eq(socket, end->socket);
    ck_assert_int_eq(text[length], '\0');
    end->texts++;
    end->text_ns = core_now(end->core);
    free(end->text);
    end->text = malloc(length + 1);
    memcpy(end->text, text, length + 1);
    end->text_length = length;
    WEB_TELL(end, "text:%zu", length);
    if (end->echo)
        ck_assert_int_eq(websocket_send(socket, text, length), 0);
    if (end->close_on_text)
        websocket_close(socket, end->close_on_text);
    if (end->reset_on_text) {
        websocket_reset(socket);
        end->socket = NULL;
    }
}

static inline void web_on_pong(struct websocket *socket, void *user)
{
    struct web_end *end = user;

    ck_assert_ptr_eq(socket, end->socket);
    WEB_TELL(end, "pong");
}

static inline void web_on_room(struct websocket *socket, void *user)
{
    struct web_end *end = user;

    ck_assert_ptr_eq(socket, end->socket);
    WEB_TELL(end, "room");
}

static inline void web_on_socket_end(struct websocket *socket, int reason, uint16_t status,
                                     void *user)
{
    struct web_end *end = user;

    (void)socket;
    ck_assert_int_eq(end->reason, 1);
    end->socket = NULL;
    end->reason = reason;
    end->status = status;
    end->ended_ns = core_now(end->core);
    WEB_TELL(end, "end:%s:%u", reason ? err_name(reason) : "0", status);
    if (end->free_on_end)
        http_server_free(end->free_on_end);
}

static const struct websocket_events web_end_events = {web_on_open, web_on_text, web_on_pong,
                                                       web_on_room, web_on_socket_end};

#endif

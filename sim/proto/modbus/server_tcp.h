// SPDX-License-Identifier: Apache-2.0
// One connection of a Modbus TCP server: cuts the stream into frames, asks the device who answers
// each unit id, answers what is local at once and in one send, and lets what goes through a path
// come back in any order under its own transaction id (Messaging on TCP/IP V1.0b 4.4.2). Bounded
// per call and per connection, so that no client takes more than its share. Who may connect is the
// device's business.
#ifndef SIM_PROTO_MODBUS_SERVER_TCP_H
#define SIM_PROTO_MODBUS_SERVER_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/queue.h"
#include "sim/proto/modbus/mbap.h"
#include "sim/proto/modbus/path.h"
#include "sim/proto/modbus/server.h"

#define MODBUS_TCP_TRANSACTIONS_MAX 16 // NumberMaxOfServerTransaction, V1.0b 4.2.2: 1 to 16.
#define MODBUS_TCP_BYTES_PER_TURN 4096 // Default of options.bytes_per_turn.
#define MODBUS_TCP_BATCH_BYTES 16384   // Replies of one call, sent at once.

enum modbus_route_kind {
    MODBUS_ROUTE_SERVER,    // `server` answers now.
    MODBUS_ROUTE_PATH,      // `path` answers later.
    MODBUS_ROUTE_EXCEPTION, // `exception` is the answer: unknown unit, right denied (Security
                            //
    MODBUS_ROUTE_SILENT,    // Nobody answers.
};

// Who answers a request. All borrowed; a path must outlive the session, or be told to it by
// modbus_tcp_server_path_gone().
struct modbus_route {
    enum modbus_route_kind kind;
    uint8_t exception;
    struct modbus_server *server;
    struct modbus_path *path;
};

// What a connection needs of its holder. All set; they come from inside feed(), flush() and
// answers.
struct modbus_tcp_server_ops {
    // Decides by unit id, and by function, role or sender if the device cares.
    struct modbus_route (*route)(void *user, const struct modbus_mbap *request);
    // As conn_send(): returns how many of the borrowed bytes were taken. Calls nothing back.
    size_t (*send)(void *user, const uint8_t *data, size_t length);
    // As conn_resume(): bytes that feed() left are wanted again, later in this turn.
    void (*resume)(void *user);
};

// Zero means the default.
struct modbus_tcp_server_options {
    uint16_t transactions_max; // 1 to 16; default 16.
    uint32_t bytes_per_turn;   // Bytes of requests answered in one feed(), at least one frame.
};

// A request that is away on a path.
struct modbus_tcp_transaction {
    struct modbus_path *path; // NULL: free.
    uint16_t id;
    uint8_t unit;
    uint8_t function;
};

struct modbus_tcp_server {
    const struct modbus_tcp_server_ops *ops;
    void *user;
    struct modbus_tcp_server_options options;
    uint16_t transactions_count;
    bool starved; // feed() left bytes because of a limit; resume() is owed.
    struct queue unsent;
    uint32_t requests, exceptions; // Since the start; wrap around.
    struct modbus_tcp_transaction transactions[MODBUS_TCP_TRANSACTIONS_MAX];
};

// Begins a connection. `ops` and `user` are borrowed. Never fails.
void modbus_tcp_server_init(struct modbus_tcp_server *session,
                            const struct modbus_tcp_server_ops *ops, void *user,
                            const struct modbus_tcp_server_options *options);

// Ends it: cancels what is away on paths, forgets what is unsent.
void modbus_tcp_server_done(struct modbus_tcp_server *session);

// Bytes came (all that are unread, from the first one on). Answers every whole frame in them, up to
// the limits; *ret_consumed says how many bytes are done with. What was left because of a limit is
// asked for by ops->resume() as soon as that makes sense. Returns 0, or ERR_MALFORMED: close the
// connection (frames before the bad one have been answered).
int modbus_tcp_server_feed(struct modbus_tcp_server *session, int64_t now_ns, const uint8_t *data,
                           size_t length, size_t *ret_consumed);

// There is room again (conn's on_room): sends what waited.
void modbus_tcp_server_flush(struct modbus_tcp_server *session);

// A path disappears (child removed, gateway stopped) without answering: its requests of this
// session are answered with `exception`.
void modbus_tcp_server_path_gone(struct modbus_tcp_server *session, const struct modbus_path *path,
                                 uint8_t exception);

#endif

// SPDX-License-Identifier: Apache-2.0
// One board as a target: its links, its sessions, its hands. For bench_stage.c.
#ifndef BENCH_BOARD_H
#define BENCH_BOARD_H

#include <stdbool.h>

#include "bench/bench_file.h"
#include "bench/control_link.h"
#include "bench/identity.h"
#include "bench/operator.h"
#include "bench/power.h"
#include "sim/base/address.h"
#include "sim/proto/modbus/link.h"
#include "sim/proto/modbus/master.h"
#include "sim/proto/ocpp/link.h"
#include "sim/proto/web/verbs/web_sessions.h"
#include "sim/scenario/role.h"

#define BOARD_SESSIONS_MAX 256
#define BOARD_TIMEOUT_NS (5 * SIM_NS_PER_S) // For one Modbus request, unless a step says otherwise.
#define BOARD_WEB_TIMEOUT_NS (10 * SIM_NS_PER_S) // And for one of its pages.

struct csms_driver;

// A session of the runner with a board: a connection of its own on ip, a name on a shared line.
struct board_session {
    char *name;
    struct modbus_master *own; // NULL on a line.
    struct modbus_link link;
    char *path;
};

// The runner's target comes first.
struct board {
    struct target base;
    const struct bench_target *file;
    char *id;
    char *label;
    const struct bench_link *modbus; // NULL: no link carries Modbus.
    struct address at;               // On ip.
    struct modbus_master *line;      // On a tty: the line's master; borrowed from the stage.
    char *line_path;
    uint8_t unit;
    const struct bench_link *web; // NULL: no link leads to its pages.
    struct address web_at;
    int64_t utc_ahead_ns; // Its world's UTC minus ours (process.h), for the times of its log.
    struct http_client *browser; // Borrowed from the stage.
    struct web_sessions web_sessions;
    struct csms_driver *csms;      // It is this central system; borrowed from the stage. Or NULL.
    struct ocpp_link ocpp;         // .csms NULL: no link of kind ocpp.
    struct control_link *control;  // NULL: nobody plays it. Borrowed from the stage.
    char *entry;                   // Its id over there.
    struct power *power;           // Owned; NULL: none, or a hand's.
    struct bench_operator *person; // Borrowed.
    bool (*unit_profile)(void *user, uint8_t unit, const struct profile **ret_profile,
                         const struct profile_model **ret_model); // `user` is the board.
    const char *broken; // Why nothing can be asked any more, or NULL. Borrowed.
    struct board_session *sessions[BOARD_SESSIONS_MAX];
    size_t sessions_count;
    struct board_identity identity;
};

extern const struct target_ops board_ops;

// Frees what it owns.
void board_free(struct board **board);

#endif

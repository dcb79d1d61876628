// SPDX-License-Identifier: Apache-2.0
// What the home page asks of the devices below, and what it knows of each; shared by poll.c (when)
// and poll_plan.c (what).
#ifndef DEVICES_PANEL_SERVER_POLL_H
#define DEVICES_PANEL_SERVER_POLL_H

#include "devices/panel_server/state.h"

#define POLL_READS_MAX 8 // Requests for one device.
#define POLL_POINTS 8

extern const enum point poll_points[POLL_POINTS];

enum poll_state { POLL_UNKNOWN, POLL_CONNECTED, POLL_SILENT };

struct poll_read {
    uint8_t function;
    uint16_t address, count;
    uint8_t first, rows; // Of poll_unit.rows: what it answers.
};

struct poll_unit {
    struct panel_poll *poll;
    const struct device *device; // NULL: of a kind that nobody told.
    const char *name;            // Its id in the site or its address; NULL: on the line.
    struct modbus_path *path;
    struct poll_read reads[POLL_READS_MAX];
    const struct profile_register *rows[POLL_POINTS];
    struct point_value values[POLL_POINTS]; // By rows; never text.
    uint8_t id;                             // Unit id.
    uint8_t reads_count, rows_count;
    uint8_t next; // The read under way.
    bool waiting; // For its turn in this round.
    bool busy;
    enum poll_state state;
    sim_time_ns heard_ns;
};

// Which registers to read of `unit`, whose device is set; at least one read, so that it shows
// whether the unit answers.
void poll_plan(struct poll_unit *unit);

// The units below `panel`, as commissioned: *ret_count of them. The caller frees the array.
struct poll_unit *poll_units_new(struct panel *panel, size_t *ret_count);

#endif

// SPDX-License-Identifier: Apache-2.0
// A shared RS-485 pair: characters take their time, talkers at once collide, and silence is an
// event (Modbus over Serial Line V1.02 2.5). Half duplex without echo: who talks hears nothing.
//
// Characters arrive as one burst when the talker falls silent, stamped with the end of the last
// one; the first began length x char_ns before. Collisions are decided character by character by
// overlapping times: a burst then ends where the set of talkers changes, and the shared part
// arrives once, mixed and flagged. Not modelled: bias and termination, turn-around of the
// transceivers, more than one line per port.
#ifndef SIM_VNET_LINE_H
#define SIM_VNET_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct capture;
struct core;
struct fault_anchor;
struct line;

#define LINE_PORTS_MAX 64
#define LINE_BAUD_MIN 300
#define LINE_BAUD_MAX 1000000

// A silent line. `name` is copied; `core` is borrowed and outlives it. Returns 0 or ERR_RANGE
// (baud).
int line_new(struct core *core, const char *name, uint32_t baud, enum line_parity parity,
             struct line **ret);

// Detaches every port; their holders' pointers dangle. No callback follows.
void line_free(struct line **line);

// A port on the line, with the line's own settings (baud 0) or others: what a port hears from a
// talker with other settings is damaged. Set its events before the turn ends. Returns 0, ERR_RANGE
// or ERR_TOO_MANY.
int line_attach(struct line *line, uint32_t baud, enum line_parity parity, struct line_port **ret);

// Breaks and mends the drop cable of one port of a line: it neither hears nor is heard.
void line_port_set_cut(struct line_port *port, bool cut);

// Whether bursts go to core_event() as ("wire", the line's name, bytes). Starts on.
void line_emit_events(struct line *line, bool on);

// Records the line's frames, from silence to silence; NULL stops. Borrowed.
void line_set_capture(struct line *line, struct capture *capture);

const char *line_name(const struct line *line);
struct line_timing line_settings(const struct line *line);
struct fault_anchor *line_anchor(struct line *line);

struct line_stats {
    uint64_t characters; // Heard on the pair, mixed ones once.
    uint64_t frames;     // Stretches between two silences.
    uint64_t collisions; // Times a talker began while another was talking.
    sim_time_ns busy_ns; // Time in which somebody talked: load = busy_ns / elapsed.
};
struct line_stats line_stats(const struct line *line);

#endif

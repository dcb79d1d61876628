// SPDX-License-Identifier: Apache-2.0
// The inside of the one-line, shared by its two files: the tree and the trip units. Nobody else
// includes it.
#ifndef SIM_PLANT_NODE_H
#define SIM_PLANT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/plant/plant.h"

// Microwatt nanoseconds: exact for a power plant over centuries.
typedef __int128 plant_energy;

// One trip unit. `heat` is the thermal image: 1 trips.
struct plant_trip_unit {
    bool armed; // It has settings.
    double heat;
    double current_A;           // That has flowed since `since_ns`.
    sim_time_ns since_ns;       // When `heat` was right.
    sim_time_ns short_ns;       // Since when above Isd; SIM_TIME_NEVER when not.
    sim_time_ns instant_ns;     // Since when above Ii.
    enum plant_trip_cause next; // What the timer will do.
    struct timer timer;
};

struct plant_node {
    struct plant *plant;
    struct plant_spec spec;
    size_t index;
    struct plant_node *source;
    struct plant_node *parent, *first, *last, *next;
    bool live;   // Fed from above.
    bool closed; // Lets through; always, but for breakers.
    bool pending;
    int64_t own_uW[3], own_uvar[3]; // A load's or charger's own.
    int64_t fault_uW;
    int64_t sum_uW[3], sum_uvar[3]; // What it and the places below draw when it is live.
    sim_time_ns settled_ns;
    plant_energy energy, energy_received, reactive;
    double apparent; // uVA ns
    struct plant_trip_unit trip;
    plant_watch_fn *watch;
    void *watch_user;
    plant_trip_fn *on_trip;
    void *trip_user;
};

struct plant {
    struct timers *timers;
    struct plant_node **nodes;
    size_t count, room;
    struct plant_node **slots; // By hash of the id, a power of two of them.
    size_t slots_count;
    struct plant_node **pending; // Changed and not told yet.
    struct plant_node **telling;
    size_t pending_count;
    bool is_telling;
};

bool plant_trip_fits(const struct plant_trip *trip);
void plant_trip_init(struct plant_node *breaker);

// The current through a breaker is now `current_A` in its highest phase.
void plant_trip_flow(struct plant_node *breaker, double current_A);

// Opens a breaker that tripped, tells its owner, then the watchers.
void plant_trip_open(struct plant_node *breaker, enum plant_trip_cause cause, double current_A);

// Nominal voltage of a phase there.
double plant_phase_V(const struct plant_node *node);

// Integrates up to now with the flow that has been since the last change.
void plant_settle(struct plant_node *node);

// The highest phase current at a place.
double plant_highest_A(const struct plant_node *node);

#endif

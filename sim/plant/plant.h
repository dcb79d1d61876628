// SPDX-License-Identifier: Apache-2.0
// The electrical one-line: sources, breakers, feeders, loads, cars. Who is live and what flows, in
// steady state and balanced or per phase; a breaker that opens makes everything below it dead.
// Energy is integrated exactly when it is read, since power is constant between changes. Trip
// curves act on the current through a breaker.
#ifndef SIM_PLANT_PLANT_H
#define SIM_PLANT_PLANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/timer.h"

#define PLANT_NODES_MAX 65536

struct plant;
struct plant_node;

enum plant_kind { PLANT_SOURCE, PLANT_BREAKER, PLANT_FEEDER, PLANT_LOAD, PLANT_CHARGER };
enum plant_system { PLANT_3PH3W, PLANT_3PH4W, PLANT_1PH2W };

// When a breaker opens by itself, as a simple curve (IEC 60947-2): above 1.125 Ir in I2t, above Isd
// after a fixed delay, above Ii within PLANT_INSTANTANEOUS_NS. A current of 0 switches that part
// off; all 0 is a switch.
struct plant_trip {
    double long_time_A;          // Ir
    int64_t long_time_delay_ns;  // tr, at 6 Ir
    double short_time_A;         // Isd
    int64_t short_time_delay_ns; // tsd
    double instantaneous_A;      // Ii
};
enum plant_trip_cause {
    PLANT_TRIP_NONE,
    PLANT_TRIP_LONG_TIME,
    PLANT_TRIP_SHORT_TIME,
    PLANT_TRIP_INSTANTANEOUS,
};
#define PLANT_INSTANTANEOUS_NS (10 * SIM_NS_PER_MS)

// One place of the one-line. Only the fields of its kind are read.
struct plant_spec {
    const char *id;   // Copied; unique.
    const char *from; // The place above; NULL for a source.
    enum plant_kind kind;
    enum plant_system system; // Source.
    double voltage_V;         // Source: between phases (3-phase) or to neutral (1-phase).
    double frequency_Hz;      // Source.
    double short_circuit_A;   // Source: prospective current.
    double rated_A;           // Breaker, feeder.
    bool closed;              // Breaker.
    struct plant_trip trip;   // Breaker.
    double power_W;           // Load: total active power at nominal voltage.
    double power_factor;      // Load: 0 < pf <= 1, inductive; negative: capacitive.
    double phase_share[3];    // Load: how the power splits; all 0 means evenly.
    int phases;               // Charger: 1 or 3.
};

// What is measured at a place, seen from above. Phase order 1, 2, 3; 0 where dead.
struct plant_flow {
    bool live;
    double current_A[3];
    double neutral_A;
    double voltage_pn_V[3];
    double voltage_pp_V[3]; // 12, 23, 31
    double power_W[3];
    double reactive_var[3];
    double apparent_VA[3];
    double frequency_Hz;
    double energy_Wh;          // Since the world began, integrated to now: what flowed downwards.
    double energy_received_Wh; // ... and what flowed upwards.
    double reactive_varh;
    double apparent_VAh;
};

struct plant *plant_new(struct timers *timers);
void plant_free(struct plant **plant);

// Adds a place below an existing one. Returns 0, ERR_EXISTS, ERR_NOT_FOUND (no such `from`),
// ERR_RANGE or ERR_TOO_MANY. *ret may be NULL; borrowed from the plant.
int plant_add(struct plant *plant, const struct plant_spec *spec, struct plant_node **ret);
struct plant_node *plant_find(struct plant *plant, const char *id);
const char *plant_node_id(const struct plant_node *node);
enum plant_kind plant_node_kind(const struct plant_node *node);
const struct plant_spec *plant_node_spec(const struct plant_node *node);

// Opens or closes a breaker; changes a load; sets what a charger draws per phase. Watchers of every
// place whose flow changed are told after the change is whole, in the order of the places.
void plant_set_closed(struct plant_node *breaker, bool closed);
bool plant_closed(const struct plant_node *breaker);
void plant_set_load(struct plant_node *load, double power_W, double power_factor);
void plant_set_draw(struct plant_node *charger, const double current_A[3]);
// Supply of a source lost or back.
void plant_set_live(struct plant_node *source, bool live);

// A short circuit below a place: this current more in each phase, at most what the source can give;
// 0 ends it.
void plant_set_fault(struct plant_node *node, double current_A);

// Other settings of a breaker's trip unit; its heat is kept.
void plant_set_trip(struct plant_node *breaker, const struct plant_trip *trip);

// A breaker opened by itself: told before the watchers, when the flows are new. `current_A` is the
// highest phase current that made it. One a node, NULL removes it.
typedef void plant_trip_fn(void *user, struct plant_node *breaker, enum plant_trip_cause cause,
                           double current_A);
void plant_on_trip(struct plant_node *breaker, plant_trip_fn *fn, void *user);

// The flow at a place now. A breaker shows the voltage of its upper side; open, it carries nothing.
void plant_read(struct plant_node *node, struct plant_flow *ret_flow);

// `fn` is told after each change of the node's flow or state; one watcher a node, NULL removes it.
typedef void plant_watch_fn(void *user, struct plant_node *node);
void plant_watch(struct plant_node *node, plant_watch_fn *fn, void *user);

#endif

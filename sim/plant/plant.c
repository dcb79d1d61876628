// SPDX-License-Identifier: Apache-2.0
// The one-line as a tree below each source. A place keeps what the places below it would draw, as
// whole microwatts and microvars a phase, so that adding and taking away leaves no residue; a
// change walks up to the source and, where something goes live or dead, down the part concerned,
// and nowhere else. The trip units are in trip.c.
//
// Not modelled: voltage drop, transients, transformers, meshes, losses. A load draws its power at
// nominal voltage. A short circuit counts as active power at nominal voltage.
#include "sim/plant/plant.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/plant/node.h"

#define PLANT_SLOTS_MIN 64
#define PLANT_ROUNDS_MAX 10000 // Changes that watchers make in answer to changes.

struct plant *plant_new(struct timers *timers)
{
    struct plant *plant = mem_new(1, sizeof(*plant));

    assert(timers);
    plant->timers = timers;
    plant->slots_count = PLANT_SLOTS_MIN;
    plant->slots = mem_new(plant->slots_count, sizeof(*plant->slots));
    return plant;
}

void plant_free(struct plant **plant)
{
    if (!*plant)
        return;
    for (size_t i = 0; i < (*plant)->count; i++) {
        timer_stop(&(*plant)->nodes[i]->trip.timer);
        free((char *)(*plant)->nodes[i]->spec.id);
        free((*plant)->nodes[i]);
    }
    free((*plant)->nodes);
    free((*plant)->pending);
    free((*plant)->telling);
    free((*plant)->slots);
    free(*plant);
    *plant = NULL;
}

// ---- Finding ----

// FNV-1a.
static uint32_t id_hash(const char *id)
{
    uint32_t hash = 2166136261u;

    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 16777619u;
    return hash;
}

// The slot that holds `id`, or the free one where it would be put.
static struct plant_node **slot_of(struct plant *plant, const char *id)
{
    size_t mask = plant->slots_count - 1;
    size_t at = id_hash(id) & mask;

    while (plant->slots[at] && strcmp(plant->slots[at]->spec.id, id) != 0)
        at = (at + 1) & mask;
    return &plant->slots[at];
}

static void slots_grow(struct plant *plant)
{
    free(plant->slots);
    plant->slots_count *= 2;
    plant->slots = mem_new(plant->slots_count, sizeof(*plant->slots));
    for (size_t i = 0; i < plant->count; i++)
        *slot_of(plant, plant->nodes[i]->spec.id) = plant->nodes[i];
}

struct plant_node *plant_find(struct plant *plant, const char *id)
{
    return id ? *slot_of(plant, id) : NULL;
}

const char *plant_node_id(const struct plant_node *node)
{
    return node->spec.id;
}

enum plant_kind plant_node_kind(const struct plant_node *node)
{
    return node->spec.kind;
}

const struct plant_spec *plant_node_spec(const struct plant_node *node)
{
    return &node->spec;
}

// ---- Building ----

static bool at_least(double value, double low)
{
    return isfinite(value) && value >= low;
}

static bool load_fits(const struct plant_spec *spec)
{
    double share = 0;

    for (int k = 0; k < 3; k++) {
        if (!at_least(spec->phase_share[k], 0))
            return false;
        share += spec->phase_share[k];
    }
    return isfinite(spec->power_W) && spec->power_factor != 0 && fabs(spec->power_factor) <= 1 &&
           isfinite(share);
}

static bool spec_fits(const struct plant_spec *spec)
{
    switch (spec->kind) {
    case PLANT_SOURCE:
        return spec->voltage_V > 0 && isfinite(spec->voltage_V) && spec->frequency_Hz > 0 &&
               isfinite(spec->frequency_Hz) && at_least(spec->short_circuit_A, 0) && !spec->from;
    case PLANT_BREAKER:
        return at_least(spec->rated_A, 0) && plant_trip_fits(&spec->trip) && spec->from;
    case PLANT_FEEDER:
        return at_least(spec->rated_A, 0) && spec->from;
    case PLANT_LOAD:
        return load_fits(spec) && spec->from;
    case PLANT_CHARGER:
        return (spec->phases == 1 || spec->phases == 3) && spec->from;
    }
    return false;
}

static void node_link(struct plant_node *node, struct plant_node *parent)
{
    node->source = parent ? parent->source : node;
    node->parent = parent;
    if (!parent)
        return;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

int plant_add(struct plant *plant, const struct plant_spec *spec, struct plant_node **ret)
{
    struct plant_node *parent = spec->from ? plant_find(plant, spec->from) : NULL;
    struct plant_node *node;

    assert(spec->id);
    if (plant->count == PLANT_NODES_MAX)
        return ERR_TOO_MANY;
    if (plant_find(plant, spec->id))
        return ERR_EXISTS;
    if (spec->from && !parent)
        return ERR_NOT_FOUND;
    if (!spec_fits(spec))
        return ERR_RANGE;
    node = mem_new(1, sizeof(*node));
    node->plant = plant;
    node->spec = *spec;
    node->spec.id = str_copy(spec->id);
    node->spec.from = parent ? parent->spec.id : NULL;
    node->index = plant->count;
    node_link(node, parent);
    node->closed = spec->kind != PLANT_BREAKER || spec->closed;
    node->live = parent ? parent->live && parent->closed : true;
    node->settled_ns = timers_now(plant->timers);
    plant_trip_init(node);
    if (plant->count == plant->room) {
        plant->room = plant->room ? 2 * plant->room : 16;
        plant->nodes = mem_grow(plant->nodes, plant->room, sizeof(struct plant_node *));
        plant->pending = mem_grow(plant->pending, plant->room, sizeof(struct plant_node *));
        plant->telling = mem_grow(plant->telling, plant->room, sizeof(struct plant_node *));
    }
    plant->nodes[plant->count++] = node;
    *slot_of(plant, node->spec.id) = node;
    if (2 * plant->count > plant->slots_count)
        slots_grow(plant);
    if (spec->kind == PLANT_LOAD)
        plant_set_load(node, spec->power_W, spec->power_factor);
    if (ret)
        *ret = node;
    return 0;
}

// ---- Flows ----

static void mark(struct plant_node *node)
{
    struct plant *plant = node->plant;

    if (node->pending || (!node->watch && !node->trip.armed))
        return;
    node->pending = true;
    plant->pending[plant->pending_count++] = node;
}

// Adds to what `node` draws from above, and to all places through which that flows.
static void add_draw(struct plant_node *node, const int64_t more_uW[3], const int64_t more_uvar[3])
{
    for (; node; node = node->parent) {
        plant_settle(node);
        for (int k = 0; k < 3; k++) {
            node->sum_uW[k] += more_uW[k];
            node->sum_uvar[k] += more_uvar[k];
        }
        mark(node);
        if (!node->closed)
            break;
    }
}

// The next place of the subtree of `top` in order, below `node` or not; NULL at its end.
static struct plant_node *walk(const struct plant_node *top, const struct plant_node *node,
                               bool below)
{
    if (below && node->first)
        return node->first;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

// Everything below `top` takes on its new state, as far as that changes.
static void spread_live(struct plant_node *top)
{
    struct plant_node *node = walk(top, top, true);

    while (node) {
        bool live = node->parent->live && node->parent->closed;
        bool changes = live != node->live;

        if (changes) {
            plant_settle(node);
            node->live = live;
            mark(node);
        }
        node = walk(top, node, changes && node->closed);
    }
}

static void set_gate(struct plant_node *node, bool closed)
{
    int64_t more_uW[3], more_uvar[3];
    int sign = closed ? 1 : -1;

    plant_settle(node);
    mark(node);
    for (int k = 0; k < 3; k++) {
        more_uW[k] = sign * node->sum_uW[k];
        more_uvar[k] = sign * node->sum_uvar[k];
    }
    node->closed = closed;
    if (node->parent)
        add_draw(node->parent, more_uW, more_uvar);
    spread_live(node);
}

static int by_index(const void *left, const void *right)
{
    size_t a = (*(struct plant_node *const *)left)->index;
    size_t b = (*(struct plant_node *const *)right)->index;

    return a < b ? -1 : a > b;
}

// Tells one batch: the trip units first, from the loads upwards, so that of two that see the same
// current the one nearer to the load acts first.
static void tell_batch(struct plant *plant)
{
    struct plant_node **batch = plant->pending;
    size_t count = plant->pending_count;

    plant->pending = plant->telling;
    plant->telling = batch;
    plant->pending_count = 0;
    qsort(batch, count, sizeof(struct plant_node *), by_index);
    for (size_t i = count; i-- > 0;) {
        batch[i]->pending = false;
        if (batch[i]->trip.armed)
            plant_trip_flow(batch[i], plant_highest_A(batch[i]));
    }
    for (size_t i = 0; i < count; i++)
        if (batch[i]->watch)
            batch[i]->watch(batch[i]->watch_user, batch[i]);
}

static void tell(struct plant *plant)
{
    size_t rounds = 0;

    if (plant->is_telling)
        return;
    plant->is_telling = true;
    while (plant->pending_count && rounds++ < PLANT_ROUNDS_MAX)
        tell_batch(plant);
    if (plant->pending_count)
        log_error("plant", "watchers answer each other without end; the rest is not told");
    while (plant->pending_count)
        plant->pending[--plant->pending_count]->pending = false;
    plant->is_telling = false;
}

// ---- What moves ----

static void set_own(struct plant_node *node, const int64_t own_uW[3], const int64_t own_uvar[3])
{
    int64_t more_uW[3], more_uvar[3];
    int64_t change = 0;

    for (int k = 0; k < 3; k++) {
        more_uW[k] = own_uW[k] - node->own_uW[k];
        more_uvar[k] = own_uvar[k] - node->own_uvar[k];
        change |= more_uW[k] | more_uvar[k];
        node->own_uW[k] = own_uW[k];
        node->own_uvar[k] = own_uvar[k];
    }
    if (!change)
        return;
    add_draw(node, more_uW, more_uvar);
    tell(node->plant);
}

// Splits a total over the phases by their shares; the parts add up to it exactly.
static void split(const struct plant_node *node, double total, int64_t ret_micro[3])
{
    double share[3], sum = 0;
    int64_t left = llround(total * 1e6);
    int last = -1;

    for (int k = 0; k < 3; k++) {
        share[k] = node->spec.phase_share[k];
        sum += share[k];
    }
    for (int k = 0; k < 3 && sum == 0; k++)
        share[k] = node->source->spec.system == PLANT_1PH2W ? k == 0 : 1;
    sum = share[0] + share[1] + share[2];
    for (int k = 0; k < 3; k++) {
        ret_micro[k] = llround(total * 1e6 * share[k] / sum);
        left -= ret_micro[k];
        if (share[k] > 0)
            last = k;
    }
    ret_micro[last] += left;
}

void plant_set_load(struct plant_node *load, double power_W, double power_factor)
{
    int64_t own_uW[3], own_uvar[3];
    double tangent;

    assert(load->spec.kind == PLANT_LOAD);
    assert(isfinite(power_W) && power_factor != 0 && fabs(power_factor) <= 1);
    tangent = sqrt(1 - power_factor * power_factor) / power_factor;
    load->spec.power_W = power_W;
    load->spec.power_factor = power_factor;
    split(load, power_W, own_uW);
    split(load, fabs(power_W) * tangent, own_uvar);
    set_own(load, own_uW, own_uvar);
}

void plant_set_draw(struct plant_node *charger, const double current_A[3])
{
    int64_t own_uW[3];

    assert(charger->spec.kind == PLANT_CHARGER);
    for (int k = 0; k < 3; k++) {
        bool used = k < charger->spec.phases;

        assert(isfinite(current_A[k]));
        own_uW[k] = used ? llround(current_A[k] * plant_phase_V(charger) * 1e6) : 0;
    }
    set_own(charger, own_uW, (const int64_t[3]){0});
}

void plant_set_fault(struct plant_node *node, double current_A)
{
    double most_A = node->source->spec.short_circuit_A;
    int64_t more_uW[3], fault_uW;

    assert(at_least(current_A, 0));
    if (most_A > 0 && current_A > most_A)
        current_A = most_A;
    fault_uW = llround(current_A * plant_phase_V(node) * 1e6);
    for (int k = 0; k < 3; k++)
        more_uW[k] = node->source->spec.system == PLANT_1PH2W && k ? 0 : fault_uW - node->fault_uW;
    node->fault_uW = fault_uW;
    if (!more_uW[0])
        return;
    add_draw(node, more_uW, (const int64_t[3]){0});
    tell(node->plant);
}

void plant_set_closed(struct plant_node *breaker, bool closed)
{
    assert(breaker->spec.kind == PLANT_BREAKER);
    if (breaker->closed == closed)
        return;
    set_gate(breaker, closed);
    tell(breaker->plant);
}

void plant_trip_open(struct plant_node *breaker, enum plant_trip_cause cause, double current_A)
{
    if (breaker->closed)
        set_gate(breaker, false);
    if (breaker->on_trip)
        breaker->on_trip(breaker->trip_user, breaker, cause, current_A);
    tell(breaker->plant);
}

bool plant_closed(const struct plant_node *breaker)
{
    assert(breaker->spec.kind == PLANT_BREAKER);
    return breaker->closed;
}

// A source without supply is an open gate at the top: its own terminals are dead with all below.
void plant_set_live(struct plant_node *source, bool live)
{
    assert(source->spec.kind == PLANT_SOURCE);
    if (source->live == live)
        return;
    plant_settle(source);
    source->live = live;
    mark(source);
    spread_live(source);
    tell(source->plant);
}

void plant_watch(struct plant_node *node, plant_watch_fn *fn, void *user)
{
    node->watch = fn;
    node->watch_user = user;
}

void plant_on_trip(struct plant_node *breaker, plant_trip_fn *fn, void *user)
{
    assert(breaker->spec.kind == PLANT_BREAKER);
    breaker->on_trip = fn;
    breaker->trip_user = user;
}

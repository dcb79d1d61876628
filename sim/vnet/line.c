// SPDX-License-Identifier: Apache-2.0
// One RS-485 pair. The set of talkers changes only when somebody starts or stops; at each such
// boundary the characters since the last one are settled: those of a single talker as they are,
// those of several mixed.
#include "sim/vnet/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/rng.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/vnet/capture.h"
#include "sim/vnet/path.h"

#define FRAME_BYTES_MAX (2 * LINE_SEND_BYTES_MAX) // Captured between two silences; more is parted.
#define NOISE_BITS_MAX 3

// A port, and what it is saying.
struct drop {
    struct line_port port; // First: the holder's pointer.
    struct line *line;
    bool cut;
    bool gone; // Detached; the memory waits for the end of the turn.
    bool talking;
    size_t length;
    size_t settled; // Characters that were dealt with.
    sim_time_ns began_ns;
    struct timer sent;
    uint8_t *data; // LINE_SEND_BYTES_MAX, from the first send on.
    struct drop *next_gone;
};

struct line {
    struct core *core;
    char *name;
    struct line_timing timing;
    struct fault_anchor anchor;
    struct drop *drops[LINE_PORTS_MAX];
    size_t count;
    struct drop *gone;
    struct core_work reap;
    struct timer silence;
    bool events;
    struct line_stats stats;
    sim_time_ns busy_since_ns;
    struct capture *capture;
    int wire;
    uint8_t frame[FRAME_BYTES_MAX];
    size_t frame_length;
    bool frame_damaged;
    sim_time_ns frame_end_ns;
};

// Characters that are about to be heard.
struct burst {
    uint8_t data[LINE_SEND_BYTES_MAX];
    size_t length;
    bool damaged;
    const struct drop *talker; // NULL where several talked.
};

// ---- Capture ---------------------------------------------------------------------------

static void frame_end(struct line *line)
{
    int64_t age_ns = core_now(line->core) - line->frame_end_ns;

    if (line->frame_length == 0)
        return;
    if (line->capture)
        capture_frame(line->capture, line->wire, core_utc_ns(line->core) - age_ns, line->frame,
                      line->frame_length, line->frame_damaged ? CAPTURE_DAMAGED : 0,
                      line->frame_damaged ? "damaged on the line" : NULL);
    line->frame_length = 0;
    line->frame_damaged = false;
}

static void frame_add(struct line *line, const struct burst *burst)
{
    if (line->frame_length + burst->length > sizeof(line->frame))
        frame_end(line);
    memcpy(line->frame + line->frame_length, burst->data, burst->length);
    line->frame_length += burst->length;
    line->frame_damaged |= burst->damaged;
    line->frame_end_ns = core_now(line->core);
}

void line_set_capture(struct line *line, struct capture *capture)
{
    line->capture = capture;
    line->wire = capture ? capture_add_wire(capture, line->name, CAPTURE_RTU) : -1;
}

// ---- Hearing ---------------------------------------------------------------------------

// A hit character has 1 to 3 bits flipped; parity tells when that is odd.
static void noise_hit(struct burst *burst, size_t at, struct rng *rng, enum line_parity parity)
{
    unsigned count = 1 + (unsigned)rng_below(rng, NOISE_BITS_MAX);
    unsigned first = (unsigned)rng_below(rng, 8);

    for (unsigned i = 0; i < count; i++)
        burst->data[at] ^= (uint8_t)(1u << (first + i) % 8);
    if (parity != LINE_PARITY_NONE && count % 2)
        burst->damaged = true;
}

// Returns whether any character was changed, told by parity or not.
static bool burst_spoil(struct line *line, struct burst *burst)
{
    struct path_step steps[PATH_FAULTS_MAX];
    size_t count = path_find(&line->anchor, &line->anchor, &line->anchor, steps);
    bool changed = false;

    for (size_t i = 0; i < count; i++) {
        struct rng *rng = fault_rng(steps[i].fault);

        if (fault_id(steps[i].fault) == FAULT_STUCK) {
            memset(burst->data, 0, burst->length);
            burst->damaged = changed = true;
        }
        for (size_t at = 0; fault_id(steps[i].fault) == FAULT_NOISE && at < burst->length; at++)
            if (rng_unit(rng) < fault_value(steps[i].fault, 0)) {
                noise_hit(burst, at, rng, line->timing.parity);
                changed = true;
            }
    }
    return changed;
}

// At another speed or parity the same pulses read as other characters.
static void hear_garbled(struct drop *drop, const struct burst *burst)
{
    uint8_t garbled[LINE_SEND_BYTES_MAX];

    for (size_t i = 0; i < burst->length; i++)
        garbled[i] = (uint8_t)(burst->data[i] >> 1 ^ 0xD5);
    drop->port.events->on_chars(&drop->port, garbled, burst->length, LINE_DAMAGED, drop->port.user);
}

static bool same_settings(const struct drop *left, const struct drop *right)
{
    return left->port.timing.baud == right->port.timing.baud &&
           left->port.timing.parity == right->port.timing.parity;
}

static void hear(struct line *line, struct burst *burst)
{
    struct drop *listeners[LINE_PORTS_MAX];
    size_t count = 0;
    bool changed;

    if (burst->length == 0)
        return;
    changed = burst_spoil(line, burst);
    line->stats.characters += burst->length;
    if (line->events)
        core_event(line->core, "wire", line->name, burst->data, burst->length);
    frame_add(line, burst);
    line->frame_damaged |= changed;
    for (size_t i = 0; i < line->count; i++)
        if (!line->drops[i]->talking && !line->drops[i]->cut)
            listeners[count++] = line->drops[i];
    for (size_t i = 0; i < count; i++) {
        if (listeners[i]->gone)
            continue;
        if (burst->talker && !same_settings(listeners[i], burst->talker))
            hear_garbled(listeners[i], burst);
        else
            listeners[i]->port.events->on_chars(&listeners[i]->port, burst->data, burst->length,
                                                burst->damaged ? LINE_DAMAGED : 0,
                                                listeners[i]->port.user);
    }
}

// ---- Talking ---------------------------------------------------------------------------

// Characters of a talker that have ended by now, or, with `begun`, that have begun.
static size_t drop_said(const struct drop *drop, bool begun)
{
    sim_time_ns since_ns = core_now(drop->line->core) - drop->began_ns;
    sim_time_ns char_ns = drop->port.timing.char_ns;
    size_t said = (size_t)((since_ns + (begun ? char_ns - 1 : 0)) / char_ns);

    return said < drop->length ? said : drop->length;
}

static size_t talkers(const struct line *line, struct drop *ret_talkers[LINE_PORTS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < line->count; i++)
        if (line->drops[i]->talking && !line->drops[i]->cut &&
            line->drops[i]->settled < line->drops[i]->length)
            ret_talkers[count++] = line->drops[i];
    return count;
}

// Two drivers fight: where both drive alike the level holds, else the dominant one wins. What comes
// out is never taken for good: it is flagged.
static void burst_mix(struct burst *burst, const struct drop *drop, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        size_t at = i - from;

        burst->data[at] = at < burst->length ? burst->data[at] & drop->data[i] : drop->data[i];
    }
    if (to - from > burst->length)
        burst->length = to - from;
}

// Settles what was said up to now.
static void boundary(struct line *line)
{
    struct drop *talking[LINE_PORTS_MAX];
    struct burst burst = {.length = 0};
    size_t count = talkers(line, talking);

    for (size_t i = 0; i < count; i++) {
        size_t said = drop_said(talking[i], count > 1);

        burst_mix(&burst, talking[i], talking[i]->settled, said);
        talking[i]->settled = said;
    }
    burst.damaged = count > 1;
    burst.talker = count == 1 ? talking[0] : NULL;
    hear(line, &burst);
}

static bool line_busy(const struct line *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->drops[i]->talking && !line->drops[i]->cut)
            return true;
    return false;
}

// A talker came or went: silence begins, or ends.
static void line_update(struct line *line, bool was_busy)
{
    bool busy = line_busy(line);

    if (busy == was_busy)
        return;
    if (busy) {
        line->busy_since_ns = core_now(line->core);
        timer_stop(&line->silence);
        return;
    }
    line->stats.busy_ns += core_now(line->core) - line->busy_since_ns;
    timer_start(&line->silence, line->timing.t35_ns);
}

static void on_silence(struct timer *timer, void *user)
{
    struct line *line = user;
    struct drop *listeners[LINE_PORTS_MAX];
    size_t count = line->count;

    (void)timer;
    line->stats.frames++;
    frame_end(line);
    memcpy(listeners, line->drops, count * sizeof(*listeners));
    for (size_t i = 0; i < count; i++)
        if (!listeners[i]->gone)
            listeners[i]->port.events->on_silence(&listeners[i]->port, listeners[i]->port.user);
}

static void on_sent(struct timer *timer, void *user)
{
    struct drop *drop = user;
    struct line *line = drop->line;
    bool was_busy = line_busy(line);

    (void)timer;
    boundary(line);
    if (drop->gone)
        return;
    drop->talking = false;
    line_update(line, was_busy);
    // A cut drop does not hear the line; its own silence still has to come.
    if (drop->cut && !line_busy(line))
        timer_start(&line->silence, line->timing.t35_ns);
    drop->port.events->on_sent(&drop->port, drop->port.user);
}

static int port_send(struct line_port *port, const void *data, size_t length)
{
    struct drop *drop = (struct drop *)port;
    struct line *line = drop->line;
    struct drop *talking[LINE_PORTS_MAX];
    bool was_busy = line_busy(line);

    if (drop->talking)
        return ERR_FULL;
    if (length == 0 || length > LINE_SEND_BYTES_MAX)
        return ERR_TOO_LONG;
    boundary(line);
    if (talkers(line, talking) > 0 && !drop->cut)
        line->stats.collisions++;
    if (!drop->data)
        drop->data = mem_new(LINE_SEND_BYTES_MAX, 1);
    memcpy(drop->data, data, length);
    drop->length = length;
    drop->settled = 0;
    drop->began_ns = core_now(line->core);
    drop->talking = true;
    line_update(line, was_busy);
    timer_start(&drop->sent, (sim_time_ns)length * port->timing.char_ns);
    return 0;
}

void line_port_set_cut(struct line_port *port, bool cut)
{
    struct drop *drop = (struct drop *)port;
    bool was_busy = line_busy(drop->line);

    if (drop->cut == cut)
        return;
    boundary(drop->line);
    drop->cut = cut;
    if (!cut && drop->talking)
        drop->settled = drop_said(drop, true);
    line_update(drop->line, was_busy);
}

// ---- Ports and lines -------------------------------------------------------------------

static void drop_free(struct drop *drop)
{
    timer_stop(&drop->sent);
    free(drop->data);
    free(drop);
}

static void reap(void *user)
{
    struct line *line = user;

    while (line->gone) {
        struct drop *drop = line->gone;

        line->gone = drop->next_gone;
        drop_free(drop);
    }
}

static void port_detach(struct line_port *port)
{
    struct drop *drop = (struct drop *)port;
    struct line *line = drop->line;
    bool was_busy = line_busy(line);
    size_t at = 0;

    drop->gone = true;
    boundary(line);
    drop->talking = false;
    timer_stop(&drop->sent);
    while (line->drops[at] != drop)
        at++;
    line->count--;
    memmove(&line->drops[at], &line->drops[at + 1], (line->count - at) * sizeof(*line->drops));
    drop->next_gone = line->gone;
    line->gone = drop;
    core_post(line->core, &line->reap);
    line_update(line, was_busy);
}

static const struct line_port_ops port_ops = {.send = port_send, .detach = port_detach};

static void ignore_chars(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                         void *user)
{
    (void)port;
    (void)data;
    (void)length;
    (void)flags;
    (void)user;
}

static void ignore(struct line_port *port, void *user)
{
    (void)port;
    (void)user;
}

static const struct line_events deaf = {ignore_chars, ignore, ignore};

int line_new(struct core *core, const char *name, uint32_t baud, enum line_parity parity,
             struct line **ret)
{
    struct line *line;

    if (baud < LINE_BAUD_MIN || baud > LINE_BAUD_MAX)
        return ERR_RANGE;
    line = mem_new(1, sizeof(*line));
    line->core = core;
    line->name = str_copy(name);
    line->timing = line_timing(baud, parity);
    line->events = true;
    line->wire = -1;
    line->reap = (struct core_work){.fn = reap, .user = line};
    fault_anchor_init(&line->anchor, FAULT_LINE);
    timer_init(&line->silence, core_timers(core), NULL, on_silence, line);
    *ret = line;
    return 0;
}

void line_free(struct line **line)
{
    if (!*line)
        return;
    core_cancel((*line)->core, &(*line)->reap);
    reap(*line);
    for (size_t i = 0; i < (*line)->count; i++)
        drop_free((*line)->drops[i]);
    timer_stop(&(*line)->silence);
    frame_end(*line);
    fault_anchor_done(&(*line)->anchor);
    free((*line)->name);
    free(*line);
    *line = NULL;
}

int line_attach(struct line *line, uint32_t baud, enum line_parity parity, struct line_port **ret)
{
    struct drop *drop;

    if (line->count == LINE_PORTS_MAX)
        return ERR_TOO_MANY;
    if (baud != 0 && (baud < LINE_BAUD_MIN || baud > LINE_BAUD_MAX))
        return ERR_RANGE;
    drop = mem_new(1, sizeof(*drop));
    drop->port.ops = &port_ops;
    drop->port.events = &deaf;
    drop->port.timing = baud ? line_timing(baud, parity) : line->timing;
    drop->line = line;
    timer_init(&drop->sent, core_timers(line->core), NULL, on_sent, drop);
    line->drops[line->count++] = drop;
    *ret = &drop->port;
    return 0;
}

void line_emit_events(struct line *line, bool on)
{
    line->events = on;
}

const char *line_name(const struct line *line)
{
    return line->name;
}

struct line_timing line_settings(const struct line *line)
{
    return line->timing;
}

struct fault_anchor *line_anchor(struct line *line)
{
    return &line->anchor;
}

struct line_stats line_stats(const struct line *line)
{
    return line->stats;
}

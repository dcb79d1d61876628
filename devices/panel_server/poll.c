// SPDX-License-Identifier: Apache-2.0
// What the devices below show on the home page: read over the wires they hang on, as a client of
// the gateway would, in rounds that begin when somebody looks. So a cut line, a silent unit and a
// dead supply show as what they are. One unit of a path at a time, so that clients of the gateway
// find room beside it. Not modelled: polling while nobody looks.
#include "devices/panel_server/poll.h"

#include <stdlib.h>

#include "devices/panel_server/web.h"
#include "sim/base/bytes.h"
#include "sim/base/str.h"

#define LOOKERS_MAX 16 // Clients that wait for a round; the next is told what is known.
#define FRESH_NS (2 * SIM_NS_PER_S)
#define PATIENCE_NS (3 * SIM_NS_PER_S) // So long a look waits for those who are silent.

struct looker {
    void (*fn)(void *user); // NULL: free.
    void *user;
};

struct panel_poll {
    struct panel *panel;
    struct poll_unit *units;
    size_t units_count;
    struct looker lookers[LOOKERS_MAX];
    struct timer patience;
    bool known;           // A round has ended since the supply came,
    sim_time_ns ended_ns; // then.
    size_t left;          // Units of this round that are still to come.
};

static sim_time_ns now_of(const struct panel_poll *poll)
{
    return timers_now(poll->panel->device->world.timers);
}

static void tell(struct panel_poll *poll)
{
    timer_stop(&poll->patience);
    for (size_t i = 0; i < LOOKERS_MAX; i++) {
        struct looker looker = poll->lookers[i];

        poll->lookers[i] = (struct looker){0};
        if (looker.fn)
            looker.fn(looker.user);
    }
}

static void on_patience(struct timer *timer, void *user)
{
    (void)timer;
    tell(user);
}

// ---- One unit ----

static void ask(struct poll_unit *unit);

// The next unit of the same path that waits for its turn.
static void ask_next_of(struct panel_poll *poll, const struct modbus_path *path)
{
    for (size_t i = 0; i < poll->units_count; i++)
        if (poll->units[i].path == path && poll->units[i].waiting) {
            poll->units[i].waiting = false;
            ask(&poll->units[i]);
            return;
        }
}

static void finish(struct poll_unit *unit, enum poll_state state)
{
    struct panel_poll *poll = unit->poll;

    unit->busy = false;
    unit->state = state;
    if (state == POLL_CONNECTED)
        unit->heard_ns = now_of(poll);
    poll->left--;
    ask_next_of(poll, unit->path);
    if (poll->left > 0)
        return;
    poll->known = true;
    poll->ended_ns = now_of(poll);
    tell(poll);
}

// Values of one read; an exception leaves them without.
static void take(struct poll_unit *unit, const uint8_t *pdu, size_t length)
{
    const struct poll_read *read = &unit->reads[unit->next];
    bool good = length == 2u + 2u * read->count && pdu[0] == read->function;

    for (uint8_t i = read->first; i < read->first + read->rows; i++) {
        const struct profile_register *row = unit->rows[i];
        char text[POINT_TEXT_BYTES_MAX + 1];

        unit->values[i].valid = false;
        if (good)
            profile_decode(row, pdu + 2 + 2 * (row->address - read->address), text,
                           &unit->values[i]);
    }
}

static bool is_silence(const uint8_t *pdu, size_t length)
{
    return length == 2 && pdu[0] & 0x80 &&
           (pdu[1] == MODBUS_TARGET_SILENT || pdu[1] == MODBUS_PATH_UNAVAILABLE);
}

static void on_answer(void *client, uint32_t ticket, const uint8_t *pdu, size_t length)
{
    struct poll_unit *unit = client;

    (void)ticket;
    if (is_silence(pdu, length)) {
        finish(unit, POLL_SILENT);
        return;
    }
    take(unit, pdu, length);
    unit->next++;
    if (unit->next < unit->reads_count)
        ask(unit);
    else
        finish(unit, POLL_CONNECTED);
}

static void ask(struct poll_unit *unit)
{
    const struct poll_read *read = &unit->reads[unit->next];
    uint8_t pdu[5];
    struct bytes_out out = bytes_out(pdu, sizeof(pdu));
    struct modbus_forward forward = {.unit = unit->id,
                                     .pdu = pdu,
                                     .length = sizeof(pdu),
                                     .arrived_ns = now_of(unit->poll),
                                     .answer = on_answer,
                                     .client = unit};
    uint8_t exception;

    bytes_put_u8(&out, read->function);
    bytes_put_u16(&out, read->address);
    bytes_put_u16(&out, read->count);
    unit->busy = true;
    exception = unit->path->forward(unit->path, &forward);
    if (exception) // A full queue says nothing of the unit.
        finish(unit, exception == MODBUS_TARGET_SILENT ? POLL_SILENT : unit->state);
}

// ---- Rounds ----

static void start_round(struct panel_poll *poll)
{
    poll->known = false;
    poll->left = poll->units_count;
    for (size_t i = 0; i < poll->units_count; i++) {
        poll->units[i].waiting = true;
        poll->units[i].next = 0;
    }
    for (size_t i = 0; i < poll->units_count; i++) {
        bool under_way = false;

        for (size_t k = 0; k < poll->units_count; k++)
            under_way |= poll->units[k].path == poll->units[i].path && poll->units[k].busy;
        if (!under_way)
            ask_next_of(poll, poll->units[i].path);
    }
}

struct panel_poll *panel_poll_new(struct panel *panel)
{
    struct panel_poll *poll = mem_new(1, sizeof(*poll));

    poll->panel = panel;
    poll->units = poll_units_new(panel, &poll->units_count);
    for (size_t i = 0; i < poll->units_count; i++)
        poll->units[i].poll = poll;
    device_timer_init(panel->device, &poll->patience, on_patience, poll);
    return poll;
}

void panel_poll_free(struct panel_poll **poll)
{
    if (!*poll)
        return;
    panel_poll_clear(*poll);
    free((*poll)->units);
    free(*poll);
    *poll = NULL;
}

void panel_poll_look(struct panel_poll *poll, void (*fn)(void *user), void *user)
{
    struct looker *looker = NULL;
    bool fresh = poll->known && now_of(poll) - poll->ended_ns <= FRESH_NS;

    for (size_t i = 0; i < LOOKERS_MAX && !looker; i++)
        looker = poll->lookers[i].fn ? NULL : &poll->lookers[i];
    if (!looker || fresh || poll->units_count == 0) {
        fn(user);
        return;
    }
    *looker = (struct looker){.fn = fn, .user = user};
    if (!timer_running(&poll->patience))
        timer_start(&poll->patience, PATIENCE_NS);
    if (poll->left == 0)
        start_round(poll);
}

void panel_poll_forget(struct panel_poll *poll, const void *user)
{
    for (size_t i = 0; i < LOOKERS_MAX; i++)
        if (poll->lookers[i].user == user)
            poll->lookers[i] = (struct looker){0};
}

void panel_poll_clear(struct panel_poll *poll)
{
    timer_stop(&poll->patience);
    for (size_t i = 0; i < LOOKERS_MAX; i++)
        poll->lookers[i] = (struct looker){0};
    for (size_t i = 0; i < poll->units_count; i++) {
        struct poll_unit *unit = &poll->units[i];

        if (unit->busy)
            unit->path->cancel(unit->path, unit);
        unit->busy = unit->waiting = false;
        unit->state = POLL_UNKNOWN;
        for (size_t k = 0; k < POLL_POINTS; k++)
            unit->values[k].valid = false;
    }
    poll->known = false;
    poll->left = 0;
}

// ---- JSON ----

static void add_values(const struct poll_unit *unit, struct str *out)
{
    bool connected = unit->state == POLL_CONNECTED;

    for (uint8_t i = 0; i < unit->rows_count; i++) {
        const struct point_value *value = &unit->values[i];

        str_addf(out, "%s\"%s\":", i ? "," : "",
                 point_info((enum point)unit->rows[i]->point)->name);
        if (!connected || !value->valid)
            str_adds(out, "null");
        else if (value->type == POINT_NUMBER)
            str_addf(out, "%.10g", value->number);
        else
            str_addf(out, "%lld", (long long)value->integer);
    }
}

static void add_unit(const struct poll_unit *unit, struct str *out)
{
    static const char *const states[] = {"unknown", "connected", "not-connected"};
    const struct panel *panel = unit->poll->panel;
    const struct device *device = unit->device;
    bool serial = panel->line && unit->path == &panel->line->gateway.path;

    str_addf(out, "{\"unit\":%u,\"wire\":\"%s\",\"state\":\"%s\",\"id\":", unit->id,
             serial ? "modbus-sl" : "modbus-tcp", states[unit->state]);
    str_add_json(out, unit->name ? unit->name : "");
    str_adds(out, ",\"label\":");
    str_add_json(out, device && device->label ? device->label : "");
    str_adds(out, ",\"model\":");
    str_add_json(out, device && device->model ? device->model->name : "");
    if (unit->heard_ns > 0)
        str_addf(out, ",\"heard_s\":%lld",
                 (long long)((now_of(unit->poll) - unit->heard_ns) / SIM_NS_PER_S));
    str_adds(out, ",\"values\":{");
    add_values(unit, out);
    str_adds(out, "}}");
}

void panel_poll_add_json(const struct panel_poll *poll, struct str *out)
{
    str_adds(out, "[");
    for (size_t i = 0; i < poll->units_count; i++) {
        str_adds(out, i ? "," : "");
        add_unit(&poll->units[i], out);
    }
    str_adds(out, "]");
}

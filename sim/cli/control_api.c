// SPDX-License-Identifier: Apache-2.0
// The paths of the control socket, as a table. A verb answers when it has ended; an advance when
// the world has arrived and is quiescent again.
#include "sim/cli/control_api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/cli/control_arguments.h"
#include "sim/cli/verbs.h"
#include "sim/edge/control.h"
#include "sim/edge/outside.h"
#include "sim/scenario/op.h"
#include "sim/world/world.h"

#define FAULT_MEMBERS_MAX 65536

struct control_api {
    struct control_api_options options;
    struct control *control;
    struct verb_set verbs;
    struct control_reply *advance; // Who waits for the clock, or NULL.
    sim_time_ns advance_ns;
    bool stopping;
};

static void answer_error(struct control_reply *reply, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void answer_error(struct control_reply *reply, unsigned status, const char *format, ...)
{
    struct str reason = {0};
    struct str text = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&reason, format, arguments);
    va_end(arguments);
    str_adds(&text, "{\"end\":\"error\",\"reason\":");
    str_add_json(&text, str_text(&reason));
    str_adds(&text, "}");
    control_reply_json(reply, status, str_text(&text));
    str_done(&text);
    str_done(&reason);
}

static void answer_now(struct control_api *api, struct control_reply *reply)
{
    char *text = str_format("{\"end\":\"finished\",\"now_ns\":%" PRId64 "}",
                            core_now(api->options.stage->core));

    control_reply_json(reply, 200, text);
    free(text);
}

// ---- GET /state ----

static void add_member(struct str *out, const char *key, const char *value)
{
    str_addf(out, ",\"%s\":", key);
    if (value)
        str_add_json(out, value);
    else
        str_adds(out, "null");
}

static void add_devices(const struct control_api *api, struct str *out)
{
    for (size_t i = 0; i < world_devices(api->options.world); i++) {
        const struct device *device = world_device_at(api->options.world, i);

        str_addf(out, "%s{\"id\":", i ? "," : "");
        str_add_json(out, device->id);
        add_member(out, "profile", profile_id(device->profile));
        add_member(out, "model", device->model->name);
        add_member(out, "hardware", device->hardware);
        add_member(out, "label", device->label);
        str_addf(out, ",\"powered\":%s}", device->powered ? "true" : "false");
    }
}

static void add_services(const struct control_api *api, struct str *out)
{
    struct outside_row row;
    char address[ADDRESS_TEXT_ROOM];

    for (size_t i = 0; api->options.outside && outside_get(api->options.outside, i, &row); i++) {
        str_addf(out, "%s{\"service\":\"%s\",\"address\":\"%s\"", i ? "," : "", row.service,
                 address_text(&row.real, address));
        add_member(out, "device", row.device);
        str_addf(out, ",\"open\":%s}", row.open ? "true" : "false");
    }
}

static void get_state(struct control_api *api, const char *path, struct json **body,
                      struct control_reply *reply)
{
    static const char *const modes[] = {"jump", "real", "hold"};
    struct core *core = api->options.stage->core;
    char utc[UNITS_TEXT_ROOM];
    struct str out = {0};

    (void)path;
    (void)body;
    str_addf(&out,
             "{\"ready\":true,\"clock\":\"%s\",\"speed\":%g,\"now_ns\":%" PRId64
             ",\"utc\":\"%s\",\"seed\":%" PRIu64,
             modes[core_mode(core)], core_speed(core), core_now(core),
             units_utc_text(core_utc_ns(core), utc), core_seed(core));
    add_member(&out, "site", world_name(api->options.world));
    str_adds(&out, ",\"devices\":[");
    add_devices(api, &out);
    str_adds(&out, "],\"services\":[");
    add_services(api, &out);
    str_adds(&out, "],\"lines\":[");
    for (size_t i = 0; i < api->options.lines_count; i++) {
        str_addf(&out, "%s{\"line\":", i ? "," : "");
        str_add_json(&out, api->options.lines[2 * i]);
        add_member(&out, "path", api->options.lines[2 * i + 1]);
        str_adds(&out, "}");
    }
    str_adds(&out, "]}");
    control_reply_json(reply, 200, str_text(&out));
    str_done(&out);
}

// ---- POST /advance ----

static void post_advance(struct control_api *api, const char *path, struct json **body,
                         struct control_reply *reply)
{
    int64_t by_ns = json_integer(json_get(*body, "by_ns"), -1);
    const char *by = json_text(json_get(*body, "by"), NULL);

    (void)path;
    if (by && units_parse_time(by, &by_ns) < 0)
        by_ns = -1;
    if (by_ns < 0) {
        answer_error(reply, 400, "say how far: {\"by\": \"10m\"} or {\"by_ns\": 600000000000}");
    } else if (api->advance) {
        answer_error(reply, 409, "the clock is being moved already");
    } else {
        api->advance = reply;
        api->advance_ns = by_ns;
        core_stop(api->options.stage->core);
    }
}

bool control_api_advance(struct control_api *api)
{
    struct control_reply *reply = api->advance;

    if (!reply)
        return false;
    core_advance(api->options.stage->core, api->advance_ns);
    api->advance = NULL;
    answer_now(api, reply);
    return true;
}

// ---- Ops: POST /verb, POST /table ----

static void add_values(const struct value *fields, struct str *out)
{
    const struct value_record *record = fields->count ? &fields->records[0] : NULL;

    str_adds(out, "{");
    for (size_t i = 0; record && i < record->count; i++) {
        const struct value *value = &record->values[i];

        str_addf(out, "%s", i ? "," : "");
        str_add_json(out, record->keys[i]);
        str_adds(out, ":");
        if (value->type == VALUE_NUMBER && value->unit == UNIT_TIME_NS)
            str_addf(out, "{\"ns\":%.0f}", value->number);
        else
            value_print_json(value, out);
    }
    str_adds(out, "}");
}

static void add_records(const struct value *records, struct str *out)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct value_record *record = &records->records[i];
        struct value one = {
            .type = VALUE_RECORDS, .records = (struct value_record *)record, .count = 1};

        str_addf(out, "%s{\"at_ns\":%" PRId64 ",\"fields\":", i ? "," : "", record->at_ns);
        add_values(&one, out);
        str_adds(out, "}");
    }
}

// A question over the socket that an op answers: its texts stay until then.
struct question {
    struct control_reply *reply;
    struct json *body;
};

static void on_op_done(struct op *op, void *user)
{
    static const char *const ends[] = {"running",        "finished", "error",
                                       "not-applicable", "blocked",  "cancelled"};
    struct question *question = user;
    struct str out = {0};

    str_addf(&out, "{\"end\":\"%s\",\"err\":\"%s\"", ends[op->end], err_name(op->err));
    add_member(&out, "reason", op->reason);
    str_addf(&out, ",\"now_ns\":%" PRId64 ",\"results\":", timers_now(op->timers));
    add_values(&op->results, &out);
    str_adds(&out, ",\"records\":[");
    add_records(&op->records, &out);
    str_adds(&out, "]}");
    control_reply_json(question->reply, 200, str_text(&out));
    str_done(&out);
    op_free(&op);
    json_free(&question->body);
    free(question);
}

static struct target *find_target(struct control_api *api, const struct json *body,
                                  struct control_reply *reply)
{
    const char *id = json_text(json_get(body, "device"), "");
    const char *bracket = strchr(id, '[');
    char *role = str_format("%.*s", bracket ? (int)(bracket - id) : (int)strlen(id), id);
    size_t index = bracket ? strtoul(bracket + 1, NULL, 10) : 1;
    const char *why;
    struct stage *stage = api->options.stage;
    struct target *target = stage->ops->target(stage, role, index, &why);
    const char *nearest = target ? NULL : world_nearest(api->options.world, role);

    if (!target)
        answer_error(reply, 404, "the site has no device '%s'%s%s%s", id,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
    free(role);
    return target;
}

// Takes *body over.
static struct op *make_op(struct control_api *api, const struct verb *verb, struct target *target,
                          struct json **body, struct control_reply *reply)
{
    struct question *question = mem_new(1, sizeof(*question));
    struct op *op = op_new(verb, core_timers(api->options.stage->core), on_op_done, question);

    question->reply = reply;
    question->body = *body;
    *body = NULL;
    op->target = target;
    op->profile = target->profile;
    op->model = target->model;
    op->role = target->id;
    op->session = json_text(json_get(question->body, "session"), "control");
    return op;
}

static void start_verb(struct target *target, struct op *op)
{
    const struct question *question = op->user;
    char *why = control_arguments_add(op, json_get(question->body, "with"));

    if (why)
        op_fail(op, ERR_USAGE, "%s", why);
    else
        target->ops->start(target, op);
    free(why);
}

static void post_verb(struct control_api *api, const char *path, struct json **body,
                      struct control_reply *reply)
{
    struct target *target = find_target(api, *body, reply);
    const char *name = json_text(json_get(*body, "verb"), "");
    const struct verb *verb = verb_find(&api->verbs, name);
    const char *nearest = verb_nearest(&api->verbs, name);
    const char *why;

    (void)path;
    if (!target)
        return;
    if (!verb) {
        answer_error(reply, 404, "there is no verb '%s'%s%s%s", name,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
        return;
    }
    why = target->ops->cannot(target, verb);
    if (why)
        answer_error(reply, 409, "%s: %s", target->id, why);
    else
        start_verb(target, make_op(api, verb, target, body, reply));
}

static void post_table(struct control_api *api, const char *path, struct json **body,
                       struct control_reply *reply)
{
    struct target *target = find_target(api, *body, reply);
    const char *table = json_text(json_get(*body, "table"), "");

    (void)path;
    if (target)
        target->ops->table(target, table, make_op(api, NULL, target, body, reply));
}

// GET /read?device=q1&point=current_l1_A asks over the wire, as the verb modbus.read does.
static void get_read(struct control_api *api, const char *path, struct json **body,
                     struct control_reply *reply)
{
    char *device = control_query_get(path, "device");
    char *point = control_query_get(path, "point");
    struct str text = {0};
    struct json *question = NULL;

    (void)body;
    if (!device || !point) {
        answer_error(reply, 400, "say which: /read?device=ID&point=NAME");
    } else {
        str_adds(&text, "{\"verb\":\"modbus.read\",\"device\":");
        str_add_json(&text, device);
        str_adds(&text, ",\"with\":{\"point\":");
        str_add_json(&text, point);
        str_adds(&text, "}}");
        if (json_parse(str_text(&text), text.length, &question, NULL) == 0)
            post_verb(api, path, &question, reply);
        else
            answer_error(reply, 400, "device and point are not text");
    }
    json_free(&question);
    str_done(&text);
    free(device);
    free(point);
}

// ---- POST /fault, POST /clear ----

// Returns the number of devices named, or -1 when one is unknown (answered).
static int devices_named(struct control_api *api, const struct json *ids, struct device **devices,
                         struct control_reply *reply)
{
    size_t count = json_count(ids);

    for (size_t i = 0; i < count; i++) {
        const char *id = json_text(json_at(ids, i), "");

        devices[i] = world_device(api->options.world, id);
        if (!devices[i]) {
            answer_error(reply, 404, "the site has no device '%s'", id);
            return -1;
        }
    }
    return (int)count;
}

static void post_fault(struct control_api *api, const char *path, struct json **body,
                       struct control_reply *reply)
{
    const struct json *left_ids = json_get(*body, "left");
    const struct json *right_ids = json_get(*body, "right");
    struct device **left = mem_new(json_count(left_ids), sizeof(*left));
    struct device **right = mem_new(json_count(right_ids), sizeof(*right));
    int left_count = devices_named(api, left_ids, left, reply);
    int right_count = left_count < 0 ? -1 : devices_named(api, right_ids, right, reply);
    char *why = NULL;

    (void)path;
    if (right_count >= 0) {
        struct world_fault fault = {
            .id = json_text(json_get(*body, "id"), "control"),
            .kind = json_text(json_get(*body, "kind"), ""),
            .left = left,
            .left_count = (size_t)left_count,
            .right = right,
            .right_count = (size_t)right_count,
            .network = json_text(json_get(*body, "network"), NULL),
            .arguments = json_text(json_get(*body, "arguments"), NULL),
        };
        int err = world_fault(api->options.world, &fault, &why);

        if (err < 0)
            answer_error(reply, 409, "%s", why ? why : err_text(err));
        else
            answer_now(api, reply);
    }
    free(why);
    free(left);
    free(right);
}

static void post_clear(struct control_api *api, const char *path, struct json **body,
                       struct control_reply *reply)
{
    const char *id = json_text(json_get(*body, "id"), "control");

    (void)path;
    if (world_clear(api->options.world, id) < 0)
        answer_error(reply, 404, "no fault '%s' is on", id);
    else
        answer_now(api, reply);
}

static void post_stop(struct control_api *api, const char *path, struct json **body,
                      struct control_reply *reply)
{
    (void)path;
    (void)body;
    api->stopping = true;
    answer_now(api, reply);
    core_stop(api->options.stage->core);
}

// ---- Dispatch ----

static const struct route {
    const char *method;
    const char *path;
    // May take *body over by setting it to NULL.
    void (*serve)(struct control_api *api, const char *path, struct json **body,
                  struct control_reply *reply);
} routes[] = {
    {"GET", "/state", get_state},       {"GET", "/read", get_read},
    {"POST", "/advance", post_advance}, {"POST", "/clear", post_clear},
    {"POST", "/fault", post_fault},     {"POST", "/stop", post_stop},
    {"POST", "/table", post_table},     {"POST", "/verb", post_verb},
};

static void on_request(void *user, const char *method, const char *path, const char *body,
                       size_t length, struct control_reply *reply)
{
    struct control_api *api = user;
    size_t path_length = strcspn(path, "?");
    struct json *json = NULL;

    if (length && (json_parse(body, length, &json, NULL) < 0 || !json_is_object(json))) {
        answer_error(reply, 400, "the body is no JSON object");
        json_free(&json);
        return;
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strlen(routes[i].path) != path_length ||
            strncmp(routes[i].path, path, path_length) != 0)
            continue;
        if (strcmp(routes[i].method, method) == 0)
            routes[i].serve(api, path, &json, reply);
        else
            answer_error(reply, 405, "%s takes %s", routes[i].path, routes[i].method);
        json_free(&json);
        return;
    }
    answer_error(reply, 404, "no such path; 'testbay serve --help' lists them");
    json_free(&json);
}

int control_api_new(const struct control_api_options *options, struct control_api **ret)
{
    struct control_api *api = mem_new(1, sizeof(*api));
    int err;

    api->options = *options;
    api->verbs = cli_verbs();
    err = control_new(options->stage->core, options->socket, on_request, api, &api->control);
    if (err < 0) {
        control_api_free(&api);
        return err;
    }
    *ret = api;
    return 0;
}

void control_api_free(struct control_api **api)
{
    if (!*api)
        return;
    control_free(&(*api)->control);
    cli_verbs_done(&(*api)->verbs);
    free(*api);
    *api = NULL;
}

bool control_api_stopping(const struct control_api *api)
{
    return api->stopping;
}

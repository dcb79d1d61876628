// SPDX-License-Identifier: Apache-2.0
// Ops over the control socket: an op becomes a JSON request, the reply becomes its results and its
// end. What the other side cannot do (status 409 to a verb) is N/A; everything else that goes wrong
// is an ERROR. Secrets cross in clear: the socket is this user's alone.
#include "bench/control_link.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/edge/control_client.h"

// A served world takes 32 clients; this leaves room for a person who looks on.
#define CALLS_MAX 16
#define CALL_TIMEOUT_NS (30 * SIM_NS_PER_S)
#define CALL_SLACK_NS (10 * SIM_NS_PER_S) // Beyond a verb's own time-out.
#define RECORD_FIELDS_MAX 64
#define STATUS_CANNOT 409
// An hour of leaping costs well under a second; a world with a fleet may take longer.
#define ADVANCE_TIMEOUT_NS (300 * SIM_NS_PER_S)

// A call that waits for its turn or its reply.
struct call {
    struct control_link *link;
    const char *method;
    const char *path;
    char *body;
    int64_t timeout_ns;
    struct op *op; // NULL: forgotten, or not an op's.
    control_link_state_fn *on_state;
    control_link_advanced_fn *on_advanced;
    void *user;
    struct call *next;
};

struct control_link {
    struct core *core;
    char *path;
    struct control_client *client;
    struct call *waiting;
    struct call *under_way;
    size_t waiting_count;
    size_t under_way_count;
    struct core_work doom; // Tells the calls that could not even wait.
    struct call *doomed;
    bool freeing;
};

// ---- Values ----

static void add_value(const struct value *value, struct str *out)
{
    char text[UNITS_TEXT_ROOM];

    switch (value->type) {
    case VALUE_NONE:
        str_add_json(out, "none");
        break;
    case VALUE_BOOL:
        str_adds(out, value->truth ? "true" : "false");
        break;
    case VALUE_NUMBER:
        if (value->text)
            str_add_json(out, value->text);
        else if (value->unit == UNIT_NONE && isfinite(value->number))
            str_addf(out, "%.17g", value->number);
        else
            str_add_json(out, units_text(value->number, value->unit, text));
        break;
    case VALUE_TEXT:
        str_add_json(out, value->text);
        break;
    case VALUE_LIST:
        str_adds(out, "[");
        for (size_t i = 0; i < value->count; i++) {
            str_adds(out, i ? "," : "");
            add_value(&value->items[i], out);
        }
        str_adds(out, "]");
        break;
    case VALUE_RECORDS:
        str_adds(out, "null");
        break;
    }
}

static void add_member(struct str *out, const char *key, const char *text)
{
    str_addf(out, ",\"%s\":", key);
    str_add_json(out, text);
}

static const struct schema_field *result_field(const struct op *op, const char *key)
{
    const struct schema *results = op->verb ? op->verb->results : NULL;

    for (size_t i = 0; results && i < results->fields_count; i++)
        if (results->fields[i].name && strcmp(results->fields[i].name, key) == 0)
            return &results->fields[i];
    return NULL;
}

static bool field_is_text(const struct schema_field *field)
{
    return field && (field->type == SCHEMA_TEXT || field->type == SCHEMA_NAME ||
                     field->type == SCHEMA_CHOICE || field->type == SCHEMA_UTC);
}

static void take_result(struct op *op, const char *key, const struct json *json)
{
    double number = json_number(json, 0);

    if (json_is_bool(json))
        op_set_truth(op, key, json_bool(json, false));
    else if (json_is_number(json) && number == floor(number) && fabs(number) < 1e15)
        op_set_integer(op, key, (int64_t)number);
    else if (json_is_number(json))
        op_set_number(op, key, number);
    else if (json_is_object(json))
        op_set_time(op, key, json_int64(json_get(json, "ns"), 0));
    else if (json_is_text(json) && field_is_text(result_field(op, key)))
        op_set_text(op, key, json_text(json, ""));
    else if (json_is_text(json))
        op_set_value(op, key, value_parse(json_text(json, ""), false));
    else
        op_set_value(op, key, value_none());
}

// A record's fields are texts on both sides; numbers are written out.
static void take_record(struct op *op, const struct json *record)
{
    const struct json *fields = json_get(record, "fields");
    const char *keys[RECORD_FIELDS_MAX];
    const char *values[RECORD_FIELDS_MAX];
    struct str written[RECORD_FIELDS_MAX] = {{0}};
    size_t count = 0;
    void *cursor = NULL;
    const struct json *field;

    while (fields && count < RECORD_FIELDS_MAX &&
           (field = json_next(fields, &cursor, &keys[count]))) {
        if (json_is_bool(field))
            str_adds(&written[count], json_bool(field, false) ? "true" : "false");
        else if (json_is_number(field))
            str_addf(&written[count], "%.17g", json_number(field, 0));
        else
            str_adds(&written[count], json_text(field, ""));
        values[count] = str_text(&written[count]);
        count++;
    }
    op_add_record(op, json_int64(json_get(record, "at_ns"), -1), keys, values, count);
    for (size_t i = 0; i < count; i++)
        str_done(&written[i]);
}

// ---- Ends ----

static int err_named(const char *name)
{
    for (int place = ERR_LAST_ERRNO + 1; place < ERR_PLACE_END; place++) {
        int err = ERR_LAST_ERRNO - 1 - (place - (ERR_LAST_ERRNO + 1));

        if (strcmp(err_name(err), name) == 0)
            return err;
    }
    return ERR_IO;
}

static void end_op(struct op *op, unsigned status, const struct json *reply)
{
    const char *end = json_text(json_get(reply, "end"), "");
    const char *reason = json_text(json_get(reply, "reason"), "it does not say why");
    const struct json *results = json_get(reply, "results");
    const struct json *records = json_get(reply, "records");
    void *cursor = NULL;
    const char *key;
    const struct json *result;

    while (results && (result = json_next(results, &cursor, &key)))
        take_result(op, key, result);
    for (size_t i = 0; i < json_count(records); i++)
        take_record(op, json_at(records, i));
    if (strcmp(end, "finished") == 0)
        op_finish(op);
    else if (strcmp(end, "not-applicable") == 0 || (status == STATUS_CANNOT && op->verb))
        op_not_applicable(op, "%s", reason);
    else if (strcmp(end, "blocked") == 0)
        op_blocked(op, "%s", reason);
    else
        op_fail(op, err_named(json_text(json_get(reply, "err"), "")), "%s", reason);
}

static void tell_op(struct op *op, const struct control_link *link, int error, unsigned status,
                    const struct json *reply)
{
    if (error)
        op_fail(op, error, "the control socket %s: %s", link->path, err_text(error));
    else if (!json_is_object(reply))
        op_fail(op, ERR_MALFORMED, "the control socket %s answered no JSON", link->path);
    else
        end_op(op, status, reply);
}

static void free_call(struct call *call)
{
    free(call->body);
    free(call);
}

// Frees the call, then tells: what is told may call this link again.
static void tell(struct call *call, int error, unsigned status, struct json **reply)
{
    struct json *none = NULL;
    struct call told = *call;

    free_call(call);
    if (error == 0 && status >= 300 && !told.op)
        error = ERR_UNEXPECTED;
    if (told.on_state)
        told.on_state(told.user, error, error ? &none : reply);
    else if (told.on_advanced)
        told.on_advanced(told.user, error);
    else if (told.op)
        tell_op(told.op, told.link, error, status, *reply);
}

// ---- Calls ----

static void start_waiting(struct control_link *link);

static void unlink_call(struct call **list, const struct call *call)
{
    while (*list && *list != call)
        list = &(*list)->next;
    if (*list)
        *list = call->next;
}

static void on_answer(void *user, int error, unsigned status, const char *body, size_t length)
{
    struct call *call = user;
    struct control_link *link = call->link;
    struct json *reply = NULL;

    unlink_call(&link->under_way, call);
    link->under_way_count--;
    if (link->freeing) {
        free_call(call);
        return;
    }
    if (error == 0 && json_parse(body, length, &reply, NULL) < 0)
        error = ERR_MALFORMED;
    start_waiting(link);
    tell(call, error, status, &reply);
    json_free(&reply);
}

static void start_waiting(struct control_link *link)
{
    struct call *call;

    while ((call = link->waiting) && link->under_way_count < CALLS_MAX) {
        int err = control_call(link->client, call->method, call->path, call->body, call->timeout_ns,
                               on_answer, call);

        if (err < 0)
            return; // Somebody else's calls are in the way; the next answer looks again.
        link->waiting = call->next;
        link->waiting_count--;
        call->next = link->under_way;
        link->under_way = call;
        link->under_way_count++;
    }
}

static void on_doom(void *user)
{
    struct control_link *link = user;
    struct call *call = link->doomed;
    struct json *reply = NULL;

    link->doomed = call->next;
    if (link->doomed)
        core_post(link->core, &link->doom);
    tell(call, ERR_TOO_MANY, 0, &reply);
}

static struct call *submit(struct control_link *link, const char *method, const char *path,
                           char *body, int64_t timeout_ns)
{
    struct call *call = mem_new(1, sizeof(*call));
    struct call **last = &link->waiting;

    *call = (struct call){
        .link = link, .method = method, .path = path, .body = body, .timeout_ns = timeout_ns};
    if (link->waiting_count + link->under_way_count >= CONTROL_LINK_OPS_MAX) {
        call->next = link->doomed;
        link->doomed = call;
        core_post(link->core, &link->doom);
        return call;
    }
    while (*last)
        last = &(*last)->next;
    *last = call;
    link->waiting_count++;
    start_waiting(link);
    return call;
}

// ---- Public ----

struct control_link *control_link_new(struct core *core, const char *path)
{
    struct control_link *link = mem_new(1, sizeof(*link));

    link->core = core;
    link->path = str_copy(path);
    link->client = control_client_new(core, path);
    link->doom = (struct core_work){.fn = on_doom, .user = link};
    return link;
}

static void free_calls(struct call **list)
{
    while (*list) {
        struct call *call = *list;

        *list = call->next;
        free_call(call);
    }
}

void control_link_free(struct control_link **link)
{
    if (!*link)
        return;
    (*link)->freeing = true;
    control_client_free(&(*link)->client);
    core_cancel((*link)->core, &(*link)->doom);
    free_calls(&(*link)->waiting);
    free_calls(&(*link)->doomed);
    assert(!(*link)->under_way);
    free((*link)->path);
    free(*link);
    *link = NULL;
}

const char *control_link_path(const struct control_link *link)
{
    return link->path;
}

void control_link_get_state(struct control_link *link, control_link_state_fn *fn, void *user)
{
    struct call *call = submit(link, "GET", "/state", NULL, CALL_TIMEOUT_NS);

    call->on_state = fn;
    call->user = user;
}

void control_link_verb(struct control_link *link, const char *device, struct op *op)
{
    struct str body = {0};

    str_adds(&body, "{\"device\":");
    str_add_json(&body, device);
    add_member(&body, "verb", op->verb->name);
    if (op->session)
        add_member(&body, "session", op->session);
    str_adds(&body, ",\"with\":{");
    for (size_t i = 0; i < op->arguments_count; i++) {
        str_adds(&body, i ? "," : "");
        str_add_json(&body, op->arguments[i].key);
        str_adds(&body, ":");
        add_value(&op->arguments[i].value, &body);
    }
    str_adds(&body, "}}");
    submit(link, "POST", "/verb", str_take(&body), op->verb->timeout_ns + CALL_SLACK_NS)->op = op;
}

void control_link_table(struct control_link *link, const char *device, const char *table,
                        struct op *op)
{
    struct str body = {0};

    str_adds(&body, "{\"device\":");
    str_add_json(&body, device);
    add_member(&body, "table", table);
    str_adds(&body, "}");
    submit(link, "POST", "/table", str_take(&body), CALL_TIMEOUT_NS)->op = op;
}

static void add_ids(struct str *out, const char *key, const char *const *ids, size_t count)
{
    str_addf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        str_adds(out, i ? "," : "");
        str_add_json(out, ids[i]);
    }
    str_adds(out, "]");
}

static char *fault_arguments(const struct stage_fault *fault)
{
    struct str text = {0};

    str_adds(&text, "{");
    for (size_t i = 0; i < fault->arguments_count; i++) {
        str_addf(&text, "%s%s: ", i ? ", " : "", fault->arguments[i].key);
        value_print(&fault->arguments[i].value, &text);
    }
    str_adds(&text, "}");
    return str_take(&text);
}

void control_link_fault(struct control_link *link, const struct stage_fault *fault,
                        const char *const *left, const char *const *right, struct op *op)
{
    char *arguments = fault_arguments(fault);
    struct str body = {0};

    str_adds(&body, "{\"id\":");
    str_add_json(&body, fault->id);
    add_member(&body, "kind", fault->kind);
    add_ids(&body, "left", left, fault->left_count);
    add_ids(&body, "right", right, fault->right_count);
    if (fault->network)
        add_member(&body, "network", fault->network);
    add_member(&body, "arguments", arguments);
    str_adds(&body, "}");
    submit(link, "POST", "/fault", str_take(&body), CALL_TIMEOUT_NS)->op = op;
    free(arguments);
}

void control_link_clear(struct control_link *link, const char *id, struct op *op)
{
    struct str body = {0};

    str_adds(&body, "{\"id\":");
    str_add_json(&body, id);
    str_adds(&body, "}");
    submit(link, "POST", "/clear", str_take(&body), CALL_TIMEOUT_NS)->op = op;
}

void control_link_cancel(struct control_link *link, const struct op *op)
{
    struct call *lists[] = {link->waiting, link->under_way, link->doomed};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (struct call *call = lists[i]; call; call = call->next)
            if (call->op == op)
                call->op = NULL;
}

void control_link_advance(struct control_link *link, sim_time_ns by_ns,
                          control_link_advanced_fn *fn, void *user)
{
    char *body = str_format("{\"by_ns\":%" PRId64 "}", by_ns);
    struct call *call = submit(link, "POST", "/advance", body, ADVANCE_TIMEOUT_NS);

    call->on_advanced = fn;
    call->user = user;
}

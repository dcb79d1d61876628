// SPDX-License-Identifier: Apache-2.0
// Ops: what a running verb sees of its step, and its four ends.
#include "sim/scenario/op.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/scenario/role.h"

struct op *op_new(const struct verb *verb, struct timers *timers, op_done_fn *done, void *user)
{
    struct op *op = mem_new(1, sizeof(*op));

    op->verb = verb;
    op->timers = timers;
    op->done = done;
    op->user = user;
    op->results = value_records();
    op->records = value_none();
    op->started_ns = timers_now(timers);
    op->ended_ns = op->started_ns;
    return op;
}

void op_free(struct op **op)
{
    if (!*op)
        return;
    assert((*op)->end != OP_RUNNING || !(*op)->state);
    for (size_t i = 0; i < (*op)->arguments_count; i++)
        value_done(&(*op)->arguments[i].value);
    value_done(&(*op)->results);
    value_done(&(*op)->records);
    free((*op)->reason);
    free((*op)->state);
    free(*op);
    *op = NULL;
}

int op_add_argument(struct op *op, const char *key, struct value value)
{
    if (op->arguments_count == OP_ARGUMENTS_MAX) {
        value_done(&value);
        return ERR_TOO_MANY;
    }
    op->arguments[op->arguments_count].key = key;
    op->arguments[op->arguments_count++].value = value;
    return 0;
}

// An argument that is there and is not `none`.
static const struct value *argument(const struct op *op, const char *key)
{
    for (size_t i = 0; i < op->arguments_count; i++)
        if (strcmp(op->arguments[i].key, key) == 0)
            return op->arguments[i].value.type == VALUE_NONE ? NULL : &op->arguments[i].value;
    return NULL;
}

bool op_has(const struct op *op, const char *key)
{
    return argument(op, key) != NULL;
}

const char *op_text(const struct op *op, const char *key, const char *otherwise)
{
    const struct value *value = argument(op, key);

    return value && value->text ? value->text : otherwise;
}

double op_number(const struct op *op, const char *key, double otherwise)
{
    const struct value *value = argument(op, key);

    return value && value->type == VALUE_NUMBER ? value->number : otherwise;
}

int64_t op_integer(const struct op *op, const char *key, int64_t otherwise)
{
    const struct value *value = argument(op, key);
    int64_t whole;

    if (!value || value->type != VALUE_NUMBER)
        return otherwise;
    if (value->text && units_parse_integer(value->text, &whole) == 0)
        return whole;
    if (!(fabs(value->number) < 9.2e18))
        return otherwise;
    return (int64_t)value->number;
}

int64_t op_time_ns(const struct op *op, const char *key, int64_t otherwise)
{
    const struct value *value = argument(op, key);
    int64_t time_ns;

    if (!value || value->type != VALUE_NUMBER || value->unit != UNIT_TIME_NS)
        return otherwise;
    if (value->text && units_parse_time(value->text, &time_ns) == 0)
        return time_ns;
    return fabs(value->number) < 9.2e18 ? (int64_t)value->number : otherwise;
}

bool op_truth(const struct op *op, const char *key, bool otherwise)
{
    const struct value *value = argument(op, key);

    return value && value->type == VALUE_BOOL ? value->truth : otherwise;
}

size_t op_list_count(const struct op *op, const char *key)
{
    const struct value *value = argument(op, key);

    return value && value->type == VALUE_LIST ? value->count : 0;
}

double op_list_number(const struct op *op, const char *key, size_t index)
{
    const struct value *value = argument(op, key);

    assert(value && value->type == VALUE_LIST && index < value->count);
    return value->items[index].number;
}

const struct profile *op_profile(const struct op *op)
{
    return op->profile;
}

const struct profile_model *op_model(const struct op *op)
{
    return op->model;
}

const char *op_role(const struct op *op)
{
    return op->role ? op->role : "";
}

struct device *op_device(const struct op *op)
{
    return op->device;
}

void *op_service(struct op *op)
{
    const char *why = "the role has no such service here";
    void *service = NULL;

    assert(op->verb && op->verb->service);
    if (op->target)
        service = op->target->ops->service(op->target, op->verb->service, op->session, &why);
    if (!service)
        op_not_applicable(op, "%s", why);
    return service;
}

struct timers *op_timers(const struct op *op)
{
    return op->timers;
}

sim_time_ns op_started_ns(const struct op *op)
{
    return op->started_ns;
}

void *op_state(struct op *op, size_t size)
{
    assert(!op->state);
    op->state = mem_new(1, size);
    return op->state;
}

void *op_state_get(const struct op *op)
{
    return op->state;
}

// ---- Results ----

static const struct schema_field *result_field(const struct op *op, const char *key)
{
    const struct schema *results = op->verb ? op->verb->results : NULL;

    for (size_t i = 0; results && i < results->fields_count; i++)
        if (results->fields[i].name && strcmp(results->fields[i].name, key) == 0)
            return &results->fields[i];
    return NULL;
}

void op_set_value(struct op *op, const char *key, struct value value)
{
    struct value_record *record =
        op->results.count ? &op->results.records[0] : value_add_record(&op->results, -1);

    value_record_set(record, key, value);
}

const struct value *op_result(const struct op *op, const char *key)
{
    return op->results.count ? value_record_get(&op->results.records[0], key) : NULL;
}

void op_set_number(struct op *op, const char *key, double value)
{
    const struct schema_field *field = result_field(op, key);

    op_set_value(op, key, value_number(value, field ? field->unit : UNIT_NONE));
}

void op_set_integer(struct op *op, const char *key, int64_t value)
{
    const struct schema_field *field = result_field(op, key);
    struct value number = value_number((double)value, field ? field->unit : UNIT_NONE);

    if (number.unit == UNIT_NONE)
        number.text = str_format("%lld", (long long)value);
    op_set_value(op, key, number);
}

void op_set_time(struct op *op, const char *key, int64_t value_ns)
{
    op_set_value(op, key, value_number((double)value_ns, UNIT_TIME_NS));
}

void op_set_text(struct op *op, const char *key, const char *value)
{
    op_set_value(op, key, value_text(value));
}

void op_set_truth(struct op *op, const char *key, bool value)
{
    op_set_value(op, key, value_bool(value));
}

void op_add_record(struct op *op, int64_t at_ns, const char *const *keys, const char *const *values,
                   size_t count)
{
    struct value_record *record;

    if (op->records.type != VALUE_RECORDS)
        op->records = value_records();
    if (op->records.count == OP_RECORDS_MAX)
        return;
    record = value_add_record(&op->records, at_ns);
    for (size_t i = 0; i < count; i++)
        value_record_set(record, keys[i], value_text(values[i]));
}

// ---- Ends ----

static void end(struct op *op, enum op_end how, int err, char *reason)
{
    assert(op->end == OP_RUNNING);
    op->end = how;
    op->err = err;
    op->reason = reason;
    op->ended_ns = timers_now(op->timers);
    if (op->records.count == OP_RECORDS_MAX && how == OP_FINISHED) {
        op->end = OP_ERROR;
        op->err = ERR_TOO_MANY;
        op->reason = str_format("more than %d records", OP_RECORDS_MAX - 1);
    }
    if (op->done)
        op->done(op, op->user);
}

void op_finish(struct op *op)
{
    end(op, OP_FINISHED, 0, NULL);
}

static char *format_reason(const char *format, va_list arguments)
{
    struct str reason = {0};

    str_addv(&reason, format, arguments);
    return str_take(&reason);
}

void op_fail(struct op *op, int err, const char *format, ...)
{
    va_list arguments;
    char *reason;

    assert(err < 0);
    va_start(arguments, format);
    reason = format_reason(format, arguments);
    va_end(arguments);
    end(op, OP_ERROR, err, reason);
}

void op_not_applicable(struct op *op, const char *format, ...)
{
    va_list arguments;
    char *reason;

    va_start(arguments, format);
    reason = format_reason(format, arguments);
    va_end(arguments);
    end(op, OP_NOT_APPLICABLE, 0, reason);
}

void op_blocked(struct op *op, const char *format, ...)
{
    va_list arguments;
    char *reason;

    va_start(arguments, format);
    reason = format_reason(format, arguments);
    va_end(arguments);
    end(op, OP_BLOCKED, 0, reason);
}

void op_cancel(struct op *op)
{
    if (op->end != OP_RUNNING)
        return;
    if (op->verb && op->verb->cancel)
        op->verb->cancel(op);
    op->end = OP_CANCELLED;
    op->ended_ns = timers_now(op->timers);
}

// ---- Verb tables ----

const struct verb *verb_find(const struct verb_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        for (const struct verb *const *verb = set->tables[i]; *verb; verb++)
            if (strcmp((*verb)->name, name) == 0)
                return *verb;
    return NULL;
}

const char *verb_nearest(const struct verb_set *set, const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < set->count; i++)
        for (const struct verb *const *verb = set->tables[i]; *verb; verb++)
            nearest_add(&nearest, (*verb)->name);
    return nearest_name(&nearest);
}

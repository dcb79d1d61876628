// SPDX-License-Identifier: Apache-2.0
// Values: reading what was written, comparing across forms, printing without giving secrets away. A
// number remembers how it was written, because `0123` may still turn out to be a password.
#include "sim/scenario/value.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Past this a double no longer holds every whole number.
#define EXACT_MAX 9007199254740992.0

struct value value_none(void)
{
    return (struct value){.type = VALUE_NONE};
}

struct value value_bool(bool truth)
{
    return (struct value){.type = VALUE_BOOL, .truth = truth};
}

struct value value_number(double number, enum unit unit)
{
    return (struct value){.type = VALUE_NUMBER, .number = number, .unit = unit};
}

struct value value_text(const char *text)
{
    return (struct value){.type = VALUE_TEXT, .text = str_copy(text ? text : "")};
}

struct value value_records(void)
{
    return (struct value){.type = VALUE_RECORDS};
}

struct value_record *value_add_record(struct value *records, int64_t at_ns)
{
    struct value_record *record;

    assert(records->type == VALUE_RECORDS);
    // Powers of two: the count alone tells when the room is used up.
    if ((records->count & (records->count - 1)) == 0)
        records->records = mem_grow(records->records, records->count ? records->count * 2 : 1,
                                    sizeof(*records->records));
    record = &records->records[records->count++];
    *record = (struct value_record){.at_ns = at_ns};
    return record;
}

void value_record_set(struct value_record *record, const char *key, struct value value)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->keys[i], key) == 0) {
            value_done(&record->values[i]);
            record->values[i] = value;
            return;
        }
    }
    record->keys = mem_grow(record->keys, record->count + 1, sizeof(*record->keys));
    record->values = mem_grow(record->values, record->count + 1, sizeof(*record->values));
    record->keys[record->count] = str_copy(key);
    record->values[record->count++] = value;
}

const struct value *value_record_get(const struct value_record *record, const char *key)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->keys[i], key) == 0)
            return &record->values[i];
    return NULL;
}

static struct value_record record_copy(const struct value_record *record)
{
    struct value_record copy = {.at_ns = record->at_ns, .count = record->count};

    copy.keys = mem_new(record->count, sizeof(*copy.keys));
    copy.values = mem_new(record->count, sizeof(*copy.values));
    for (size_t i = 0; i < record->count; i++) {
        copy.keys[i] = str_copy(record->keys[i]);
        copy.values[i] = value_copy(&record->values[i]);
    }
    return copy;
}

struct value value_copy(const struct value *value)
{
    struct value copy = *value;

    copy.text = str_copy(value->text);
    copy.items = NULL;
    copy.records = NULL;
    copy.count = 0;
    if (value->type == VALUE_LIST) {
        copy.count = value->count;
        copy.items = mem_new(value->count, sizeof(*copy.items));
        for (size_t i = 0; i < value->count; i++)
            copy.items[i] = value_copy(&value->items[i]);
    }
    for (size_t i = 0; value->type == VALUE_RECORDS && i < value->count; i++)
        *value_add_record(&copy, 0) = record_copy(&value->records[i]);
    return copy;
}

static void record_done(struct value_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        free(record->keys[i]);
        value_done(&record->values[i]);
    }
    free(record->keys);
    free(record->values);
}

void value_done(struct value *value)
{
    free(value->text);
    for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++)
        value_done(&value->items[i]);
    for (size_t i = 0; value->type == VALUE_RECORDS && i < value->count; i++)
        record_done(&value->records[i]);
    free(value->items);
    free(value->records);
    *value = value_none();
}

// A number as written, or false: `10`, `0x1F`, `16A`, `70%`, `1h11m5s`.
static bool parse_number(const char *text, struct value *ret)
{
    double number;
    enum unit unit;
    int64_t time_ns;

    if (units_parse(text, &number, &unit) == 0) {
        *ret = value_number(number, unit);
    } else if (units_parse_time(text, &time_ns) == 0) {
        *ret = value_number((double)time_ns, UNIT_TIME_NS);
    } else {
        return false;
    }
    ret->text = str_copy(text);
    return true;
}

struct value value_parse(const char *text, bool quoted)
{
    struct value value;

    if (quoted)
        return value_text(text);
    if (strcmp(text, "none") == 0)
        return value_none();
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        value = value_bool(text[0] == 't');
        value.text = str_copy(text);
        return value;
    }
    return parse_number(text, &value) ? value : value_text(text);
}

static bool numbers_equal(const struct value *left, const struct value *right)
{
    int64_t left_whole;
    int64_t right_whole;

    if (left->unit != right->unit)
        return false;
    if (fabs(left->number) >= EXACT_MAX && left->text && right->text &&
        units_parse_integer(left->text, &left_whole) == 0 &&
        units_parse_integer(right->text, &right_whole) == 0)
        return left_whole == right_whole;
    return left->number == right->number;
}

static bool lists_equal(const struct value *left, const struct value *right)
{
    for (size_t i = 0; i < left->count; i++)
        if (!value_equal(&left->items[i], &right->items[i]))
            return false;
    return true;
}

static bool records_equal(const struct value *left, const struct value *right)
{
    for (size_t i = 0; i < left->count; i++) {
        const struct value_record *one = &left->records[i];
        const struct value_record *other = &right->records[i];

        if (one->count != other->count)
            return false;
        for (size_t j = 0; j < one->count; j++) {
            const struct value *value = value_record_get(other, one->keys[j]);

            if (!value || !value_equal(&one->values[j], value))
                return false;
        }
    }
    return true;
}

bool value_equal(const struct value *left, const struct value *right)
{
    if (left->type != right->type) // "10" in a downloaded record and the number 10 are the same.
        return left->text && right->text && strcmp(left->text, right->text) == 0;
    switch (left->type) {
    case VALUE_NONE:
        return true;
    case VALUE_BOOL:
        return left->truth == right->truth;
    case VALUE_NUMBER:
        return numbers_equal(left, right);
    case VALUE_TEXT:
        return strcmp(left->text, right->text) == 0;
    case VALUE_LIST:
        return left->count == right->count && lists_equal(left, right);
    case VALUE_RECORDS:
        return left->count == right->count && records_equal(left, right);
    }
    return false;
}

static void print_list(const struct value *value, struct str *out)
{
    str_adds(out, "[");
    for (size_t i = 0; i < value->count; i++) {
        str_adds(out, i ? ", " : "");
        value_print(&value->items[i], out);
    }
    str_adds(out, "]");
}

void value_print(const struct value *value, struct str *out)
{
    char room[UNITS_TEXT_ROOM];

    if (value->secret) {
        str_adds(out, "(secret)");
        return;
    }
    switch (value->type) {
    case VALUE_NONE:
        str_adds(out, "none");
        break;
    case VALUE_BOOL:
        str_adds(out, value->truth ? "true" : "false");
        break;
    case VALUE_NUMBER:
        str_adds(out, value->text ? value->text : units_text(value->number, value->unit, room));
        break;
    case VALUE_TEXT:
        str_adds(out, value->text);
        break;
    case VALUE_LIST:
        print_list(value, out);
        break;
    case VALUE_RECORDS:
        str_addf(out, "%zu record%s", value->count, value->count == 1 ? "" : "s");
        break;
    }
}

static void print_json_record(const struct value_record *record, struct str *out)
{
    str_adds(out, "{");
    for (size_t i = 0; i < record->count; i++) {
        str_adds(out, i ? "," : "");
        str_add_json(out, record->keys[i]);
        str_adds(out, ":");
        value_print_json(&record->values[i], out);
    }
    str_adds(out, "}");
}

void value_print_json(const struct value *value, struct str *out)
{
    struct str text = {0};

    if (!value->secret && value->type == VALUE_NONE) {
        str_adds(out, "null");
    } else if (!value->secret && value->type == VALUE_BOOL) {
        str_adds(out, value->truth ? "true" : "false");
    } else if (!value->secret && value->type == VALUE_NUMBER && value->unit == UNIT_NONE &&
               isfinite(value->number)) {
        str_addf(out, "%.17g", value->number);
    } else if (!value->secret && value->type == VALUE_LIST) {
        str_adds(out, "[");
        for (size_t i = 0; i < value->count; i++) {
            str_adds(out, i ? "," : "");
            value_print_json(&value->items[i], out);
        }
        str_adds(out, "]");
    } else if (!value->secret && value->type == VALUE_RECORDS) {
        str_adds(out, "[");
        for (size_t i = 0; i < value->count; i++) {
            str_adds(out, i ? "," : "");
            print_json_record(&value->records[i], out);
        }
        str_adds(out, "]");
    } else {
        value_print(value, &text);
        str_add_json(out, str_text(&text));
    }
    str_done(&text);
}

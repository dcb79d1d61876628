// SPDX-License-Identifier: Apache-2.0
// Payloads drawn from the table of actions for tests: the least an action may have, all it may
// have at its limits, anything between; and each with one flaw. JSON is written here once more, so
// that neither the builder nor the checker is asked what is right.
#ifndef SIM_PROTO_OCPP_TEST_SAMPLER_H
#define SIM_PROTO_OCPP_TEST_SAMPLER_H

#include <inttypes.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/base/units.h"
#include "sim/proto/ocpp/message.h"
#include "sim/proto/ocpp/test_flaws.h"

enum sample_size { SAMPLE_MINIMAL, SAMPLE_MAXIMAL, SAMPLE_RANDOM };

struct sampler {
    struct rng rng;
    enum sample_size size;
    enum sample_flaw flaw;
    unsigned places; // Where the flaw could be, so far.
    unsigned target; // Which of them has it.
    struct str *out;
};

// Whether the flaw is to be here, a place where it can be.
static inline bool sample_flawed(struct sampler *s, enum sample_flaw flaw, bool possible)
{
    return s->flaw == flaw && possible && s->places++ == s->target;
}

static inline uint64_t sample_below(struct sampler *s, uint64_t below)
{
    return rng_below(&s->rng, below);
}

static inline void sample_characters(struct sampler *s, size_t count)
{
    // Of one to four bytes, and those that JSON escapes.
    static const char *const characters[] = {"a",  "B",  "7", "-", " ", "\"",
                                             "\\", "\t", "<", "ü", "€", "\U0001F50C"};
    struct str text = {0};

    for (size_t i = 0; i < count; i++)
        str_adds(&text, characters[s->size == SAMPLE_MINIMAL ? 0 : sample_below(s, 12)]);
    str_add_json(s->out, str_text(&text));
    str_done(&text);
}

static inline void sample_text(struct sampler *s, const struct ocpp_field *field)
{
    size_t most = field->length_max ? field->length_max : 40;

    if (sample_flawed(s, FLAW_TOO_LONG, field->length_max > 0))
        sample_characters(s, field->length_max + 1);
    else if (strcmp(field->name, "location") == 0)
        str_adds(s->out, "\"https://files.example.org/a%20b?c=1\"");
    else if (s->size == SAMPLE_RANDOM)
        sample_characters(s, sample_below(s, (most < 300 ? most : 300) + 1));
    else
        sample_characters(s, s->size == SAMPLE_MAXIMAL ? most : 1);
}

static inline void sample_enum(struct sampler *s, const struct ocpp_field *field)
{
    size_t count = 0;
    const char *value;

    while (field->values[count])
        count++;
    value = field->values[sample_below(s, count)];
    if (sample_flawed(s, FLAW_BAD_ENUM, true))
        str_adds(s->out, "\"Perhaps\"");
    else if (sample_flawed(s, FLAW_CASE, value[0] >= 'A' && value[0] <= 'Z'))
        str_addf(s->out, "\"%c%s\"", value[0] + 'a' - 'A', value + 1);
    else
        str_addf(s->out, "\"%s\"", value);
}

static inline void sample_integer(struct sampler *s, const struct ocpp_field *field)
{
    if (sample_flawed(s, FLAW_TOO_SMALL, field->least != OCPP_ANY_INTEGER))
        str_addf(s->out, "%" PRId64, field->least - 1);
    else if (sample_flawed(s, FLAW_FRACTION, true))
        str_adds(s->out, "1.5");
    else if (s->size == SAMPLE_RANDOM)
        str_addf(s->out, "%" PRId64,
                 field->least + (int64_t)sample_below(s, (uint64_t)(INT32_MAX - field->least) + 1));
    else
        str_addf(s->out, "%" PRId64, s->size == SAMPLE_MAXIMAL ? INT32_MAX : field->least);
}

static inline void sample_decimal(struct sampler *s, const struct ocpp_field *field)
{
    if (sample_flawed(s, FLAW_HUNDREDTH, field->tenths))
        str_adds(s->out, "16.25");
    else
        str_addf(s->out, "%" PRIu64 ".%" PRIu64, sample_below(s, 1000), sample_below(s, 9) + 1);
}

static inline void sample_datetime(struct sampler *s)
{
    static const char *const zones[] = {"Z", "+00:00", "+05:30", "-08:00"};
    char text[UNITS_TEXT_ROOM];

    units_utc_text((int64_t)sample_below(s, UINT64_C(4102444800)) * 1000000000, text);
    if (sample_flawed(s, FLAW_NO_DATE, true)) {
        str_adds(s->out, "\"21/11/2026\"");
        return;
    }
    if (sample_flawed(s, FLAW_DATE_ONLY, true)) {
        str_addf(s->out, "\"%.10s\"", text);
        return;
    }
    if (sample_flawed(s, FLAW_BLANK_DATE, true))
        text[10] = ' ';
    str_addf(s->out, "\"%.*s%s\"", sample_below(s, 2) ? 19 : 23, text,
             sample_flawed(s, FLAW_NO_ZONE, true) ? "" : zones[sample_below(s, 4)]);
}

static inline void sample_object(struct sampler *s, const struct ocpp_field *fields);

static inline void sample_value(struct sampler *s, const struct ocpp_field *field)
{
    bool number = field->type == OCPP_INTEGER || field->type == OCPP_DECIMAL;

    if (sample_flawed(s, FLAW_NULL, true))
        str_adds(s->out, "null");
    else if (sample_flawed(s, FLAW_WRONG_TYPE, true))
        str_adds(s->out, number ? "\"1\"" : field->type == OCPP_OBJECT ? "[]" : "1");
    else if (field->type == OCPP_TEXT)
        sample_text(s, field);
    else if (field->type == OCPP_ENUM)
        sample_enum(s, field);
    else if (field->type == OCPP_INTEGER)
        sample_integer(s, field);
    else if (field->type == OCPP_DECIMAL)
        sample_decimal(s, field);
    else if (field->type == OCPP_BOOLEAN)
        str_adds(s->out, sample_below(s, 2) ? "true" : "false");
    else if (field->type == OCPP_DATETIME)
        sample_datetime(s);
    else
        sample_object(s, field->fields);
}

static inline void sample_list(struct sampler *s, const struct ocpp_field *field)
{
    bool filled = field->required || field->filled;
    size_t count = s->size == SAMPLE_MINIMAL ? filled : sample_below(s, 3) + filled;

    if (sample_flawed(s, FLAW_NO_LIST, true)) {
        str_adds(s->out, "\"all\"");
        return;
    }
    if (sample_flawed(s, FLAW_EMPTY_LIST, filled))
        count = 0;
    str_adds(s->out, "[");
    for (size_t i = 0; i < count; i++) {
        str_adds(s->out, i ? "," : "");
        sample_value(s, field);
    }
    str_adds(s->out, "]");
}

static inline bool sample_takes(struct sampler *s, const struct ocpp_field *field)
{
    if (sample_flawed(s, FLAW_MISSING, field->required))
        return false;
    return field->required || s->size == SAMPLE_MAXIMAL ||
           (s->size == SAMPLE_RANDOM && sample_below(s, 2));
}

static inline void sample_object(struct sampler *s, const struct ocpp_field *fields)
{
    const char *comma = "";

    str_adds(s->out, "{");
    for (; fields->name; fields++) {
        if (!sample_takes(s, fields))
            continue;
        str_addf(s->out, "%s\"%s\":", comma, fields->name);
        comma = ",";
        if (fields->list)
            sample_list(s, fields);
        else
            sample_value(s, fields);
    }
    if (sample_flawed(s, FLAW_EXTRA, true))
        str_addf(s->out, "%s\"customData\":1", comma);
    str_adds(s->out, "}");
}

// Appends a payload. A flaw comes once, at a place that is drawn; false (and nothing is appended)
// when the payload has no place for it.
static inline bool sample_payload(struct rng *rng, const struct ocpp_field *fields,
                                  enum sample_size size, enum sample_flaw flaw, struct str *out)
{
    struct str ignored = {0};
    struct sampler count = {.rng = *rng, .size = size, .flaw = flaw, .target = UINT32_MAX};
    struct sampler real = count;

    if (flaw != FLAW_NONE) {
        count.out = &ignored;
        sample_object(&count, fields);
        str_done(&ignored);
        if (count.places == 0)
            return false;
        real.target = (unsigned)(rng_next(&count.rng) % count.places);
    }
    real.out = out;
    sample_object(&real, fields);
    *rng = real.rng;
    return true;
}

#endif

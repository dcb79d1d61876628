// SPDX-License-Identifier: Apache-2.0
// From a point or an address to registers and back to a value of the language.
#include "sim/proto/modbus/verbs/registers.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/base/units.h"

const char *const registers_types[] = {"uint16", "int16",   "uint32", "int32",    "uint64",
                                       "int64",  "float32", "ascii",  "datetime", NULL};
static const enum profile_type types_of[] = {
    PROFILE_UINT16, PROFILE_INT16,   PROFILE_UINT32, PROFILE_INT32,    PROFILE_UINT64,
    PROFILE_INT64,  PROFILE_FLOAT32, PROFILE_ASCII,  PROFILE_DATETIME,
};
static const uint16_t registers_needed[] = {1, 1, 2, 2, 4, 4, 2, 1, 4};
const char *const registers_words[] = {"high-first", "low-first", NULL};
const char *const registers_tables[] = {"holding", "input", "coil", "discrete", NULL};

static size_t choice(const char *const *choices, const char *text)
{
    size_t index = 0;

    while (choices[index] && strcmp(choices[index], text) != 0)
        index++;
    return choices[index] ? index : 0;
}

static bool registers_of_point(struct ask *ask, const char *name, struct registers *ret)
{
    const struct profile *profile;
    const struct profile_model *model;
    const struct profile_register *row;
    const char *map;
    const char *nearest = point_nearest(name);
    int point = point_find(name);

    if (point < 0) {
        op_fail(ask->op, ERR_NOT_FOUND, "no point is called '%s'%s%s%s", name,
                nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
        return false;
    }
    ask_profile(ask, &profile, &model, &map);
    row = profile_register_of(profile, model, map, (enum point)point);
    if (!row) {
        op_fail(ask->op, ERR_NOT_FOUND, "profile %s has no register for '%s' (map '%s')",
                profile_id(profile), name, map);
        return false;
    }
    *ret = (struct registers){.row = *row, .table = PROFILE_HOLDING, .count = row->count};
    return true;
}

bool registers_of(struct ask *ask, struct registers *ret)
{
    struct op *op = ask->op;
    size_t type = choice(registers_types, op_text(op, "type", "uint16"));

    if (op_has(op, "point"))
        return registers_of_point(ask, op_text(op, "point", ""), ret);
    if (!op_has(op, "address")) {
        op_fail(op, ERR_USAGE, "say `point:` or `address:`");
        return false;
    }
    memset(ret, 0, sizeof(*ret));
    ret->table =
        (enum profile_table)choice(registers_tables, op_text(op, "table", registers_tables[0]));
    ret->row.type = types_of[type];
    ret->row.words =
        (enum profile_words)choice(registers_words, op_text(op, "words", registers_words[0]));
    ret->row.scale = 1;
    ret->row.point = -1;
    ret->row.address = (uint16_t)op_integer(op, "address", 0);
    ret->count = (uint16_t)op_integer(op, "count", registers_needed[type]);
    ret->row.count = ret->count;
    if (ret->row.type != PROFILE_ASCII)
        ret->row.count = ret->count < registers_needed[type] ? 0 : registers_needed[type];
    return true;
}

static void set_value(struct op *op, const struct point_value *value)
{
    char time[UNITS_TEXT_ROOM];

    op_set_truth(op, "valid", value->valid);
    if (!value->valid)
        op_set_text(op, "value", "none");
    else if (value->type == POINT_NUMBER)
        op_set_number(op, "value", value->number);
    else if (value->type == POINT_INTEGER)
        op_set_integer(op, "value", value->integer);
    else if (value->type == POINT_TIME)
        op_set_text(op, "value", units_utc_text(value->integer, time));
    else
        op_set_text(op, "value", value->text);
}

void registers_set_results(struct op *op, const struct registers *registers, const uint8_t *data)
{
    bool bits = registers->table == PROFILE_COIL || registers->table == PROFILE_DISCRETE;
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value value;
    struct str words = {0};

    for (size_t i = 0; i < registers->count; i++) {
        unsigned word = bits ? data[i / 8] >> i % 8 & 1 : bytes_load_u16(data + 2 * i);

        str_addf(&words, bits ? "%s%u" : "%s%04X", i ? " " : "", word);
    }
    op_set_text(op, "registers", str_text(&words));
    str_done(&words);
    if (bits) {
        op_set_truth(op, "valid", true);
        op_set_integer(op, "value", data[0] & 1);
    } else if (registers->row.count > 0) {
        profile_decode(&registers->row, data, text, &value);
        set_value(op, &value);
    }
}

bool registers_encode(struct ask *ask, const struct registers *registers, uint8_t *ret_data)
{
    struct op *op = ask->op;
    struct point_value value = {.valid = true, .type = POINT_NUMBER};
    int err;

    if (registers->row.count == 0 || registers->row.count != registers->count) {
        op_fail(op, ERR_USAGE, "`count: %u` does not fit the type; leave it out", registers->count);
        return false;
    }
    if (registers->row.type == PROFILE_ASCII) {
        value.type = POINT_TEXT;
        value.text = op_text(op, "value", "");
    } else if (registers->row.type == PROFILE_DATETIME) {
        value.type = POINT_TIME;
        if (units_parse_utc(op_text(op, "value", ""), &value.integer) < 0) {
            op_fail(op, ERR_SYNTAX, "`value: %s` is no time; write 2026-01-15T08:00:00Z",
                    op_text(op, "value", ""));
            return false;
        }
    } else {
        value.number = op_number(op, "value", 0);
        if (registers->row.type != PROFILE_FLOAT32 && registers->row.scale == 1) {
            value.type = POINT_INTEGER;
            value.integer = op_integer(op, "value", 0);
        }
    }
    err = profile_encode(&registers->row, &value, ret_data);
    if (err < 0)
        op_fail(op, err, "`value: %s` does not fit its register: %s", op_text(op, "value", "?"),
                err_text(err));
    return err == 0;
}

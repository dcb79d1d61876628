// SPDX-License-Identifier: Apache-2.0
// Numbers with units, both ways. A suffix is a row: reading multiplies and divides by whole
// numbers, so that "70%" is the double nearest to 0.7 and not 70 times a rounded hundredth. ISO
// 8601 is in utc.c.
#include "sim/base/units.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"

#define UNITS_DIGITS_MAX 63   // Of one number, sign and point included.
#define UNITS_DECIMALS_MAX 17 // Enough for any double to read back equal.

struct units_suffix {
    const char *text;
    enum unit unit;
    bool alias; // Read, never written.
    double multiply;
    double divide;
};

// The first row of a unit is the unit itself: it wins where two forms are equally short.
static const struct units_suffix units_table[] = {
    {"ns", UNIT_TIME_NS, false, 1, 1},
    {"us", UNIT_TIME_NS, false, 1e3, 1},
    {"\xC2\xB5s", UNIT_TIME_NS, true, 1e3, 1},
    {"ms", UNIT_TIME_NS, false, 1e6, 1},
    {"s", UNIT_TIME_NS, false, 1e9, 1},
    {"m", UNIT_TIME_NS, false, 60e9, 1},
    {"h", UNIT_TIME_NS, false, 3600e9, 1},
    {"d", UNIT_TIME_NS, false, 86400e9, 1},
    {"%", UNIT_RATIO, false, 1, 100},
    {"A", UNIT_A, false, 1, 1},
    {"mA", UNIT_A, false, 1, 1000},
    {"kA", UNIT_A, false, 1000, 1},
    {"V", UNIT_V, false, 1, 1},
    {"mV", UNIT_V, false, 1, 1000},
    {"kV", UNIT_V, false, 1000, 1},
    {"W", UNIT_W, false, 1, 1},
    {"mW", UNIT_W, false, 1, 1000},
    {"kW", UNIT_W, false, 1000, 1},
    {"MW", UNIT_W, false, 1e6, 1},
    {"var", UNIT_VAR, false, 1, 1},
    {"kvar", UNIT_VAR, false, 1000, 1},
    {"Mvar", UNIT_VAR, false, 1e6, 1},
    {"VA", UNIT_VA, false, 1, 1},
    {"kVA", UNIT_VA, false, 1000, 1},
    {"MVA", UNIT_VA, false, 1e6, 1},
    {"Wh", UNIT_WH, false, 1, 1},
    {"kWh", UNIT_WH, false, 1000, 1},
    {"MWh", UNIT_WH, false, 1e6, 1},
    {"varh", UNIT_VARH, false, 1, 1},
    {"kvarh", UNIT_VARH, false, 1000, 1},
    {"Mvarh", UNIT_VARH, false, 1e6, 1},
    {"VAh", UNIT_VAH, false, 1, 1},
    {"kVAh", UNIT_VAH, false, 1000, 1},
    {"MVAh", UNIT_VAH, false, 1e6, 1},
    {"Hz", UNIT_HZ, false, 1, 1},
    {"kHz", UNIT_HZ, false, 1000, 1},
    {"MHz", UNIT_HZ, false, 1e6, 1},
    {"GHz", UNIT_HZ, false, 1e9, 1},
    {"degC", UNIT_DEGC, false, 1, 1},
    {"\xC2\xB0"
     "C",
     UNIT_DEGC, true, 1, 1},
    {"B", UNIT_BYTE, false, 1, 1},
    {"kB", UNIT_BYTE, false, 1000, 1},
    {"MB", UNIT_BYTE, false, 1e6, 1},
    {"KiB", UNIT_BYTE, false, 1024, 1},
    {"MiB", UNIT_BYTE, false, 1048576, 1},
    {"GiB", UNIT_BYTE, false, 1073741824, 1},
    {"bit/s", UNIT_BIT_PER_S, false, 1, 1},
    {"kbit/s", UNIT_BIT_PER_S, false, 1000, 1},
    {"Mbit/s", UNIT_BIT_PER_S, false, 1e6, 1},
    {"Gbit/s", UNIT_BIT_PER_S, false, 1e9, 1},
    {"baud", UNIT_BIT_PER_S, true, 1, 1},
    {"ppm", UNIT_PPM, false, 1, 1},
};

#define UNITS_TABLE_COUNT (sizeof(units_table) / sizeof(units_table[0]))

struct units_word {
    const char *name;
    const char *suffixes;
};

static const struct units_word units_words[UNIT_COUNT] = {
    [UNIT_NONE] = {"number", ""},
    [UNIT_TIME_NS] = {"time", "ns us ms s m h d"},
    [UNIT_RATIO] = {"ratio", "%"},
    [UNIT_A] = {"A", "mA A kA"},
    [UNIT_V] = {"V", "mV V kV"},
    [UNIT_W] = {"W", "mW W kW MW"},
    [UNIT_VAR] = {"var", "var kvar Mvar"},
    [UNIT_VA] = {"VA", "VA kVA MVA"},
    [UNIT_WH] = {"Wh", "Wh kWh MWh"},
    [UNIT_VARH] = {"varh", "varh kvarh Mvarh"},
    [UNIT_VAH] = {"VAh", "VAh kVAh MVAh"},
    [UNIT_HZ] = {"Hz", "Hz kHz MHz GHz"},
    [UNIT_DEGC] = {"degC", "degC"},
    [UNIT_BYTE] = {"B", "B kB MB KiB MiB GiB"},
    [UNIT_BIT_PER_S] = {"bit/s", "bit/s kbit/s Mbit/s Gbit/s baud"},
    [UNIT_PPM] = {"ppm", "ppm"},
};

static const struct units_suffix *units_find(const char *text, size_t length)
{
    for (size_t i = 0; i < UNITS_TABLE_COUNT; i++) {
        const struct units_suffix *row = &units_table[i];

        if (strncmp(row->text, text, length) == 0 && row->text[length] == '\0')
            return row;
    }
    return NULL;
}

// What stands behind a number must look like a unit before it is called an unknown one.
static int units_suffix_error(const char *suffix)
{
    unsigned char c = (unsigned char)*suffix;

    return isalpha(c) || c == '%' || c >= 0x80 ? ERR_UNIT : ERR_SYNTAX;
}

// Copies a run of digits without its underscores; an underscore stands between two digits only.
// Returns where the run ends, NULL when there is no digit, a stray underscore or no room.
static const char *units_digits(const char *text, int (*is_digit)(int), char *number,
                                size_t *length)
{
    if (!is_digit((unsigned char)*text))
        return NULL;
    while (is_digit((unsigned char)*text) || *text == '_') {
        if (*text == '_') {
            if (!is_digit((unsigned char)*++text))
                return NULL;
            continue;
        }
        if (*length == UNITS_DIGITS_MAX)
            return NULL;
        number[(*length)++] = *text++;
    }
    return text;
}

// Splits a decimal number into `number` without underscores; returns the suffix behind it or NULL.
static const char *units_split_decimal(const char *text, char number[UNITS_DIGITS_MAX + 1])
{
    size_t length = 0;

    if (*text == '-' || *text == '+')
        number[length++] = *text++;
    text = units_digits(text, isdigit, number, &length);
    if (text && *text == '.' && length < UNITS_DIGITS_MAX) {
        number[length++] = '.';
        text = units_digits(text + 1, isdigit, number, &length);
    }
    if (text && (*text == 'e' || *text == 'E')) {
        bool sign = text[1] == '-' || text[1] == '+';

        if (isdigit((unsigned char)text[1 + sign]) && length + 2 < UNITS_DIGITS_MAX) {
            number[length++] = 'e';
            if (sign)
                number[length++] = text[1];
            text = units_digits(text + 1 + sign, isdigit, number, &length);
        }
    }
    number[length] = '\0';
    return text;
}

static bool units_is_hex(const char *text)
{
    text += *text == '-' || *text == '+';
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

int units_parse_integer(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    bool hex = units_is_hex(text);
    char number[UNITS_DIGITS_MAX + 1];
    size_t length = 0;
    int64_t value = 0;
    const char *rest = text + (*text == '-' || *text == '+') + (hex ? 2 : 0);

    rest = units_digits(rest, hex ? isxdigit : isdigit, number, &length);
    if (!rest || *rest)
        return ERR_SYNTAX;
    // Gathered below zero, where the range is one wider.
    for (size_t i = 0; i < length; i++) {
        char c = (char)tolower((unsigned char)number[i]);
        int digit = c >= 'a' ? c - 'a' + 10 : c - '0';

        if (__builtin_mul_overflow(value, hex ? 16 : 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return ERR_RANGE;
    }
    if (!negative && value == INT64_MIN)
        return ERR_RANGE;
    *ret = negative ? value : -value;
    return 0;
}

// The double nearest to the number as written. Counting in long double lets every double be written
// in every unit.
static double units_value(const char *number, const struct units_suffix *row)
{
    long double value = strtold(number, NULL);

    return (double)(row ? value * row->multiply / row->divide : value);
}

int units_parse(const char *text, double *ret_number, enum unit *ret_unit)
{
    char number[UNITS_DIGITS_MAX + 1];
    const struct units_suffix *row = NULL;
    const char *suffix;
    int64_t whole;
    double value;
    int err;

    if (units_is_hex(text)) {
        err = units_parse_integer(text, &whole);
        if (err < 0)
            return err;
        *ret_number = (double)whole;
        *ret_unit = UNIT_NONE;
        return 0;
    }
    suffix = units_split_decimal(text, number);
    if (!suffix)
        return ERR_SYNTAX;
    if (*suffix) {
        row = units_find(suffix, strlen(suffix));
        if (!row || row->unit == UNIT_TIME_NS) {
            // A time goes through its exact reader, which also knows compounds.
            err = units_parse_time(text, &whole);
            if (err < 0)
                return err;
            *ret_number = (double)whole;
            *ret_unit = UNIT_TIME_NS;
            return 0;
        }
    }
    value = units_value(number, row);
    if (!isfinite(value))
        return ERR_RANGE;
    *ret_number = value;
    *ret_unit = row ? row->unit : UNIT_NONE;
    return 0;
}

// One part of a duration, "1.5h": adds it, below zero, to *total. `*scale_ns` is the unit of the
// part before it and must be larger. Returns the text behind the part, or NULL with *err set.
static const char *units_time_part(const char *text, int64_t *scale_ns, int64_t *total, int *err)
{
    char digits[UNITS_DIGITS_MAX + 1];
    const struct units_suffix *row;
    size_t length = 0;
    size_t whole_length;
    size_t suffix_length = 0;
    int64_t sum = 0;
    int64_t place;

    *err = ERR_SYNTAX;
    text = units_digits(text, isdigit, digits, &length);
    whole_length = length;
    if (text && *text == '.')
        text = units_digits(text + 1, isdigit, digits, &length);
    if (!text)
        return NULL;
    while (text[suffix_length] && !isdigit((unsigned char)text[suffix_length]))
        suffix_length++;
    row = units_find(text, suffix_length);
    if (!row || row->unit != UNIT_TIME_NS) {
        *err = *text ? units_suffix_error(text) : ERR_UNIT;
        return NULL;
    }
    text += suffix_length;
    if ((int64_t)row->multiply >= *scale_ns || (length > whole_length && *text))
        return NULL;
    *err = ERR_RANGE;
    for (size_t i = 0; i < whole_length; i++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digits[i] - '0', &sum))
            return NULL;
    place = (int64_t)row->multiply;
    *scale_ns = place;
    if (__builtin_mul_overflow(sum, place, &sum))
        return NULL;
    for (size_t i = whole_length; i < length; i++) {
        place /= 10;
        if (__builtin_sub_overflow(sum, (digits[i] - '0') * place, &sum))
            return NULL;
    }
    if (__builtin_add_overflow(*total, sum, total))
        return NULL;
    return text;
}

int units_parse_time(const char *text, int64_t *ret_ns)
{
    bool negative = *text == '-';
    int64_t scale_ns = INT64_MAX;
    int64_t total = 0;
    int err;

    text += *text == '-' || *text == '+';
    if (strcmp(text, "0") == 0) {
        *ret_ns = 0;
        return 0;
    }
    do {
        text = units_time_part(text, &scale_ns, &total, &err);
        if (!text)
            return err;
    } while (*text);
    if (!negative && total == INT64_MIN)
        return ERR_RANGE;
    *ret_ns = negative ? total : -total;
    return 0;
}

const char *units_name(enum unit unit)
{
    assert(unit < UNIT_COUNT);
    return units_words[unit].name;
}

const char *units_suffixes(enum unit unit)
{
    assert(unit < UNIT_COUNT);
    return units_words[unit].suffixes;
}

// Appends "5", or "5.25" when there is a rest below `scale`, and the suffix; returns the new end.
static char *units_put(char *at, const char *end, uint64_t value, uint64_t scale,
                       const char *suffix)
{
    uint64_t rest = value % scale;
    int written = snprintf(at, (size_t)(end - at), "%" PRIu64, value / scale);

    at += written;
    if (rest) {
        *at++ = '.';
        for (scale /= 10; rest; scale /= 10) {
            *at++ = (char)('0' + rest / scale);
            rest %= scale;
        }
    }
    at += snprintf(at, (size_t)(end - at), "%s", suffix);
    assert(at < end);
    return at;
}

const char *units_time_text(int64_t ns, char ret[UNITS_TEXT_ROOM])
{
    static const struct {
        uint64_t ns;
        const char *suffix;
    } large[] = {{86400000000000u, "d"}, {3600000000000u, "h"}, {60000000000u, "m"}};
    uint64_t left = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    const char *end = ret + UNITS_TEXT_ROOM;
    char *at = ret;

    if (ns < 0)
        *at++ = '-';
    if (left == 0) {
        snprintf(ret, UNITS_TEXT_ROOM, "0");
    } else if (left < 1000) {
        units_put(at, end, left, 1, "ns");
    } else if (left < 1000000) {
        units_put(at, end, left, 1000, "us");
    } else if (left < 1000000000) {
        units_put(at, end, left, 1000000, "ms");
    } else {
        for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
            if (left >= large[i].ns)
                at = units_put(at, end, left / large[i].ns, 1, large[i].suffix);
            left %= large[i].ns;
        }
        if (left)
            units_put(at, end, left, 1000000000, "s");
    }
    return ret;
}

// The shortest decimal of `row` that reads back as `number`; false when it does not fit.
static bool units_form(double number, const struct units_suffix *row, char ret[UNITS_TEXT_ROOM])
{
    long double shown = row ? (long double)number * row->divide / row->multiply : number;
    long double size = fabsl(shown);

    for (int digits = 1; digits <= UNITS_DECIMALS_MAX; digits++) {
        snprintf(ret, UNITS_TEXT_ROOM, "%.*Lg", digits, shown);
        if (strchr(ret, 'e') && size >= 1e-4 && size < 1e15)
            continue; // "7e+01" is shorter than "70" in digits only.
        if (units_value(ret, row) == number) {
            size_t length = strlen(ret);

            snprintf(ret + length, UNITS_TEXT_ROOM - length, "%s", row ? row->text : "");
            return true;
        }
    }
    return false;
}

const char *units_text(double number, enum unit unit, char ret[UNITS_TEXT_ROOM])
{
    char form[UNITS_TEXT_ROOM];
    bool found = false;

    if (unit == UNIT_TIME_NS && number >= -0x1p63 && number < 0x1p63)
        return units_time_text((int64_t)number, ret);
    if (!isfinite(number)) {
        snprintf(ret, UNITS_TEXT_ROOM, "%g", number);
        return ret;
    }
    for (size_t i = 0; i < UNITS_TABLE_COUNT; i++) {
        const struct units_suffix *row = &units_table[i];

        if (row->unit != unit || row->alias || !units_form(number, row, form))
            continue;
        if (!found || strlen(form) < strlen(ret))
            memcpy(ret, form, sizeof(form));
        found = true;
    }
    if (!found)
        units_form(number, NULL, ret);
    return ret;
}

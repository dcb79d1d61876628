// SPDX-License-Identifier: Apache-2.0
// Registers to values and back (profile.h): word order, sign, scale, invalid pattern, flags, and
// the four-register date-time (IEC 60870-5-4 binary time 2a as the vendor lays it out in registers:
// year, month and day, hour and minute, milliseconds). Day of week, summer time and the invalid bit
// of that time are written as 0; a set invalid bit is read as "no value".
#include "sim/profile/profile.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/units.h"
#include "sim/base/utf8.h"

#define FLOAT32_NAN 0xFFC00000u
#define NUMBER_EXACT_MAX 9223372036854775807.0 // What llround() may be asked for.

static unsigned row_bits(const struct profile_register *row)
{
    return 16u * row->count;
}

static double row_scale(const struct profile_register *row)
{
    return row->scale == 0 ? 1 : row->scale;
}

// The registers of a number as one pattern, most significant register first.
static uint64_t get_pattern(const struct profile_register *row, const uint8_t *data)
{
    uint64_t pattern = 0;

    assert(row->count >= 1 && row->count <= 4);
    for (size_t i = 0; i < row->count; i++) {
        size_t at = row->words == PROFILE_LOW_FIRST ? row->count - 1 - i : i;

        pattern = pattern << 16 | bytes_load_u16(data + 2 * at);
    }
    return pattern;
}

static void put_pattern(const struct profile_register *row, uint64_t pattern, uint8_t *ret_data)
{
    assert(row->count >= 1 && row->count <= 4);
    for (size_t i = row->count; i-- > 0;) {
        size_t at = row->words == PROFILE_LOW_FIRST ? row->count - 1 - i : i;

        bytes_store_u16(ret_data + 2 * at, (uint16_t)pattern);
        pattern >>= 16;
    }
}

static uint64_t all_ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static bool is_signed(enum profile_type type)
{
    return type == PROFILE_INT16 || type == PROFILE_INT32 || type == PROFILE_INT64;
}

static bool is_integer(enum profile_type type)
{
    return is_signed(type) || type == PROFILE_UINT16 || type == PROFILE_UINT32 ||
           type == PROFILE_UINT64;
}

// The pattern of "not available"; false for a row that has none, as 0 is a value of most numbers.
static bool invalid_pattern(const struct profile_register *row, uint64_t *ret)
{
    switch (row->invalid) {
    case PROFILE_INVALID_ZERO:
        *ret = 0;
        return false;
    case PROFILE_INVALID_ONES:
        *ret = all_ones(row_bits(row));
        return true;
    case PROFILE_INVALID_MIN:
        *ret = (uint64_t)1 << (row_bits(row) - 1);
        return true;
    case PROFILE_INVALID_NAN:
        *ret = FLOAT32_NAN;
        return true;
    }
    assert(false);
    return false;
}

// ---- Numbers ----

static int64_t extend_sign(uint64_t pattern, unsigned bits)
{
    uint64_t sign = (uint64_t)1 << (bits - 1);

    return bits >= 64 ? (int64_t)pattern : (int64_t)((pattern ^ sign) - sign);
}

// What the row's point is made of; a row without a point gives what its registers are.
static enum point_type value_type(const struct profile_register *row)
{
    if (row->point >= 0)
        return point_info((enum point)row->point)->type;
    return row->type == PROFILE_FLOAT32 || row_scale(row) != 1 ? POINT_NUMBER : POINT_INTEGER;
}

static void set_number(const struct profile_register *row, double raw, int64_t raw_integer,
                       struct point_value *ret)
{
    ret->type = value_type(row);
    ret->valid = true;
    if (ret->type == POINT_NUMBER)
        ret->number = raw / row_scale(row);
    else if (row_scale(row) == 1 && row->type != PROFILE_FLOAT32)
        ret->integer = raw_integer;
    else
        ret->integer = llround(raw / row_scale(row));
}

static void decode_integer(const struct profile_register *row, const uint8_t *data,
                           struct point_value *ret)
{
    uint64_t pattern = get_pattern(row, data);
    int64_t integer = (int64_t)pattern;
    uint64_t none;

    ret->type = value_type(row);
    if (invalid_pattern(row, &none) && pattern == none)
        return;
    if (is_signed(row->type))
        integer = extend_sign(pattern, row_bits(row));
    set_number(row, row->type == PROFILE_UINT64 ? (double)pattern : (double)integer, integer, ret);
}

static void decode_float(const struct profile_register *row, const uint8_t *data,
                         struct point_value *ret)
{
    uint32_t pattern = (uint32_t)get_pattern(row, data);
    uint64_t none;
    float number;

    ret->type = value_type(row);
    memcpy(&number, &pattern, sizeof(number));
    if (isnan(number) || isinf(number) || (invalid_pattern(row, &none) && pattern == none))
        return;
    set_number(row, (double)number, 0, ret);
}

// Raw as an integer in *ret. ERR_RANGE when the value is no number or too large to round.
static int raw_integer(const struct profile_register *row, const struct point_value *value,
                       int64_t *ret)
{
    double raw;

    if (value->type == POINT_INTEGER && row_scale(row) == 1) {
        *ret = value->integer;
        return 0;
    }
    raw = (value->type == POINT_INTEGER ? (double)value->integer : value->number) * row_scale(row);
    if (!isfinite(raw))
        return ERR_RANGE;
    if (row->clamps)
        raw = fmin(fmax(raw, (double)row->low), (double)row->high);
    if (raw < -NUMBER_EXACT_MAX || raw >= NUMBER_EXACT_MAX)
        return ERR_RANGE;
    *ret = llround(raw);
    return 0;
}

static bool fits(const struct profile_register *row, const struct point_value *value, int64_t raw)
{
    unsigned bits = row_bits(row);

    if (bits >= 64) // An integer point is a pattern there (radio ids); a quantity has a sign.
        return is_signed(row->type) || value->type == POINT_INTEGER || raw >= 0;
    if (is_signed(row->type))
        return raw >= -((int64_t)1 << (bits - 1)) && raw < (int64_t)1 << (bits - 1);
    return raw >= 0 && (uint64_t)raw <= all_ones(bits);
}

static int encode_integer(const struct profile_register *row, const struct point_value *value,
                          uint8_t *ret_data)
{
    uint64_t none;
    uint64_t pattern;
    int64_t raw;
    int err = raw_integer(row, value, &raw);

    if (err < 0)
        return err;
    if (row->clamps)
        raw = raw < row->low ? row->low : raw > row->high ? row->high : raw;
    if (!fits(row, value, raw))
        return ERR_RANGE;
    pattern = (uint64_t)raw & all_ones(row_bits(row));
    if (invalid_pattern(row, &none) && pattern == none)
        return ERR_RANGE;
    put_pattern(row, pattern, ret_data);
    return 0;
}

static int encode_float(const struct profile_register *row, const struct point_value *value,
                        uint8_t *ret_data)
{
    double raw =
        (value->type == POINT_INTEGER ? (double)value->integer : value->number) * row_scale(row);
    float number;
    uint32_t pattern;

    if (!isfinite(raw))
        return ERR_RANGE;
    if (row->clamps)
        raw = fmin(fmax(raw, (double)row->low), (double)row->high);
    if (fabs(raw) > 3.4028234663852886e38) // FLT_MAX
        return ERR_RANGE;
    number = (float)raw;
    memcpy(&pattern, &number, sizeof(pattern));
    put_pattern(row, pattern, ret_data);
    return 0;
}

// ---- Texts ----

static void decode_ascii(const struct profile_register *row, const uint8_t *data,
                         char text[POINT_TEXT_BYTES_MAX + 1], struct point_value *ret)
{
    size_t room = 2u * row->count < POINT_TEXT_BYTES_MAX ? 2u * row->count : POINT_TEXT_BYTES_MAX;
    size_t length = 0;

    ret->type = POINT_TEXT;
    ret->text = text;
    while (length < room && data[length])
        length++;
    memcpy(text, data, length);
    text[length] = '\0';
    if (length == 0 || (row->invalid == PROFILE_INVALID_ONES && data[0] == 0xFF))
        return;
    for (size_t at = 0; !utf8_valid(text, length, &at);)
        text[at] = '?';
    ret->valid = true;
}

static int encode_ascii(const struct profile_register *row, const struct point_value *value,
                        uint8_t *ret_data)
{
    size_t length = strlen(value->text);

    if (length > 2u * row->count || length > POINT_TEXT_BYTES_MAX ||
        !utf8_valid(value->text, length, NULL))
        return ERR_RANGE;
    memset(ret_data, 0, 2u * row->count);
    memcpy(ret_data, value->text, length);
    return 0;
}

// ---- Date and time ----

#define DATETIME_YEAR_BASE 2000
#define DATETIME_YEAR_MASK 0x7Fu
#define DATETIME_INVALID 0x80u // IV, beside the minutes.

static void decode_datetime(const uint8_t *data, struct point_value *ret)
{
    unsigned year = bytes_load_u16(data);
    unsigned date = bytes_load_u16(data + 2);
    unsigned clock = bytes_load_u16(data + 4);
    unsigned millis = bytes_load_u16(data + 6);
    char text[UNITS_TEXT_ROOM];

    ret->type = POINT_TIME;
    if (year == 0xFFFF || (clock & DATETIME_INVALID) || millis > 59999)
        return;
    snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             DATETIME_YEAR_BASE + (year & DATETIME_YEAR_MASK), date >> 8 & 0xF, date & 0x1F,
             clock >> 8 & 0x1F, clock & 0x3F, millis / 1000, millis % 1000);
    ret->valid = units_parse_utc(text, &ret->integer) == 0;
}

static unsigned digits(const char *text, int count)
{
    unsigned value = 0;

    for (int i = 0; i < count; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    return value;
}

static int encode_datetime(const struct point_value *value, uint8_t *ret_data)
{
    char text[UNITS_TEXT_ROOM]; // 2026-01-15T08:00:00.000Z
    unsigned year = digits(units_utc_text(value->integer, text), 4);

    if (year < DATETIME_YEAR_BASE || year > DATETIME_YEAR_BASE + DATETIME_YEAR_MASK)
        return ERR_RANGE;
    bytes_store_u16(ret_data, (uint16_t)(year - DATETIME_YEAR_BASE));
    bytes_store_u16(ret_data + 2, (uint16_t)(digits(text + 5, 2) << 8 | digits(text + 8, 2)));
    bytes_store_u16(ret_data + 4, (uint16_t)(digits(text + 11, 2) << 8 | digits(text + 14, 2)));
    bytes_store_u16(ret_data + 6, (uint16_t)(digits(text + 17, 2) * 1000 + digits(text + 20, 3)));
    return 0;
}

// ---- Bits ----

static void decode_flag(const struct profile_register *row, const uint8_t *data,
                        struct point_value *ret)
{
    ret->type = POINT_INTEGER;
    ret->valid = true;
    ret->integer = get_pattern(row, data) >> row->bit & 1;
}

static int encode_flag(const struct profile_register *row, const struct point_value *value,
                       uint8_t *ret_data)
{
    uint64_t mask = (uint64_t)1 << row->bit;
    uint64_t pattern = get_pattern(row, ret_data);
    bool on = false;

    assert(row->bit < row_bits(row));
    switch (row->shows) {
    case PROFILE_SHOWS_VALUE:
        if (value->valid && (value->integer < 0 || value->integer > 1))
            return ERR_RANGE;
        on = value->valid && value->integer == 1;
        break;
    case PROFILE_SHOWS_VALID:
        on = value->valid;
        break;
    case PROFILE_SHOWS_ABSENT:
        on = !value->valid;
        break;
    }
    put_pattern(row, on ? pattern | mask : pattern & ~mask, ret_data);
    return 0;
}

static int encode_bit(const struct point_value *value, uint8_t *ret_data)
{
    if (value->integer < 0 || value->integer > 1)
        return ERR_RANGE;
    ret_data[0] = (uint8_t)value->integer;
    return 0;
}

// ---- All ----

static void encode_none(const struct profile_register *row, uint8_t *ret_data)
{
    bool text = row->type == PROFILE_ASCII || row->type == PROFILE_DATETIME;
    uint64_t pattern;

    invalid_pattern(row, &pattern);
    if (row->type == PROFILE_BIT)
        ret_data[0] = 0;
    else if (text)
        memset(ret_data, row->invalid == PROFILE_INVALID_ONES ? 0xFF : 0, 2u * row->count);
    else
        put_pattern(row, pattern, ret_data);
}

void profile_decode(const struct profile_register *row, const uint8_t *data,
                    char text[POINT_TEXT_BYTES_MAX + 1], struct point_value *ret_value)
{
    *ret_value = (struct point_value){0};
    switch (row->type) {
    case PROFILE_UINT16:
    case PROFILE_INT16:
    case PROFILE_UINT32:
    case PROFILE_INT32:
    case PROFILE_UINT64:
    case PROFILE_INT64:
        decode_integer(row, data, ret_value);
        return;
    case PROFILE_FLOAT32:
        decode_float(row, data, ret_value);
        return;
    case PROFILE_ASCII:
        decode_ascii(row, data, text, ret_value);
        return;
    case PROFILE_DATETIME:
        decode_datetime(data, ret_value);
        return;
    case PROFILE_BIT:
        *ret_value =
            (struct point_value){.type = POINT_INTEGER, .valid = true, .integer = data[0] & 1};
        return;
    case PROFILE_FLAG:
        decode_flag(row, data, ret_value);
        return;
    }
    assert(false);
}

static bool type_fits(enum profile_type type, enum point_type value)
{
    if (type == PROFILE_ASCII)
        return value == POINT_TEXT;
    if (type == PROFILE_DATETIME)
        return value == POINT_TIME;
    if (type == PROFILE_BIT || type == PROFILE_FLAG)
        return value == POINT_INTEGER;
    return value == POINT_NUMBER || value == POINT_INTEGER;
}

int profile_encode(const struct profile_register *row, const struct point_value *value,
                   uint8_t *ret_data)
{
    if (row->type == PROFILE_FLAG && row->shows != PROFILE_SHOWS_VALUE)
        return encode_flag(row, value, ret_data);
    if (value->valid && !type_fits(row->type, value->type))
        return ERR_TYPE;
    if (row->type == PROFILE_FLAG)
        return encode_flag(row, value, ret_data);
    if (!value->valid) {
        encode_none(row, ret_data);
        return 0;
    }
    if (is_integer(row->type))
        return encode_integer(row, value, ret_data);
    if (row->type == PROFILE_FLOAT32)
        return encode_float(row, value, ret_data);
    if (row->type == PROFILE_ASCII)
        return encode_ascii(row, value, ret_data);
    if (row->type == PROFILE_DATETIME)
        return encode_datetime(value, ret_data);
    assert(row->type == PROFILE_BIT);
    return encode_bit(value, ret_data);
}

// SPDX-License-Identifier: Apache-2.0
// RFC 3629 section 4, as a table of first bytes and the bounds of the second.
#include "sim/base/utf8.h"

#include <stdint.h>

struct utf8_row {
    uint8_t first_low, first_high;
    uint8_t second_low, second_high;
    uint8_t length;
};

static const struct utf8_row utf8_rows[] = {
    {0x01, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static size_t utf8_length_within(const char *text, size_t left)
{
    const uint8_t *at = (const uint8_t *)text;

    for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++) {
        const struct utf8_row *row = &utf8_rows[i];

        if (at[0] < row->first_low || at[0] > row->first_high)
            continue;
        if (row->length == 1)
            return 1;
        if (left < row->length || at[1] < row->second_low || at[1] > row->second_high)
            return 0;
        for (size_t k = 2; k < row->length; k++)
            if ((at[k] & 0xC0) != 0x80)
                return 0;
        return row->length;
    }
    return 0;
}

size_t utf8_length(const char *text)
{
    size_t left = 1;

    while (left < 4 && text[left])
        left++;
    return utf8_length_within(text, left);
}

bool utf8_valid(const char *text, size_t length, size_t *ret_at)
{
    size_t at = 0;

    while (at < length) {
        size_t step = utf8_length_within(text + at, length - at);

        if (step == 0) {
            if (ret_at)
                *ret_at = at;
            return false;
        }
        at += step;
    }
    return true;
}

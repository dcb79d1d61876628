// SPDX-License-Identifier: Apache-2.0
// For tests alone: PDUs and frames written as hex.
#ifndef SIM_PROTO_MODBUS_TEST_HEX_H
#define SIM_PROTO_MODBUS_TEST_HEX_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Hex digits, blanks between them anywhere; 'text' in quotes stands for itself. Returns the length.
static inline size_t test_hex(const char *text, uint8_t *ret_bytes, size_t room)
{
    size_t length = 0;
    unsigned value;

    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        assert(length < room);
        if (*text == '\'') {
            for (text++; *text != '\''; text++)
                ret_bytes[length++] = (uint8_t)*text;
            text++;
        } else {
            int fields = sscanf(text, "%2x", &value);

            assert(fields == 1 && text[1]);
            ret_bytes[length++] = (uint8_t)value;
            text += 2;
        }
    }
    return length;
}

static inline const char *test_show(const uint8_t *bytes, size_t length, char *ret_text,
                                    size_t room)
{
    size_t at = 0;

    ret_text[0] = 0;
    for (size_t i = 0; i < length && at + 4 < room; i++)
        at += (size_t)snprintf(ret_text + at, room - at, "%02X ", bytes[i]);
    return ret_text;
}

// The same spelling as test_show() gives.
static inline const char *test_spell(const char *hex, char *ret_text, size_t room)
{
    uint8_t bytes[1024];

    return test_show(bytes, test_hex(hex, bytes, sizeof(bytes)), ret_text, room);
}

#endif

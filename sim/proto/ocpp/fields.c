// SPDX-License-Identifier: Apache-2.0
// Fields by name, and what fits them. OCPP 1.6 edition 2 section 7: a CiString is counted in
// characters, an enumeration is case sensitive.
#include "sim/proto/ocpp/fields.h"

#include <math.h>
#include <string.h>

// A limit of one digit comes as the double nearest to it, and times ten as one near to a whole one.
#define TENTHS_TOLERANCE 1e-6

const struct ocpp_field *ocpp_field_find(const struct ocpp_field *fields, const char *name,
                                         unsigned *ret_index)
{
    for (unsigned i = 0; fields[i].name; i++)
        if (strcmp(fields[i].name, name) == 0) {
            *ret_index = i;
            return &fields[i];
        }
    return NULL;
}

const struct ocpp_field *ocpp_field_missing(const struct ocpp_field *fields, uint32_t seen)
{
    for (unsigned i = 0; fields[i].name; i++)
        if (fields[i].required && !(seen >> i & 1))
            return &fields[i];
    return NULL;
}

size_t ocpp_cut(const char *text, size_t characters)
{
    size_t at = 0;

    // A byte 10xxxxxx goes on with a character, any other begins one.
    for (; text[at]; at++)
        if (((unsigned char)text[at] & 0xC0) != 0x80 && characters-- == 0)
            break;
    return at;
}

bool ocpp_text_fits(const struct ocpp_field *field, const char *text)
{
    return field->length_max == 0 || text[ocpp_cut(text, field->length_max)] == '\0';
}

bool ocpp_enum_has(const struct ocpp_field *field, const char *text)
{
    for (size_t i = 0; field->values[i]; i++)
        if (strcmp(field->values[i], text) == 0)
            return true;
    return false;
}

bool ocpp_decimal_fits(const struct ocpp_field *field, double value)
{
    return !field->tenths || fabs(value * 10 - round(value * 10)) < TENTHS_TOLERANCE;
}

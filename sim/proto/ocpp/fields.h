// SPDX-License-Identifier: Apache-2.0
// What reading and writing a payload share: a field by its name, and whether a value fits it.
#ifndef SIM_PROTO_OCPP_FIELDS_H
#define SIM_PROTO_OCPP_FIELDS_H

#include "sim/proto/ocpp/message.h"

// The field of that name, or NULL; *ret_index is its place.
const struct ocpp_field *ocpp_field_find(const struct ocpp_field *fields, const char *name,
                                         unsigned *ret_index);
// The first required field that is not in the bits of `seen`, or NULL.
const struct ocpp_field *ocpp_field_missing(const struct ocpp_field *fields, uint32_t seen);

bool ocpp_text_fits(const struct ocpp_field *field, const char *text);
bool ocpp_enum_has(const struct ocpp_field *field, const char *text);
bool ocpp_decimal_fits(const struct ocpp_field *field, double value);

#endif

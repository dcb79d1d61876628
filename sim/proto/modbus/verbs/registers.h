// SPDX-License-Identifier: Apache-2.0
// Which registers a verb means: a point of the profile, or an address with a type.
#ifndef SIM_PROTO_MODBUS_VERBS_REGISTERS_H
#define SIM_PROTO_MODBUS_VERBS_REGISTERS_H

#include "sim/profile/profile.h"
#include "sim/proto/modbus/verbs/ask.h"

// The arguments `point`, or `address` with `type`, `count`, `words` and `table`.
#define REGISTERS_WITH_FIELDS                                                                      \
    {.name = "point",                                                                              \
     .type = SCHEMA_TEXT,                                                                          \
     .expression = true,                                                                           \
     .doc = "A point of the registry; the profile of the unit says where it is.",                  \
     .example = "current_l1_A"},                                                                   \
        {.name = "address",                                                                        \
         .type = SCHEMA_INTEGER,                                                                   \
         .expression = true,                                                                       \
         .low = 0,                                                                                 \
         .high = 65535,                                                                            \
         .doc = "Wire address (register number minus one), instead of `point`."},                  \
        {.name = "count",                                                                          \
         .type = SCHEMA_INTEGER,                                                                   \
         .expression = true,                                                                       \
         .low = 0,                                                                                 \
         .high = 65535,                                                                            \
         .otherwise = "what the type needs",                                                       \
         .doc = "How many registers or bits."},                                                    \
        {.name = "type",                                                                           \
         .type = SCHEMA_CHOICE,                                                                    \
         .expression = true,                                                                       \
         .choices = registers_types,                                                               \
         .otherwise = "uint16",                                                                    \
         .doc = "How the registers at `address` are read."},                                       \
        {.name = "words",                                                                          \
         .type = SCHEMA_CHOICE,                                                                    \
         .expression = true,                                                                       \
         .choices = registers_words,                                                               \
         .otherwise = "high-first",                                                                \
         .doc = "Order of the registers of a longer number."},                                     \
    {                                                                                              \
        .name = "table", .type = SCHEMA_CHOICE, .expression = true, .choices = registers_tables,   \
        .otherwise = "holding",                                                                    \
        .doc = "Which of the four tables: holding (FC 3), input (4), coil (1), discrete (2)."      \
    }

extern const char *const registers_types[];
extern const char *const registers_words[];
extern const char *const registers_tables[];

struct registers {
    struct profile_register row;
    enum profile_table table;
    uint16_t count; // As asked on the wire; may be nonsense on purpose.
};

// Reads the arguments of the ask's op. Returns false when the op has been ended because they name
// no register.
bool registers_of(struct ask *ask, struct registers *ret);

// Sets `value`, `valid` and `registers` of the op from the data of a reply.
void registers_set_results(struct op *op, const struct registers *registers, const uint8_t *data);

// Encodes the argument `value` into wire order. Returns false when the op has been ended because it
// does not fit.
bool registers_encode(struct ask *ask, const struct registers *registers, uint8_t *ret_data);

#endif

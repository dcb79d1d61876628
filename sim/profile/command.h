// SPDX-License-Identifier: Apache-2.0
// The command interface of a breaker's communication modules as a profile tells it: where a command
// is written, how it is laid out, which codes there are and who may send them, and what the status
// means (DOCA0091EN, DOCA0105EN "Command interface"). Addresses are those on the wire; a profile
// writes register numbers. Everything is borrowed from the profile.
#ifndef SIM_PROFILE_COMMAND_H
#define SIM_PROFILE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "sim/profile/profile.h"

#define PROFILE_TRAILER_MAX 8

struct profile_span {
    uint16_t address;
    uint16_t count;
};

// One command is one write of `request`; then `status` is polled and `echo` and the rest are read.
struct profile_command_layout {
    struct profile_span request;
    uint16_t code;
    uint16_t length; // Holds length_base plus the number of parameter bytes.
    uint16_t length_base;
    uint16_t destination;
    uint16_t security; // 1: the password is checked.
    struct profile_span password;
    struct profile_span parameters;
    struct profile_span trailer; // Constants that close the frame.
    uint16_t trailer_values[PROFILE_TRAILER_MAX];
    uint16_t echo;
    uint16_t status;
    uint16_t in_progress; // The status while a command runs.
    uint16_t result_length;
    struct profile_span result;
    int64_t silence_ns; // A client gives up when the status has not changed for so long.
};

struct profile_command {
    uint16_t code;
    const char *name;    // "open", "close", "reset" ...
    const char *module;  // Where it is sent: a name of the modules.
    int parameter_bytes; // 0 to 20; -1: not known.
    // Whose password opens it: accounts of the profile. None: no password is asked.
    const char *const *accounts;
    size_t accounts_count;
    struct profile_source source;
};

// A module of the breaker: how it is addressed, and its mark in a status.
struct profile_module {
    const char *name; // "IFM", "BSCM" ...
    uint16_t destination;
    uint8_t number; // High byte of a status.
    struct profile_source source;
};

struct profile_result {
    const char *module; // Whose result it is; NULL: any module's.
    uint8_t code;       // Low byte of a status.
    const char *name;   // "wrong-password", "already-open" ...
    const char *text;
    struct profile_source source;
};

// NULL when the profile has no command interface.
const struct profile_command_layout *profile_command_layout(const struct profile *profile);

// Commands, sorted by code. The second and third find by code and by name, or give NULL.
const struct profile_command *profile_commands(const struct profile *profile, size_t *ret_count);
const struct profile_command *profile_command(const struct profile *profile, uint16_t code);
const struct profile_command *profile_command_named(const struct profile *profile,
                                                    const char *name);

// Modules in written order; by name, or NULL.
const struct profile_module *profile_modules(const struct profile *profile, size_t *ret_count);
const struct profile_module *profile_module_named(const struct profile *profile, const char *name);

// The status that `module` (a name) answers for a result of that name, its own one first:
// its number in the high byte, the result's code in the low. -1 when there is no such result.
int profile_result_status(const struct profile *profile, const char *module, const char *name);

// What a status means, or NULL; the module's own results come first.
const struct profile_result *profile_result(const struct profile *profile, uint16_t status);
const struct profile_result *profile_results(const struct profile *profile, size_t *ret_count);

#endif

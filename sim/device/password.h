// SPDX-License-Identifier: Apache-2.0
// What a password must look like, beyond password_check() of accounts.h: for the files of this
// room.
#ifndef SIM_DEVICE_PASSWORD_H
#define SIM_DEVICE_PASSWORD_H

#include "sim/base/str.h"

struct profile;

// The rule at `policies.<rule>` in one sentence, appended; nothing when there is no such rule.
void password_add_rule_text(const struct profile *profile, const char *rule, struct str *out);

#endif

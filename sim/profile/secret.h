// SPDX-License-Identifier: Apache-2.0
// Passwords that nobody gave: drawn from the seed so that they obey the rule of their account. The
// world that serves a device and the bench that drives it draw on their own and must agree, since
// nothing hands a secret out.
#ifndef SIM_PROFILE_SECRET_H
#define SIM_PROFILE_SECRET_H

#include <stdint.h>

#include "sim/profile/profile.h"

// The name in a text such as "$secret.gw", or NULL when it is a plain password. Borrowed.
const char *profile_secret_name(const char *text);

// The value of the secret `name` under `seed`, for `account` of `profile`: as long as the rule
// `password.*` of the account wants (12 characters where it leaves the choice), an upper-case
// letter, a lower-case one and a digit first. The caller wipes and frees it; never NULL.
char *profile_secret_draw(const struct profile *profile, const char *account, const char *name,
                          uint64_t seed);

#endif

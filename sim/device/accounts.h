// SPDX-License-Identifier: Apache-2.0
// Who may log in to a device: accounts by its profile, passwords at rest as salted SHA-256 only
// (PS-206), the rules they must obey as data (`policies.password.*`; PS-207 to PS-211), and the
// lock-out as data (`policies.lockout`; PS-203, PS-204, X-18): attempts, durations, what counts
// during a lock, whether success starts afresh, what survives. Kept in the store before anybody is
// told of it, so that a power cut forgets nothing. Times are the device's monotonic clock, which
// the store carries over a restart as the time that is left.
#ifndef SIM_DEVICE_ACCOUNTS_H
#define SIM_DEVICE_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/str.h"

struct accounts;
struct audit;
struct chip;
struct device;
struct profile;

#define ACCOUNTS_MAX 16
#define ACCOUNT_NAME_BYTES_MAX 32
#define ACCOUNT_PASSWORD_BYTES_MAX 64

enum login_result {
    LOGIN_GRANTED,
    LOGIN_REFUSED,        // Wrong name or password; nobody learns which.
    LOGIN_LOCKED,         // Not even looked at.
    LOGIN_PASSWORD_UNSET, // The account waits for its first password.
    LOGIN_STORE_FAILED,   // The attempt could not be written down (supply cut): nothing is granted.
};

// The accounts of `device` by its profile's `accounts` (columns name, role, and password: the rule
// under `policies`) and `policies`; a profile without them gives none. Everything is borrowed.
// Nothing is read from the store before accounts_load(). Never NULL.
struct accounts *accounts_new(struct device *device, struct chip *chip, struct audit *audit);
void accounts_free(struct accounts **accounts);

// At power-up, after the store was read: what it holds, or, on a store without accounts, the
// passwords the site commissioned (device_secret()), else those the rule gives at the factory; an
// account without one waits for its first. Locks go on with the time that was left.
void accounts_load(struct accounts *accounts);

// One attempt, audited (login-ok, login-failed, login-locked, account-locked) and counted in the
// store before it returns; what no lock bounds, such as attempts while one stands, is audited 32
// times in ten minutes at most, so that a flood leaves the older entries. `user` and `password`
// come from outside, any bytes, any length. The time does not depend on which of the two was wrong.
// `source` is the address for the audit, without port; a lock-out by source counts it.
enum login_result accounts_login(struct accounts *accounts, const char *user, const char *password,
                                 const char *source);

// The lock that an attempt as `user` would meet now: the ns it still lasts, 0 when open. Unknown
// names answer as known ones do. Read-only.
int64_t accounts_locked_ns(const struct accounts *accounts, const char *user);

// The same for an attempt from `source`, where a policy locks addresses.
int64_t accounts_locked_from_ns(const struct accounts *accounts, const char *user,
                                const char *source);

// Whether the account waits for its first password; false for unknown names.
bool accounts_password_unset(const struct accounts *accounts, const char *user);

// The account that is named first in the profile, and the role of one ("user"); NULL when unknown.
const char *accounts_first(const struct accounts *accounts);
const char *accounts_role(const struct accounts *accounts, const char *user);
size_t accounts_count(const struct accounts *accounts);
const char *accounts_name_at(const struct accounts *accounts, size_t index);

// Sets a password: the first one of an account without, or a change by who has logged in. Returns
// 0, ERR_NOT_FOUND, ERR_RANGE (against the rule, with a sentence in *ret_why: static text) or
// ERR_IO (the store). Audited (password-set, password-changed).
int accounts_set_password(struct accounts *accounts, const char *user, const char *password,
                          const char *source, const char **ret_why);

// The rule of an account in words, one sentence, appended to `out`.
void accounts_add_rule_text(const struct accounts *accounts, const char *user, struct str *out);

// Whether `password` obeys the rule at `policies.<rule>` of a profile ("password.user",
// "password.wifi-ap"). Returns 0, or ERR_RANGE with a sentence in *ret_why (static text), or
// ERR_NOT_FOUND when the profile has no such rule.
int password_check(const struct profile *profile, const char *rule, const char *password,
                   const char **ret_why);

#endif

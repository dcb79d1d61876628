// SPDX-License-Identifier: Apache-2.0
// The values of `$secret.NAME` on a bench: the environment, the bench file, or, for boards that a
// process plays, what that process draws from the seed for the passwords of its site.
#ifndef BENCH_SECRETS_H
#define BENCH_SECRETS_H

#include <stdint.h>

#include "bench/bench_file.h"

struct profiles;
struct secrets;

#define SECRETS_MAX 256

struct secrets_options {
    const struct bench_file *file; // Borrowed.
    struct profiles *profiles;     // Borrowed for the call.
    uint64_t seed;
    // The environment's value of a name, or NULL; goes first. Borrowed text.
    const char *(*given)(void *user, const char *name);
    void *user;
};

// Never NULL. A site that cannot be read gives no secrets: the process will say why.
struct secrets *secrets_new(const struct secrets_options *options);
void secrets_free(struct secrets **secrets);

// The value, or NULL. Borrowed.
const char *secrets_get(const struct secrets *secrets, const char *name);

#endif

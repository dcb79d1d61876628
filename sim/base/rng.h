// SPDX-License-Identifier: Apache-2.0
// The only randomness inside a world: xoshiro256** (Blackman and Vigna, 2018) seeded through
// splitmix64. Every device has a stream of its own, drawn from the world's seed and the device's
// id, so that adding a device does not shift its neighbours. Not for secrets that leave the world.
#ifndef SIM_BASE_RNG_H
#define SIM_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

// A stream for `name` (borrowed) under `seed`: the same two always give the same numbers.
void rng_init(struct rng *rng, uint64_t seed, const char *name);

uint64_t rng_next(struct rng *rng);

// Uniform in [0, 1).
double rng_unit(struct rng *rng);

// Uniform in [0, below); `below` is at least 1. Without modulo bias.
uint64_t rng_below(struct rng *rng, uint64_t below);

// Uniform in [from, to), exponential of that mean, and normal of that mean and deviation.
double rng_uniform(struct rng *rng, double from, double to);
double rng_exponential(struct rng *rng, double mean);
double rng_normal(struct rng *rng, double mean, double deviation);

#endif

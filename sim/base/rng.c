// SPDX-License-Identifier: Apache-2.0
// xoshiro256** with splitmix64 as its seeder, both from the authors' description.
#include "sim/base/rng.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

static uint64_t rng_splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t rng_rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

void rng_init(struct rng *rng, uint64_t seed, const char *name)
{
    uint64_t state = seed;

    // FNV-1a of the name on top of the seed; the seed is stirred first, or seed 1 with "a" and seed
    // 2 with "b" would be one stream.
    state = rng_splitmix(&state) ^ 0xCBF29CE484222325u;
    for (const char *at = name; *at; at++)
        state = (state ^ (uint8_t)*at) * 0x100000001B3u;
    for (size_t i = 0; i < 4; i++)
        rng->state[i] = rng_splitmix(&state);
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rng_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotate(s[3], 45);
    return result;
}

double rng_unit(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1.0p-53;
}

uint64_t rng_below(struct rng *rng, uint64_t below)
{
    uint64_t threshold;
    uint64_t x;

    assert(below > 0);
    threshold = -below % below;
    do
        x = rng_next(rng);
    while (x < threshold);
    return x % below;
}

double rng_uniform(struct rng *rng, double from, double to)
{
    double value = from + (to - from) * rng_unit(rng);

    return value < to ? value : from; // Rounding may reach the open end.
}

double rng_exponential(struct rng *rng, double mean)
{
    return -mean * log1p(-rng_unit(rng));
}

double rng_normal(struct rng *rng, double mean, double deviation)
{
    double radius = sqrt(-2.0 * log1p(-rng_unit(rng)));

    return mean + deviation * radius * cos(2.0 * M_PI * rng_unit(rng));
}

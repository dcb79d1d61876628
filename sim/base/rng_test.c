// SPDX-License-Identifier: Apache-2.0
// The generator against the authors' own numbers, the independence of streams, and the shape of
// each law.
#include "sim/base/rng.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define DRAWS 200000

// xoshiro256** from the state 1, 2, 3, 4: the first outputs of the reference implementation.
START_TEST(the_published_numbers)
{
    static const uint64_t wanted[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    struct rng rng = {{1, 2, 3, 4}};

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        ck_assert_uint_eq(rng_next(&rng), wanted[i]);
}
END_TEST

START_TEST(a_stream_belongs_to_its_seed_and_name)
{
    struct rng first, same, other;

    rng_init(&first, 42, "q1");
    rng_init(&same, 42, "q1");
    for (int i = 0; i < 100; i++)
        ck_assert_uint_eq(rng_next(&first), rng_next(&same));
    rng_init(&other, 42, "q2");
    ck_assert_uint_ne(rng_next(&first), rng_next(&other));
    rng_init(&first, 1, "a");
    rng_init(&other, 2, "b");
    ck_assert_uint_ne(rng_next(&first), rng_next(&other));
    rng_init(&first, 0, "");
    ck_assert_uint_ne(rng_next(&first), rng_next(&first));
}
END_TEST

START_TEST(below_is_even)
{
    size_t counts[7] = {0};
    struct rng rng;

    rng_init(&rng, 7, "below");
    for (int i = 0; i < DRAWS; i++)
        counts[rng_below(&rng, 7)]++;
    for (size_t i = 0; i < 7; i++)
        ck_assert_double_eq_tol((double)counts[i], DRAWS / 7.0, 700); // Four deviations.
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(rng_below(&rng, 1), 0);
        ck_assert_uint_lt(rng_below(&rng, (UINT64_C(1) << 63) + 1), (UINT64_C(1) << 63) + 1);
    }
}
END_TEST

static double uniform(struct rng *rng)
{
    return rng_uniform(rng, 2, 6);
}

static double exponential(struct rng *rng)
{
    return rng_exponential(rng, 90);
}

static double normal(struct rng *rng)
{
    return rng_normal(rng, -5, 3);
}

static const struct {
    double (*draw)(struct rng *rng);
    double mean, deviation, low, high;
} laws[] = {
    {rng_unit, 0.5, 0.288675, 0, 1},
    {uniform, 4, 1.154701, 2, 6},
    {exponential, 90, 90, 0, INFINITY},
    {normal, -5, 3, -INFINITY, INFINITY},
};

START_TEST(a_law_has_its_mean_and_deviation)
{
    struct rng rng;
    double sum = 0;
    double squares = 0;
    double mean;

    rng_init(&rng, 3, "laws");
    for (int i = 0; i < DRAWS; i++) {
        double value = laws[_i].draw(&rng);

        ck_assert(value >= laws[_i].low && value < laws[_i].high);
        sum += value;
        squares += value * value;
    }
    mean = sum / DRAWS;
    ck_assert_double_eq_tol(mean, laws[_i].mean, laws[_i].deviation * 0.01);
    ck_assert_double_eq_tol(sqrt(squares / DRAWS - mean * mean), laws[_i].deviation,
                            laws[_i].deviation * 0.02);
}
END_TEST

START_TEST(the_open_end_is_never_drawn)
{
    struct rng rng;

    rng_init(&rng, 5, "edge");
    for (int i = 0; i < 1000; i++)
        ck_assert(rng_uniform(&rng, 1, nextafter(1, 2)) < nextafter(1, 2));
}
END_TEST

Suite *rng_suite(void)
{
    Suite *suite = suite_create("rng");
    TCase *numbers = tcase_create("rng");

    tcase_add_test(numbers, the_published_numbers);
    tcase_add_test(numbers, a_stream_belongs_to_its_seed_and_name);
    tcase_add_test(numbers, below_is_even);
    tcase_add_loop_test(numbers, a_law_has_its_mean_and_deviation, 0,
                        sizeof(laws) / sizeof(laws[0]));
    tcase_add_test(numbers, the_open_end_is_never_drawn);
    suite_add_tcase(suite, numbers);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The queue against a plain model, under a fixed stream of puts and drops.
#include "sim/base/queue.h"

#include <check.h>
#include <string.h>

#include "sim/base/rng.h"

#define BYTES_MAX 1000

START_TEST(it_takes_what_fits_and_no_more)
{
    struct queue queue;
    char data[BYTES_MAX + 10] = "head";

    queue_init(&queue, BYTES_MAX);
    ck_assert_ptr_null(queue_peek(&queue));
    ck_assert_uint_eq(queue_put(&queue, data, 0), 0);
    ck_assert_uint_eq(queue_put(&queue, data, sizeof(data)), BYTES_MAX);
    ck_assert_uint_eq(queue_free_bytes(&queue), 0);
    ck_assert_uint_eq(queue_put(&queue, "x", 1), 0);
    ck_assert_uint_le(queue.room, BYTES_MAX);
    queue_drop(&queue, 1);
    ck_assert_uint_eq(queue_put(&queue, "xy", 2), 1);
    ck_assert_mem_eq(queue_peek(&queue), "ead", 3);
    ck_assert_uint_eq(queue_peek(&queue)[BYTES_MAX - 1], 'x');
    queue_done(&queue);
}
END_TEST

START_TEST(memory_goes_back_when_it_runs_empty)
{
    struct queue queue;

    queue_init(&queue, BYTES_MAX);
    queue_put(&queue, "abc", 3);
    queue_drop(&queue, 2);
    ck_assert_ptr_nonnull(queue.data);
    queue_drop(&queue, 1);
    ck_assert_ptr_null(queue.data);
    ck_assert_uint_eq(queue_free_bytes(&queue), BYTES_MAX);
    ck_assert_uint_eq(queue_put(&queue, "d", 1), 1);
    queue_done(&queue);
    queue_done(&queue);
}
END_TEST

START_TEST(bytes_leave_in_the_order_they_came)
{
    struct queue queue;
    struct rng rng;
    uint8_t next_in = 0;
    uint8_t next_out = 0;
    size_t held = 0;
    size_t wrong = 0;

    queue_init(&queue, BYTES_MAX);
    rng_init(&rng, 1, "queue");
    for (int round = 0; round < 20000; round++) {
        uint8_t part[300];
        size_t length = rng_below(&rng, sizeof(part));
        size_t taken;

        for (size_t i = 0; i < length; i++)
            part[i] = (uint8_t)(next_in + i);
        taken = queue_put(&queue, part, length);
        ck_assert_uint_eq(taken, length < BYTES_MAX - held ? length : BYTES_MAX - held);
        next_in = (uint8_t)(next_in + taken);
        held += taken;
        ck_assert_uint_eq(queue.length, held);
        ck_assert_uint_le(queue.room, BYTES_MAX);
        length = rng_below(&rng, held + 1);
        // One assert a round: Check tells its parent of each.
        for (size_t i = 0; i < length; i++)
            wrong += queue_peek(&queue)[i] != (uint8_t)(next_out + i);
        ck_assert_uint_eq(wrong, 0);
        queue_drop(&queue, length);
        next_out = (uint8_t)(next_out + length);
        held -= length;
    }
    queue_done(&queue);
}
END_TEST

Suite *queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *bytes = tcase_create("queue");

    tcase_add_test(bytes, it_takes_what_fits_and_no_more);
    tcase_add_test(bytes, memory_goes_back_when_it_runs_empty);
    tcase_add_test(bytes, bytes_leave_in_the_order_they_came);
    suite_add_tcase(suite, bytes);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The serial gateway against a scripted line and clock: one request at a time, retries, time-outs,
// exceptions 0A and 0B, broadcast, fairness among clients, clients that leave.
#include "sim/proto/modbus/gateway.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/test_store.h"

#define MS 1000000ll

enum { ENTRIES = 8, ANSWERS = 64 };

struct client {
    struct {
        uint32_t ticket;
        uint8_t pdu[MODBUS_PDU_BYTES_MAX];
        size_t length;
    } answers[ANSWERS];
    size_t count;
};

static struct modbus_gateway gateway;
static struct modbus_gateway_entry entries[ENTRIES];
static struct client a, b;
static uint8_t frame[MODBUS_RTU_BYTES_MAX];
static size_t frame_length;
static unsigned sends;
static int send_error;
static int64_t now_ns;

static int line_take(void *user, const uint8_t *data, size_t length)
{
    ck_assert_ptr_eq(user, &now_ns);
    if (send_error)
        return send_error;
    memcpy(frame, data, length);
    frame_length = length;
    sends++;
    return 0;
}

static void on_answer(void *user, uint32_t ticket, const uint8_t *pdu, size_t length)
{
    struct client *client = user;

    ck_assert_uint_lt(client->count, ANSWERS);
    client->answers[client->count].ticket = ticket;
    client->answers[client->count].length = length;
    if (length)
        memcpy(client->answers[client->count].pdu, pdu, length);
    client->count++;
}

static void begin(const struct modbus_gateway_options *options)
{
    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    sends = 0;
    send_error = 0;
    now_ns = 0;
    modbus_gateway_init(&gateway, options, entries, ENTRIES, line_take, &now_ns);
}

static void setup(void)
{
    begin(&modbus_gateway_defaults);
}

static uint8_t ask(struct client *client, uint32_t ticket, uint8_t unit, const char *hex)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    struct modbus_forward forward = {
        .unit = unit,
        .pdu = pdu,
        .length = test_hex(hex, pdu, sizeof(pdu)),
        .arrived_ns = now_ns,
        .answer = on_answer,
        .client = client,
        .ticket = ticket,
    };

    return gateway.path.forward(&gateway.path, &forward);
}

// The request has left; the silence after it is heard.
static void leave(void)
{
    modbus_gateway_on_sent(&gateway, now_ns);
    modbus_gateway_on_silence(&gateway, now_ns);
}

static void hear(uint8_t unit, const char *hex)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], bytes[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(unit, pdu, test_hex(hex, pdu, sizeof(pdu)), bytes);

    modbus_gateway_on_chars(&gateway, bytes, length, false);
    modbus_gateway_on_silence(&gateway, now_ns);
}

static void reach_deadline(void)
{
    now_ns = modbus_gateway_deadline(&gateway);
    ck_assert(now_ns != MODBUS_GATEWAY_NEVER);
    modbus_gateway_tick(&gateway, now_ns);
}

static void expect(const struct client *client, size_t i, uint32_t ticket, const char *hex)
{
    char got[1024], expected[1024];

    ck_assert_uint_gt(client->count, i);
    ck_assert_uint_eq(client->answers[i].ticket, ticket);
    ck_assert_str_eq(test_show(client->answers[i].pdu, client->answers[i].length, got, sizeof(got)),
                     test_spell(hex, expected, sizeof(expected)));
}

START_TEST(test_one_request)
{
    ck_assert_uint_eq(ask(&a, 5, 7, "03 0000 0001"), 0);
    ck_assert_uint_eq(sends, 1);
    ck_assert_uint_eq(frame_length, 8);
    ck_assert_uint_eq(frame[0], 7);
    ck_assert_uint_eq(modbus_crc(frame, frame_length), 0);
    leave();
    hear(7, "03 02 BEEF");
    expect(&a, 0, 5, "03 02 BEEF");
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 0);
    ck_assert_int_eq(modbus_gateway_deadline(&gateway), MODBUS_GATEWAY_NEVER);
    ck_assert_uint_eq(gateway.counters.replies, 1);
}
END_TEST

START_TEST(test_one_at_a_time)
{
    ask(&a, 1, 7, "03 0000 0001");
    ask(&a, 2, 8, "03 0000 0001");
    ck_assert_uint_eq(sends, 1);
    leave();
    hear(7, "03 02 0001");
    ck_assert_uint_eq(sends, 2);
    ck_assert_uint_eq(frame[0], 8);
    leave();
    hear(8, "83 02");
    expect(&a, 1, 2, "83 02");
}
END_TEST

START_TEST(test_unknown_unit)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    ck_assert_uint_eq(ask(&a, 1, 248, "03 0000 0001"), MODBUS_PATH_UNAVAILABLE);
    ck_assert_uint_eq(ask(&a, 1, 255, "03 0000 0001"), MODBUS_PATH_UNAVAILABLE);
    ck_assert_uint_eq(ask(&a, 1, 247, "03 0000 0001"), 0);
    memset(options.units, 0, sizeof(options.units));
    options.units[1] = 1ull << 6; // Unit 70 alone.
    options.unknown_exception = MODBUS_TARGET_SILENT;
    begin(&options);
    ck_assert_uint_eq(ask(&a, 1, 69, "03 0000 0001"), MODBUS_TARGET_SILENT);
    ck_assert_uint_eq(ask(&a, 1, 70, "03 0000 0001"), 0);
    ck_assert_uint_eq(gateway.counters.unknown, 1);
}
END_TEST

START_TEST(test_silent_target)
{
    ask(&a, 1, 7, "03 0000 0001");
    for (unsigned i = 1; i <= 3; i++) {
        ck_assert_uint_eq(sends, i);
        ck_assert_uint_eq(a.count, 0);
        leave();
        reach_deadline();
    }
    ck_assert_int_eq(now_ns, 3000 * MS);
    expect(&a, 0, 1, "83 0B");
    ck_assert_uint_eq(sends, 3);
    ck_assert_uint_eq(gateway.counters.retries, 2);
    ck_assert_uint_eq(gateway.counters.timeouts, 3);
}
END_TEST

START_TEST(test_damaged_reply)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    options.retries = 1;
    options.damaged_exception = MODBUS_DEVICE_FAILURE;
    begin(&options);
    ask(&a, 1, 7, "03 0000 0001");
    leave();
    modbus_gateway_on_chars(&gateway, (const uint8_t *)"\x07\x03\x02\x00\x00\x00\x00", 7, false);
    modbus_gateway_on_silence(&gateway, now_ns);
    ck_assert_uint_eq(sends, 2);
    leave();
    modbus_gateway_on_chars(&gateway, (const uint8_t *)"\x07", 1, true);
    modbus_gateway_on_silence(&gateway, now_ns);
    expect(&a, 0, 1, "83 04");
    ck_assert_uint_eq(gateway.counters.damaged, 2);
}
END_TEST

// V1.02 2.4.1: another unit's frame leaves the time-out running.
START_TEST(test_unexpected_reply)
{
    ask(&a, 1, 7, "03 0000 0001");
    leave();
    hear(8, "03 02 0000");
    hear(7, "04 02 0000");
    ck_assert_uint_eq(a.count, 0);
    ck_assert_uint_eq(gateway.counters.unexpected, 2);
    hear(7, "03 02 1111");
    expect(&a, 0, 1, "03 02 1111");
    hear(7, "03 02 1111");
    ck_assert_uint_eq(gateway.counters.unexpected, 3);
    ck_assert_uint_eq(a.count, 1);
}
END_TEST

// A reply that has begun when its time runs out may end.
START_TEST(test_slow_reply)
{
    uint8_t bytes[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(7, (const uint8_t *)"\x03\x02\x00\x01", 4, bytes);

    ask(&a, 1, 7, "03 0000 0001");
    leave();
    now_ns = 999 * MS;
    modbus_gateway_on_chars(&gateway, bytes, 3, false);
    reach_deadline();
    ck_assert_int_eq(now_ns, 1000 * MS);
    ck_assert_uint_eq(sends, 1);
    modbus_gateway_on_chars(&gateway, bytes + 3, length - 3, false);
    modbus_gateway_on_silence(&gateway, now_ns);
    expect(&a, 0, 1, "03 02 0001");
}
END_TEST

// A talker that never stops costs one more time-out, and nothing is sent into its words.
START_TEST(test_babble)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    options.retries = 0;
    begin(&options);
    ask(&a, 1, 7, "03 0000 0001");
    ask(&a, 2, 7, "03 0000 0001");
    leave();
    modbus_gateway_on_chars(&gateway, (const uint8_t *)"babble", 6, false);
    reach_deadline();
    modbus_gateway_on_chars(&gateway, (const uint8_t *)"babble", 6, false);
    reach_deadline();
    ck_assert_int_eq(now_ns, 2000 * MS);
    expect(&a, 0, 1, "83 0B");
    ck_assert_uint_eq(sends, 1);
    reach_deadline();
    ck_assert_int_eq(now_ns, 10000 * MS);
    expect(&a, 1, 2, "83 0A");
    ask(&a, 3, 7, "03 0000 0001");
    modbus_gateway_on_silence(&gateway, now_ns);
    ck_assert_uint_eq(sends, 2);
}
END_TEST

START_TEST(test_broadcast)
{
    ask(&a, 1, 0, "06 0000 0001");
    ask(&b, 2, 7, "03 0000 0001");
    leave();
    ck_assert_int_eq(modbus_gateway_deadline(&gateway), 100 * MS);
    ck_assert_uint_eq(sends, 1);
    reach_deadline();
    expect(&a, 0, 1, "");
    ck_assert_uint_eq(sends, 2);
    ck_assert_uint_eq(frame[0], 7);
}
END_TEST

START_TEST(test_pause)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    options.pause_ns = 20 * MS;
    begin(&options);
    ask(&a, 1, 7, "03 0000 0001");
    ask(&a, 2, 7, "03 0000 0001");
    leave();
    now_ns = 5 * MS;
    hear(7, "03 02 0000");
    ck_assert_uint_eq(sends, 1);
    ck_assert_int_eq(modbus_gateway_deadline(&gateway), 25 * MS);
    modbus_gateway_tick(&gateway, 24 * MS);
    ck_assert_uint_eq(sends, 1);
    reach_deadline();
    ck_assert_uint_eq(sends, 2);
}
END_TEST

START_TEST(test_expires_in_the_queue)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    options.request_timeout_ns = 1500 * MS;
    begin(&options);
    ask(&a, 1, 7, "03 0000 0001");
    now_ns = 100 * MS;
    ask(&a, 2, 8, "04 0000 0001");
    leave();
    reach_deadline(); // First try over at 1.1 s; second sent.
    leave();
    reach_deadline(); // 1.5 s after its arrival, whatever the tries.
    ck_assert_int_eq(now_ns, 1500 * MS);
    expect(&a, 0, 1, "83 0B");
    reach_deadline();
    ck_assert_int_eq(now_ns, 1600 * MS);
    expect(&a, 1, 2, "84 0A");
    // The line is still waiting for unit 7, whose answer is dropped.
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 1);
    hear(7, "03 02 0000");
    ck_assert_uint_eq(a.count, 2);
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 0);
}
END_TEST

START_TEST(test_queue_full)
{
    for (uint32_t i = 0; i < ENTRIES; i++)
        ck_assert_uint_eq(ask(&a, i, 7, "03 0000 0001"), 0);
    ck_assert_uint_eq(ask(&a, 99, 7, "03 0000 0001"), MODBUS_PATH_UNAVAILABLE);
    ck_assert_uint_eq(a.count, 0);
    // A client with less takes the place of the newest request of the one with most.
    ck_assert_uint_eq(ask(&b, 1, 9, "03 0000 0001"), 0);
    expect(&a, 0, ENTRIES - 1, "83 0A");
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), ENTRIES);
    for (uint32_t i = 2; i <= 10; i++)
        ask(&b, i, 9, "03 0000 0001");
    // ... until both have their share.
    ck_assert_uint_eq(a.count, 4);
    ck_assert_uint_eq(gateway.counters.full, 11);
}
END_TEST

START_TEST(test_fair)
{
    uint32_t ticket = 100;

    for (uint32_t i = 0; i < 5; i++)
        ask(&a, i, 1, "03 0000 0001");
    ask(&b, 0, 2, "03 0000 0001");
    ask(&b, 1, 2, "03 0000 0001");
    // Request 0 is on the line; then by turns, although a was first with all of its own.
    for (size_t i = 0; i < 3; i++) {
        leave();
        hear(frame[0], "03 02 0000");
    }
    ck_assert_uint_eq(a.count, 2);
    ck_assert_uint_eq(b.count, 1);
    for (size_t i = 0; i < 4; i++) {
        leave();
        hear(frame[0], "03 02 0000");
    }
    ck_assert_uint_eq(a.count, 5);
    ck_assert_uint_eq(b.count, 2);
    // One that asks anew after each answer gets every second place beside one with a full queue.
    begin(&modbus_gateway_defaults);
    for (uint32_t i = 0; i < 6; i++)
        ask(&a, i, 1, "03 0000 0001");
    ask(&b, ticket++, 2, "03 0000 0001");
    for (unsigned i = 0; i < 8; i++) {
        uint8_t unit = frame[0];

        leave();
        hear(unit, "03 02 0000");
        if (unit == 2)
            ask(&b, ticket++, 2, "03 0000 0001");
    }
    ck_assert_uint_eq(b.count, 4);
    ck_assert_uint_eq(a.count, 4);
}
END_TEST

START_TEST(test_cancel)
{
    ask(&a, 1, 7, "03 0000 0001");
    ask(&a, 2, 7, "03 0000 0001");
    ask(&b, 3, 8, "03 0000 0001");
    gateway.path.cancel(&gateway.path, &a);
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 2);
    leave();
    hear(7, "03 02 0000");
    ck_assert_uint_eq(frame[0], 8);
    leave();
    hear(8, "03 02 0000");
    ck_assert_uint_eq(a.count, 0);
    expect(&b, 0, 3, "03 02 0000");
    ck_assert_uint_eq(gateway.counters.cancelled, 2);
}
END_TEST

// What nobody waits for is not tried again.
START_TEST(test_cancelled_is_not_retried)
{
    ask(&a, 1, 7, "03 0000 0001");
    leave();
    gateway.path.cancel(&gateway.path, &a);
    reach_deadline();
    ck_assert_uint_eq(sends, 1);
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 0);
}
END_TEST

START_TEST(test_line_refuses)
{
    send_error = ERR_FULL;
    ck_assert_uint_eq(ask(&a, 1, 7, "03 0000 0001"), 0);
    ck_assert_uint_eq(a.count, 0);
    for (int i = 0; i < 3; i++)
        reach_deadline();
    expect(&a, 0, 1, "83 0B");
}
END_TEST

START_TEST(test_clear)
{
    ask(&a, 1, 7, "03 0000 0001");
    ask(&b, 2, 8, "04 0000 0001");
    leave();
    modbus_gateway_clear(&gateway, MODBUS_PATH_UNAVAILABLE);
    expect(&a, 0, 1, "83 0A");
    expect(&b, 0, 2, "84 0A");
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 0);
    ask(&a, 3, 7, "03 0000 0001");
    ck_assert_uint_eq(sends, 2);
}
END_TEST

Suite *gateway_suite(void)
{
    Suite *suite = suite_create("modbus gateway");
    TCase *tcase = tcase_create("gateway");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_one_request);
    tcase_add_test(tcase, test_one_at_a_time);
    tcase_add_test(tcase, test_unknown_unit);
    tcase_add_test(tcase, test_silent_target);
    tcase_add_test(tcase, test_damaged_reply);
    tcase_add_test(tcase, test_unexpected_reply);
    tcase_add_test(tcase, test_slow_reply);
    tcase_add_test(tcase, test_babble);
    tcase_add_test(tcase, test_broadcast);
    tcase_add_test(tcase, test_pause);
    tcase_add_test(tcase, test_expires_in_the_queue);
    tcase_add_test(tcase, test_queue_full);
    tcase_add_test(tcase, test_fair);
    tcase_add_test(tcase, test_cancel);
    tcase_add_test(tcase, test_cancelled_is_not_retried);
    tcase_add_test(tcase, test_line_refuses);
    tcase_add_test(tcase, test_clear);
    suite_add_tcase(suite, tcase);
    return suite;
}

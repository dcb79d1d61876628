// SPDX-License-Identifier: Apache-2.0
// One connection of a TCP server against a scripted conn and a path that answers when told:
// framing, routing, late answers in any order, and the bounds that keep neighbours safe.
#include "sim/proto/modbus/server_tcp.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/test_store.h"

enum { BYTES = 1 << 20, HELD_MAX = 64 };

// A path that keeps what it is given.
struct held {
    struct modbus_forward forward;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
};
struct holder {
    struct modbus_path path;
    struct held held[HELD_MAX];
    size_t count;
    uint8_t refusal;
    unsigned cancelled;
};

static struct test_store test;
static struct holder holder;
static struct modbus_tcp_server session;
static uint8_t sent[BYTES];
static size_t sent_length, send_calls, window;
static unsigned resumes;

static uint8_t hold(struct modbus_path *path, const struct modbus_forward *forward)
{
    struct holder *self = (struct holder *)path;

    if (self->refusal)
        return self->refusal;
    ck_assert_uint_lt(self->count, HELD_MAX);
    self->held[self->count].forward = *forward;
    memcpy(self->held[self->count++].pdu, forward->pdu, forward->length);
    return 0;
}

static void forget(struct modbus_path *path, const void *client)
{
    struct holder *self = (struct holder *)path;

    ck_assert_ptr_eq(client, &session);
    self->cancelled += (unsigned)self->count;
    self->count = 0;
}

static void answer_held(size_t i, const char *hex)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    struct modbus_forward *forward = &holder.held[i].forward;

    forward->answer(forward->client, forward->ticket, pdu, test_hex(hex, pdu, sizeof(pdu)));
}

// Unit 255 is the server, 1 to 9 lie behind the path, 10 is denied, 11 is silent, others unknown.
static struct modbus_route route(void *user, const struct modbus_mbap *request)
{
    ck_assert_ptr_eq(user, &test);
    if (request->unit == MODBUS_UNIT_SELF)
        return (struct modbus_route){.kind = MODBUS_ROUTE_SERVER, .server = &test.server};
    if (request->unit <= 9)
        return (struct modbus_route){.kind = MODBUS_ROUTE_PATH, .path = &holder.path};
    if (request->unit == 10)
        return (struct modbus_route){.kind = MODBUS_ROUTE_EXCEPTION,
                                     .exception = MODBUS_ILLEGAL_FUNCTION};
    if (request->unit == 11)
        return (struct modbus_route){.kind = MODBUS_ROUTE_SILENT};
    return (struct modbus_route){.kind = MODBUS_ROUTE_EXCEPTION,
                                 .exception = MODBUS_PATH_UNAVAILABLE};
}

static size_t take(void *user, const uint8_t *data, size_t length)
{
    size_t taken = length < window ? length : window;

    (void)user;
    send_calls++;
    ck_assert_uint_le(sent_length + taken, sizeof(sent));
    memcpy(sent + sent_length, data, taken);
    sent_length += taken;
    window -= taken;
    return taken;
}

static void resume(void *user)
{
    (void)user;
    resumes++;
}

static const struct modbus_tcp_server_ops ops = {route, take, resume};

static void begin(struct modbus_tcp_server_options options)
{
    test_store_init(&test);
    memset(&holder, 0, sizeof(holder));
    holder.path = (struct modbus_path){hold, forget};
    sent_length = send_calls = resumes = 0;
    window = SIZE_MAX;
    modbus_tcp_server_init(&session, &ops, &test, &options);
}

static void setup(void)
{
    begin((struct modbus_tcp_server_options){0});
}

static void teardown(void)
{
    modbus_tcp_server_done(&session);
}

static size_t feed_bytes(const uint8_t *bytes, size_t length, int expected)
{
    size_t consumed = SIZE_MAX;

    ck_assert_int_eq(modbus_tcp_server_feed(&session, 0, bytes, length, &consumed), expected);
    ck_assert_uint_le(consumed, length);
    return consumed;
}

static size_t feed(const char *hex)
{
    uint8_t bytes[4096];

    return feed_bytes(bytes, test_hex(hex, bytes, sizeof(bytes)), 0);
}

static void expect_sent(const char *hex)
{
    char got[8192], expected[8192];

    ck_assert_str_eq(test_show(sent, sent_length, got, sizeof(got)),
                     test_spell(hex, expected, sizeof(expected)));
    sent_length = 0;
}

START_TEST(test_answers)
{
    ck_assert_uint_eq(feed("1501 0000 0006 FF 03 0000 0001"), 12);
    expect_sent("1501 0000 0005 FF 03 02 0000");
    ck_assert_uint_eq(feed("1502 0000 0006 FF 03 1000 0001"), 12);
    expect_sent("1502 0000 0003 FF 83 02");
    ck_assert_uint_eq(feed("1503 0000 0006 63 03 0000 0001"), 12);
    expect_sent("1503 0000 0003 63 83 0A");
    ck_assert_uint_eq(feed("1504 0000 0006 0A 06 0000 0001"), 12);
    expect_sent("1504 0000 0003 0A 86 01");
    ck_assert_uint_eq(feed("1505 0000 0006 0B 06 0000 0001"), 12);
    expect_sent("");
    ck_assert_uint_eq(session.requests, 5);
    ck_assert_uint_eq(session.exceptions, 3);
}
END_TEST

START_TEST(test_pipelined_in_one_send)
{
    ck_assert_uint_eq(feed("0001 0000 0006 FF 03 0000 0001  0002 0000 0006 FF 06 0000 1234"
                           "0003 0000 0006 FF 03 0000 0001  0004 0000 0006 FF"),
                      36);
    expect_sent("0001 0000 0005 FF 03 02 0000  0002 0000 0006 FF 06 0000 1234"
                "0003 0000 0005 FF 03 02 1234");
    ck_assert_uint_eq(send_calls, 1);
    ck_assert_uint_eq(resumes, 0);
}
END_TEST

START_TEST(test_cut_anywhere)
{
    uint8_t bytes[64];
    size_t length = test_hex("0001 0000 0006 FF 03 0000 0001", bytes, sizeof(bytes));

    for (size_t cut = 0; cut < length; cut++)
        ck_assert_uint_eq(feed_bytes(bytes, cut, 0), 0);
    ck_assert_uint_eq(feed_bytes(bytes, length, 0), length);
    expect_sent("0001 0000 0005 FF 03 02 0000");
}
END_TEST

START_TEST(test_malformed)
{
    uint8_t bytes[64];
    size_t length =
        test_hex("0001 0000 0006 FF 03 0000 0001  0002 0000 FFFF FF", bytes, sizeof(bytes));

    ck_assert_uint_eq(feed_bytes(bytes, length, ERR_MALFORMED), 12);
    expect_sent("0001 0000 0005 FF 03 02 0000");
}
END_TEST

START_TEST(test_late_answers_in_any_order)
{
    feed("0001 0000 0006 01 03 0000 0001  0002 0000 0006 02 04 0000 0001"
         "0003 0000 0006 FF 03 0000 0001  0003 0000 0006 03 03 0000 0001");
    expect_sent("0003 0000 0005 FF 03 02 0000");
    ck_assert_uint_eq(holder.count, 3);
    ck_assert_uint_eq(holder.held[1].forward.unit, 2);
    ck_assert_uint_eq(holder.held[1].pdu[0], 4);
    answer_held(2, "03 02 3333");
    expect_sent("0003 0000 0005 03 03 02 3333");
    answer_held(0, "83 0B");
    expect_sent("0001 0000 0003 01 83 0B");
    answer_held(1, "04 02 2222");
    expect_sent("0002 0000 0005 02 04 02 2222");
    ck_assert_uint_eq(session.transactions_count, 0);
}
END_TEST

START_TEST(test_path_refuses)
{
    holder.refusal = MODBUS_PATH_UNAVAILABLE;
    feed("0001 0000 0006 01 03 0000 0001");
    expect_sent("0001 0000 0003 01 83 0A");
    ck_assert_uint_eq(session.transactions_count, 0);
}
END_TEST

START_TEST(test_broadcast_has_no_answer)
{
    feed("0001 0000 0006 00 06 0000 0001");
    answer_held(0, "");
    expect_sent("");
    ck_assert_uint_eq(session.transactions_count, 0);
}
END_TEST

// Past the server's allowance nothing more is read until an answer goes out.
START_TEST(test_transactions_max)
{
    uint8_t bytes[12 * 20];

    for (size_t i = 0; i < 20; i++) {
        test_hex("0000 0000 0006 01 03 0000 0001", bytes + 12 * i, 12);
        bytes[12 * i + 1] = (uint8_t)i;
    }
    ck_assert_uint_eq(feed_bytes(bytes, sizeof(bytes), 0), 12 * 16);
    ck_assert_uint_eq(holder.count, 16);
    ck_assert_uint_eq(feed_bytes(bytes + 12 * 16, 12 * 4, 0), 0);
    ck_assert_uint_eq(resumes, 0);
    answer_held(5, "03 02 0005");
    ck_assert_uint_eq(resumes, 1);
    ck_assert_uint_eq(feed_bytes(bytes + 12 * 16, 12 * 4, 0), 12);
    answer_held(6, "03 02 0006");
    answer_held(7, "03 02 0007");
    ck_assert_uint_eq(resumes, 2);
    begin((struct modbus_tcp_server_options){.transactions_max = 1});
    ck_assert_uint_eq(feed_bytes(bytes, sizeof(bytes), 0), 12);
}
END_TEST

START_TEST(test_bytes_per_turn)
{
    uint8_t bytes[12 * 400];

    for (size_t i = 0; i < 400; i++)
        test_hex("0001 0000 0006 FF 06 0000 0001", bytes + 12 * i, 12);
    begin((struct modbus_tcp_server_options){.bytes_per_turn = 100});
    ck_assert_uint_eq(feed_bytes(bytes, sizeof(bytes), 0), 108);
    ck_assert_uint_eq(session.requests, 9);
    ck_assert_uint_eq(resumes, 1);
    // The default, and a rest that is no whole frame.
    begin((struct modbus_tcp_server_options){0});
    ck_assert_uint_eq(feed_bytes(bytes, sizeof(bytes), 0), 4104);
    ck_assert_uint_eq(resumes, 1);
    ck_assert_uint_eq(feed_bytes(bytes + 4104, sizeof(bytes) - 4104, 0), sizeof(bytes) - 4104);
    ck_assert_uint_eq(resumes, 1);
}
END_TEST

// 62 full replies fill a batch; the rest is asked for again.
START_TEST(test_batch)
{
    uint8_t bytes[12 * 100];

    for (size_t i = 0; i < 100; i++)
        test_hex("0001 0000 0006 FF 03 0000 007D", bytes + 12 * i, 12);
    ck_assert_uint_eq(feed_bytes(bytes, sizeof(bytes), 0), 12 * 63);
    ck_assert_uint_eq(sent_length, 63 * 259);
    ck_assert_uint_eq(send_calls, 1);
    ck_assert_uint_eq(resumes, 1);
}
END_TEST

// A client that does not read: what was answered waits, nothing more is read, no frame is torn.
START_TEST(test_slow_reader)
{
    uint8_t bytes[12 * 100];
    size_t done;

    for (size_t i = 0; i < 100; i++) {
        test_hex("0000 0000 0006 FF 03 0000 007D", bytes + 12 * i, 12);
        bytes[12 * i + 1] = (uint8_t)i;
    }
    bytes[12 * 2 + 6] = 1; // The third goes through the path.
    window = 100;
    done = feed_bytes(bytes, sizeof(bytes), 0);
    ck_assert_uint_eq(sent_length, 100);
    ck_assert_uint_eq(feed_bytes(bytes + done, sizeof(bytes) - done, 0), 0);
    ck_assert_uint_eq(resumes, 0);
    answer_held(0, "03 02 0002");
    for (unsigned i = 0; session.unsent.length > 0; i++) {
        ck_assert_uint_eq(resumes, 0);
        ck_assert_uint_lt(i, 1000);
        window = 777;
        modbus_tcp_server_flush(&session);
    }
    ck_assert_uint_eq(resumes, 1);
    window = SIZE_MAX;
    done += feed_bytes(bytes + done, sizeof(bytes) - done, 0);
    ck_assert_uint_eq(done, sizeof(bytes));
    // Every transaction was answered once, in whole frames.
    struct bytes_in in = bytes_in(sent, sent_length);
    bool seen[100] = {false};
    struct modbus_mbap frame;
    while (modbus_mbap_next(&in, &frame) == 1) {
        ck_assert_uint_lt(frame.transaction, 100);
        ck_assert(!seen[frame.transaction]);
        seen[frame.transaction] = true;
    }
    ck_assert_uint_eq(bytes_left(&in), 0);
    for (int i = 0; i < 100; i++)
        ck_assert(seen[i]);
}
END_TEST

START_TEST(test_done_cancels)
{
    feed("0001 0000 0006 01 03 0000 0001  0002 0000 0006 02 04 0000 0001");
    modbus_tcp_server_done(&session);
    ck_assert_uint_eq(holder.cancelled, 2);
    ck_assert_uint_eq(sent_length, 0);
}
END_TEST

START_TEST(test_path_gone)
{
    struct modbus_path other = {hold, forget};

    feed("0001 0000 0006 01 03 0000 0001  0002 0000 0006 02 04 0000 0001");
    modbus_tcp_server_path_gone(&session, &other, MODBUS_TARGET_SILENT);
    expect_sent("");
    modbus_tcp_server_path_gone(&session, &holder.path, MODBUS_PATH_UNAVAILABLE);
    expect_sent("0001 0000 0003 01 83 0A  0002 0000 0003 02 84 0A");
    holder.count = 0;
}
END_TEST

Suite *server_tcp_suite(void)
{
    Suite *suite = suite_create("modbus server tcp");
    TCase *tcase = tcase_create("server_tcp");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_answers);
    tcase_add_test(tcase, test_pipelined_in_one_send);
    tcase_add_test(tcase, test_cut_anywhere);
    tcase_add_test(tcase, test_malformed);
    tcase_add_test(tcase, test_late_answers_in_any_order);
    tcase_add_test(tcase, test_path_refuses);
    tcase_add_test(tcase, test_broadcast_has_no_answer);
    tcase_add_test(tcase, test_transactions_max);
    tcase_add_test(tcase, test_bytes_per_turn);
    tcase_add_test(tcase, test_batch);
    tcase_add_test(tcase, test_slow_reader);
    tcase_add_test(tcase, test_done_cancels);
    tcase_add_test(tcase, test_path_gone);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The client sessions against scripted servers: matching, time-outs, late and foreign replies, and
// what happens when the connection or the line goes.
#include "sim/proto/modbus/master_session.h"

#include <check.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/test_store.h"

#define MS 1000000ll

enum { REQUESTS = 300 };

struct outcome {
    unsigned calls;
    int err;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    size_t length;
};

static struct modbus_request requests[REQUESTS];
static struct outcome outcomes[REQUESTS];
static uint8_t sent[1 << 16];
static size_t sent_length, window;
static int line_error;
static int64_t now_ns;
static bool submitting;
static struct modbus_tcp_master tcp;
static struct modbus_rtu_master rtu;

static void on_outcome(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                       void *user)
{
    struct outcome *outcome = user;

    ck_assert(!submitting);
    ck_assert_ptr_eq(request, &requests[outcome - outcomes]);
    outcome->calls++;
    outcome->err = err;
    outcome->length = length;
    if (length)
        memcpy(outcome->pdu, pdu, length);
}

static size_t take(void *user, const uint8_t *data, size_t length)
{
    size_t taken = length < window ? length : window;

    (void)user;
    ck_assert_uint_le(sent_length + taken, sizeof(sent));
    memcpy(sent + sent_length, data, taken);
    sent_length += taken;
    window -= taken;
    return taken;
}

static int line_take(void *user, const uint8_t *frame, size_t length)
{
    (void)user;
    if (line_error)
        return line_error;
    memcpy(sent, frame, length);
    sent_length = length;
    return 0;
}

static void setup(void)
{
    memset(requests, 0, sizeof(requests));
    memset(outcomes, 0, sizeof(outcomes));
    sent_length = 0;
    window = SIZE_MAX;
    line_error = 0;
    now_ns = 0;
    modbus_tcp_master_init(&tcp, take, NULL, 0, 0x1501);
    modbus_rtu_master_init(&rtu, line_take, NULL, 0);
}

static struct modbus_request *make(size_t i, uint8_t unit, const char *hex)
{
    requests[i].unit = unit;
    requests[i].length = test_hex(hex, requests[i].pdu, sizeof(requests[i].pdu));
    requests[i].timeout_ns = 1000 * MS;
    requests[i].fn = on_outcome;
    requests[i].user = &outcomes[i];
    return &requests[i];
}

static void tcp_submit(size_t i, uint8_t unit, const char *hex)
{
    submitting = true;
    modbus_tcp_master_submit(&tcp, now_ns, make(i, unit, hex));
    submitting = false;
}

static void rtu_submit(size_t i, uint8_t unit, const char *hex)
{
    submitting = true;
    modbus_rtu_master_submit(&rtu, now_ns, make(i, unit, hex));
    submitting = false;
}

static void expect_sent(const char *hex)
{
    char got[8192], expected[8192];

    ck_assert_str_eq(test_show(sent, sent_length, got, sizeof(got)),
                     test_spell(hex, expected, sizeof(expected)));
    sent_length = 0;
}

static void expect(size_t i, int err, const char *hex)
{
    char got[1024], expected[1024];

    ck_assert_uint_eq(outcomes[i].calls, 1);
    ck_assert_int_eq(outcomes[i].err, err);
    ck_assert_str_eq(test_show(outcomes[i].pdu, outcomes[i].length, got, sizeof(got)),
                     test_spell(hex, expected, sizeof(expected)));
}

static size_t feed(const char *hex, int expected)
{
    uint8_t bytes[4096];
    size_t consumed = SIZE_MAX;

    ck_assert_int_eq(
        modbus_tcp_master_feed(&tcp, now_ns, bytes, test_hex(hex, bytes, sizeof(bytes)), &consumed),
        expected);
    return consumed;
}

// ---- TCP
// ------------------------------------------------------------------------------------------

START_TEST(test_tcp_exchange)
{
    tcp_submit(0, 255, "04 0000 0001");
    ck_assert_uint_eq(sent_length, 0);
    now_ns = 5 * MS;
    modbus_tcp_master_open(&tcp, now_ns);
    expect_sent("1501 0000 0006 FF 04 0000 0001");
    ck_assert_int_eq(requests[0].sent_ns, 5 * MS);
    now_ns = 9 * MS;
    ck_assert_uint_eq(feed("1501 0000 0005 FF 04", 0), 0);
    ck_assert_uint_eq(feed("1501 0000 0005 FF 04 02 FFFF 1502", 0), 11);
    expect(0, 0, "04 02 FFFF");
    ck_assert_int_eq(requests[0].done_ns, 9 * MS);
    ck_assert_int_eq(modbus_tcp_master_deadline(&tcp), MODBUS_MASTER_NEVER);
}
END_TEST

START_TEST(test_tcp_any_order)
{
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "03 0000 0001");
    tcp_submit(1, 2, "03 0000 0001");
    tcp_submit(2, 3, "03 0000 0001");
    feed("1503 0000 0005 03 03 02 0003  1501 0000 0003 01 83 02  1502 0000 0005 02 03 02 0002", 0);
    expect(0, 0, "83 02");
    expect(1, 0, "03 02 0002");
    expect(2, 0, "03 02 0003");
}
END_TEST

START_TEST(test_tcp_allowance)
{
    modbus_tcp_master_init(&tcp, take, NULL, 2, 1);
    modbus_tcp_master_open(&tcp, 0);
    for (size_t i = 0; i < 3; i++)
        tcp_submit(i, 1, "11");
    expect_sent("0001 0000 0002 01 11  0002 0000 0002 01 11");
    feed("0001 0000 0003 01 91 01", 0);
    expect_sent("0003 0000 0002 01 11");
}
END_TEST

// The unit is compared, a second answer is not taken for another's, an unknown one is dropped.
START_TEST(test_tcp_foreign_replies)
{
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "03 0000 0001");
    feed("1501 0000 0005 02 03 02 0000  9999 0000 0005 01 03 02 0000", 0);
    ck_assert_uint_eq(outcomes[0].calls, 0);
    ck_assert_uint_eq(tcp.counters.wrong_unit, 1);
    ck_assert_uint_eq(tcp.counters.unknown, 1);
    feed("1501 0000 0005 01 03 02 1111  1501 0000 0005 01 03 02 2222", 0);
    expect(0, 0, "03 02 1111");
    ck_assert_uint_eq(tcp.counters.unknown, 2);
    tcp_submit(1, 1, "03 0000 0001");
    feed("1502 0000 0005 01 04 02 1111", 0);
    expect(1, ERR_MALFORMED, "");
    ck_assert_uint_eq(tcp.counters.wrong_function, 1);
}
END_TEST

START_TEST(test_tcp_timeout)
{
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "03 0000 0001");
    now_ns = 10 * MS;
    tcp_submit(1, 1, "03 0000 0001");
    ck_assert_int_eq(modbus_tcp_master_deadline(&tcp), 1000 * MS);
    modbus_tcp_master_tick(&tcp, 999 * MS);
    ck_assert_uint_eq(outcomes[0].calls, 0);
    modbus_tcp_master_tick(&tcp, 1000 * MS);
    expect(0, ERR_TIMEOUT, "");
    ck_assert_uint_eq(outcomes[1].calls, 0);
    feed("1501 0000 0005 01 03 02 1111", 0);
    ck_assert_uint_eq(tcp.counters.unknown, 1);
    ck_assert_uint_eq(outcomes[0].calls, 1);
    feed("1502 0000 0005 01 03 02 1111", 0);
    expect(1, 0, "03 02 1111");
}
END_TEST

START_TEST(test_tcp_never_opens)
{
    tcp_submit(0, 1, "03 0000 0001");
    modbus_tcp_master_tick(&tcp, 1000 * MS);
    expect(0, ERR_TIMEOUT, "");
    modbus_tcp_master_open(&tcp, 1001 * MS);
    ck_assert_uint_eq(sent_length, 0);
}
END_TEST

START_TEST(test_tcp_malformed)
{
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "03 0000 0001");
    feed("1501 0001 0005 01 03 02 1111", ERR_MALFORMED);
    modbus_tcp_master_end(&tcp, 1, ERR_MALFORMED);
    expect(0, ERR_MALFORMED, "");
}
END_TEST

START_TEST(test_tcp_end)
{
    modbus_tcp_master_init(&tcp, take, NULL, 1, 1);
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "11");
    tcp_submit(1, 1, "11");
    modbus_tcp_master_end(&tcp, 1, ERR_RESET);
    expect(0, ERR_RESET, "");
    expect(1, ERR_RESET, "");
    tcp_submit(2, 1, "11");
    ck_assert_uint_eq(outcomes[2].calls, 0);
    ck_assert_int_le(modbus_tcp_master_deadline(&tcp), now_ns);
    modbus_tcp_master_tick(&tcp, 2);
    expect(2, ERR_RESET, "");
}
END_TEST

START_TEST(test_tcp_full)
{
    for (size_t i = 0; i <= MODBUS_MASTER_WAITING_MAX; i++)
        tcp_submit(i, 1, "11");
    modbus_tcp_master_tick(&tcp, 1);
    expect(MODBUS_MASTER_WAITING_MAX, ERR_FULL, "");
    ck_assert_uint_eq(outcomes[0].calls, 0);
}
END_TEST

START_TEST(test_tcp_cancel)
{
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "11");
    modbus_tcp_master_cancel(&tcp, &requests[0]);
    modbus_tcp_master_cancel(&tcp, &requests[0]);
    feed("1501 0000 0003 01 91 01", 0);
    modbus_tcp_master_tick(&tcp, 5000 * MS);
    ck_assert_uint_eq(outcomes[0].calls, 0);
    ck_assert_uint_eq(tcp.counters.unknown, 1);
}
END_TEST

// A conn that takes little: frames leave whole and in order.
START_TEST(test_tcp_slow_writer)
{
    window = 10;
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "03 0000 0001");
    tcp_submit(1, 2, "03 0000 0001");
    ck_assert_uint_eq(sent_length, 10);
    window = 1;
    modbus_tcp_master_flush(&tcp, 0);
    window = SIZE_MAX;
    modbus_tcp_master_flush(&tcp, 0);
    expect_sent("1501 0000 0006 01 03 0000 0001  1502 0000 0006 02 03 0000 0001");
}
END_TEST

// An id that is still under way is not used again.
START_TEST(test_tcp_transaction_wraps)
{
    modbus_tcp_master_init(&tcp, take, NULL, 0, 0xFFFF);
    modbus_tcp_master_open(&tcp, 0);
    tcp_submit(0, 1, "11");
    tcp.next_transaction = 0xFFFF;
    tcp_submit(1, 1, "11");
    expect_sent("FFFF 0000 0002 01 11  0000 0000 0002 01 11");
}
END_TEST

static void resubmit(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    (void)pdu, (void)length;
    ++*(unsigned *)user;
    modbus_tcp_master_submit(&tcp, 1000 * MS, request);
    (void)err;
}

// One that asks again from inside its outcome gets one outcome per call.
START_TEST(test_tcp_resubmit)
{
    unsigned calls = 0;

    modbus_tcp_master_open(&tcp, 0);
    make(0, 1, "11");
    requests[0].fn = resubmit;
    requests[0].user = &calls;
    modbus_tcp_master_submit(&tcp, 0, &requests[0]);
    modbus_tcp_master_tick(&tcp, 1000 * MS);
    ck_assert_uint_eq(calls, 1);
    modbus_tcp_master_end(&tcp, 1000 * MS, 0);
    ck_assert_uint_eq(calls, 2);
    modbus_tcp_master_tick(&tcp, 1000 * MS);
    ck_assert_uint_eq(calls, 3);
    ck_assert_int_eq(tcp.end, ERR_CLOSED);
}
END_TEST

// ---- RTU
// ------------------------------------------------------------------------------------------

static void leave(void)
{
    modbus_rtu_master_on_sent(&rtu, now_ns);
    modbus_rtu_master_on_silence(&rtu, now_ns);
}

static void hear(uint8_t unit, const char *hex)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], bytes[MODBUS_RTU_BYTES_MAX];
    size_t length = modbus_rtu_encode(unit, pdu, test_hex(hex, pdu, sizeof(pdu)), bytes);

    modbus_rtu_master_on_chars(&rtu, bytes, length, false);
    modbus_rtu_master_on_silence(&rtu, now_ns);
}

START_TEST(test_rtu_exchange)
{
    rtu_submit(0, 2, "07");
    rtu_submit(1, 3, "07");
    expect_sent("02 07 41 12");
    leave();
    hear(2, "87 01");
    expect(0, 0, "87 01");
    ck_assert_uint_eq(sent[0], 3);
    leave();
    hear(3, "07 00");
    expect(1, 0, "07 00");
}
END_TEST

START_TEST(test_rtu_timeout)
{
    rtu_submit(0, 2, "07");
    now_ns = 50 * MS;
    leave();
    ck_assert_int_eq(modbus_rtu_master_deadline(&rtu), 1050 * MS);
    modbus_rtu_master_tick(&rtu, 1049 * MS);
    ck_assert_uint_eq(outcomes[0].calls, 0);
    modbus_rtu_master_tick(&rtu, 1050 * MS);
    expect(0, ERR_TIMEOUT, "");
    // Late: nobody asked.
    hear(2, "07 00");
    ck_assert_uint_eq(rtu.counters.unknown, 1);
}
END_TEST

START_TEST(test_rtu_foreign_replies)
{
    rtu_submit(0, 2, "07");
    leave();
    hear(3, "07 00");
    hear(2, "08 00");
    ck_assert_uint_eq(outcomes[0].calls, 0);
    ck_assert_uint_eq(rtu.counters.wrong_unit, 1);
    ck_assert_uint_eq(rtu.counters.wrong_function, 1);
    hear(2, "07 55");
    expect(0, 0, "07 55");
}
END_TEST

START_TEST(test_rtu_damaged)
{
    static const struct {
        size_t length;
        int err;
    } rows[] = {{2, ERR_TRUNCATED}, {8, ERR_CHECKSUM}, {300, ERR_TOO_LONG}};
    uint8_t noise[300] = {2, 7};

    for (size_t i = 0; i < 3; i++) {
        rtu_submit(i, 2, "07");
        leave();
        modbus_rtu_master_on_chars(&rtu, noise, rows[i].length, false);
        modbus_rtu_master_on_silence(&rtu, now_ns);
        expect(i, rows[i].err, "");
    }
    ck_assert_uint_eq(rtu.counters.damaged, 3);
    rtu_submit(3, 2, "07");
    leave();
    modbus_rtu_master_on_chars(&rtu, (const uint8_t *)"\x02\x07", 2, false);
    modbus_rtu_master_on_gap(&rtu);
    modbus_rtu_master_on_chars(&rtu, (const uint8_t *)"\x41\x12", 2, false);
    modbus_rtu_master_on_silence(&rtu, now_ns);
    expect(3, ERR_CHECKSUM, "");
}
END_TEST

START_TEST(test_rtu_broadcast)
{
    rtu_submit(0, 0, "06 0000 0001");
    leave();
    ck_assert_int_eq(modbus_rtu_master_deadline(&rtu), 100 * MS);
    modbus_rtu_master_tick(&rtu, 100 * MS);
    expect(0, 0, "");
}
END_TEST

// Not a character before the line is silent, and not for ever.
START_TEST(test_rtu_busy_line)
{
    modbus_rtu_master_on_chars(&rtu, (const uint8_t *)"x", 1, false);
    rtu_submit(0, 2, "07");
    rtu_submit(1, 2, "07");
    ck_assert_uint_eq(sent_length, 0);
    ck_assert_int_eq(modbus_rtu_master_deadline(&rtu), 1000 * MS);
    modbus_rtu_master_tick(&rtu, 1000 * MS);
    expect(0, ERR_TIMEOUT, "");
    now_ns = 1500 * MS;
    modbus_rtu_master_on_silence(&rtu, now_ns);
    expect_sent("02 07 41 12");
}
END_TEST

START_TEST(test_rtu_cancel)
{
    rtu_submit(0, 2, "07");
    rtu_submit(1, 2, "07");
    rtu_submit(2, 3, "07");
    modbus_rtu_master_cancel(&rtu, &requests[0]);
    modbus_rtu_master_cancel(&rtu, &requests[1]);
    leave();
    // The line is still the cancelled one's.
    ck_assert_uint_eq(sent[0], 2);
    hear(2, "07 00");
    ck_assert_uint_eq(sent[0], 3);
    leave();
    hear(3, "07 00");
    expect(2, 0, "07 00");
    ck_assert_uint_eq(outcomes[0].calls + outcomes[1].calls, 0);
}
END_TEST

START_TEST(test_rtu_line_refuses)
{
    line_error = ERR_FULL;
    rtu_submit(0, 2, "07");
    ck_assert_uint_eq(outcomes[0].calls, 0);
    modbus_rtu_master_tick(&rtu, modbus_rtu_master_deadline(&rtu));
    expect(0, ERR_FULL, "");
}
END_TEST

START_TEST(test_rtu_end)
{
    rtu_submit(0, 2, "07");
    rtu_submit(1, 2, "07");
    modbus_rtu_master_end(&rtu, 1, ERR_CLOSED);
    expect(0, ERR_CLOSED, "");
    expect(1, ERR_CLOSED, "");
    rtu_submit(2, 2, "07");
    modbus_rtu_master_tick(&rtu, 2);
    expect(2, ERR_CLOSED, "");
}
END_TEST

Suite *master_session_suite(void)
{
    Suite *suite = suite_create("modbus master");
    TCase *tcase = tcase_create("master_session");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_tcp_exchange);
    tcase_add_test(tcase, test_tcp_any_order);
    tcase_add_test(tcase, test_tcp_allowance);
    tcase_add_test(tcase, test_tcp_foreign_replies);
    tcase_add_test(tcase, test_tcp_timeout);
    tcase_add_test(tcase, test_tcp_never_opens);
    tcase_add_test(tcase, test_tcp_malformed);
    tcase_add_test(tcase, test_tcp_end);
    tcase_add_test(tcase, test_tcp_full);
    tcase_add_test(tcase, test_tcp_cancel);
    tcase_add_test(tcase, test_tcp_slow_writer);
    tcase_add_test(tcase, test_tcp_transaction_wraps);
    tcase_add_test(tcase, test_tcp_resubmit);
    tcase_add_test(tcase, test_rtu_exchange);
    tcase_add_test(tcase, test_rtu_timeout);
    tcase_add_test(tcase, test_rtu_foreign_replies);
    tcase_add_test(tcase, test_rtu_damaged);
    tcase_add_test(tcase, test_rtu_broadcast);
    tcase_add_test(tcase, test_rtu_busy_line);
    tcase_add_test(tcase, test_rtu_cancel);
    tcase_add_test(tcase, test_rtu_line_refuses);
    tcase_add_test(tcase, test_rtu_end);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// TCP connections, a gateway and slaves on its line put together, as a Panel Server has them: every
// request comes back once, to whom it belongs, with the value of the unit it was meant for.
#include "sim/proto/modbus/path.h"

#include <check.h>

#include "sim/base/rng.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/gateway.h"
#include "sim/proto/modbus/server_rtu.h"
#include "sim/proto/modbus/server_tcp.h"
#include "sim/proto/modbus/test_store.h"

enum {
    CLIENTS = 3,
    SLAVES = 2, // Units 1 and 2; unit 3 is silent, unit 250 is not routed.
    REQUESTS = 400,
    ENTRIES = 8,
    STEPS_MAX = 20000,
    STREAM = 12 * REQUESTS,
};

// What a client asked under a transaction id, and whether it was told.
struct client {
    struct modbus_tcp_server session;
    uint8_t units[REQUESTS];
    uint16_t addresses[REQUESTS];
    bool answered[REQUESTS];
    unsigned answers, silent, full, unknown;
    uint8_t stream[STREAM];
    size_t read;
    bool resumed;
};

static struct client clients[CLIENTS];
static struct test_store slaves[SLAVES];
static struct modbus_rtu_unit units[SLAVES];
static struct modbus_rtu_server port;
static struct modbus_gateway gateway;
static struct modbus_gateway_entry entries[ENTRIES];
static uint8_t frame[MODBUS_RTU_BYTES_MAX];
static size_t frame_length;
static int64_t now_ns;
static struct rng rng;

static int line_take(void *user, const uint8_t *data, size_t length)
{
    (void)user;
    ck_assert_uint_eq(frame_length, 0);
    memcpy(frame, data, length);
    frame_length = length;
    return 0;
}

static struct modbus_route route(void *user, const struct modbus_mbap *request)
{
    (void)user, (void)request;
    return (struct modbus_route){.kind = MODBUS_ROUTE_PATH, .path = &gateway.path};
}

static void judge(struct client *client, const struct modbus_mbap *reply)
{
    uint16_t id = reply->transaction;
    const uint8_t *data;

    ck_assert_uint_lt(id, REQUESTS);
    ck_assert(!client->answered[id]);
    client->answered[id] = true;
    client->answers++;
    ck_assert_uint_eq(reply->unit, client->units[id]);
    if (reply->unit <= SLAVES && !(reply->pdu[0] & 0x80)) {
        ck_assert_int_eq(modbus_decode_read(3, 1, reply->pdu, reply->length, &data), 0);
        ck_assert_uint_eq(bytes_load_u16(data),
                          slaves[reply->unit - 1].holding[client->addresses[id]]);
        return;
    }
    client->silent += reply->pdu[1] == MODBUS_TARGET_SILENT;
    client->full += reply->unit <= 3 && reply->pdu[1] == MODBUS_PATH_UNAVAILABLE;
    client->unknown += reply->unit > 3 && reply->pdu[1] == MODBUS_PATH_UNAVAILABLE;
}

static size_t take(void *user, const uint8_t *data, size_t length)
{
    struct bytes_in in = bytes_in(data, length);
    struct modbus_mbap reply;

    while (modbus_mbap_next(&in, &reply) == 1)
        judge(user, &reply);
    ck_assert_uint_eq(bytes_left(&in), 0);
    return length;
}

static void resume(void *user)
{
    ((struct client *)user)->resumed = true;
}

static const struct modbus_tcp_server_ops ops = {route, take, resume};

static void begin_client(struct client *client, uint16_t transactions_max)
{
    static const uint8_t asked[] = {1, 2, 1, 2, 1, 2, 1, 3, 250};
    struct modbus_tcp_server_options options = {.transactions_max = transactions_max};

    memset(client, 0, sizeof(*client));
    modbus_tcp_server_init(&client->session, &ops, client, &options);
    for (uint16_t i = 0; i < REQUESTS; i++) {
        uint8_t pdu[MODBUS_PDU_BYTES_MAX];
        struct modbus_mbap request = {i, asked[rng_below(&rng, sizeof(asked))], pdu, 0};

        client->units[i] = request.unit;
        client->addresses[i] = (uint16_t)rng_below(&rng, 1000);
        request.length = modbus_encode_read(3, client->addresses[i], 1, pdu);
        modbus_mbap_encode(&request, client->stream + 12 * i);
    }
    client->resumed = true;
}

static void setup(void)
{
    struct modbus_gateway_options options = modbus_gateway_defaults;

    rng_init(&rng, 7, "path_test");
    now_ns = 0;
    frame_length = 0;
    options.retries = 1;
    options.request_timeout_ns = 0;
    modbus_gateway_init(&gateway, &options, entries, ENTRIES, line_take, NULL);
    for (uint8_t i = 0; i < SLAVES; i++) {
        test_store_init(&slaves[i]);
        for (uint16_t j = 0; j < 1000; j++)
            slaves[i].holding[j] = (uint16_t)rng_next(&rng);
        units[i] = (struct modbus_rtu_unit){(uint8_t)(i + 1), &slaves[i].server};
    }
    modbus_rtu_server_init(&port, units, SLAVES);
}

// The frame on the wire arrives, the slave's answer comes back; a silent slave costs the time-out.
static void run_line(void)
{
    uint8_t reply[MODBUS_RTU_BYTES_MAX];
    size_t length;

    if (frame_length == 0) {
        now_ns = modbus_gateway_deadline(&gateway);
        ck_assert(now_ns != MODBUS_GATEWAY_NEVER);
        modbus_gateway_tick(&gateway, now_ns);
        return;
    }
    modbus_rtu_server_chars(&port, frame, frame_length, false);
    frame_length = 0;
    modbus_gateway_on_sent(&gateway, now_ns);
    modbus_gateway_on_silence(&gateway, now_ns);
    length = modbus_rtu_server_silence(&port, reply);
    if (length == 0)
        return;
    modbus_gateway_on_chars(&gateway, reply, length, false);
    modbus_gateway_on_silence(&gateway, now_ns);
    modbus_rtu_server_silence(&port, reply);
}

static void run_client(struct client *client)
{
    size_t consumed;

    if (!client->resumed)
        return;
    client->resumed = false;
    ck_assert_int_eq(modbus_tcp_server_feed(&client->session, now_ns, client->stream + client->read,
                                            STREAM - client->read, &consumed),
                     0);
    client->read += consumed;
}

static bool step(void)
{
    bool done = true;

    for (int i = 0; i < CLIENTS; i++)
        run_client(&clients[i]);
    if (modbus_gateway_pending(&gateway) > 0)
        run_line();
    for (int i = 0; i < CLIENTS; i++)
        done = done && clients[i].answers == REQUESTS;
    return !done;
}

START_TEST(test_many_clients)
{
    int steps = 0;

    // Two keep to one request at a time, one floods.
    for (int i = 0; i < CLIENTS; i++)
        begin_client(&clients[i], i == 0 ? 16 : 1);
    while (step())
        ck_assert_int_lt(++steps, STEPS_MAX);
    for (int i = 0; i < CLIENTS; i++) {
        ck_assert_uint_eq(clients[i].answers, REQUESTS);
        ck_assert_uint_gt(clients[i].silent, 0);
        ck_assert_uint_gt(clients[i].unknown, 0);
        modbus_tcp_server_done(&clients[i].session);
    }
    // The flood meets the bound of the queue; those beside it never do.
    ck_assert_uint_gt(clients[0].full, 0);
    ck_assert_uint_eq(clients[1].full + clients[2].full, 0);
    ck_assert_uint_eq(modbus_gateway_pending(&gateway), 0);
}
END_TEST

START_TEST(test_client_leaves)
{
    for (int i = 0; i < CLIENTS; i++)
        begin_client(&clients[i], 2);
    for (int i = 0; i < 20; i++)
        step();
    modbus_tcp_server_done(&clients[0].session);
    clients[0].answers = REQUESTS;
    clients[0].resumed = false;
    for (int steps = 0; step(); steps++)
        ck_assert_int_lt(steps, STEPS_MAX);
    ck_assert_uint_eq(clients[0].answers, REQUESTS);
    for (int i = 1; i < CLIENTS; i++)
        modbus_tcp_server_done(&clients[i].session);
}
END_TEST

Suite *path_suite(void)
{
    Suite *suite = suite_create("modbus path");
    TCase *tcase = tcase_create("path");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_many_clients);
    tcase_add_test(tcase, test_client_leaves);
    suite_add_tcase(suite, tcase);
    return suite;
}

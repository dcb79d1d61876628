// SPDX-License-Identifier: Apache-2.0
// The rules of a conn (sim/vnet/port.h) under TLS: windows, pausing, slices, ends, and peers that
// mean no good.
#include "sim/edge/tls.h"

#include <check.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/edge/tls_bed_test.h"
#include "sim/vnet/net.h"

// ---- Bytes ----------------------------------------------------------------------------

#define MEGABYTE 1000000

// Sends and checks one direction of a pattern without holding it in memory.
struct stream {
    struct conn *conn;
    size_t sent;
    size_t got;
    size_t take_max; // 0: all.
    size_t offered_max;
    bool pausing;
    unsigned rooms;
    int reason; // 1 until the end.
};

static uint8_t pattern(size_t place)
{
    return (uint8_t)(place * 31 + place / 977);
}

static void stream_send(struct stream *stream)
{
    uint8_t piece[5000];

    while (stream->sent < MEGABYTE) {
        size_t length = MEGABYTE - stream->sent;
        size_t taken;

        length = length < sizeof(piece) ? length : sizeof(piece);
        for (size_t i = 0; i < length; i++)
            piece[i] = pattern(stream->sent + i);
        taken = conn_send(stream->conn, piece, length);
        stream->sent += taken;
        if (taken < length)
            return;
    }
}

static void stream_on_open(struct conn *conn, void *user)
{
    struct stream *stream = user;

    stream->conn = conn;
    stream_send(stream);
}

static size_t stream_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct stream *stream = user;
    bool right = true;

    stream->offered_max = length > stream->offered_max ? length : stream->offered_max;
    if (stream->take_max && length > stream->take_max) {
        length = stream->take_max;
        conn_pause(conn);
        conn_resume(conn);
    }
    for (size_t i = 0; i < length; i++)
        right = right && data[i] == pattern(stream->got + i);
    ck_assert(right); // Once: a million of them would take a minute.
    stream->got += length;
    return length;
}

static void stream_on_room(struct conn *conn, void *user)
{
    (void)conn;
    ((struct stream *)user)->rooms++;
    stream_send(user);
}

static void stream_on_end(struct conn *conn, int reason, void *user)
{
    struct stream *stream = user;

    (void)conn;
    stream->conn = NULL;
    stream->reason = reason;
}

static const struct conn_events stream_events = {stream_on_open, stream_on_data, stream_on_room,
                                                 stream_on_end};

struct streams {
    struct bed *bed;
    struct stream client;
    struct stream server;
};

static void streams_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct streams *streams = user;

    (void)listener;
    ck_assert_int_eq(tls_wrap(streams->bed->tls, conn, &streams->bed->server, &stream_events,
                              &streams->server, &streams->server.conn),
                     0);
}

static void streams_run(struct streams *streams)
{
    struct bed *bed = streams->bed;
    struct address at = net_at("10.0.0.2:443");
    struct conn *below;

    streams->client.reason = streams->server.reason = 1;
    ck_assert_int_eq(host_listen(bed->world.right, &at, streams_accept, streams, &bed->listener),
                     0);
    ck_assert_int_eq(host_connect(bed->world.left, &at, &net_events, NULL, &below), 0);
    ck_assert_int_eq(tls_wrap(bed->tls, below, &bed->client, &stream_events, &streams->client,
                              &streams->client.conn),
                     0);
    net_run(&bed->world);
    ck_assert_uint_eq(streams->client.got, MEGABYTE);
    ck_assert_uint_eq(streams->server.got, MEGABYTE);
    conn_close(streams->client.conn);
    net_run(&bed->world);
    ck_assert_int_eq(streams->server.reason, 0);
}

START_TEST(a_megabyte_each_way)
{
    static const size_t takes[] = {0, 1000, 20000, 1};
    struct streams streams = {.bed = bed_new(false)};

    streams.client.take_max = takes[_i % 3];
    streams.server.take_max = takes[(_i + 1) % 3];
    streams.bed->server.highest = streams.bed->client.highest = _i % 2 ? TLS_1_3 : TLS_1_2;
    streams_run(&streams);
    ck_assert_uint_gt(streams.client.rooms, 3); // The windows were full.
    ck_assert_uint_le(streams.client.offered_max, CONN_WINDOW_BYTES + 16384);
    bed_free(streams.bed);
}
END_TEST

START_TEST(a_megabyte_over_a_bad_path)
{
    struct streams streams = {.bed = bed_new(false)};
    struct net_world *world = &streams.bed->world;

    net_fault(world, "far", FAULT_LATENCY, 50e6, 20e6, vnet_host_anchor(world->left), NULL);
    net_fault(world, "crumbs", FAULT_SLICE, 700, -1, vnet_host_anchor(world->left), NULL);
    streams_run(&streams);
    bed_free(streams.bed);
}
END_TEST

START_TEST(byte_by_byte)
{
    struct bed *bed = bed_new(false);
    struct net_world *world = &bed->world;

    bed->server.authorities = bed->roots;
    bed->server.authorities_count = 1;
    bed->client.identities = &bed->client_id;
    bed->client.identities_count = 1;
    bed->server.highest = bed->client.highest = _i ? TLS_1_3 : TLS_1_2;
    net_fault(world, "crumbs", FAULT_SLICE, 1, -1, vnet_host_anchor(world->left), NULL);
    bed_dial(bed);
    net_run_for(world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "open");
    ck_assert_str_eq(bed->right->story, "open");
    conn_send(bed->left->conn, "crumbs", 6);
    net_run_for(world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->right->story, "open data:6");
    bed_free(bed);
}
END_TEST

// Two round trips of TLS 1.2 after one of TCP, one of TLS 1.3: latency acts under TLS.
START_TEST(latency)
{
    struct bed *bed = bed_new(false);

    bed->server.highest = bed->client.highest = _i ? TLS_1_3 : TLS_1_2;
    net_fault(&bed->world, "far", FAULT_LATENCY, 100e6, 0, vnet_host_anchor(bed->world.left), NULL);
    bed_dial(bed);
    net_run_for(&bed->world, 5 * SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "open");
    ck_assert_int_eq(bed->left->opened_ns, (_i ? 400 : 600) * SIM_NS_PER_MS);
    ck_assert_int_eq(bed->right->opened_ns, 500 * SIM_NS_PER_MS);
    bed_free(bed);
}
END_TEST

START_TEST(left_bytes_are_offered_again)
{
    struct bed *bed = bed_new(false);

    bed_open(bed);
    bed->right->leave = true;
    conn_send(bed->left->conn, "one", 3);
    net_settle(&bed->world);
    conn_send(bed->left->conn, "two", 3);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "data:3 data:6");
    bed->right->leave = false;
    conn_resume(bed->right->conn);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "data:3 data:6 data:6");
    ck_assert_mem_eq(bed->right->data, "onetwo", 6);
    bed_free(bed);
}
END_TEST

// Neither bytes nor a good end pass a pause; what was left is offered a last time before the end.
START_TEST(pause_holds_the_end)
{
    struct bed *bed = bed_new(false);

    bed_open(bed);
    bed->right->pause = true;
    conn_send(bed->left->conn, "one", 3);
    net_settle(&bed->world);
    conn_send(bed->left->conn, "two", 3);
    conn_close(bed->left->conn);
    bed->left->conn = NULL;
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->right->story, "data:3");
    bed->right->pause = false;
    conn_resume(bed->right->conn);
    net_settle(&bed->world);
    ck_assert_mem_eq(bed->right->data, "onetwo", 6);
    ck_assert_str_eq(bed->right->story, "data:3 data:3 data:3 end:0");
    bed_free(bed);
}
END_TEST

START_TEST(left_bytes_come_before_the_end)
{
    struct bed *bed = bed_new(false);

    bed_open(bed);
    bed->right->leave = true;
    conn_send(bed->left->conn, "half", 4);
    conn_close(bed->left->conn);
    bed->left->conn = NULL;
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "data:4 data:4 end:0");
    bed_free(bed);
}
END_TEST

START_TEST(closes_from_its_own_callback)
{
    struct bed *bed = bed_new(false);

    bed_open(bed);
    bed->right->close_on_data = true;
    conn_send(bed->left->conn, "bye", 3);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "end:0");
    ck_assert_str_eq(bed->right->story, "data:3");
    bed_free(bed);
}
END_TEST

// A close with a full window: everything arrives, then the end.
START_TEST(close_waits_for_what_was_sent)
{
    struct bed *bed = bed_new(false);
    static uint8_t data[150000];
    size_t sent;

    bed_open(bed);
    bed->right->pause = true;
    sent = conn_send(bed->left->conn, data, sizeof(data));
    ck_assert_uint_ge(sent, CONN_WINDOW_BYTES / 2);
    ck_assert_uint_lt(sent, sizeof(data));
    conn_close(bed->left->conn);
    bed->left->conn = NULL;
    net_run_for(&bed->world, SIM_NS_PER_S);
    bed->right->pause = false;
    conn_resume(bed->right->conn);
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_uint_eq(bed->right->length, sent);
    ck_assert_int_eq(bed->right->reason, 0);
    bed_free(bed);
}
END_TEST

// ---- Ends -----------------------------------------------------------------------------

START_TEST(reset)
{
    struct bed *bed = bed_new(false);

    bed_open(bed);
    conn_reset(bed->left->conn);
    bed->left->conn = NULL;
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "end:RESET");
    bed_free(bed);
}
END_TEST

START_TEST(nobody_there)
{
    struct bed *bed = bed_new(false);
    struct address at = net_at("10.0.0.2:444");
    struct conn *below;

    ck_assert_int_eq(host_connect(bed->world.left, &at, &net_events, NULL, &below), 0);
    ck_assert_int_eq(
        tls_wrap(bed->tls, below, &bed->client, &bed_left_events, bed, &bed->left->conn), 0);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "end:REFUSED");
    bed_free(bed);
}
END_TEST

START_TEST(closed_before_it_stood)
{
    struct bed *bed = bed_new(false);

    bed_dial(bed);
    ck_assert_uint_eq(conn_send(bed->left->conn, "early", 5), 0);
    if (_i)
        conn_close(bed->left->conn);
    else
        conn_reset(bed->left->conn);
    bed->left->conn = NULL;
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "");
    bed_free(bed);
}
END_TEST

// ---- Peers that mean no good ----------------------------------------------------------

// A peer without TLS at the server's port.
static void plain_dial(struct bed *bed)
{
    struct address at = net_at("10.0.0.2:443");

    ck_assert_int_eq(host_listen(bed->world.right, &at, bed_accept, bed, &bed->listener), 0);
    net_connect_to(bed->world.left, "10.0.0.2:443", bed->left);
    net_settle(&bed->world);
}

START_TEST(no_tls_at_all)
{
    static const char *const said[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01",
                                       "\x16\x03\x01\xff\xff\x01\x00", "\x80\x2e\x01\x00\x02"};
    struct bed *bed = bed_new(false);

    plain_dial(bed);
    conn_send(bed->left->conn, said[_i], strlen(said[_i]) + 1);
    net_settle(&bed->world);
    if (bed->left->conn)
        conn_close(bed->left->conn);
    bed->left->conn = NULL;
    net_settle(&bed->world);
    ck_assert_str_eq(bed->right->story, "end:REFUSED");
    ck_assert_int_eq(bed->right_report.failure, TLS_FAILED_PROTOCOL);
    bed_free(bed);
}
END_TEST

START_TEST(slow_client_is_dropped)
{
    struct bed *bed = bed_new(false);

    plain_dial(bed);
    for (int i = 0; i < 30 && bed->left->conn; i++) {
        conn_send(bed->left->conn, i ? "\0" : "\x16\x03\x01\x40\x00\x01", i ? 1 : 6);
        net_run_for(&bed->world, 3 * SIM_NS_PER_S);
    }
    ck_assert_str_eq(bed->right->story, "end:TIMEOUT");
    ck_assert_str_eq(bed->left->story, "open end:RESET");
    ck_assert_int_eq(bed->right->ended_ns, 60 * SIM_NS_PER_S);
    bed_free(bed);
}
END_TEST

#define RECORDED_MAX 20000

// Every byte that the server said, as the path sees it.
struct recording {
    uint8_t bytes[RECORDED_MAX];
    size_t length;
};

// FIN without close_notify, and rubbish in the middle of a connection: both are broken, not ended.
struct middle {
    struct conn *client;
    struct conn *server;
    size_t cut_after; // Bytes from the server after which its side ends; 0: never.
    size_t flipped;   // The byte from the server that arrives wrong; 0: none.
    size_t passed;
    struct recording *recording; // Gets what the server said, unless NULL.
};

static size_t pass(struct middle *middle, struct conn *to, const uint8_t *data, size_t length,
                   bool from_server)
{
    uint8_t copy[70000];

    if (!to)
        return length;
    memcpy(copy, data, length);
    if (from_server && middle->flipped > middle->passed &&
        middle->flipped <= middle->passed + length)
        copy[middle->flipped - middle->passed - 1] ^= 1;
    if (from_server)
        middle->passed += length;
    if (from_server && middle->recording) {
        struct recording *recording = middle->recording;

        ck_assert_uint_le(recording->length + length, RECORDED_MAX);
        memcpy(recording->bytes + recording->length, copy, length);
        recording->length += length;
    }
    ck_assert_uint_eq(conn_send(to, copy, length), length);
    return length;
}

static size_t middle_from_client(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct middle *middle = user;

    (void)conn;
    return pass(middle, middle->server, data, length, false);
}

static size_t middle_from_server(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct middle *middle = user;

    pass(middle, middle->client, data, length, true);
    if (!middle->cut_after || middle->passed < middle->cut_after || !middle->client)
        return length;
    conn_close(middle->client);
    middle->client = NULL;
    conn_reset(conn);
    middle->server = NULL;
    return length;
}

static void middle_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static void middle_client_end(struct conn *conn, int reason, void *user)
{
    struct middle *middle = user;

    (void)conn;
    (void)reason;
    middle->client = NULL;
    if (middle->server)
        conn_reset(middle->server);
    middle->server = NULL;
}

static void middle_server_end(struct conn *conn, int reason, void *user)
{
    struct middle *middle = user;

    (void)conn;
    middle->server = NULL;
    if (middle->client && reason == 0)
        conn_close(middle->client);
    else if (middle->client)
        conn_reset(middle->client);
    middle->client = NULL;
}

static const struct conn_events from_client_events = {middle_open, middle_from_client, middle_open,
                                                      middle_client_end};
static const struct conn_events from_server_events = {middle_open, middle_from_server, middle_open,
                                                      middle_server_end};

struct middle_place {
    struct bed *bed;
    struct middle *middle;
};

static void middle_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct middle_place *place = user;
    struct address at = net_at("10.0.0.2:443");

    (void)listener;
    place->middle->client = conn;
    conn_set_events(conn, &from_client_events, place->middle);
    // Its own way to the server stands before the client's bytes come: it is on the same host.
    ck_assert_int_eq(host_connect(place->bed->world.right, &at, &from_server_events, place->middle,
                                  &place->middle->server),
                     0);
}

static void dial_through(struct bed *bed, struct middle *middle)
{
    static struct middle_place place;
    struct address at = net_at("10.0.0.2:443");
    struct address before = net_at("10.0.0.2:8443");
    struct listener *listener = NULL;
    struct conn *below;

    place = (struct middle_place){bed, middle};
    ck_assert_int_eq(host_listen(bed->world.right, &at, bed_accept, bed, &bed->listener), 0);
    ck_assert_int_eq(host_listen(bed->world.right, &before, middle_accept, &place, &listener), 0);
    ck_assert_int_eq(host_connect(bed->world.left, &before, &net_events, NULL, &below), 0);
    net_fault(&bed->world, "behind", FAULT_LATENCY, 1e6, 0, vnet_host_anchor(bed->world.left),
              NULL);
    ck_assert_int_eq(
        tls_wrap(bed->tls, below, &bed->client, &bed_left_events, bed, &bed->left->conn), 0);
    net_run_for(&bed->world, SIM_NS_PER_S);
}

START_TEST(truncated_by_the_path)
{
    struct bed *bed = bed_new(false);
    struct middle middle = {0};

    dial_through(bed, &middle);
    ck_assert_str_eq(bed->left->story, "open");
    middle.cut_after = middle.passed + 1;
    conn_send(bed->right->conn, "half", 4);
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "open data:4 end:RESET");
    bed_free(bed);
}
END_TEST

START_TEST(cut_within_the_handshake)
{
    struct bed *bed = bed_new(false);
    struct middle middle = {.cut_after = (size_t)_i};

    dial_through(bed, &middle);
    ck_assert_str_eq(bed->left->story, "end:REFUSED");
    ck_assert_int_eq(bed->left_report.failure, TLS_FAILED_PROTOCOL);
    bed_free(bed);
}
END_TEST

START_TEST(flipped_bit)
{
    struct bed *bed = bed_new(false);
    struct middle middle = {0};

    dial_through(bed, &middle);
    middle.flipped = middle.passed + 15;
    conn_send(bed->right->conn, "spoilt", 6);
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "open end:RESET");
    ck_assert_uint_eq(bed->left->length, 0);
    ck_assert_int_eq(bed->left_report.failure, TLS_FAILED_PROTOCOL);
    ck_assert_int_eq(bed->left_report.alert, 20); // bad_record_mac
    bed_free(bed);
}
END_TEST

// ---- The same seed --------------------------------------------------------------------

static void record_run(uint64_t seed, struct recording *ret)
{
    struct middle middle = {.recording = ret};
    struct bed *bed;

    edge_tls_seed(&seed);
    bed = bed_new(true);
    bed->server.highest = bed->client.highest = TLS_1_3;
    dial_through(bed, &middle);
    conn_send(bed->right->conn, "answer", 6);
    net_run_for(&bed->world, SIM_NS_PER_S);
    ck_assert_str_eq(bed->left->story, "open data:6");
    bed_free(bed);
    edge_tls_seed(NULL);
}

START_TEST(same_seed_same_bytes)
{
    static struct recording recordings[3];

    record_run(5, &recordings[0]);
    record_run(5, &recordings[1]);
    record_run(6, &recordings[2]);
    ck_assert_uint_gt(recordings[0].length, 500);
    ck_assert_uint_eq(recordings[0].length, recordings[1].length);
    ck_assert_mem_eq(recordings[0].bytes, recordings[1].bytes, recordings[0].length);
    ck_assert_mem_ne(recordings[0].bytes, recordings[2].bytes, 200);
}
END_TEST

// What leaves the simulation is never seeded: tokens, leases.
START_TEST(seeding_ends)
{
    uint64_t seed = 5;
    uint8_t drawn[4][16];
    struct key *keys[2] = {NULL, NULL};
    struct str pems[2] = {0};

    edge_tls_seed(&seed);
    ck_assert_int_eq(crypto_random(drawn[0], 16), 0);
    edge_tls_seed(&seed);
    ck_assert_int_eq(crypto_random(drawn[1], 16), 0);
    edge_tls_seed(NULL);
    edge_tls_seed(NULL);
    ck_assert_mem_ne(drawn[0], drawn[1], 16);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(key_new(KEY_P256, &keys[i]), 0);
        key_add_public_pem(keys[i], &pems[i]);
        key_free(&keys[i]);
    }
    ck_assert_str_ne(pems[0].text, pems[1].text);
    str_done(&pems[0]);
    str_done(&pems[1]);
}
END_TEST

Suite *tls_conn_suite(void)
{
    Suite *suite = suite_create("tls_conn");
    TCase *bytes = tcase_create("bytes");
    TCase *ends = tcase_create("ends");
    TCase *hostile = tcase_create("hostile");

    tcase_set_timeout(bytes, 60);
    tcase_set_timeout(ends, 60);
    tcase_set_timeout(hostile, 60);
    tcase_add_loop_test(bytes, a_megabyte_each_way, 0, 6);
    tcase_add_test(bytes, a_megabyte_over_a_bad_path);
    tcase_add_loop_test(bytes, byte_by_byte, 0, 2);
    tcase_add_loop_test(bytes, latency, 0, 2);
    tcase_add_test(bytes, left_bytes_are_offered_again);
    suite_add_tcase(suite, bytes);
    tcase_add_test(ends, pause_holds_the_end);
    tcase_add_test(ends, left_bytes_come_before_the_end);
    tcase_add_test(ends, closes_from_its_own_callback);
    tcase_add_test(ends, close_waits_for_what_was_sent);
    tcase_add_test(ends, reset);
    tcase_add_test(ends, nobody_there);
    tcase_add_loop_test(ends, closed_before_it_stood, 0, 2);
    suite_add_tcase(suite, ends);
    tcase_add_loop_test(hostile, no_tls_at_all, 0, 4);
    tcase_add_test(hostile, slow_client_is_dropped);
    tcase_add_test(hostile, truncated_by_the_path);
    tcase_add_loop_test(hostile, cut_within_the_handshake, 1, 4);
    tcase_add_test(hostile, flipped_bit);
    tcase_add_test(hostile, same_seed_same_bytes);
    tcase_add_test(hostile, seeding_ends);
    suite_add_tcase(suite, hostile);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// Two TLS ends on a small network on the jump clock, for the tests of TLS.
#ifndef SIM_EDGE_TLS_BED_TEST_H
#define SIM_EDGE_TLS_BED_TEST_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/certificate.h"
#include "sim/edge/tls.h"
#include "sim/vnet/tls_service.h"
#include "tests/support/net_world.h"

#define BED_DAY (INT64_C(86400) * 1000000000)
#define BED_NAME "csms.example"

// An authority, a server's identity of each key kind and a client's, made once a test.
struct bed {
    struct net_world world;
    struct tls *tls;
    struct key *keys[4]; // Root, server, server (RSA), client.
    struct certificate *certificates[4];
    const struct certificate *roots[1];
    struct identity server_ids[2];
    struct identity client_id;
    struct tls_options server;
    struct tls_options client;
    struct listener *listener;
    struct net_peer *left;  // The client's holder ...
    struct net_peer *right; // ... and the server's.
    struct tls_report left_report;
    struct tls_report right_report;
    size_t clock_asked;
    int64_t utc_shift_ns;
};

static inline int64_t bed_utc_ns(void *user)
{
    struct bed *bed = user;

    bed->clock_asked++;
    return core_utc_ns(bed->world.core) + bed->utc_shift_ns;
}

static inline void bed_certificate(struct bed *bed, size_t place, const char *name)
{
    static const char *const names[] = {BED_NAME, "10.0.0.2"};
    int64_t now_ns = core_utc_ns(bed->world.core);
    struct certificate_wish wish = {.common_name = name,
                                    .names = names,
                                    .names_count = place == 1 || place == 2 ? 2 : 0,
                                    .not_before_ns = now_ns - BED_DAY,
                                    .not_after_ns = now_ns + 365 * BED_DAY,
                                    .serial = place + 1,
                                    .authority = place == 0};

    ck_assert_int_eq(certificate_make(&wish, bed->keys[place], place ? bed->certificates[0] : NULL,
                                      place ? bed->keys[0] : NULL, &bed->certificates[place]),
                     0);
}

static inline struct bed *bed_new(bool rsa)
{
    static const char *const names[] = {"Root", "Server", "Server", "CP-1"};
    struct bed *bed = calloc(1, sizeof(*bed));

    bed->world = net_world_new();
    bed->tls = edge_tls_new(bed->world.core);
    for (size_t i = 0; i < 4; i++) {
        uint8_t seed[KEY_SEED_BYTES] = {(uint8_t)(i + 1)};

        if (i == 2 && rsa)
            ck_assert_int_eq(key_new(KEY_RSA2048, &bed->keys[i]), 0);
        else
            bed->keys[i] = key_derive(seed);
        bed_certificate(bed, i, names[i]);
    }
    bed->roots[0] = bed->certificates[0];
    for (size_t i = 0; i < 2; i++)
        bed->server_ids[i] =
            (struct identity){.key = bed->keys[i + 1], .certificate = bed->certificates[i + 1]};
    bed->client_id = (struct identity){.key = bed->keys[3], .certificate = bed->certificates[3]};
    bed->server = (struct tls_options){.server = true,
                                       .lowest = TLS_1_2,
                                       .highest = TLS_1_2,
                                       .identities = bed->server_ids,
                                       .identities_count = rsa ? 2 : 1,
                                       .utc_ns = bed_utc_ns,
                                       .user = bed};
    bed->client = (struct tls_options){.lowest = TLS_1_2,
                                       .highest = TLS_1_2,
                                       .authorities = bed->roots,
                                       .authorities_count = 1,
                                       .peer_name = BED_NAME,
                                       .utc_ns = bed_utc_ns,
                                       .user = bed};
    bed->left = net_peer_new(bed->world.core);
    bed->right = net_peer_new(bed->world.core);
    return bed;
}

static inline void bed_free(struct bed *bed)
{
    if (bed->left->conn)
        conn_reset(bed->left->conn);
    if (bed->right->conn)
        conn_reset(bed->right->conn);
    net_settle(&bed->world);
    host_unlisten(&bed->listener);
    // The wires go first, as in a world.
    vnet_free(&bed->world.vnet);
    faults_free(&bed->world.faults);
    edge_tls_free(&bed->tls);
    core_free(&bed->world.core);
    for (size_t i = 0; i < 4; i++) {
        certificate_free(&bed->certificates[i]);
        key_free(&bed->keys[i]);
    }
    free(bed->left);
    free(bed->right);
    free(bed);
}

static inline void bed_left_end(struct conn *conn, int reason, void *user)
{
    struct bed *bed = user;

    bed->left_report = *tls_report(bed->tls, conn);
    net_on_end(conn, reason, bed->left);
}

static inline void bed_right_end(struct conn *conn, int reason, void *user)
{
    struct bed *bed = user;

    bed->right_report = *tls_report(bed->tls, conn);
    net_on_end(conn, reason, bed->right);
}

#define BED_EVENTS(side)                                                                           \
    static inline void bed_##side##_open(struct conn *conn, void *user)                            \
    {                                                                                              \
        struct bed *bed = user;                                                                    \
        bed->side##_report = *tls_report(bed->tls, conn);                                          \
        net_on_open(conn, bed->side);                                                              \
    }                                                                                              \
    static inline size_t bed_##side##_data(struct conn *conn, const uint8_t *data, size_t length,  \
                                           void *user)                                             \
    {                                                                                              \
        struct bed *bed = user;                                                                    \
        return net_on_data(conn, data, length, bed->side);                                         \
    }                                                                                              \
    static inline void bed_##side##_room(struct conn *conn, void *user)                            \
    {                                                                                              \
        struct bed *bed = user;                                                                    \
        net_on_room(conn, bed->side);                                                              \
    }                                                                                              \
    static const struct conn_events bed_##side##_events = {bed_##side##_open, bed_##side##_data,   \
                                                           bed_##side##_room, bed_##side##_end};
BED_EVENTS(left)
BED_EVENTS(right)

static inline void bed_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct bed *bed = user;

    (void)listener;
    ck_assert_int_eq(
        tls_wrap(bed->tls, conn, &bed->server, &bed_right_events, bed, &bed->right->conn), 0);
}

// Listens, if nobody does yet, and dials; what follows is the test's.
static inline void bed_dial(struct bed *bed)
{
    struct address at = net_at("10.0.0.2:443");
    struct conn *below;

    if (!bed->listener)
        ck_assert_int_eq(host_listen(bed->world.right, &at, bed_accept, bed, &bed->listener), 0);
    ck_assert_int_eq(host_connect(bed->world.left, &at, &net_events, NULL, &below), 0);
    ck_assert_int_eq(
        tls_wrap(bed->tls, below, &bed->client, &bed_left_events, bed, &bed->left->conn), 0);
}

static inline void bed_open(struct bed *bed)
{
    bed_dial(bed);
    net_settle(&bed->world);
    ck_assert_str_eq(bed->left->story, "open");
    ck_assert_str_eq(bed->right->story, "open");
    bed->left->story[0] = bed->right->story[0] = '\0';
}

#endif

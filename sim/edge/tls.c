// SPDX-License-Identifier: Apache-2.0
// TLS contexts and identities. A context is shared by all connections with equal options, since it
// costs as much as a connection; what a connection shows is set on the connection. Sessions are
// never resumed: each handshake is whole, so that each is judged by the clock of the moment, counts
// the same bytes in each run, and leaves nothing behind.
#include "sim/edge/tls.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "sim/base/certificate_parts.h"
#include "sim/base/err.h"
#include "sim/edge/tls_parts.h"

// RFC 7525 4.2: forward secrecy and authenticated encryption. Older versions know neither GCM nor
// SHA-256; theirs are added when one of them is allowed.
#define SUITES "ECDHE+AESGCM"
#define SUITES_OLD "ECDHE+AESGCM:ECDHE+AES:RSA+AES"
// What TLS_WEAK_SUITE offers instead: no forward secrecy, or SHA-1 as MAC.
#define SUITES_WEAK "AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"
#define GROUPS "X25519:P-256" // X25519 first: its keys are a tenth in memory.
#define WRONG_NAME "somebody.else.invalid"

#define LEVEL_USUAL 2 // OpenSSL's security level: 112 bits, no SHA-1 (SSL_CTX_set_security_level).
#define LEVEL_NONE 0
#define DAY_NS (INT64_C(86400) * 1000000000)

static const int wire_versions[] = {
    [TLS_1_0] = TLS1_VERSION,
    [TLS_1_1] = TLS1_1_VERSION,
    [TLS_1_2] = TLS1_2_VERSION,
    [TLS_1_3] = TLS1_3_VERSION,
};

int tls_options_check(const struct tls_options *options)
{
    bool bounds = options->lowest <= options->highest && options->highest <= TLS_1_3;
    bool names = !options->suites || strlen(options->suites) <= TLS_SUITES_BYTES_MAX;
    bool shows = options->server ? options->identities_count > 0 : options->identities_count <= 1;
    bool asks = options->authorities_count == 0 || options->utc_ns;

    if (!bounds || !names || !shows || !asks || options->authorities_count > TLS_AUTHORITIES_MAX ||
        (options->faults && (!options->server || !options->utc_ns)))
        return ERR_RANGE;
    return 0;
}

// ---- Contexts -------------------------------------------------------------------------

static void key_fill(struct tls_context_key *key, const struct tls_options *options)
{
    *key = (struct tls_context_key){
        .server = options->server,
        .lowest = options->lowest,
        .highest = options->highest,
        .faults = options->faults & TLS_CONTEXT_FAULTS,
        .authorities_count = options->authorities_count,
    };
    if (options->suites)
        snprintf(key->suites, sizeof(key->suites), "%s", options->suites);
    for (size_t i = 0; i < options->authorities_count; i++)
        key->authorities[i] = (struct certificate *)options->authorities[i];
    if (key->faults & TLS_OLD_VERSION) {
        key->lowest = TLS_1_0;
        key->highest = TLS_1_1;
    } else if (key->faults & (TLS_WEAK_SUITE | TLS_RENEGOTIATE) && key->highest == TLS_1_3) {
        key->highest = TLS_1_2; // TLS 1.3 has neither weak suites nor renegotiation.
        key->lowest = key->lowest == TLS_1_3 ? TLS_1_2 : key->lowest;
    }
}

static bool key_equal(const struct tls_context_key *left, const struct tls_context_key *right)
{
    return left->server == right->server && left->lowest == right->lowest &&
           left->highest == right->highest && left->faults == right->faults &&
           left->authorities_count == right->authorities_count &&
           strcmp(left->suites, right->suites) == 0 &&
           memcmp(left->authorities, right->authorities,
                  left->authorities_count * sizeof(left->authorities[0])) == 0;
}

static bool set_suites(SSL_CTX *ssl, const struct tls_context_key *key)
{
    const char *suites = key->lowest < TLS_1_2 ? SUITES_OLD : SUITES;

    if (key->suites[0])
        suites = key->suites;
    if (key->faults & TLS_WEAK_SUITE)
        suites = SUITES_WEAK;
    return SSL_CTX_set_cipher_list(ssl, suites) == 1 && SSL_CTX_set1_groups_list(ssl, GROUPS) == 1;
}

static bool set_authorities(SSL_CTX *ssl, const struct tls_context_key *key)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    bool ok = true;

    for (size_t i = 0; i < key->authorities_count && ok; i++) {
        X509 *x509 = certificate_x509(key->authorities[i]);

        ok = X509_STORE_add_cert(store, x509) == 1 &&
             (!key->server || SSL_CTX_add_client_CA(ssl, x509) == 1);
        X509_free(x509);
    }
    if (key->authorities_count)
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ok;
}

static bool context_set(SSL_CTX *ssl, const struct tls_context_key *key)
{
    bool old = key->lowest < TLS_1_2 || key->faults & (TLS_WEAK_SUITE | TLS_SHA1);
    uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE;

    // TLS 1.0 and 1.1 sign with MD5 and SHA-1, which no higher level lets through.
    SSL_CTX_set_security_level(ssl, old ? LEVEL_NONE : LEVEL_USUAL);
    if (!(key->faults & TLS_RENEGOTIATE))
        options |= SSL_OP_NO_RENEGOTIATION;
    SSL_CTX_set_options(ssl, options);
    SSL_CTX_clear_options(ssl, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_info_callback(ssl, tls_note_alert);
    SSL_CTX_set_cert_verify_callback(ssl, tls_verify, NULL);
    return SSL_CTX_set_min_proto_version(ssl, wire_versions[key->lowest]) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, wire_versions[key->highest]) == 1 &&
           set_suites(ssl, key) && set_authorities(ssl, key);
}

static void context_drop(struct tls_context *context)
{
    for (size_t i = 0; context->ssl && i < context->key.authorities_count; i++)
        certificate_free(&context->key.authorities[i]);
    SSL_CTX_free(context->ssl); // Connections that stand hold it for themselves.
    context->ssl = NULL;
}

SSL_CTX *tls_context(struct edge_tls *tls, const struct tls_options *options)
{
    struct tls_context *oldest = &tls->contexts[0];
    struct tls_context_key key;
    SSL_CTX *ssl;

    key_fill(&key, options);
    tls->uses++;
    for (size_t i = 0; i < TLS_CONTEXTS_MAX; i++) {
        struct tls_context *context = &tls->contexts[i];

        if (context->ssl && key_equal(&context->key, &key)) {
            context->used = tls->uses;
            return context->ssl;
        }
        if (oldest->ssl && (!context->ssl || context->used < oldest->used))
            oldest = context;
    }
    ssl = SSL_CTX_new(options->server ? TLS_server_method() : TLS_client_method());
    assert(ssl);
    if (!context_set(ssl, &key)) {
        ERR_clear_error();
        SSL_CTX_free(ssl);
        return NULL;
    }
    context_drop(oldest);
    for (size_t i = 0; i < key.authorities_count; i++)
        certificate_share(key.authorities[i]);
    *oldest = (struct tls_context){.key = key, .ssl = ssl, .used = tls->uses};
    return ssl;
}

// ---- Identities -----------------------------------------------------------------------

static void shown_drop(struct tls_shown *shown)
{
    EVP_PKEY_free(shown->pkey);
    X509_free(shown->x509);
    key_free(&shown->key);
    certificate_free(&shown->certificate);
    *shown = (struct tls_shown){0};
}

static X509 *twin_x509(const struct identity *identity, unsigned faults, int64_t utc_ns)
{
    struct certificate_change change = {.foreign = faults & TLS_FOREIGN_CA,
                                        .sha1 = faults & TLS_SHA1};
    int64_t yesterday = utc_ns - DAY_NS;
    int64_t tomorrow = utc_ns + DAY_NS;
    int64_t before = certificate_not_before_ns(identity->certificate);
    int64_t after = certificate_not_after_ns(identity->certificate);
    struct certificate *twin = NULL;
    X509 *x509 = NULL;

    // It stays in order in itself: begun before it ends.
    if (faults & TLS_EXPIRED) {
        change.not_after_ns = &yesterday;
        before = before < yesterday ? before : yesterday - DAY_NS;
        change.not_before_ns = &before;
    } else if (faults & TLS_NOT_YET_VALID) {
        change.not_before_ns = &tomorrow;
        after = after > tomorrow ? after : tomorrow + DAY_NS;
        change.not_after_ns = &after;
    }
    if (faults & TLS_WRONG_NAME)
        change.common_name = WRONG_NAME;
    if (certificate_twin(identity->certificate, identity->key, &change, &twin) == 0)
        x509 = certificate_x509(twin);
    certificate_free(&twin);
    return x509;
}

// A twin that begins tomorrow is a fault for less than a day.
static bool is_of_the_day(const struct tls_shown *shown, int64_t utc_ns)
{
    return shown->faults == 0 || llabs(utc_ns - shown->made_ns) < DAY_NS / 2;
}

static struct tls_shown *shown_find(struct edge_tls *tls, const struct identity *identity,
                                    unsigned faults, int64_t utc_ns)
{
    struct tls_shown *oldest = &tls->shown[0];
    X509 *x509;

    tls->uses++;
    for (size_t i = 0; i < TLS_IDENTITIES_MAX; i++) {
        struct tls_shown *shown = &tls->shown[i];

        if (shown->key == identity->key && shown->certificate == identity->certificate &&
            shown->faults == faults && is_of_the_day(shown, utc_ns)) {
            shown->used = tls->uses;
            return shown;
        }
        if (oldest->key && (!shown->key || shown->used < oldest->used))
            oldest = shown;
    }
    x509 = faults ? twin_x509(identity, faults, utc_ns) : certificate_x509(identity->certificate);
    if (!x509)
        return NULL;
    shown_drop(oldest);
    *oldest = (struct tls_shown){
        .key = key_share((struct key *)identity->key),
        .certificate = certificate_share((struct certificate *)identity->certificate),
        .faults = faults,
        .pkey = key_pkey(identity->key),
        .x509 = x509,
        .made_ns = utc_ns,
        .used = tls->uses,
    };
    return oldest;
}

static bool add_chain(SSL *ssl, const struct identity *identity)
{
    bool ok = true;

    for (size_t i = 0; i < identity->chain_count && ok; i++) {
        X509 *x509 = certificate_x509(identity->chain[i]);

        ok = SSL_add1_chain_cert(ssl, x509) == 1;
        X509_free(x509);
    }
    return ok;
}

bool tls_show(struct edge_tls *tls, SSL *ssl, const struct tls_options *options, int64_t utc_ns)
{
    unsigned faults = options->faults & TLS_TWINS;

    for (size_t i = 0; i < options->identities_count; i++) {
        const struct identity *identity = &options->identities[i];
        struct tls_shown *shown = shown_find(tls, identity, faults, utc_ns);

        if (!shown || SSL_use_certificate(ssl, shown->x509) != 1 ||
            SSL_use_PrivateKey(ssl, shown->pkey) != 1 || !add_chain(ssl, identity))
            return false;
    }
    return true;
}

// ---- Life -----------------------------------------------------------------------------

struct tls *edge_tls_new(struct core *core)
{
    struct edge_tls *tls = mem_new(1, sizeof(*tls));

    tls->tls.ops = &edge_tls_ops;
    tls->core = core;
    tls->bio = tls_bio_method_new();
    return &tls->tls;
}

void edge_tls_free(struct tls **tls)
{
    struct edge_tls *gone = (struct edge_tls *)*tls;

    *tls = NULL;
    if (!gone)
        return;
    tls_conns_forget(gone);
    for (size_t i = 0; i < TLS_CONTEXTS_MAX; i++)
        context_drop(&gone->contexts[i]);
    for (size_t i = 0; i < TLS_IDENTITIES_MAX; i++)
        shown_drop(&gone->shown[i]);
    BIO_meth_free(gone->bio);
    free(gone);
}

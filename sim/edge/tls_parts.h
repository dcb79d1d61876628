// SPDX-License-Identifier: Apache-2.0
// What the files of TLS share: contexts of OpenSSL that connections with equal options have in
// common, certificates that were parsed not long ago, and how a peer's certificate was judged. For
// the tls*.c of this room.
#ifndef SIM_EDGE_TLS_PARTS_H
#define SIM_EDGE_TLS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "sim/core/core.h"
#include "sim/vnet/tls_service.h"

// Least recently used go first. A context costs up to 20 kB, a parsed identity 5 kB.
#define TLS_CONTEXTS_MAX 32
#define TLS_IDENTITIES_MAX 64
#define TLS_AUTHORITIES_MAX 16
#define TLS_SUITES_BYTES_MAX 255

// The faults that need a certificate other than the identity's.
#define TLS_TWINS (TLS_EXPIRED | TLS_NOT_YET_VALID | TLS_WRONG_NAME | TLS_FOREIGN_CA | TLS_SHA1)
// The faults that need a context of their own.
#define TLS_CONTEXT_FAULTS (TLS_OLD_VERSION | TLS_WEAK_SUITE | TLS_SHA1 | TLS_RENEGOTIATE)

struct tls_conn;

// What two connections have to have in common to share a context.
struct tls_context_key {
    bool server;
    enum tls_version lowest;
    enum tls_version highest;
    unsigned faults; // Of TLS_CONTEXT_FAULTS.
    char suites[TLS_SUITES_BYTES_MAX + 1];
    struct certificate
        *authorities[TLS_AUTHORITIES_MAX]; // Shares: a pointer stays one certificate.
    size_t authorities_count;
};

struct tls_context {
    struct tls_context_key key;
    SSL_CTX *ssl; // NULL: this place is free.
    uint64_t used;
};

// What a connection shows, as libcrypto's objects.
struct tls_shown {
    struct key *key; // Shares, as above; NULL: this place is free.
    struct certificate *certificate;
    unsigned faults; // Of TLS_TWINS.
    EVP_PKEY *pkey;
    X509 *x509;
    int64_t made_ns; // UTC of its holder then.
    uint64_t used;
};

struct edge_tls {
    struct tls tls; // First.
    struct core *core;
    struct tls_conn *first;
    BIO_METHOD *bio;
    uint64_t uses;
    size_t shaking, shaking_most; // Handshakes under way, and the most since memory was given back.
    struct tls_context contexts[TLS_CONTEXTS_MAX];
    struct tls_shown shown[TLS_IDENTITIES_MAX];
};

// ---- tls.c ----

// Whether the options can be served at all: 0 or ERR_RANGE.
int tls_options_check(const struct tls_options *options);

// The context for these options, made or found; borrowed until the next call. NULL: OpenSSL does
// not know the suites.
SSL_CTX *tls_context(struct edge_tls *tls, const struct tls_options *options);

// Gives `ssl` the identities of its options, wrong in the ways of its faults. `utc_ns` is what the
// holder's clock says: yesterday and tomorrow count from there. Returns false when OpenSSL refuses
// one (a key that does not fit its certificate).
bool tls_show(struct edge_tls *tls, SSL *ssl, const struct tls_options *options, int64_t utc_ns);

// ---- tls_conn.c ----

extern const struct tls_ops edge_tls_ops;

BIO_METHOD *tls_bio_method_new(void);
// Frees what still stands; the lower conns are gone already.
void tls_conns_forget(struct edge_tls *tls);

// What tls_verify.c needs of a connection.
struct tls_verdict {
    const struct tls_options *options;
    struct tls_report *report;
};
struct tls_verdict tls_conn_verdict(const SSL *ssl);

// ---- tls_verify.c ----

// Judges the peer's certificate for SSL_CTX_set_cert_verify_callback(); the report gets the
// failure.
int tls_verify(X509_STORE_CTX *store, void *user);

// Notes alerts for SSL_CTX_set_info_callback().
void tls_note_alert(const SSL *ssl, int where, int value);

// Fills failure and text of a handshake that OpenSSL gave up, from its error queue, which is empty
// afterwards.
void tls_explain(const SSL *ssl, struct tls_report *report);

#endif

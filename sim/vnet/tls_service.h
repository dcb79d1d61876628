// SPDX-License-Identifier: Apache-2.0
// TLS as a conn on top of a conn: who holds the upper one sends and receives in clear, what crosses
// the lower one is TLS 1.0 to 1.3 (RFC 5246, RFC 8446). So latency, cuts and faults of a path act
// on the bytes under TLS, and whatever speaks over a conn speaks over TLS. sim/edge implements it
// with OpenSSL and without a descriptor; the clock that judges certificates is the holder's.
#ifndef SIM_VNET_TLS_SERVICE_H
#define SIM_VNET_TLS_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/certificate.h"
#include "sim/vnet/port.h"

enum tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

// What a server may do wrong on purpose, one bit each (the TLS group of the closed list of faults,
// sim/base/fault_kind.h). A new connection takes them; those that stand keep theirs. TLS_WEAK_SUITE
// and TLS_RENEGOTIATE keep to TLS 1.2, since 1.3 has neither.
enum tls_fault {
    TLS_EXPIRED = 1,       // Its certificate ended yesterday.
    TLS_NOT_YET_VALID = 2, // It begins tomorrow.
    TLS_WRONG_NAME = 4,    // It names somebody else.
    TLS_FOREIGN_CA = 8,    // Nobody the client trusts signed it.
    TLS_OLD_VERSION = 16,  // TLS 1.1 at most.
    TLS_WEAK_SUITE = 32,   // A suite without forward secrecy or with SHA-1 MAC only.
    TLS_SHA1 = 64,         // Its certificate is signed with SHA-1.
    TLS_ALERT = 128,       // A fatal alert (internal_error) instead of its first flight.
    TLS_TRUNCATE = 256,    // The connection ends without close_notify after the first answer.
    TLS_RENEGOTIATE = 512, // It asks for a new handshake after the first answer.
    TLS_STALL = 1024,      // It takes the ClientHello and says nothing more.
};

struct tls_options {
    bool server;
    enum tls_version lowest; // Both bounds belong to what is offered or accepted.
    enum tls_version highest;
    const char *suites; // OpenSSL's list for up to 1.2; NULL: ECDHE with AES-GCM.
    // What it shows: a server one of each key kind at most, a client none or one. Borrowed as long
    // as a connection stands.
    const struct identity *identities;
    size_t identities_count;
    // Whom it trusts. A server with authorities asks for a client certificate and refuses who has
    // none; a client without authorities accepts anybody (a browser that was told to go on).
    const struct certificate *const *authorities;
    size_t authorities_count;
    const char *peer_name;         // Client: sent as SNI and required in CN or SAN; NULL: neither.
    int64_t (*utc_ns)(void *user); // Who judges validity asks this clock, in ns since 1970.
    void *user;
    unsigned faults; // enum tls_fault, server only.
};

enum tls_failure {
    TLS_FAILED_NOT,
    TLS_FAILED_VERSION,   // No version in common.
    TLS_FAILED_SUITE,     // No cipher suite in common.
    TLS_FAILED_EXPIRED,   // The peer's certificate is over or not yet valid.
    TLS_FAILED_NAME,      // It names somebody else.
    TLS_FAILED_UNTRUSTED, // Nobody we trust signed it, or with SHA-1.
    TLS_FAILED_NO_CERTIFICATE,
    TLS_FAILED_ALERT,    // The peer sent a fatal alert; `alert` is its number (RFC 5246 7.2).
    TLS_FAILED_PROTOCOL, // It does not speak TLS, or broke off within the handshake.
};

// How a connection came out; complete after on_open or in on_end.
struct tls_report {
    enum tls_failure failure;
    uint8_t alert; // Received, or sent by us; 0: none.
    enum tls_version version;
    const char *suite; // As RFC names it, or NULL before the handshake's end. Borrowed.
    const struct certificate *peer; // Its certificate, or NULL. Borrowed from the conn.
    const char *server_name;        // Server: the SNI asked for, or NULL. Borrowed from the conn.
    char text[96];                  // One sentence for a log: what failed and why.
};

struct tls {
    const struct tls_ops *ops;
};

struct tls_ops {
    int (*wrap)(struct tls *tls, struct conn *below, const struct tls_options *options,
                const struct conn_events *events, void *user, struct conn **ret);
    const struct tls_report *(*report)(const struct conn *conn);
};

// Takes `below` (open, or about to open; its events are replaced) and begins the handshake when it
// stands. `options` are read before this returns, what they point to is borrowed. The upper conn
// calls on_open when the handshake is done, on a server's side too, and ends with ERR_REFUSED when
// the handshake failed, with ERR_RESET when a standing connection broke off without close_notify,
// otherwise with what ended the lower conn. A server gives a client 60 s of the world for its
// handshake and then resets it (ERR_TIMEOUT). Sessions are never resumed. Bytes sent before on_open
// are not taken. On an error `below` is still the caller's. Returns 0 or ERR_RANGE (options that
// contradict each other).
static inline int tls_wrap(struct tls *tls, struct conn *below, const struct tls_options *options,
                           const struct conn_events *events, void *user, struct conn **ret)
{
    return tls->ops->wrap(tls, below, options, events, user, ret);
}

// Of a conn that tls_wrap() made; valid until its on_end has returned. Only for such a conn.
static inline const struct tls_report *tls_report(struct tls *tls, const struct conn *conn)
{
    return tls->ops->report(conn);
}

#endif

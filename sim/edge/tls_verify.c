// SPDX-License-Identifier: Apache-2.0
// How a peer's certificate is judged (RFC 5280 6, RFC 6125 6) and how a failed handshake is told.
// OpenSSL builds the chain; every complaint is heard, not only the first, so that a report names
// what is most particular: dates before names before trust.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "sim/edge/tls_parts.h"

#define NS_PER_S INT64_C(1000000000)
#define LEVEL_CERTIFICATES 2 // OpenSSL's security level: 112 bits, no SHA-1.

// ---- The peer's certificate -----------------------------------------------------------

static enum tls_failure failure_of(int error)
{
    switch (error) {
    case X509_V_OK:
        return TLS_FAILED_NOT;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_FAILED_EXPIRED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TLS_FAILED_NAME;
    default:
        return TLS_FAILED_UNTRUSTED;
    }
}

static void complain(struct tls_report *report, X509_STORE_CTX *store, int error)
{
    enum tls_failure failure = failure_of(error);
    static const int rank[] = {
        [TLS_FAILED_UNTRUSTED] = 1, [TLS_FAILED_NAME] = 2, [TLS_FAILED_EXPIRED] = 3};

    if (report->failure != TLS_FAILED_NOT && rank[report->failure] >= rank[failure])
        return;
    report->failure = failure;
    X509_STORE_CTX_set_error(store, error);
    snprintf(report->text, sizeof(report->text), "The peer's certificate: %s.",
             X509_verify_cert_error_string(error));
}

// Goes on after each complaint; the answer is given at the end.
static int hear(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    int error = X509_STORE_CTX_get_error(store);

    if (!ok)
        complain(tls_conn_verdict(ssl).report, store, error);
    return 1;
}

// A name counts in a SAN or in a CN: stations of OCPP 1.6 are named by CN alone.
static bool is_named(X509 *x509, const char *name)
{
    return X509_check_ip_asc(x509, name, 0) == 1 ||
           X509_check_host(x509, name, 0, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, NULL) == 1;
}

int tls_verify(X509_STORE_CTX *store, void *user)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_verdict verdict = tls_conn_verdict(ssl);
    const struct tls_options *options = verdict.options;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
    bool ok;

    (void)user;
    if (options->authorities_count == 0)
        return 1;
    X509_VERIFY_PARAM_set_time(param, (time_t)(options->utc_ns(options->user) / NS_PER_S));
    // Whatever versions are spoken: an old one lowers what a connection may be, not whom it trusts.
    X509_VERIFY_PARAM_set_auth_level(param, LEVEL_CERTIFICATES);
    // Who trusts one certificate trusts it, authority or not.
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_verify_cb(store, hear);
    ok = X509_verify_cert(store) == 1;
    if (!ok && verdict.report->failure == TLS_FAILED_NOT)
        complain(verdict.report, store, X509_V_ERR_UNSPECIFIED);
    if (options->peer_name && !is_named(X509_STORE_CTX_get0_cert(store), options->peer_name))
        complain(verdict.report, store, X509_V_ERR_HOSTNAME_MISMATCH);
    return verdict.report->failure == TLS_FAILED_NOT;
}

// ---- What went wrong ------------------------------------------------------------------

void tls_note_alert(const SSL *ssl, int where, int value)
{
    if (where & SSL_CB_ALERT && value >> 8 == SSL3_AL_FATAL)
        tls_conn_verdict(ssl).report->alert = (uint8_t)(value & 0xff);
}

// Which of OpenSSL's reasons is which failure; any other is TLS_FAILED_PROTOCOL.
static const struct reason {
    int reason;
    enum tls_failure failure;
} reasons[] = {
    {SSL_R_NO_PROTOCOLS_AVAILABLE, TLS_FAILED_VERSION},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, TLS_FAILED_VERSION},
    {SSL_R_UNKNOWN_PROTOCOL, TLS_FAILED_VERSION},
    {SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILED_VERSION},
    {SSL_R_UNSUPPORTED_SSL_VERSION, TLS_FAILED_VERSION},
    {SSL_R_VERSION_TOO_HIGH, TLS_FAILED_VERSION},
    {SSL_R_VERSION_TOO_LOW, TLS_FAILED_VERSION},
    {SSL_R_WRONG_SSL_VERSION, TLS_FAILED_VERSION},
    {SSL_R_NO_CIPHERS_AVAILABLE, TLS_FAILED_SUITE},
    {SSL_R_NO_SHARED_CIPHER, TLS_FAILED_SUITE},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILED_SUITE},
    {SSL_R_UNKNOWN_CIPHER_RETURNED, TLS_FAILED_SUITE},
    {SSL_R_WRONG_CIPHER_RETURNED, TLS_FAILED_SUITE},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, TLS_FAILED_NO_CERTIFICATE},
    {SSL_R_BAD_SIGNATURE, TLS_FAILED_UNTRUSTED},
};

static enum tls_failure failure_of_reason(int reason)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].reason == reason)
            return reasons[i].failure;
    // OpenSSL gives an alert that came the number of its description on top.
    if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX)
        return TLS_FAILED_ALERT;
    return TLS_FAILED_PROTOCOL;
}

void tls_explain(const SSL *ssl, struct tls_report *report)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_REASON(error);
    const char *text = error ? ERR_reason_error_string(error) : NULL;

    ERR_clear_error();
    if (report->failure != TLS_FAILED_NOT)
        return; // The certificate was judged, and said so.
    report->failure = failure_of_reason(reason);
    // A client that refuses the version chosen says so in a record of its own version.
    if (reason == SSL_R_WRONG_VERSION_NUMBER && SSL_get_pending_cipher(ssl))
        report->failure = TLS_FAILED_VERSION;
    if (report->failure == TLS_FAILED_ALERT)
        snprintf(report->text, sizeof(report->text), "The peer sent the alert %u, %s.",
                 report->alert, SSL_alert_desc_string_long(report->alert));
    else
        snprintf(report->text, sizeof(report->text), "TLS failed: %s.",
                 text ? text : "no reason given");
}

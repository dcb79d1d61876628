// SPDX-License-Identifier: Apache-2.0
// One TLS connection: opening (handshake), open, closing (its holder is gone, close_notify still
// leaves), gone. OpenSSL reads from the bytes that the lower conn is just offering and writes
// straight into it; what the lower conn does not take waits in `out`, and as long as something
// waits there the holder's bytes are not taken. Clear bytes that the holder left wait in `kept`. No
// descriptor and no BIO of OpenSSL's own is involved.
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "sim/base/certificate_parts.h"
#include "sim/base/err.h"
#include "sim/base/queue.h"
#include "sim/edge/tls_parts.h"

#define RECORD_BYTES_MAX 16384 // RFC 5246 6.2.1.
// A client has this long for its half of a handshake, and a peer to take what was sent before a
// close.
#define HANDSHAKE_NS_MAX (60 * SIM_NS_PER_S)
#define CLOSE_NS_MAX (60 * SIM_NS_PER_S)
#define TRIM_FROM 64 // Handshakes at once whose memory is worth giving back.

struct tls_conn {
    struct conn conn; // First.
    struct edge_tls *tls;
    struct conn *below; // NULL when it is gone.
    SSL *ssl;           // Made with the first byte that needs it.
    struct tls_options options;
    struct tls_report report;
    struct certificate *peer; // Of the report, made when asked for.
    const uint8_t *in;        // What the lower conn is offering.
    size_t in_length;
    struct queue kept;
    struct queue out;
    struct core_work work;
    struct timer timer; // Ends a handshake on a server, or a close.
    struct tls_conn *next;
    struct tls_conn *previous;
    unsigned busy;   // Our functions that are still inside.
    int fail_reason; // Told by the work; 0: none.
    bool in_ssl;     // OpenSSL is at work: not to be entered again.
    bool shaking;    // Counted among the handshakes under way.
    bool open;
    bool closing;    // The holder is gone, or is just being told.
    bool gone;       // Nothing is left but memory.
    bool peer_ended; // close_notify was read.
    bool wants_room; // on_room is owed.
    bool wants_bytes;
    bool wants_start; // The client's first flight is owed.
    bool answered;    // The server has sent something: what waits for that may happen.
    bool disturbed;   // It has happened.
};

// ---- Life -----------------------------------------------------------------------------

static void enter(struct tls_conn *tc)
{
    tc->busy++;
}

// Returns whether the conn is still there.
static bool leave(struct tls_conn *tc)
{
    bool there = !tc->gone;

    assert(tc->busy > 0);
    if (--tc->busy > 0 || there)
        return there;
    SSL_free(tc->ssl);
    certificate_free(&tc->peer);
    queue_done(&tc->kept);
    queue_done(&tc->out);
    free(tc);
    return false;
}

// The handshakes of a fleet that starts hold some 20 kB each, all at once. They free it when they
// are over, but among what stays: the C library gives such pages back only when it is asked to.
static void end_handshake(struct tls_conn *tc)
{
    struct edge_tls *tls = tc->tls;

    if (!tc->shaking)
        return;
    tc->shaking = false;
    if (--tls->shaking > 0 || tls->shaking_most < TRIM_FROM)
        return;
    tls->shaking_most = 0;
    malloc_trim(0);
}

// Leaves the list and every queue of callbacks. The memory goes with the last function inside.
static void drop(struct tls_conn *tc)
{
    assert(!tc->gone && tc->busy > 0 && !tc->below);
    core_cancel(tc->tls->core, &tc->work);
    timer_stop(&tc->timer);
    end_handshake(tc);
    if (tc->previous)
        tc->previous->next = tc->next;
    else
        tc->tls->first = tc->next;
    if (tc->next)
        tc->next->previous = tc->previous;
    tc->closing = tc->gone = true;
}

static void post(struct tls_conn *tc)
{
    core_post(tc->tls->core, &tc->work);
}

// Hands on what waits for the lower conn. Returns whether nothing waits any more.
static bool flush(struct tls_conn *tc)
{
    if (tc->below && tc->out.length)
        queue_drop(&tc->out, conn_send(tc->below, queue_peek(&tc->out), tc->out.length));
    return tc->out.length == 0;
}

// Nobody holds it any more: the lower conn is closed as soon as it has taken everything.
static void close_below(struct tls_conn *tc)
{
    struct conn *below = tc->below;

    assert(tc->closing);
    if (below && !flush(tc)) {
        timer_start(&tc->timer, CLOSE_NS_MAX);
        return;
    }
    tc->below = NULL;
    drop(tc);
    if (below)
        conn_close(below);
}

static void reset_below(struct tls_conn *tc)
{
    struct conn *below = tc->below;

    tc->below = NULL;
    drop(tc);
    if (below)
        conn_reset(below);
}

// The holder hears the end. What becomes of the lower conn is the caller's.
static void tell_end(struct tls_conn *tc, int reason)
{
    assert(!tc->closing);
    tc->closing = true;
    timer_stop(&tc->timer);
    tc->conn.events->on_end(&tc->conn, reason, tc->conn.user);
}

static void say_close_notify(struct tls_conn *tc)
{
    if (!tc->open || tc->fail_reason || SSL_in_init(tc->ssl))
        return;
    tc->in_ssl = true;
    SSL_shutdown(tc->ssl);
    tc->in_ssl = false;
    ERR_clear_error();
}

// The connection is over by what was said on it; an alert may have to leave still.
static void fail(struct tls_conn *tc, int reason)
{
    tc->fail_reason = reason;
    tell_end(tc, reason);
    close_below(tc);
}

static void on_timer(struct timer *timer, void *user)
{
    struct tls_conn *tc = user;

    (void)timer;
    enter(tc);
    if (!tc->closing) {
        tc->report.failure = TLS_FAILED_PROTOCOL;
        snprintf(tc->report.text, sizeof(tc->report.text),
                 "The client did not end its handshake in time.");
        tell_end(tc, ERR_TIMEOUT);
    }
    reset_below(tc);
    leave(tc);
}

// ---- OpenSSL over a conn --------------------------------------------------------------

static int bio_write(BIO *bio, const char *data, int length)
{
    struct tls_conn *tc = BIO_get_data(bio);
    size_t sent = 0;

    BIO_clear_retry_flags(bio);
    if (!tc->below || length <= 0)
        return -1;
    if (tc->out.length == 0)
        sent = conn_send(tc->below, data, (size_t)length);
    sent += queue_put(&tc->out, data + sent, (size_t)length - sent);
    return sent == (size_t)length ? length : -1;
}

static int bio_read(BIO *bio, char *data, int length)
{
    struct tls_conn *tc = BIO_get_data(bio);
    size_t part = length > 0 ? (size_t)length : 0;

    BIO_clear_retry_flags(bio);
    if (tc->in_length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    part = part < tc->in_length ? part : tc->in_length;
    memcpy(data, tc->in, part);
    tc->in += part;
    tc->in_length -= part;
    return (int)part;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *tls_bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "conn");
    bool ok = method && BIO_meth_set_write(method, bio_write) &&
              BIO_meth_set_read(method, bio_read) && BIO_meth_set_ctrl(method, bio_ctrl) &&
              BIO_meth_set_create(method, bio_create);

    assert(ok);
    (void)ok;
    return method;
}

struct tls_verdict tls_conn_verdict(const SSL *ssl)
{
    struct tls_conn *tc = SSL_get_app_data(ssl);

    return (struct tls_verdict){.options = &tc->options, .report = &tc->report};
}

static bool name_server(SSL *ssl, const char *name)
{
    ASN1_OCTET_STRING *address = name ? a2i_IPADDRESS(name) : NULL;
    bool is_dns = name && !address; // RFC 6066 3: no addresses.

    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return !is_dns || SSL_set_tlsext_host_name(ssl, name) == 1;
}

// Makes the connection's OpenSSL half. Returns false when it shows what cannot be shown.
static bool make_ssl(struct tls_conn *tc)
{
    const struct tls_options *options = &tc->options;
    int64_t utc_ns = options->utc_ns ? options->utc_ns(options->user) : 0;
    BIO *bio = BIO_new(tc->tls->bio);

    tc->ssl = SSL_new(tls_context(tc->tls, options));
    assert(tc->ssl && bio);
    tc->shaking = true;
    if (++tc->tls->shaking > tc->tls->shaking_most)
        tc->tls->shaking_most = tc->tls->shaking;
    BIO_set_data(bio, tc);
    SSL_set_bio(tc->ssl, bio, bio);
    SSL_set_app_data(tc->ssl, tc);
    if (options->server)
        SSL_set_accept_state(tc->ssl);
    else
        SSL_set_connect_state(tc->ssl);
    if (tls_show(tc->tls, tc->ssl, options, utc_ns) &&
        (options->server || name_server(tc->ssl, options->peer_name)))
        return true;
    ERR_clear_error();
    tc->report.failure = TLS_FAILED_PROTOCOL;
    snprintf(tc->report.text, sizeof(tc->report.text),
             "The key and certificate to be shown do not belong together.");
    return false;
}

// ---- Reading --------------------------------------------------------------------------

static const struct {
    int wire;
    enum tls_version version;
} versions[] = {
    {TLS1_VERSION, TLS_1_0},
    {TLS1_1_VERSION, TLS_1_1},
    {TLS1_2_VERSION, TLS_1_2},
    {TLS1_3_VERSION, TLS_1_3},
};

static void opened(struct tls_conn *tc)
{
    tc->open = true;
    timer_stop(&tc->timer);
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (versions[i].wire == SSL_version(tc->ssl))
            tc->report.version = versions[i].version;
    tc->report.suite = SSL_CIPHER_standard_name(SSL_get_current_cipher(tc->ssl));
    if (tc->options.server)
        tc->report.server_name = SSL_get_servername(tc->ssl, TLSEXT_NAMETYPE_host_name);
    // What was shown is not needed again, and weighs 5 kB where each end has its own.
    if (!(tc->options.faults & TLS_RENEGOTIATE))
        SSL_certs_clear(tc->ssl);
    end_handshake(tc);
    tc->conn.events->on_open(&tc->conn, tc->conn.user);
}

static void shake_hands(struct tls_conn *tc)
{
    int done, error;

    if (!tc->ssl && !make_ssl(tc)) {
        fail(tc, ERR_REFUSED);
        return;
    }
    ERR_clear_error();
    tc->in_ssl = true;
    done = SSL_do_handshake(tc->ssl);
    tc->in_ssl = false;
    error = SSL_get_error(tc->ssl, done);
    if (tc->closing)
        return; // The lower conn told its holder, who ended this one.
    if (done == 1) {
        opened(tc);
    } else if (error != SSL_ERROR_WANT_READ) {
        tls_explain(tc->ssl, &tc->report);
        fail(tc, ERR_REFUSED);
    }
}

// Offers clear bytes: those kept, or fresh ones when nothing was kept.
static void offer(struct tls_conn *tc, const uint8_t *fresh, size_t length)
{
    const uint8_t *data = fresh;
    size_t taken;

    if (tc->kept.length) {
        queue_put(&tc->kept, fresh, length);
        data = queue_peek(&tc->kept);
        length = tc->kept.length;
    }
    taken = tc->conn.events->on_data(&tc->conn, data, length, tc->conn.user);
    if (tc->closing)
        return;
    assert(taken <= length);
    if (tc->kept.length)
        queue_drop(&tc->kept, taken);
    else
        queue_put(&tc->kept, data + taken, length - taken);
}

// The peer said close_notify and what came before it was offered, for the last time here.
static void end_if_over(struct tls_conn *tc)
{
    if (!tc->peer_ended || tc->closing || tc->conn.paused)
        return;
    if (tc->kept.length)
        offer(tc, NULL, 0);
    if (tc->closing || tc->conn.paused)
        return;
    say_close_notify(tc);
    tell_end(tc, 0);
    close_below(tc);
}

static bool may_read(const struct tls_conn *tc)
{
    return tc->open && !tc->closing && !tc->peer_ended && !tc->conn.paused &&
           tc->kept.length < CONN_WINDOW_BYTES;
}

static void read_records(struct tls_conn *tc)
{
    uint8_t clear[RECORD_BYTES_MAX];

    while (may_read(tc)) {
        int length, error;

        ERR_clear_error();
        tc->in_ssl = true;
        length = SSL_read(tc->ssl, clear, sizeof(clear));
        tc->in_ssl = false;
        error = SSL_get_error(tc->ssl, length);
        if (tc->closing)
            return;
        if (length > 0) {
            offer(tc, clear, (size_t)length);
        } else if (error == SSL_ERROR_ZERO_RETURN) {
            tc->peer_ended = true;
        } else if (error == SSL_ERROR_WANT_READ) {
            return;
        } else {
            tls_explain(tc->ssl, &tc->report);
            fail(tc, ERR_RESET);
            return;
        }
    }
}

static void signal_room(struct tls_conn *tc)
{
    if (!tc->wants_room || tc->closing || tc->fail_reason || tc->out.length || SSL_in_init(tc->ssl))
        return;
    tc->wants_room = false;
    tc->conn.events->on_room(&tc->conn, tc->conn.user);
}

static void pump(struct tls_conn *tc)
{
    if (!tc->open)
        shake_hands(tc);
    if (tc->open && !tc->closing) {
        read_records(tc);
        end_if_over(tc);
        signal_room(tc);
    }
}

// ---- Faults on purpose ----------------------------------------------------------------

// RFC 5246 7.2: a fatal internal_error, in clear, instead of the first flight.
static void say_alert(struct tls_conn *tc)
{
    static const uint8_t alert[] = {21, 3, 3, 0, 2, SSL3_AL_FATAL, SSL_AD_INTERNAL_ERROR};

    queue_put(&tc->out, alert, sizeof(alert));
    tc->report.failure = TLS_FAILED_PROTOCOL;
    tc->report.alert = SSL_AD_INTERNAL_ERROR;
    snprintf(tc->report.text, sizeof(tc->report.text), "A fatal alert was sent on purpose.");
    fail(tc, ERR_REFUSED);
}

// Something was answered: what waits for that happens now.
static void disturb(struct tls_conn *tc)
{
    tc->disturbed = true;
    if (tc->options.faults & TLS_TRUNCATE) {
        snprintf(tc->report.text, sizeof(tc->report.text), "It was broken off on purpose.");
        fail(tc, ERR_RESET);
    } else if (tc->options.faults & TLS_RENEGOTIATE) {
        tc->in_ssl = true;
        SSL_renegotiate(tc->ssl);
        SSL_do_handshake(tc->ssl);
        tc->in_ssl = false;
        ERR_clear_error();
    }
}

// ---- The lower conn -------------------------------------------------------------------

static void below_on_open(struct conn *conn, void *user)
{
    struct tls_conn *tc = user;

    tc->conn.local = conn->local;
    tc->conn.remote = conn->remote;
    enter(tc);
    if (!tc->ssl && !tc->options.server && !tc->closing)
        shake_hands(tc);
    else
        flush(tc);
    if (tc->closing && !tc->gone)
        close_below(tc);
    leave(tc);
}

static size_t below_on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct tls_conn *tc = user;
    size_t left;

    if (tc->closing || (tc->options.faults & TLS_STALL && !tc->open))
        return length;
    if (tc->in_ssl) { // A lower conn that calls back out of its conn_send().
        tc->wants_bytes = true;
        post(tc);
        return 0;
    }
    enter(tc);
    tc->in = data;
    tc->in_length = length;
    if (tc->options.faults & TLS_ALERT && !tc->open)
        say_alert(tc);
    else
        pump(tc);
    left = tc->closing ? 0 : tc->in_length;
    tc->in = NULL;
    tc->in_length = 0;
    if (leave(tc) && !tc->closing && tc->conn.paused)
        conn_pause(conn);
    return length - left;
}

static void below_on_room(struct conn *conn, void *user)
{
    struct tls_conn *tc = user;

    (void)conn;
    enter(tc);
    if (tc->closing)
        close_below(tc);
    else if (flush(tc) && tc->open)
        signal_room(tc);
    leave(tc);
}

// How the end of the lower conn sounds one floor up.
static int reason_above(struct tls_conn *tc, int reason)
{
    bool broken = reason == 0 || reason == ERR_RESET;

    if (tc->open)
        return reason ? reason : ERR_RESET; // No close_notify: it may be cut short.
    if (!broken || !tc->ssl)
        return reason ? reason : ERR_REFUSED;
    tc->report.failure = TLS_FAILED_PROTOCOL;
    snprintf(tc->report.text, sizeof(tc->report.text), "The peer broke off within the handshake.");
    return ERR_REFUSED;
}

static void below_on_end(struct conn *conn, int reason, void *user)
{
    struct tls_conn *tc = user;

    (void)conn;
    tc->below = NULL;
    enter(tc);
    if (!tc->closing && tc->open && tc->kept.length && reason == 0)
        offer(tc, NULL, 0);
    if (!tc->closing)
        tell_end(tc, tc->peer_ended && reason == 0 ? 0 : reason_above(tc, reason));
    if (!tc->gone)
        drop(tc);
    leave(tc);
}

static const struct conn_events below_events = {
    .on_open = below_on_open,
    .on_data = below_on_data,
    .on_room = below_on_room,
    .on_end = below_on_end,
};

// ---- The upper conn -------------------------------------------------------------------

static void read_on(struct tls_conn *tc)
{
    tc->wants_bytes = false;
    if (tc->kept.length && !tc->conn.paused)
        offer(tc, NULL, 0);
    end_if_over(tc);
    if (!tc->closing && !tc->conn.paused && tc->below)
        conn_resume(tc->below);
}

static void tls_conn_work(void *user)
{
    struct tls_conn *tc = user;

    enter(tc);
    if (tc->closing) {
        if (!tc->gone)
            close_below(tc);
    } else if (tc->fail_reason) {
        fail(tc, tc->fail_reason);
    } else if (tc->wants_start) {
        tc->wants_start = false;
        if (!tc->ssl)
            shake_hands(tc);
    }
    if (!tc->closing && tc->answered && !tc->disturbed)
        disturb(tc);
    if (!tc->closing && tc->wants_bytes)
        read_on(tc);
    if (!tc->closing && tc->open)
        signal_room(tc);
    leave(tc);
}

// Encrypts one record. Returns how many bytes of `data` are in it; 0: not now.
static size_t write_record(struct tls_conn *tc, const uint8_t *data, size_t length)
{
    int wrote, error;

    ERR_clear_error();
    tc->in_ssl = true;
    wrote = SSL_write(tc->ssl, data, (int)(length < RECORD_BYTES_MAX ? length : RECORD_BYTES_MAX));
    tc->in_ssl = false;
    if (wrote > 0)
        return (size_t)wrote;
    error = SSL_get_error(tc->ssl, wrote);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE && !tc->closing) {
        tls_explain(tc->ssl, &tc->report);
        tc->fail_reason = ERR_RESET;
        post(tc);
    }
    return 0;
}

static size_t tls_conn_send(struct conn *conn, const void *data, size_t length)
{
    struct tls_conn *tc = (struct tls_conn *)conn;
    const uint8_t *at = data;
    size_t taken = 0;

    assert(!tc->closing);
    if (!tc->open)
        return 0;
    enter(tc);
    while (taken < length && tc->out.length == 0 && !tc->in_ssl && !tc->fail_reason &&
           !tc->closing) {
        size_t part = write_record(tc, at + taken, length - taken);

        if (part == 0)
            break;
        taken += part;
    }
    if (tc->fail_reason)
        taken = length;
    if (taken < length)
        tc->wants_room = true;
    if (taken > 0 && !tc->answered && tc->options.faults & (TLS_TRUNCATE | TLS_RENEGOTIATE)) {
        tc->answered = true;
        post(tc);
    }
    leave(tc);
    return taken;
}

static void tls_conn_close(struct conn *conn)
{
    struct tls_conn *tc = (struct tls_conn *)conn;

    assert(!tc->closing);
    enter(tc);
    queue_done(&tc->kept);
    if (!tc->open)
        queue_done(&tc->out); // Half a handshake is of use to nobody.
    if (tc->in_ssl) {
        tc->closing = true;
        post(tc);
    } else {
        say_close_notify(tc);
        tc->closing = true;
        close_below(tc);
    }
    leave(tc);
}

static void tls_conn_reset(struct conn *conn)
{
    struct tls_conn *tc = (struct tls_conn *)conn;

    assert(!tc->closing);
    enter(tc);
    reset_below(tc);
    leave(tc);
}

static void tls_conn_resume(struct conn *conn)
{
    struct tls_conn *tc = (struct tls_conn *)conn;

    tc->wants_bytes = true;
    post(tc);
}

static const struct conn_ops tls_conn_ops = {
    .send = tls_conn_send,
    .close = tls_conn_close,
    .reset = tls_conn_reset,
    .resume = tls_conn_resume,
};

static int wrap(struct tls *tls, struct conn *below, const struct tls_options *options,
                const struct conn_events *events, void *user, struct conn **ret)
{
    struct edge_tls *edge = (struct edge_tls *)tls;
    struct tls_conn *tc;

    if (tls_options_check(options) < 0 || !tls_context(edge, options))
        return ERR_RANGE;
    tc = mem_new(1, sizeof(*tc));
    tc->conn = (struct conn){.ops = &tls_conn_ops,
                             .events = events,
                             .user = user,
                             .local = below->local,
                             .remote = below->remote};
    tc->tls = edge;
    tc->below = below;
    tc->options = *options;
    tc->work = (struct core_work){.fn = tls_conn_work, .user = tc};
    timer_init(&tc->timer, core_timers(edge->core), NULL, on_timer, tc);
    queue_init(&tc->kept, CONN_WINDOW_BYTES + RECORD_BYTES_MAX);
    queue_init(&tc->out, CONN_WINDOW_BYTES);
    tc->next = edge->first;
    if (tc->next)
        tc->next->previous = tc;
    edge->first = tc;
    conn_set_events(below, &below_events, tc);
    if (!options->server) {
        tc->wants_start = true;
        post(tc);
    } else if (!(options->faults & TLS_STALL)) {
        timer_start(&tc->timer, HANDSHAKE_NS_MAX);
    }
    *ret = &tc->conn;
    return 0;
}

static const struct tls_report *report(const struct conn *conn)
{
    struct tls_conn *tc = (struct tls_conn *)conn;
    X509 *x509;

    assert(conn->ops == &tls_conn_ops);
    if (tc->peer || !tc->ssl)
        return &tc->report;
    x509 = SSL_get0_peer_certificate(tc->ssl);
    if (x509)
        tc->report.peer = tc->peer = certificate_of_x509(x509);
    return &tc->report;
}

const struct tls_ops edge_tls_ops = {.wrap = wrap, .report = report};

void tls_conns_forget(struct edge_tls *tls)
{
    while (tls->first) {
        struct tls_conn *tc = tls->first;

        assert(tc->busy == 0);
        enter(tc);
        tc->below = NULL;
        drop(tc);
        leave(tc);
    }
}

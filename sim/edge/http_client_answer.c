// SPDX-License-Identifier: Apache-2.0
// The answer of a call: its headers and body as they come, what TLS said underneath, and at last
// the words for how it went. An interim answer (RFC 9110 15.2) is forgotten when the real one
// comes.
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/edge/http_client_parts.h"
#include "sim/edge/socket_address.h"

// ---- As it grows ----

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct http_call *call = user;

    call->too_long = call->too_long || size * count > call->answer_bytes_max - call->body.length;
    if (call->too_long)
        return 0;
    str_add(&call->body, data, size * count);
    return size * count;
}

static void add_field(struct http_call *call, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *value = colon ? colon + 1 : NULL;
    const char *end = line + length;
    size_t at = call->fields.length;

    if (!colon || call->fields_count == HTTP_CLIENT_HEADERS_MAX ||
        call->fields.length + length + 2 > HTTP_CLIENT_HEADER_BYTES_MAX)
        return;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (unsigned char)end[-1] <= ' ')
        end--;
    str_add(&call->fields, line, (size_t)(colon - line));
    str_add(&call->fields, "", 1);
    str_add(&call->fields, value, (size_t)(end - value));
    str_add(&call->fields, "", 1);
    for (char *c = call->fields.text + at; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    call->fields_count++;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct http_call *call = user;

    (void)size; // Always 1.
    if (count > 5 && strncmp(data, "HTTP/", 5) == 0) {
        str_clear(&call->fields);
        call->fields_count = 0;
    } else {
        add_field(call, data, count);
    }
    return count;
}

static void note_tls(struct http_call *call, SSL *ssl)
{
    X509 *peer = SSL_get1_peer_certificate(ssl);
    uint8_t digest[CRYPTO_SHA256_BYTES];
    unsigned char *der = NULL;
    int length = peer ? i2d_X509(peer, &der) : 0;
    const char *suite = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));

    snprintf(call->tls, sizeof(call->tls), "%s", SSL_get_version(ssl));
    snprintf(call->suite, sizeof(call->suite), "%s", suite ? suite : "");
    if (length > 0) {
        crypto_sha256(der, (size_t)length, digest);
        crypto_hex(digest, call->fingerprint);
    }
    OPENSSL_free(der);
    X509_free(peer);
}

bool http_answer_may_ask(struct http_call *call)
{
    call->asked_again = call->asked && !call->repeatable;
    return !call->asked_again;
}

// The connection stands and the request is about to go out on it.
static int on_request(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct http_call *call = user;
    struct curl_tlssessioninfo *info = NULL;

    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    if (!http_answer_may_ask(call))
        return CURL_PREREQFUNC_ABORT;
    call->asked = true;
    if (curl_easy_getinfo(call->session->easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info &&
        info->backend == CURLSSLBACKEND_OPENSSL && info->internals)
        note_tls(call, info->internals);
    return CURL_PREREQFUNC_OK;
}

void http_answer_watch(struct http_call *call)
{
    CURL *easy = call->session->easy;

    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->trouble);
}

// ---- How it went ----

static const struct {
    CURLcode code;
    int err;
} outcomes[] = {
    {CURLE_COULDNT_CONNECT, ERR_REFUSED},
    {CURLE_GOT_NOTHING, ERR_CLOSED},
    {CURLE_PARTIAL_FILE, ERR_CLOSED},
    {CURLE_RECV_ERROR, ERR_RESET},
    {CURLE_SEND_ERROR, ERR_RESET},
    {CURLE_SSL_CONNECT_ERROR, ERR_REFUSED},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_REFUSED},
    {CURLE_SSL_CIPHER, ERR_REFUSED},
    {CURLE_WEIRD_SERVER_REPLY, ERR_MALFORMED},
    {CURLE_UNSUPPORTED_PROTOCOL, ERR_MALFORMED},
    {CURLE_BAD_CONTENT_ENCODING, ERR_MALFORMED},
    {CURLE_HTTP2, ERR_MALFORMED},
};

static bool is_handshake(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CIPHER;
}

static int error_of(const struct http_call *call, CURLcode code)
{
    long number = 0;

    if (code == CURLE_OK)
        return 0;
    if (call->too_long)
        return ERR_TOO_LONG;
    if (call->reason)
        return call->reason;
    if (call->asked_again)
        return ERR_CLOSED;
    curl_easy_getinfo(call->session->easy, CURLINFO_OS_ERRNO, &number);
    if (code == CURLE_COULDNT_CONNECT && number > 0)
        return socket_error((int)number);
    // The library tells an end within the handshake by these words alone.
    if (code == CURLE_SSL_CONNECT_ERROR && strstr(call->trouble, "SYSCALL"))
        return call->ended ? ERR_CLOSED : ERR_RESET;
    if (code == CURLE_SSL_CONNECT_ERROR && strstr(call->trouble, "reset by peer"))
        return ERR_RESET;
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (outcomes[i].code == code)
            return outcomes[i].err;
    return ERR_IO;
}

static size_t list_fields(const struct http_call *call,
                          struct http_header ret_headers[HTTP_CLIENT_HEADERS_MAX])
{
    const char *at = str_text(&call->fields);

    for (size_t i = 0; i < call->fields_count; i++) {
        ret_headers[i].name = at;
        at += strlen(at) + 1;
        ret_headers[i].value = at;
        at += strlen(at) + 1;
    }
    return call->fields_count;
}

static const char *field(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_count; i++)
        if (strcmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

// Without "https://host:port" when it is our own.
static const char *local_location(const struct http_session *session, const char *location)
{
    const char *colon = strrchr(session->origin, ':');
    size_t whole = strlen(session->origin);
    size_t host = (size_t)(colon - session->origin);

    if (!location)
        return NULL;
    if (strncasecmp(location, session->origin, whole) == 0 && location[whole] == '/')
        return location + whole;
    if (strcmp(colon, session->target.tls ? ":443" : ":80") == 0 &&
        strncasecmp(location, session->origin, host) == 0 && location[host] == '/')
        return location + host;
    return location;
}

void http_answer_tell(struct http_call *call, CURLcode code)
{
    struct http_header headers[HTTP_CLIENT_HEADERS_MAX];
    struct http_answer answer = {.err = error_of(call, code)};
    long status = 0;

    answer.tls = *call->tls ? call->tls : NULL;
    answer.suite = *call->suite ? call->suite : NULL;
    answer.fingerprint = *call->fingerprint ? call->fingerprint : NULL;
    answer.type = "";
    answer.body = "";
    if (answer.err < 0) {
        answer.handshake = is_handshake(code);
        answer.why = call->asked_again ? "the connection ended without an answer"
                     : *call->trouble  ? call->trouble
                                       : curl_easy_strerror(code);
    } else {
        curl_easy_getinfo(call->session->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.headers = headers;
        answer.headers_count = list_fields(call, headers);
        answer.location = local_location(call->session, field(&answer, "location"));
        answer.type = field(&answer, "content-type") ? field(&answer, "content-type") : "";
        answer.body = str_text(&call->body);
        answer.length = call->body.length;
    }
    call->done(call, &answer, call->user);
}

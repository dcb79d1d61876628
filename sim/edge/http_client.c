// SPDX-License-Identifier: Apache-2.0
// libcurl's multi interface on the loop of the turn. In the virtual network a session's descriptor
// ends in this process (http_client_pipe.h), and nothing holds the jump clock but the short
// timers of the library itself: what waits for the network waits for virtual time. On real sockets
// the answer is owed by somebody outside, so the clock is held until it has come. The library's own
// long limits lie beyond any run; who calls has a clock and cancels.
#include <assert.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/core/loop.h"
#include "sim/edge/http_client_parts.h"

#define HOLD_MS_MAX 1000         // A timer of the library up to this long is held for.
#define BEYOND_ANY_RUN_S 8000000 // Three months; in ms it still fits what the library counts with.

// ---- The library's events ----

static void call_free(struct http_call *call)
{
    curl_slist_free_all(call->headers);
    str_done(&call->body);
    str_done(&call->fields);
    free(call);
}

// The session has no call any more; its clock may leap.
static void call_detach(struct http_call *call)
{
    struct http_session *session = call->session;

    curl_multi_remove_handle(session->multi, session->easy);
    session->call = NULL;
    if (!session->target.host)
        core_release(session->client->core);
}

// After a callback of the owner the session may be gone: nothing follows it.
static void act(struct http_session *session, curl_socket_t fd, int what)
{
    struct http_call *call;
    CURLMsg *message;
    int running;
    int left;

    curl_multi_socket_action(session->multi, fd, what, &running);
    while ((message = curl_multi_info_read(session->multi, &left))) {
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        call = session->call;
        assert(call && message->easy_handle == session->easy);
        call_detach(call);
        http_answer_tell(call, code);
        call_free(call);
        return;
    }
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    act(user, loop_io_fd(io),
        (revents & LOOP_READ ? CURL_CSELECT_IN : 0) |
            (revents & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void stop_timer(struct http_session *session)
{
    core_cancel(session->client->core, &session->wake);
    loop_timer_stop(session->timer);
    if (session->timer_holds)
        core_release(session->client->core);
    session->timer_holds = false;
}

static void on_timer(struct loop_timer *timer, void *user)
{
    struct http_session *session = user;

    (void)timer;
    stop_timer(session);
    act(session, CURL_SOCKET_TIMEOUT, 0);
}

static void on_wake(void *user)
{
    act(user, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct http_session *session = user;

    (void)multi;
    stop_timer(session);
    if (timeout_ms == 0) {
        core_post(session->client->core, &session->wake);
    } else if (timeout_ms > 0) {
        session->timer_holds = timeout_ms <= HOLD_MS_MAX;
        if (session->timer_holds)
            core_hold(session->client->core);
        loop_timer_start(session->timer, timeout_ms * SIM_NS_PER_MS);
    }
    return 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *state)
{
    struct http_session *session = user;
    struct loop_io *io = state;
    int events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        loop_io_free(&io);
        curl_multi_assign(session->multi, fd, NULL);
    } else if (io) {
        loop_io_set(io, events);
    } else {
        io = loop_io_new(core_loop(session->client->core), fd, events, on_io, session);
        curl_multi_assign(session->multi, fd, io);
    }
    return 0;
}

// ---- Into the virtual network ----

static void on_pipe_end(void *user, int reason)
{
    struct http_session *session = user;

    if (!session->call)
        return;
    session->call->ended = reason == 0;
    session->call->reason = reason;
}

static curl_socket_t open_pipe(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_session *session = user;
    struct http_pipe_name name;
    int fd;
    int err;

    (void)purpose;
    if (!http_answer_may_ask(session->call))
        return CURL_SOCKET_BAD;
    err = http_pipe_open(&session->client->pipes, session->target.host, &session->target.at,
                         on_pipe_end, session, &fd, &name);
    session->call->reason = err; // And not that of an older conn, which had ended meanwhile.
    session->call->ended = false;
    if (err < 0)
        return CURL_SOCKET_BAD;
    // What stands here is where the library connects to; it has room for a sockaddr_storage.
    address->family = AF_UNIX;
    address->protocol = 0;
    address->addrlen = name.length;
    memcpy(&address->addr, &name.address, name.length);
    session->fd = fd;
    return fd;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_session *session = user;

    (void)purpose;
    if (!http_answer_may_ask(session->call))
        return CURL_SOCKET_BAD;
    session->fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return session->fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    struct http_session *session = user;

    if (session->fd == fd)
        session->fd = -1;
    return close(fd);
}

// Whether the idle connection has something to read, which is its end: a server says nothing that
// it was not asked. libcurl 7.88 looks for that only once a request was sent (curl issue 10646).
static bool is_stale(const struct http_session *session)
{
    char byte;
    ssize_t length =
        session->fd < 0 ? -1 : recv(session->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

    return session->fd >= 0 && (length >= 0 || (errno != EAGAIN && errno != EINTR));
}

// ---- A request ----

// Certificates are judged by the clock of the world, and a probe offers what it asks about.
static CURLcode on_tls_context(CURL *easy, void *context, void *user)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    struct http_session *session = user;

    (void)easy;
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context),
                               (time_t)(core_utc_ns(session->client->core) / SIM_NS_PER_S));
    if (!session->probe)
        return CURLE_OK;
    SSL_CTX_set_security_level(context, 0);
    if (SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") != 1 ||
        SSL_CTX_set_min_proto_version(context, versions[session->only]) != 1 ||
        SSL_CTX_set_max_proto_version(context, versions[session->only]) != 1)
        return CURLE_SSL_CIPHER;
    return CURLE_OK;
}

static void set_connection(struct http_session *session)
{
    CURL *easy = session->easy;
    const char *trust = session->target.trust_pem;
    struct curl_blob authorities = {(void *)trust, trust ? strlen(trust) : 0, CURL_BLOB_COPY};

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, session->target.tls ? "https" : "http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, session->resolve);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)BEYOND_ANY_RUN_S / 4);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)BEYOND_ANY_RUN_S / 4);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, trust ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, trust ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (trust)
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &authorities);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, session);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_stale(session) ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, session);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, session);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                     session->target.host ? open_pipe : open_socket);
}

static void set_request(struct http_call *call, const struct http_call_options *options)
{
    CURL *easy = call->session->easy;
    char *url = str_format("%s%s", call->session->origin, options->path);

    curl_easy_setopt(easy, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "testbay");
    call->headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < options->headers_count; i++) {
        char *line = str_format("%s: %s", options->headers[i].name, options->headers[i].value);

        call->headers = curl_slist_append(call->headers, line);
        free(line);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    if (strcmp(options->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (options->body || strcmp(options->method, "POST") == 0 ||
               strcmp(options->method, "PUT") == 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)options->body_length);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, options->body ? options->body : "");
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
    } else {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
    }
}

int http_session_call(struct http_session *session, const struct http_call_options *options,
                      http_done_fn *done, void *user, struct http_call **ret)
{
    struct http_call *call;

    assert(options->method && options->path[0] == '/');
    if (session->call)
        return ERR_FULL;
    call = mem_new(1, sizeof(*call));
    call->session = session;
    call->done = done;
    call->user = user;
    call->answer_bytes_max = options->answer_bytes_max;
    call->repeatable = strcmp(options->method, "GET") == 0 || strcmp(options->method, "HEAD") == 0;
    session->call = call;
    curl_easy_reset(session->easy); // Cookies and connections stay.
    set_connection(session);
    set_request(call, options);
    http_answer_watch(call);
    if (!session->target.host)
        core_hold(session->client->core);
    curl_multi_add_handle(session->multi, session->easy); // Only arms the timer.
    *ret = call;
    return 0;
}

void http_call_cancel(struct http_call **call)
{
    if (!*call)
        return;
    call_detach(*call);
    call_free(*call);
    *call = NULL;
}

// ---- Sessions ----

// "https://name:443", and where that name is.
static void name_origin(struct http_session *session)
{
    const struct http_target *target = &session->target;
    struct address at = target->at;
    struct address parsed;
    char address[ADDRESS_TEXT_ROOM];
    const char *name = target->name;
    bool literal = !name || address_parse(name, &parsed) == 0;
    char *line;

    at.port = 0;
    address_text(&at, address);
    name = name ? name : address;
    session->origin = str_format(strchr(name, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
                                 target->tls ? "https" : "http", name, target->at.port);
    if (literal)
        return;
    line = str_format(at.family == 6 ? "%s:%u:[%s]" : "%s:%u:%s", name, target->at.port, address);
    session->resolve = curl_slist_append(NULL, line);
    free(line);
}

struct http_session *http_session_new(struct http_client *client, const struct http_target *target)
{
    struct http_session *session = mem_new(1, sizeof(*session));

    assert(target->at.family && target->at.port);
    session->client = client;
    session->fd = -1;
    session->target = *target;
    session->target.name = str_copy(target->name);
    session->target.trust_pem = str_copy(target->trust_pem);
    name_origin(session);
    session->wake = (struct core_work){.fn = on_wake, .user = session};
    session->timer = loop_timer_new(core_loop(client->core), on_timer, session);
    session->easy = curl_easy_init();
    session->multi = curl_multi_init();
    assert(session->easy && session->multi);
    // Cookies on, and none yet: what curl_easy_reset() leaves alone.
    curl_easy_setopt(session->easy, CURLOPT_COOKIELIST, "Set-Cookie: on=1");
    curl_easy_setopt(session->easy, CURLOPT_COOKIELIST, "ALL");
    curl_multi_setopt(session->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(session->multi, CURLMOPT_SOCKETDATA, session);
    curl_multi_setopt(session->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(session->multi, CURLMOPT_TIMERDATA, session);
    curl_multi_setopt(session->multi, CURLMOPT_MAXCONNECTS, 1L);
    session->next = client->sessions;
    if (session->next)
        session->next->previous = session;
    client->sessions = session;
    return session;
}

struct http_session *http_session_probe(const struct http_session *like, enum tls_version only)
{
    struct http_session *session;

    assert(like->target.tls);
    session = http_session_new(like->client, &like->target);
    free((char *)session->target.trust_pem);
    session->target.trust_pem = NULL;
    session->probe = true;
    session->only = only;
    return session;
}

void http_session_free(struct http_session **base)
{
    struct http_session *session = *base;
    struct http_call *call = session ? session->call : NULL;

    if (!session)
        return;
    http_call_cancel(&call);
    curl_easy_cleanup(session->easy);
    curl_multi_cleanup(session->multi);
    http_pipes_forget(&session->client->pipes, session);
    stop_timer(session);
    loop_timer_free(&session->timer);
    if (session->previous)
        session->previous->next = session->next;
    else
        session->client->sessions = session->next;
    if (session->next)
        session->next->previous = session->previous;
    curl_slist_free_all(session->resolve);
    free((char *)session->target.name);
    free((char *)session->target.trust_pem);
    free(session->origin);
    free(session->cookie);
    free(session);
    *base = NULL;
}

// A line of the library is domain, subdomains, path, secure, expiry, name and value, by tabs.
static const char *cookie_value(const char *line, const char *name)
{
    size_t length = strlen(name);

    for (unsigned tabs = 0; tabs < 5; tabs++) {
        line = strchr(line, '\t');
        if (!line)
            return NULL;
        line++;
    }
    return strncmp(line, name, length) == 0 && line[length] == '\t' ? line + length + 1 : NULL;
}

const char *http_session_cookie(const struct http_session *base, const char *name)
{
    struct http_session *session = (struct http_session *)base;
    struct curl_slist *cookies = NULL;

    free(session->cookie);
    session->cookie = NULL;
    curl_easy_getinfo(session->easy, CURLINFO_COOKIELIST, &cookies);
    for (const struct curl_slist *item = cookies; item && !session->cookie; item = item->next)
        session->cookie = str_copy(cookie_value(item->data, name));
    curl_slist_free_all(cookies);
    return session->cookie;
}

// ---- The client ----

struct http_client *http_client_new(struct core *core)
{
    struct http_client *client = mem_new(1, sizeof(*client));

    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->core = core;
    http_pipes_init(&client->pipes, core);
    return client;
}

void http_client_free(struct http_client **client)
{
    if (!*client)
        return;
    while ((*client)->sessions) {
        struct http_session *session = (*client)->sessions;

        http_session_free(&session);
    }
    http_pipes_done(&(*client)->pipes);
    free(*client);
    *client = NULL;
    curl_global_cleanup();
}

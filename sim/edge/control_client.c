// SPDX-License-Identifier: Apache-2.0
// libcurl's multi interface on our loop (CURLMOPT_SOCKETFUNCTION(3), CURLMOPT_TIMERFUNCTION(3)): it
// says which descriptors and which time it waits for, we say when they have come.
#include "sim/edge/control_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

struct call {
    struct control_client *client;
    struct call *next;
    struct call *previous;
    CURL *easy;
    struct curl_slist *headers;
    struct str answer;
    bool too_long;
    control_call_fn *fn;
    void *user;
};

struct control_client {
    struct core *core;
    char *path;
    CURLM *multi;
    struct loop_timer *timer;
    struct call *calls;
    size_t call_count;
};

static const struct {
    CURLcode code;
    int error;
} call_errors[] = {
    {CURLE_OK, 0},
    {CURLE_COULDNT_CONNECT, ERR_REFUSED},
    {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT},
};

static int error_of(const struct call *call, CURLcode code)
{
    if (call->too_long)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < sizeof(call_errors) / sizeof(call_errors[0]); i++)
        if (call_errors[i].code == code)
            return call_errors[i].error;
    return ERR_IO;
}

// The call is over: the clock may move again before its owner hears of it.
static void call_end(struct call *call, int error)
{
    struct control_client *client = call->client;
    long status = 0;

    if (call->previous)
        call->previous->next = call->next;
    else
        client->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
    client->call_count--;
    if (error == 0)
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(client->multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    core_release(client->core);
    if (error)
        str_clear(&call->answer);
    call->fn(call->user, error, (unsigned)status, str_text(&call->answer), call->answer.length);
    str_done(&call->answer);
    free(call);
}

static void end_finished(struct control_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left))) {
        struct call *call;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        call_end(call, error_of(call, code));
    }
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct control_client *client = user;
    int running;

    curl_multi_socket_action(client->multi, loop_io_fd(io),
                             (revents & LOOP_READ ? CURL_CSELECT_IN : 0) |
                                 (revents & LOOP_WRITE ? CURL_CSELECT_OUT : 0),
                             &running);
    end_finished(client);
}

static void on_timer(struct loop_timer *timer, void *user)
{
    struct control_client *client = user;
    int running;

    (void)timer;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    end_finished(client);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *state)
{
    struct control_client *client = user;
    struct loop_io *io = state;
    int events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        loop_io_free(&io);
        curl_multi_assign(client->multi, fd, NULL);
    } else if (io) {
        loop_io_set(io, events);
    } else {
        io = loop_io_new(core_loop(client->core), fd, events, on_io, client);
        curl_multi_assign(client->multi, fd, io);
    }
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct control_client *client = user;

    (void)multi;
    if (timeout_ms < 0)
        loop_timer_stop(client->timer);
    else
        loop_timer_start(client->timer, timeout_ms * SIM_NS_PER_MS);
    return 0;
}

static size_t on_curl_data(char *data, size_t size, size_t count, void *user)
{
    struct call *call = user;

    call->too_long = call->answer.length + size * count > CONTROL_ANSWER_BYTES_MAX;
    if (call->too_long)
        return 0;
    str_add(&call->answer, data, size * count);
    return size * count;
}

struct control_client *control_client_new(struct core *core, const char *path)
{
    struct control_client *client = mem_new(1, sizeof(*client));

    client->core = core;
    client->path = str_copy(path);
    client->multi = curl_multi_init();
    assert(client->multi);
    client->timer = loop_timer_new(core_loop(core), on_timer, client);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    return client;
}

void control_client_free(struct control_client **base)
{
    struct control_client *client = *base;

    if (!client)
        return;
    while (client->calls)
        call_end(client->calls, ERR_CANCELLED);
    curl_multi_cleanup(client->multi);
    loop_timer_free(&client->timer);
    free(client->path);
    free(client);
    *base = NULL;
}

static void set_up(struct call *call, const char *method, const char *path, const char *json,
                   int64_t timeout_ns)
{
    char *url = str_format("http://testbay%s", path);
    CURL *easy = call->easy;

    call->headers = curl_slist_append(NULL, "Expect:");
    call->headers = curl_slist_append(call->headers, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, call->client->path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    if (json)
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, json);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)((timeout_ns + 999999) / SIM_NS_PER_MS));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    free(url);
}

int control_call(struct control_client *client, const char *method, const char *path,
                 const char *json, int64_t timeout_ns, control_call_fn *fn, void *user)
{
    struct call *call;

    assert(path[0] == '/' && timeout_ns > 0);
    if (client->call_count == CONTROL_CALLS_MAX)
        return ERR_TOO_MANY;
    call = mem_new(1, sizeof(*call));
    call->client = client;
    call->fn = fn;
    call->user = user;
    call->easy = curl_easy_init();
    assert(call->easy);
    set_up(call, method, path, json, timeout_ns);
    call->next = client->calls;
    if (call->next)
        call->next->previous = call;
    client->calls = call;
    client->call_count++;
    core_hold(client->core);
    curl_multi_add_handle(client->multi, call->easy); // Only arms the timer.
    return 0;
}

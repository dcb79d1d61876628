// SPDX-License-Identifier: Apache-2.0
// Any request at the web API of a Panel Server, behind an HTTP server that has already read it: the
// first byte says who asks (`-` nobody, `s` with a session, `c` with its second token too), then
// come method, path and query in a line, header lines, an empty line, the body. Every request is
// answered once; without a session nothing but the open paths answers with content; without the
// second token nothing is set. The HTTP server is a stand-in.
#include "devices/panel_server/web.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROFILE "devices/panel_server/profiles/ps-2025-04.yaml"
#define SITE "{profile: ps-2025-04, model: PAS600L, hardware: V2.0, serial: PS0123456789}"
#define HEADERS_MAX 12
#define PASSWORD "Panel-2025"

struct http_exchange {
    int status; // 0: not answered.
    void *user;
};

// ---- The stand-in ----

void http_respond(struct http_exchange *exchange, int status, const struct http_header *headers,
                  size_t headers_count, const void *body, size_t body_length)
{
    assert(exchange->status == 0 && status >= 200 && status < 600);
    assert(body && strlen(body) >= body_length);
    for (size_t i = 0; i < headers_count; i++)
        assert(headers[i].name && !strpbrk(headers[i].value, "\r\n"));
    exchange->status = status;
}

void http_exchange_set_user(struct http_exchange *exchange, void *user)
{
    exchange->user = user;
}

void *http_exchange_user(const struct http_exchange *exchange)
{
    return exchange->user;
}

const char *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

struct http_server *http_server_new(struct web *web, struct timers *timers,
                                    const struct http_server_options *options,
                                    const struct http_server_events *events, void *user)
{
    (void)timers;
    (void)options;
    (void)events;
    (void)user;
    return (struct http_server *)web;
}

void http_server_take(struct http_server *server, struct conn *conn)
{
    (void)server;
    (void)conn;
}

void http_server_drop(struct http_server *server)
{
    (void)server;
}

void http_server_free(struct http_server **server)
{
    *server = NULL;
}

// ---- The device ----

static int64_t utc_ns(void *user)
{
    return INT64_C(1768464000000000000) + timers_now(user);
}

static void on_event(void *user, const char *id, const char *text)
{
    (void)user;
    (void)id;
    (void)text;
}

static const char *secret(void *user, const char *id, const char *account)
{
    (void)user;
    (void)id;
    return strcmp(account, "SecurityAdmin") == 0 ? PASSWORD : NULL;
}

// One for all inputs: what they leave behind is bounded, or found by growing.
static struct panel *panel_made(void)
{
    static struct device *device;
    static char nobody;
    struct diag *diag = diag_new();
    struct device_config config = {
        .id = "gw", .family = &panel_server_family, .hardware = "V2.0", .secret = secret};
    static struct yaml_document *document;
    static struct profile *profile;

    if (!device) {
        int err = profile_load(PROFILE, diag, &profile);

        assert(err == 0 && yaml_parse("site", SITE, strlen(SITE), diag, &document) == 0);
        config.profile = profile;
        config.model = profile_model(profile, "PAS600L", "V2.0");
        config.site = yaml_root(document);
        config.world.timers = timers_new();
        config.world.user = config.world.timers;
        config.world.utc_ns = utc_ns;
        config.world.event = on_event;
        config.world.tls = (struct tls *)&nobody;
        config.world.web = (struct web *)&nobody;
        err = device_new(&config, diag, &device);
        assert(err == 0);
        device_set_power(device, true);
        panel_web_start(panel_of(device)->web);
    }
    diag_free(&diag);
    return panel_of(device);
}

// ---- One request ----

struct input {
    struct http_request request;
    struct http_header headers[HEADERS_MAX];
};

static char *cut(char **at, const char *end)
{
    char *begin = *at, *found = strpbrk(begin, end);

    *at = found ? found + 1 : begin + strlen(begin);
    if (found)
        *found = '\0';
    return begin;
}

static void add_header(struct input *input, const char *name, const char *value)
{
    if (input->request.headers_count < HEADERS_MAX)
        input->headers[input->request.headers_count++] = (struct http_header){name, value};
}

static void parse(char *text, struct input *input)
{
    char *line = cut(&text, "\n");

    input->request.method = cut(&line, " ");
    input->request.path = cut(&line, "?");
    input->request.query = line;
    for (line = cut(&text, "\n"); *line; line = cut(&text, "\n")) {
        const char *name = cut(&line, ":");

        add_header(input, name, line + strspn(line, " "));
    }
    input->request.body = text;
    input->request.body_length = strlen(text);
    input->request.headers = input->headers;
}

static bool is_open(const char *path)
{
    static const char *const open[] = {"/login",       "/login.js",     "/common.js",
                                       "/panel.css",   "/icon.svg",     "/api/login-state",
                                       "/api/session", "/api/password", NULL};

    for (size_t i = 0; open[i]; i++)
        if (strcmp(open[i], path) == 0)
            return true;
    return false;
}

static void ask(struct panel *panel, char who, struct input *input)
{
    static const struct conn conn = {.remote = {.family = 4, .ip = {10, 77, 255, 1}, .port = 9}};
    char token[SESSION_TOKEN_ROOM], cookie[SESSION_TOKEN_ROOM + 16];
    struct http_exchange exchange = {0};
    size_t entries = audit_count(panel->audit);
    enum panel_state before[PANEL_SERVICES][PANEL_INTERFACES_MAX];

    memcpy(before, panel->services, sizeof(before));
    input->request.conn = &conn;
    if (who != '-') {
        sessions_open(panel->web->sessions, "SecurityAdmin", "user", token);
        snprintf(cookie, sizeof(cookie), "session=%s", token);
        input->request.headers_count = 0; // Ours alone count.
        add_header(input, "cookie", cookie);
        add_header(input, "content-type", "application/json");
    }
    if (who == 'c')
        add_header(input, "x-csrf-token", sessions_find(panel->web->sessions, token)->csrf);
    web_events.on_request(&exchange, &input->request, panel);
    assert(exchange.status != 0);
    assert(who != '-' || exchange.status != 200 || is_open(input->request.path));
    assert(who == 'c' || memcmp(before, panel->services, sizeof(before)) == 0);
    assert(audit_count(panel->audit) <= entries + 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input;
    char *text;

    if (size < 2 || memchr(data, '\0', size))
        return 0; // The HTTP server lets none pass.
    memset(&input, 0, sizeof(input));
    text = str_format("%.*s", (int)(size - 1), (const char *)data + 1);
    parse(text, &input);
    ask(panel_made(), data[0] == 's' || data[0] == 'c' ? (char)data[0] : '-', &input);
    free(text);
    return 0;
}

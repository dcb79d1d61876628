// SPDX-License-Identifier: Apache-2.0
// The Unix socket, who may come in, and the clients. A client is a conn: what it sends while its
// request is being worked on stays in the kernel, so that nobody makes the loop run for nothing.
// libwebsockets does not serve here: it runs its loop hot while such bytes wait, and holding them
// off also held off its answer.
#include "sim/edge/control.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"
#include "sim/edge/control_http.h"
#include "sim/edge/socket_conn.h"
#include "sim/edge/sockets.h"

#define CONTROL_BACKLOG 64
#define CONTROL_ACCEPTS_PER_TURN 4

enum client_state {
    CLIENT_HEAD,   // A request's head is to come.
    CLIENT_BODY,   // Its body is to come.
    CLIENT_ASKED,  // The owner has it.
    CLIENT_ANSWER, // The answer is leaving.
};

struct client {
    struct control *control;
    struct client *next;
    struct client *previous;
    struct conn *conn;
    struct loop_timer *timer; // For a request to come in whole, and for an answer to leave.
    enum client_state state;
    bool timing; // The timer runs.
    bool close;  // After this answer.
    struct control_reply *reply;
    const char *method;
    struct str path;
    struct str body;
    size_t body_length;
    struct str answer;
    size_t answered; // Bytes of it that have left.
};

struct control_reply {
    struct control *control;
    struct control_reply *next;
    struct control_reply *previous;
    struct client *client; // NULL: it has gone.
};

struct control {
    struct core *core;
    char *path;
    control_request_fn *fn;
    void *user;
    struct loop_io *io;
    int fd;
    dev_t device; // Of the socket file, so that no other is removed at the end.
    ino_t inode;
    struct socket_conns conns;
    struct client *clients;
    unsigned client_count;
    struct control_reply *replies;
    int64_t patience_ns;
};

// ---- Clients -----------------------------------------------------------------------------------

// Its conn has gone already.
static void client_free(struct client *client)
{
    if (client->previous)
        client->previous->next = client->next;
    else
        client->control->clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    client->control->client_count--;
    if (client->reply)
        client->reply->client = NULL;
    loop_timer_free(&client->timer);
    str_done(&client->path);
    str_done(&client->body);
    str_done(&client->answer);
    free(client);
}

static void start_timer(struct client *client)
{
    client->timing = true;
    loop_timer_start(client->timer, client->control->patience_ns);
}

static void stop_timer(struct client *client)
{
    client->timing = false;
    loop_timer_stop(client->timer);
}

static void on_timer(struct loop_timer *timer, void *user)
{
    struct client *client = user;

    (void)timer;
    conn_reset(client->conn);
    client_free(client);
}

// Sends what the conn takes; once all has left the next request may come.
static void send_answer(struct client *client)
{
    client->answered += conn_send(client->conn, client->answer.text + client->answered,
                                  client->answer.length - client->answered);
    if (client->answered < client->answer.length)
        return;
    stop_timer(client);
    if (client->close) {
        conn_close(client->conn);
        client_free(client);
        return;
    }
    client->state = CLIENT_HEAD;
    conn_resume(client->conn);
}

static void answer(struct client *client, unsigned status, const char *text)
{
    client->state = CLIENT_ANSWER;
    client->answered = 0;
    str_clear(&client->answer);
    str_addf(&client->answer,
             "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
             status, control_http_reason(status), strlen(text),
             client->close ? "Connection: close\r\n" : "");
    str_adds(&client->answer, text);
    start_timer(client);
    send_answer(client);
}

static void refuse(struct client *client, unsigned status)
{
    struct str text = {0};

    str_adds(&text, "{\"error\": ");
    str_add_json(&text, control_http_reason(status));
    str_adds(&text, "}");
    client->close = true;
    answer(client, status, str_text(&text));
    str_done(&text);
}

// ---- Requests ----------------------------------------------------------------------------------

static void dispatch(struct client *client)
{
    struct control *control = client->control;
    struct control_reply *reply = mem_new(1, sizeof(*reply));

    reply->control = control;
    reply->client = client;
    reply->next = control->replies;
    if (reply->next)
        reply->next->previous = reply;
    control->replies = reply;
    client->reply = reply;
    client->state = CLIENT_ASKED;
    stop_timer(client);
    control->fn(control->user, client->method, str_text(&client->path), str_text(&client->body),
                client->body.length, reply);
}

// Returns the bytes used; 0 when the head is not whole yet or was refused.
static size_t take_head(struct client *client, const uint8_t *data, size_t length)
{
    struct control_head head;
    unsigned status = 0;
    size_t used = 0;
    int error = control_http_read(data, length, &head, &used, &status);

    if (error == ERR_TRUNCATED)
        return 0;
    if (error) {
        refuse(client, status);
        return 0;
    }
    client->method = head.method;
    client->close = head.close;
    client->body_length = head.body_length;
    str_clear(&client->path);
    str_add(&client->path, head.path, head.path_length);
    str_clear(&client->body);
    client->state = CLIENT_BODY;
    if (head.wants_continue && head.body_length > 0)
        conn_send(client->conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    return used;
}

static size_t take_body(struct client *client, const uint8_t *data, size_t length)
{
    size_t wanted = client->body_length - client->body.length;
    size_t taken = length < wanted ? length : wanted;

    str_add(&client->body, (const char *)data, taken);
    return taken;
}

// At most one request is taken from what is offered; the rest waits for its answer.
static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct client *client = user;
    size_t used = 0;

    if (client->state == CLIENT_HEAD) {
        if (!client->timing)
            start_timer(client);
        used = take_head(client, data, length);
        if (used == 0)
            return 0;
    }
    if (client->state == CLIENT_BODY) {
        used += take_body(client, data + used, length - used);
        if (client->body.length < client->body_length)
            return used;
        conn_pause(conn);
        dispatch(client);
        return used;
    }
    conn_pause(conn);
    return used;
}

static void on_room(struct conn *conn, void *user)
{
    struct client *client = user;

    (void)conn;
    if (client->state == CLIENT_ANSWER)
        send_answer(client);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    (void)reason;
    client_free(user);
}

static void on_open(struct conn *conn, void *user)
{
    (void)conn;
    (void)user;
}

static const struct conn_events client_events = {
    .on_open = on_open,
    .on_data = on_data,
    .on_room = on_room,
    .on_end = on_end,
};

static void reply_free(struct control_reply *reply)
{
    if (reply->previous)
        reply->previous->next = reply->next;
    else
        reply->control->replies = reply->next;
    if (reply->next)
        reply->next->previous = reply->previous;
    if (reply->client)
        reply->client->reply = NULL;
    free(reply);
}

void control_reply_json(struct control_reply *reply, unsigned status, const char *text)
{
    struct client *client = reply->client;

    assert(status >= 200 && status <= 599);
    reply_free(reply);
    if (client)
        answer(client, status, text);
}

// ---- The socket --------------------------------------------------------------------------------

static bool may_come_in(int fd)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t length = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void client_new(struct control *control, int fd)
{
    struct client *client = mem_new(1, sizeof(*client));

    client->control = control;
    client->next = control->clients;
    if (client->next)
        client->next->previous = client;
    control->clients = client;
    control->client_count++;
    client->timer = loop_timer_new(core_loop(control->core), on_timer, client);
    client->conn = socket_conn_new(&control->conns, fd, SOCKET_STANDS);
    conn_set_events(client->conn, &client_events, client);
}

static void on_io(struct loop_io *io, int revents, void *user)
{
    struct control *control = user;

    (void)revents;
    for (int i = 0; i < CONTROL_ACCEPTS_PER_TURN; i++) {
        int fd = accept4(loop_io_fd(io), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const char *why = fd < 0                                         ? NULL
                          : control->client_count >= CONTROL_CLIENTS_MAX ? "too many"
                          : !may_come_in(fd) ? "it belongs to another user"
                                             : NULL;

        if (fd < 0)
            return;
        if (!why) {
            client_new(control, fd);
            continue;
        }
        log_warn(control->path, "a client is turned away: %s", why);
        close(fd);
    }
}

// Whether the file at `path` is a socket that nobody serves any more.
static int check_stale(const char *path, const struct sockaddr_un *address)
{
    struct stat status;
    int fd;
    int answered;

    if (lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(status.st_mode))
        return ERR_EXISTS;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    answered = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
               errno != ECONNREFUSED;
    close(fd);
    if (answered)
        return ERR_EXISTS;
    return unlink(path) < 0 ? -errno : 0;
}

static int open_listener(struct control *control, const struct sockaddr_un *address)
{
    struct stat status;
    int failed;

    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0)
        return -errno;
    // The file takes its mode from here: it is never wider than 0600, not for a moment.
    if (fchmod(control->fd, 0600) < 0)
        return -errno;
    failed = bind(control->fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
    if (failed)
        return failed == EADDRINUSE ? ERR_EXISTS : -failed;
    if (stat(control->path, &status) < 0 || listen(control->fd, CONTROL_BACKLOG) < 0)
        return -errno;
    control->device = status.st_dev;
    control->inode = status.st_ino;
    return 0;
}

int control_new(struct core *core, const char *path, control_request_fn *fn, void *user,
                struct control **ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct control *control;
    int error;

    if (strlen(path) >= sizeof(address.sun_path))
        return ERR_TOO_LONG;
    memcpy(address.sun_path, path, strlen(path));
    error = check_stale(path, &address);
    if (error)
        return error;
    control = mem_new(1, sizeof(*control));
    control->core = core;
    control->path = str_copy(path);
    control->fn = fn;
    control->user = user;
    control->fd = -1;
    control->patience_ns = CONTROL_PATIENCE_NS;
    control->conns = (struct socket_conns){.core = core, .buffer = mem_new(1, EDGE_READ_BYTES)};
    error = open_listener(control, &address);
    if (error) {
        control_free(&control);
        return error;
    }
    control->io = loop_io_new(core_loop(core), control->fd, LOOP_READ, on_io, control);
    *ret = control;
    return 0;
}

void control_set_patience(struct control *control, int64_t patience_ns)
{
    assert(patience_ns > 0);
    control->patience_ns = patience_ns;
}

void control_free(struct control **base)
{
    struct control *control = *base;
    struct stat status;

    if (!control)
        return;
    loop_io_free(&control->io);
    socket_conns_reset(&control->conns);
    while (control->clients)
        client_free(control->clients);
    while (control->replies)
        reply_free(control->replies);
    if (control->inode && lstat(control->path, &status) == 0 && status.st_ino == control->inode &&
        status.st_dev == control->device)
        unlink(control->path);
    if (control->fd >= 0)
        close(control->fd);
    free(control->conns.buffer);
    free(control->path);
    free(control);
    *base = NULL;
}

// SPDX-License-Identifier: Apache-2.0
// For tests alone: a Modbus server in a thread of its own, so that a driver meets it over a real
// socket or pty as it would meet a board. What it answers is a function of the test.
#ifndef BENCH_TEST_PEER_H
#define BENCH_TEST_PEER_H

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "bench/test_answer.h"

#define TEST_PEER_SILENCE_MS 5

// ---- The thread ----

static inline void test_peer_close(struct test_peer *peer, int *conn)
{
    if (!peer->line && *conn >= 0) {
        close(*conn);
        *conn = -1;
    }
}

// Reads a whole frame: on a line until it is silent.
static inline size_t test_peer_read(struct test_peer *peer, int conn, uint8_t *bytes, size_t room)
{
    struct pollfd fds = {.fd = conn, .events = POLLIN};
    size_t length = 0;

    do {
        ssize_t count = read(conn, bytes + length, room - length);

        if (count <= 0)
            break;
        length += (size_t)count;
    } while (peer->line && length < room && poll(&fds, 1, TEST_PEER_SILENCE_MS) > 0);
    return length;
}

static inline void test_peer_serve(struct test_peer *peer, int *conn)
{
    uint8_t bytes[512];
    uint8_t reply[512];
    size_t length = test_peer_read(peer, *conn, bytes, sizeof(bytes));
    size_t reply_length;
    ssize_t sent;

    if (length == 0) {
        test_peer_close(peer, conn);
        return;
    }
    atomic_fetch_add(&peer->frames, 1);
    reply_length =
        atomic_load(&peer->silent) ? 0 : atomic_load(&peer->fn)(peer, bytes, length, reply);
    if (reply_length == TEST_PEER_CLOSE) {
        test_peer_close(peer, conn);
        return;
    }
    sent = reply_length ? write(*conn, reply, reply_length) : 0;
    (void)sent; // The test sees what is missing.
}

static inline void test_peer_accept(struct test_peer *peer)
{
    int conn = accept4(peer->fd, NULL, NULL, SOCK_CLOEXEC);

    for (int i = 0; i < TEST_PEER_CONNS_MAX; i++) {
        if (peer->conns[i] < 0) {
            peer->conns[i] = conn;
            return;
        }
    }
    close(conn);
}

static inline void *test_peer_run(void *user)
{
    struct test_peer *peer = user;

    for (;;) {
        struct pollfd fds[2 + TEST_PEER_CONNS_MAX] = {
            {.fd = peer->stop, .events = POLLIN},
            {.fd = peer->line ? -1 : peer->fd, .events = POLLIN}};

        for (int i = 0; i < TEST_PEER_CONNS_MAX; i++)
            fds[2 + i] = (struct pollfd){.fd = peer->conns[i], .events = POLLIN};
        poll(fds, 2 + TEST_PEER_CONNS_MAX, -1);
        if (fds[0].revents)
            return NULL;
        for (int i = 0; i < TEST_PEER_CONNS_MAX; i++) {
            if (fds[2 + i].revents & POLLIN)
                test_peer_serve(peer, &peer->conns[i]);
            else if (fds[2 + i].revents && !peer->line)
                test_peer_close(peer, &peer->conns[i]);
            else if (fds[2 + i].revents) // Nobody has the terminal open just now.
                poll(fds, 1, 1);
        }
        if (fds[1].revents)
            test_peer_accept(peer);
    }
}

static inline void test_peer_start(struct test_peer *peer)
{
    int rc;

    peer->stop = eventfd(0, EFD_CLOEXEC);
    rc = pthread_create(&peer->thread, NULL, test_peer_run, peer);
    assert(rc == 0);
}

static inline struct test_peer *test_peer_new(test_peer_fn *fn)
{
    struct test_peer *peer = calloc(1, sizeof(*peer));

    peer->fn = fn;
    for (int i = 0; i < TEST_PEER_CONNS_MAX; i++)
        peer->conns[i] = -1;
    test_store_init(&peer->store);
    return peer;
}

// Opens it on an ephemeral port of loopback. Its store is the thread's from now on.
static inline void test_peer_open_tcp(struct test_peer *peer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(at);
    int rc;

    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rc = bind(peer->fd, (struct sockaddr *)&at, length);
    assert(rc == 0);
    rc = listen(peer->fd, 16);
    assert(rc == 0);
    getsockname(peer->fd, (struct sockaddr *)&at, &length);
    peer->at = (struct address){.family = 4, .ip = {127, 0, 0, 1}, .port = ntohs(at.sin_port)};
    test_peer_start(peer);
}

static inline struct test_peer *test_peer_tcp(test_peer_fn *fn)
{
    struct test_peer *peer = test_peer_new(fn);

    test_peer_open_tcp(peer);
    return peer;
}

// The own end of a fresh pty, raw; `ret_path` is the end that a driver opens.
static inline int test_pty_open(char *ret_path, size_t room)
{
    struct termios settings;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : grantpt(fd) || unlockpt(fd) || ptsname_r(fd, ret_path, room);

    assert(rc == 0);
    tcgetattr(fd, &settings);
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
    return fd;
}

// Opens it on a line; its end of the pty stays open until the peer is freed.
static inline void test_peer_open_line(struct test_peer *peer)
{
    peer->line = true;
    peer->store.server.diagnostics.serial = true;
    peer->fd = peer->conns[0] = test_pty_open(peer->path, sizeof(peer->path));
    test_peer_start(peer);
}

static inline struct test_peer *test_peer_line(test_peer_fn *fn)
{
    struct test_peer *peer = test_peer_new(fn);

    test_peer_open_line(peer);
    return peer;
}

// Ends the thread: what it has in its store may be looked at.
static inline void test_peer_stop(struct test_peer *peer)
{
    uint64_t one = 1;
    ssize_t written;

    if (peer->stop < 0)
        return;
    written = write(peer->stop, &one, sizeof(one));
    assert(written == sizeof(one));
    pthread_join(peer->thread, NULL);
    close(peer->stop);
    peer->stop = -1;
}

static inline void test_peer_free(struct test_peer *peer)
{
    test_peer_stop(peer);
    for (int i = 0; i < TEST_PEER_CONNS_MAX; i++)
        test_peer_close(peer, &peer->conns[i]);
    close(peer->fd);
    free(peer);
}

#endif

// SPDX-License-Identifier: Apache-2.0
// perf_load: a closed loop of Modbus TCP clients, each with one request outstanding, spread over
// the servers that are named. Prints one line of JSON: how many replies came in the window, what
// the server used of the processor meanwhile, and how long a reply took. Every reply is checked: a
// server that answers fast but wrong must not look good.
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/perf/client.h"
#include "tests/perf/cpu_time.h"

#define CONNECTIONS_MAX 4096
#define EVENTS_MAX 512

// Latencies by powers of two, each cut into 64: 1.6 % is fine enough for a percentile.
#define OCTAVE_CUTS 64
#define OCTAVES 40

struct peer {
    int fd;
    uint16_t transaction;
    uint16_t got;
    int64_t sent_ns;
    uint8_t reply[CLIENT_REPLY_BYTES + 1]; // One more, to see what should not come.
};

struct load {
    int connections;
    double seconds;
    double warm_seconds;
    int pid;
    int epoll;
    struct peer *peers;
    uint64_t replies;
    uint64_t slots[OCTAVES * OCTAVE_CUTS];
};

// ---- Latency ----

static size_t slot_of(uint64_t ns)
{
    int octave = 0;

    while (ns >= 2 * OCTAVE_CUTS) {
        ns >>= 1;
        octave++;
    }
    return ns < OCTAVE_CUTS ? (size_t)ns : (size_t)octave * OCTAVE_CUTS + (size_t)ns;
}

static double slot_ns(size_t slot)
{
    if (slot < OCTAVE_CUTS)
        return (double)slot;
    return (double)((slot % OCTAVE_CUTS + OCTAVE_CUTS) << (slot / OCTAVE_CUTS - 1));
}

static double percentile_ns(const struct load *load, double part)
{
    uint64_t wanted = (uint64_t)((double)load->replies * part);
    uint64_t seen = 0;
    size_t slot = 0;

    for (; slot < OCTAVES * OCTAVE_CUTS - 1; slot++) {
        seen += load->slots[slot];
        if (seen > wanted)
            break;
    }
    return slot_ns(slot);
}

// ---- The loop ----

static void ask(struct peer *peer)
{
    uint8_t request[CLIENT_REQUEST_BYTES];

    client_put_request(request, ++peer->transaction);
    peer->got = 0;
    peer->sent_ns = client_now_ns();
    if (send(peer->fd, request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
        client_die("send");
}

static void check(const struct peer *peer)
{
    const uint8_t head[] = {(uint8_t)(peer->transaction >> 8),
                            (uint8_t)peer->transaction,
                            0,
                            0,
                            0,
                            CLIENT_REPLY_BYTES - 6,
                            255,
                            3,
                            250};

    errno = 0;
    if (peer->got > CLIENT_REPLY_BYTES || memcmp(peer->reply, head, sizeof(head)) != 0)
        client_die("reply");
}

static void on_readable(struct load *load, struct peer *peer)
{
    ssize_t length = recv(peer->fd, peer->reply + peer->got, sizeof(peer->reply) - peer->got, 0);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0)
        client_die("recv");
    peer->got += (uint16_t)length;
    if (peer->got < CLIENT_REPLY_BYTES)
        return;
    check(peer);
    load->replies++;
    load->slots[slot_of((uint64_t)(client_now_ns() - peer->sent_ns))]++;
    ask(peer);
}

static void run_for(struct load *load, double seconds)
{
    int64_t end_ns = client_now_ns() + (int64_t)(seconds * 1e9);
    struct epoll_event events[EVENTS_MAX];

    load->replies = 0;
    memset(load->slots, 0, sizeof(load->slots));
    while (client_now_ns() < end_ns) {
        int count = epoll_wait(load->epoll, events, EVENTS_MAX, 1000);

        if (count == 0)
            client_die("no reply for a second");
        for (int i = 0; i < count; i++)
            on_readable(load, events[i].data.ptr);
    }
}

static void connect_all(struct load *load, char **targets, int targets_count)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->peers = calloc((size_t)load->connections, sizeof(*load->peers));
    if (!load->peers)
        client_die("memory");
    for (int i = 0; i < load->connections; i++) {
        struct sockaddr_storage to = client_parse(targets[i % targets_count]);
        struct peer *peer = &load->peers[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};

        peer->fd = client_connect(&to);
        if (peer->fd < 0 || epoll_ctl(load->epoll, EPOLL_CTL_ADD, peer->fd, &event) < 0)
            client_die("connect");
    }
    for (int i = 0; i < load->connections; i++)
        ask(&load->peers[i]);
}

static void measure(struct load *load)
{
    struct cpu_time before = {0};
    struct cpu_time after = {0};
    int64_t start_ns;
    double seconds;

    run_for(load, load->warm_seconds);
    if (load->pid && cpu_time_get(load->pid, &before) < 0)
        client_die("server's processor time");
    start_ns = client_now_ns();
    run_for(load, load->seconds);
    seconds = (double)(client_now_ns() - start_ns) * 1e-9;
    if (load->pid && cpu_time_get(load->pid, &after) < 0)
        client_die("server's processor time");
    printf("{\"replies\": %" PRIu64 ", \"seconds\": %.3f, \"cpu_ns\": %" PRId64
           ", \"user_ticks\": %" PRId64 ", \"system_ticks\": %" PRId64
           ", \"p50_ns\": %.0f, \"p99_ns\": %.0f}\n",
           load->replies, seconds, after.total_ns - before.total_ns,
           after.user_ticks - before.user_ticks, after.system_ticks - before.system_ticks,
           percentile_ns(load, 0.5), percentile_ns(load, 0.99));
}

int main(int argc, char **argv)
{
    struct load load = {.connections = 1, .seconds = 1, .warm_seconds = 0.3};
    int option;

    while ((option = getopt(argc, argv, "c:s:w:p:")) != -1) {
        if (option == 'c')
            load.connections = atoi(optarg);
        else if (option == 's')
            load.seconds = atof(optarg);
        else if (option == 'w')
            load.warm_seconds = atof(optarg);
        else if (option == 'p')
            load.pid = atoi(optarg);
    }
    if (optind == argc || load.connections < 1 || load.connections > CONNECTIONS_MAX) {
        fprintf(stderr, "perf_load [-c CONNECTIONS] [-s SECONDS] [-w WARM_SECONDS] [-p PID] "
                        "ADDRESS:PORT...\n");
        return 2;
    }
    connect_all(&load, argv + optind, argc - optind);
    measure(&load);
    return 0;
}

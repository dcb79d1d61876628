// SPDX-License-Identifier: Apache-2.0
// perf_hostile: a client that wishes a server ill, until SIGTERM. The manners:
//   flood    pipelines requests without end and reads what comes back
//   deaf     the same, and reads nothing
//   garbage  sends bytes that are no Modbus, and comes back whenever it is thrown out
//   storm    connects, asks once and resets, as fast as it can
// Prints at the end how much it managed, so that nobody takes a hostile client that failed for a
// server that is patient.
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/perf/client.h"

#define BATCH_BYTES (1024 * CLIENT_REQUEST_BYTES)

struct hostile {
    struct sockaddr_storage to;
    uint8_t batch[BATCH_BYTES];
    size_t sent_of_batch;
    uint64_t bytes_sent;
    uint64_t bytes_read;
    uint64_t connections;
    int fd;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void reconnect(struct hostile *hostile)
{
    if (hostile->fd >= 0)
        close(hostile->fd);
    hostile->fd = client_connect(&hostile->to);
    if (hostile->fd < 0 && errno != EINTR)
        client_die("connect");
    hostile->sent_of_batch = 0;
    hostile->connections++;
}

// Sends on where the batch was left. Returns whether the connection is still there.
static bool push(struct hostile *hostile)
{
    ssize_t sent = send(hostile->fd, hostile->batch + hostile->sent_of_batch,
                        BATCH_BYTES - hostile->sent_of_batch, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    hostile->bytes_sent += (uint64_t)sent;
    hostile->sent_of_batch = (hostile->sent_of_batch + (size_t)sent) % BATCH_BYTES;
    return true;
}

static bool drain(struct hostile *hostile)
{
    static uint8_t waste[1 << 18];
    ssize_t length = recv(hostile->fd, waste, sizeof(waste), MSG_DONTWAIT);

    if (length < 0)
        return errno == EAGAIN || errno == EINTR;
    hostile->bytes_read += (uint64_t)length;
    return length > 0;
}

static void stream(struct hostile *hostile, bool reads)
{
    struct pollfd ready = {.fd = hostile->fd, .events = (short)(POLLOUT | (reads ? POLLIN : 0))};

    if (poll(&ready, 1, 100) < 0)
        return;
    if (!push(hostile) || (reads && !drain(hostile)))
        reconnect(hostile);
}

static void flood(struct hostile *hostile)
{
    stream(hostile, true);
}

static void deaf(struct hostile *hostile)
{
    stream(hostile, false);
}

static void garbage(struct hostile *hostile)
{
    stream(hostile, true);
}

static void storm(struct hostile *hostile)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    ssize_t sent = send(hostile->fd, hostile->batch, CLIENT_REQUEST_BYTES, MSG_NOSIGNAL);

    if (sent > 0)
        hostile->bytes_sent += (uint64_t)sent;
    setsockopt(hostile->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    reconnect(hostile);
}

static const struct {
    const char *name;
    void (*step)(struct hostile *hostile);
} manners[] = {{"flood", flood}, {"deaf", deaf}, {"garbage", garbage}, {"storm", storm}};

static void fill_batch(struct hostile *hostile, bool with_requests)
{
    for (size_t i = 0; i < BATCH_BYTES; i += CLIENT_REQUEST_BYTES)
        if (with_requests)
            client_put_request(hostile->batch + i, (uint16_t)i);
        else
            memset(hostile->batch + i, 'A', CLIENT_REQUEST_BYTES);
}

int main(int argc, char **argv)
{
    static struct hostile hostile = {.fd = -1};
    struct sigaction action = {.sa_handler = on_signal};
    size_t manner = 0;
    size_t count = sizeof(manners) / sizeof(manners[0]);

    while (argc == 3 && manner < count && strcmp(argv[1], manners[manner].name) != 0)
        manner++;
    if (argc != 3 || manner == count) {
        fprintf(stderr, "perf_hostile flood|deaf|garbage|storm ADDRESS:PORT\n");
        return 2;
    }
    hostile.to = client_parse(argv[2]);
    sigaction(SIGTERM, &action, NULL);
    fill_batch(&hostile, manners[manner].step != garbage);
    reconnect(&hostile);
    while (!stopped)
        manners[manner].step(&hostile);
    printf("{\"bytes_sent\": %" PRIu64 ", \"bytes_read\": %" PRIu64 ", \"connections\": %" PRIu64
           "}\n",
           hostile.bytes_sent, hostile.bytes_read, hostile.connections);
    return 0;
}

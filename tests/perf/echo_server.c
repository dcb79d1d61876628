// SPDX-License-Identifier: Apache-2.0
// perf_echo: the least that a server of these bytes can do. One recv, one send; 259 bytes for each
// 12, with the transaction number copied and nothing looked at.
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/perf/client.h"
#include "tests/perf/server_loop.h"

#define REQUESTS_MAX 64

static int on_readable(int fd, void *user)
{
    static uint8_t replies[REQUESTS_MAX * CLIENT_REPLY_BYTES];
    uint8_t requests[REQUESTS_MAX * CLIENT_REQUEST_BYTES];
    ssize_t length = recv(fd, requests, sizeof(requests), 0);
    size_t count = length > 0 ? (size_t)length / CLIENT_REQUEST_BYTES : 0;

    (void)user;
    if (length < 0 && errno == EAGAIN)
        return 0;
    for (size_t i = 0; i < count; i++) {
        static const uint8_t head[] = {0, 0, 0, 0, 0, CLIENT_REPLY_BYTES - 6, 255, 3, 250};
        uint8_t *reply = replies + i * CLIENT_REPLY_BYTES;

        memcpy(reply, head, sizeof(head));
        memcpy(reply, requests + i * CLIENT_REQUEST_BYTES, 2);
    }
    return count && send(fd, replies, count * CLIENT_REPLY_BYTES, MSG_NOSIGNAL) > 0 ? 0 : -1;
}

int main(void)
{
    return server_loop_run(on_readable, NULL);
}

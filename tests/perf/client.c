// SPDX-License-Identifier: Apache-2.0
// The sockets of the load generators. IPv4 alone: loopback is where they measure.
#include "tests/perf/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Noreturn void client_die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "not what was expected");
    exit(1);
}

int64_t client_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct sockaddr_storage client_parse(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *at = (struct sockaddr_in *)&storage;
    const char *colon = strchr(text, ':');
    char ip[INET_ADDRSTRLEN] = {0};

    errno = 0;
    if (!colon || (size_t)(colon - text) >= sizeof(ip))
        client_die(text);
    memcpy(ip, text, (size_t)(colon - text));
    at->sin_family = AF_INET;
    at->sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, ip, &at->sin_addr) != 1 || at->sin_port == 0)
        client_die(text);
    return storage;
}

int client_connect(const struct sockaddr_storage *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)to, sizeof(struct sockaddr_in)) < 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void client_put_request(uint8_t ret_request[CLIENT_REQUEST_BYTES], uint16_t transaction)
{
    static const uint8_t request[CLIENT_REQUEST_BYTES] = {0,   0, 0,    0,    0, 6,
                                                          255, 3, 0x03, 0xE8, 0, 125};

    memcpy(ret_request, request, sizeof(request));
    ret_request[0] = (uint8_t)(transaction >> 8);
    ret_request[1] = (uint8_t)transaction;
}

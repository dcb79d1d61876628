// SPDX-License-Identifier: Apache-2.0
// Accepting and waiting; what is done with a readable socket is the caller's.
#include "tests/perf/server_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX 512
#define BACKLOG 1024

static int open_listener(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &length) < 0) {
        perror("listen");
        return -1;
    }
    printf("ready 127.0.0.1:%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int epoll, int listener)
{
    int one = 1;
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        watch(epoll, fd);
    }
}

int server_loop_run(server_loop_fn *fn, void *user)
{
    struct epoll_event events[EVENTS_MAX];
    int listener = open_listener();
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (listener < 0 || epoll < 0)
        return 1;
    watch(epoll, listener);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);

        for (int i = 0; i < count; i++)
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else if (fn(events[i].data.fd, user) < 0)
                close(events[i].data.fd);
    }
}

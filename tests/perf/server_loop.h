// SPDX-License-Identifier: Apache-2.0
// The loop of the two servers that are compared with: level-triggered epoll, as few calls to the
// kernel as a server can make. Prints "ready ADDRESS:PORT" and runs until it is killed.
#ifndef TESTS_PERF_SERVER_LOOP_H
#define TESTS_PERF_SERVER_LOOP_H

// The descriptor is readable and non-blocking. Returns less than 0 to have it closed.
typedef int server_loop_fn(int fd, void *user);

// Serves a port of 127.0.0.1 that the kernel chooses. Returns only when it cannot be opened: 1.
int server_loop_run(server_loop_fn *fn, void *user);

#endif

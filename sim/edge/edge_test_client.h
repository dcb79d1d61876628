// SPDX-License-Identifier: Apache-2.0
// Plain sockets as real clients, for the tests of this room.
#ifndef SIM_EDGE_EDGE_TEST_CLIENT_H
#define SIM_EDGE_EDGE_TEST_CLIENT_H

#include "sim/edge/edge_test.h"

// A plain socket, connected and then made non-blocking. Returns it, or -errno.
static inline int edge_client(struct address to)
{
    struct sockaddr_storage storage;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *)&storage, socket_address_put(&to, &storage)) < 0) {
        int error = errno;

        close(fd);
        return -error;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

// What edge_wait_bytes() waits for.
struct edge_bytes {
    uint8_t *data;
    size_t length;
    size_t wanted; // SIZE_MAX: the end.
    int end;       // 1 until it ended: 0 or -errno.
};

static inline void edge_bytes_read(struct loop_io *io, int revents, void *user)
{
    struct edge_bytes *bytes = user;
    size_t room = bytes->wanted < EDGE_TEST_BYTES_MAX ? bytes->wanted : EDGE_TEST_BYTES_MAX;
    ssize_t length = recv(loop_io_fd(io), bytes->data + bytes->length, room - bytes->length, 0);

    (void)revents;
    if (length > 0) {
        bytes->length += (size_t)length;
    } else if (length == 0 || errno != EAGAIN) {
        bytes->end = length == 0 ? 0 : -errno;
        loop_io_set(io, 0);
    }
}

static inline bool edge_bytes_done(void *user)
{
    struct edge_bytes *bytes = user;

    return bytes->length >= bytes->wanted || bytes->end != 1;
}

// Runs the world until the client has `wanted` bytes or the stream ends.
static inline struct edge_bytes edge_wait_bytes(struct core *core, int fd, size_t wanted)
{
    struct edge_bytes bytes = {.wanted = wanted, .end = 1};
    struct loop_io *io = loop_io_new(core_loop(core), fd, LOOP_READ, edge_bytes_read, &bytes);

    bytes.data = mem_new(1, EDGE_TEST_BYTES_MAX);
    ck_assert_msg(edge_test_run(core, edge_bytes_done, &bytes), "waited for %zu bytes, got %zu",
                  wanted, bytes.length);
    loop_io_free(&io);
    return bytes;
}

#endif

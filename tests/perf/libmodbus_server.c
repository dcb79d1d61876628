// SPDX-License-Identifier: Apache-2.0
// perf_libmodbus: the same registers served by libmodbus, one context over all connections and
// epoll around it. Its modbus_receive() selects on the descriptor: no connection past 1023.
#include <errno.h>
#include <modbus/modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/select.h>

#include "tests/perf/server_loop.h"

#define REGISTERS_END 1125 // One past the last that is asked for.

struct served {
    modbus_t *context;
    modbus_mapping_t *mapping;
};

static int on_readable(int fd, void *user)
{
    struct served *served = user;
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    int length;

    if (fd >= FD_SETSIZE)
        return -1;
    modbus_set_socket(served->context, fd);
    length = modbus_receive(served->context, request);
    if (length <= 0)
        return length;
    return modbus_reply(served->context, request, length, served->mapping);
}

int main(void)
{
    struct served served = {modbus_new_tcp("127.0.0.1", 1502),
                            modbus_mapping_new(0, 0, REGISTERS_END, 0)};

    if (!served.context || !served.mapping) {
        fprintf(stderr, "libmodbus: %s\n", modbus_strerror(errno));
        return 1;
    }
    return server_loop_run(on_readable, &served);
}

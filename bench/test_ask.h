// SPDX-License-Identifier: Apache-2.0
// For tests alone: asking a master and waiting for what it says.
#ifndef BENCH_TEST_ASK_H
#define BENCH_TEST_ASK_H

#include <check.h>
#include <string.h>

#include "bench/modbus_driver.h"
#include "bench/test_answer.h"
#include "sim/core/core.h"

#define TEXT_BYTES 1024
#define WALL_NS (10 * SIM_NS_PER_S)
#define UNIT 17

struct asked {
    struct modbus_request request;
    bool done;
    int err;
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t length;
};

static inline struct core *new_core(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1, .seed = 1};

    return core_new(&options);
}

static inline void on_reply(struct modbus_request *request, int err, const uint8_t *pdu,
                            size_t length, void *user)
{
    struct asked *asked = user;

    ck_assert_ptr_eq(request, &asked->request);
    ck_assert(!asked->done);
    asked->done = true;
    asked->err = err;
    asked->length = length;
    if (length)
        memcpy(asked->reply, pdu, length);
}

static inline bool is_done(void *user)
{
    return ((const struct asked *)user)->done;
}

static inline void submit(struct modbus_master *master, struct asked *asked, uint8_t unit,
                          const char *hex, int64_t timeout_ns)
{
    *asked = (struct asked){
        .request = {.unit = unit, .timeout_ns = timeout_ns, .fn = on_reply, .user = asked}};
    asked->request.length = test_hex(hex, asked->request.pdu, sizeof(asked->request.pdu));
    modbus_submit(master, &asked->request);
    ck_assert_msg(!asked->done, "told before submit returned");
}

static inline void await(struct core *core, struct asked *asked)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = is_done, .user = asked};

    ck_assert_int_eq(core_run(core, &until), CORE_DONE);
}

static inline int ask(struct core *core, struct modbus_master *master, struct asked *asked,
                      uint8_t unit, const char *hex, int64_t timeout_ns)
{
    submit(master, asked, unit, hex, timeout_ns);
    await(core, asked);
    return asked->err;
}

static inline const char *text_of(const struct asked *asked, char text[TEXT_BYTES])
{
    return test_show(asked->reply, asked->length, text, TEXT_BYTES);
}

static inline struct modbus_master *open_tcp(struct core *core, const struct address *at)
{
    struct modbus_master *master = NULL;
    char *why = NULL;

    ck_assert_msg(modbus_driver_tcp_new(core, at, &master, &why) == 0, "%s", why);
    return master;
}

static inline struct modbus_master *open_line(struct core *core, const char *path)
{
    struct modbus_driver_serial serial = {.path = path, .baud = 115200, .parity = LINE_PARITY_EVEN};
    struct modbus_master *master = NULL;
    char *why = NULL;

    ck_assert_msg(modbus_driver_rtu_new(core, &serial, &master, &why) == 0, "%s", why);
    return master;
}

#endif

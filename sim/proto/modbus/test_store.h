// SPDX-License-Identifier: Apache-2.0
// For tests and fuzz targets alone: a server with memory behind it, and PDUs written as hex. Bits
// and registers 0 to 4095 exist; the registers FAILING and BUSY answer exceptions 04 and 06.
#ifndef SIM_PROTO_MODBUS_TEST_STORE_H
#define SIM_PROTO_MODBUS_TEST_STORE_H

#include <string.h>

#include "sim/base/bytes.h"
#include "sim/proto/modbus/server.h"
#include "sim/proto/modbus/test_hex.h"

enum {
    TEST_ADDRESSES = 4096,
    TEST_FAILING = 0x0F00,
    TEST_BUSY = 0x0F01,
    TEST_FILES = 8,
    TEST_RECORDS = 64,
    TEST_OBJECTS = 16,
};

struct test_object {
    uint8_t id;
    const char *text;
};

struct test_store {
    uint16_t holding[TEST_ADDRESSES];
    uint16_t input[TEST_ADDRESSES];
    bool coils[TEST_ADDRESSES];
    bool discrete[TEST_ADDRESSES];
    uint16_t files[TEST_FILES][TEST_RECORDS];
    struct test_object objects[TEST_OBJECTS];
    uint8_t datetime[8];
    unsigned writes;
    struct modbus_store store;
    struct modbus_server server;
};

static inline uint8_t store_judge(uint16_t address, uint16_t count)
{
    if ((uint32_t)address + count > TEST_ADDRESSES)
        return MODBUS_ILLEGAL_ADDRESS;
    if (address <= TEST_FAILING && address + count > TEST_FAILING)
        return MODBUS_DEVICE_FAILURE;
    if (address <= TEST_BUSY && address + count > TEST_BUSY)
        return MODBUS_BUSY;
    return 0;
}

static inline uint8_t store_read_registers(void *user, bool input, uint16_t address, uint16_t count,
                                           uint8_t *ret_data)
{
    const struct test_store *test = user;
    const uint16_t *from = input ? test->input : test->holding;
    uint8_t exception = store_judge(address, count);

    for (uint16_t i = 0; !exception && i < count; i++)
        bytes_store_u16(ret_data + 2 * i, from[address + i]);
    return exception;
}

static inline uint8_t store_write_registers(void *user, uint16_t address, uint16_t count,
                                            const uint8_t *data)
{
    struct test_store *test = user;
    uint8_t exception = store_judge(address, count);

    test->writes += !exception;
    for (uint16_t i = 0; !exception && i < count; i++)
        test->holding[address + i] = bytes_load_u16(data + 2 * i);
    return exception;
}

static inline uint8_t store_read_bits(void *user, bool input, uint16_t address, uint16_t count,
                                      uint8_t *ret_data)
{
    const struct test_store *test = user;
    const bool *from = input ? test->discrete : test->coils;

    if ((uint32_t)address + count > TEST_ADDRESSES)
        return MODBUS_ILLEGAL_ADDRESS;
    // Ones behind the end: the server is to clear them.
    memset(ret_data, 0xFF, (count + 7u) / 8);
    for (uint16_t i = 0; i < count; i++)
        if (!from[address + i])
            ret_data[i / 8] &= (uint8_t) ~(1u << i % 8);
    return 0;
}

static inline uint8_t store_write_bits(void *user, uint16_t address, uint16_t count,
                                       const uint8_t *data)
{
    struct test_store *test = user;

    if ((uint32_t)address + count > TEST_ADDRESSES)
        return MODBUS_ILLEGAL_ADDRESS;
    test->writes++;
    for (uint16_t i = 0; i < count; i++)
        test->coils[address + i] = data[i / 8] >> i % 8 & 1;
    return 0;
}

static inline bool store_has_records(uint16_t file, uint16_t record, uint16_t count)
{
    return file < TEST_FILES && (uint32_t)record + count <= TEST_RECORDS;
}

static inline uint8_t store_read_file(void *user, uint16_t file, uint16_t record, uint16_t count,
                                      uint8_t *ret_data)
{
    const struct test_store *test = user;

    if (!store_has_records(file, record, count))
        return MODBUS_ILLEGAL_ADDRESS;
    for (uint16_t i = 0; i < count; i++)
        bytes_store_u16(ret_data + 2 * i, test->files[file][record + i]);
    return 0;
}

static inline uint8_t store_write_file(void *user, uint16_t file, uint16_t record, uint16_t count,
                                       const uint8_t *data)
{
    struct test_store *test = user;

    if (!store_has_records(file, record, count))
        return MODBUS_ILLEGAL_ADDRESS;
    test->writes++;
    for (uint16_t i = 0; i < count; i++)
        test->files[file][record + i] = bytes_load_u16(data + 2 * i);
    return 0;
}

static inline int store_identity(void *user, uint8_t id, uint8_t *ret_text)
{
    const struct test_store *test = user;

    for (int i = 0; i < TEST_OBJECTS && test->objects[i].text; i++) {
        if (test->objects[i].id != id)
            continue;
        memcpy(ret_text, test->objects[i].text, strlen(test->objects[i].text));
        return (int)strlen(test->objects[i].text);
    }
    return -1;
}

static inline int store_identity_next(void *user, uint8_t id)
{
    const struct test_store *test = user;

    for (int i = 0; i < TEST_OBJECTS && test->objects[i].text; i++)
        if (test->objects[i].id >= id)
            return test->objects[i].id;
    return -1;
}

static inline int store_server_id(void *user, uint8_t *ret_data)
{
    (void)user;
    memcpy(ret_data, "\x42\xFFtest", 6);
    return 6;
}

static inline uint8_t store_get_datetime(void *user, uint8_t ret_data[8])
{
    const struct test_store *test = user;

    memcpy(ret_data, test->datetime, 8);
    return 0;
}

static inline uint8_t store_set_datetime(void *user, const uint8_t data[8])
{
    struct test_store *test = user;

    if (data[2] == 0)
        return MODBUS_ILLEGAL_VALUE;
    memcpy(test->datetime, data, 8);
    test->writes++;
    return 0;
}

// A server that knows every function, with nothing in its memory.
static inline void test_store_init(struct test_store *test)
{
    *test = (struct test_store){
        .store = {store_read_registers, store_write_registers, store_read_bits, store_write_bits,
                  store_read_file, store_write_file, store_identity, store_identity_next,
                  store_server_id, store_get_datetime, store_set_datetime, test},
        .server = {.store = &test->store, .options = {.identity_level = 0x83}},
    };
    memset(&test->server.options.functions, 0xFF, sizeof(test->server.options.functions));
    memset(&test->server.options.mei_types, 0xFF, sizeof(test->server.options.mei_types));
}

// Sends the request written as hex; the reply is returned as hex.
static inline const char *test_ask(struct test_store *test, bool broadcast, const char *request,
                                   char *ret_text, size_t room)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
    size_t length = test_hex(request, pdu, sizeof(pdu));

    length = modbus_serve(&test->server, broadcast, pdu, length, reply);
    return test_show(reply, length, ret_text, room);
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Any request PDUs to a server that knows every function: the reply is of the function asked, an
// exception is two bytes, a broadcast is silent.
#include <stdint.h>
#include <stdlib.h>

#include "sim/proto/modbus/test_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MAX = 64 };

static struct test_store test;

static void begin(uint8_t flags)
{
    static const struct test_object objects[] = {{0, "Vendor"},
                                                 {1, "Code"},
                                                 {2, "001.002.003"},
                                                 {5, "Model"},
                                                 {0x80, "A longer private object"}};

    // The memory lives on from input to input; nothing that is asserted depends on it.
    if (!test.server.store)
        test_store_init(&test);
    memcpy(test.objects, objects, sizeof(objects));
    test.server.diagnostics = (struct modbus_diagnostics){.serial = flags & 1};
    test.server.options.identity_level = flags >> 4;
    test.server.options.write_registers_max = flags & 2 ? 52 : 0;
}

static void ask(bool broadcast, const uint8_t *pdu, size_t length)
{
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t got = modbus_serve(&test.server, broadcast, pdu, length, reply);

    assert(got <= sizeof(reply));
    assert(got == 0 || !broadcast);
    assert(got == 0 || (reply[0] & 0x7F) == (pdu[0] & 0x7F));
    assert(got == 0 || !(reply[0] & 0x80) || (got == 2 && reply[1] != 0));
    assert(got != 0 || broadcast || test.server.diagnostics.serial);
}

// One byte of flags, then requests, each behind its length.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_in in = bytes_in(data, size);
    const uint8_t *pdu;
    uint8_t flags, length;

    if (!bytes_get_u8(&in, &flags))
        return 0;
    begin(flags);
    for (int i = 0; i < REQUESTS_MAX && bytes_get_u8(&in, &length); i++) {
        if (length > bytes_left(&in))
            length = (uint8_t)bytes_left(&in);
        if (length < 1 || length > MODBUS_PDU_BYTES_MAX)
            break;
        bytes_get_span(&in, length, &pdu);
        ask(flags & 4, pdu, length);
    }
    return 0;
}

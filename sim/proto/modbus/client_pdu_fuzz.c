// SPDX-License-Identifier: Apache-2.0
// Any bytes as the reply to a question: every decoder answers without reading past the end, and
// what it hands out lies inside the reply.
#include <assert.h>
#include <stdint.h>

#include "sim/base/err.h"
#include "sim/proto/modbus/client_pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *at, size_t length, const uint8_t *pdu, size_t pdu_length)
{
    assert(at >= pdu && at + length <= pdu + pdu_length);
}

static void decode_blocks(uint8_t function, uint16_t count, const uint8_t *pdu, size_t length)
{
    const uint8_t *data;

    if (modbus_decode_read(function, count, pdu, length, &data) == 0)
        check_inside(data, function <= 2 ? (count + 7u) / 8 : 2u * count, pdu, length);
    if (modbus_decode_scattered((uint8_t)count, count, pdu, length, &data) == 0)
        check_inside(data, 2u * count, pdu, length);
    if (modbus_decode_datetime(pdu, length, &data) == 0)
        check_inside(data, 8, pdu, length);
}

static void decode_lists(uint16_t code, const uint8_t *pdu, size_t length)
{
    struct modbus_identification identification;
    struct modbus_object object;
    struct bytes_in in, group;
    unsigned count = 0;

    if (modbus_decode_read_file(pdu, length, &in) == 0)
        while (modbus_next_file_group(&in, &group) == 1)
            check_inside(group.at, bytes_left(&group), pdu, length);
    if (modbus_decode_server_id(pdu, length, &in) == 0)
        check_inside(in.at, bytes_left(&in), pdu, length);
    if (modbus_decode_diagnostics(code, pdu, length, &in) == 0)
        check_inside(in.at, bytes_left(&in), pdu, length);
    if (modbus_decode_identification((uint8_t)code, pdu, length, &identification) != 0)
        return;
    while (modbus_next_object(&identification, &object)) {
        check_inside(object.text, object.length, pdu, length);
        count++;
    }
    assert(count == identification.count);
}

// Function and count or code of the question, then the reply.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t request[] = {0, 0, 0, 0, 0};
    uint16_t count;

    if (size < 2)
        return 0;
    count = data[1];
    decode_blocks(data[0], count, data + 2, size - 2);
    decode_lists(count, data + 2, size - 2);
    request[0] = data[0];
    modbus_decode_echo(request, sizeof(request), data + 2, size - 2);
    assert(!modbus_exception_of(data + 2, size - 2) || size == 4);
    return 0;
}

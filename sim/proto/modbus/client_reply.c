// SPDX-License-Identifier: Apache-2.0
// Reply PDUs as a client reads them (Modbus Application Protocol V1.1b3, 6 and 7): every length is
// checked against the question and against the bytes that came.
#include "sim/proto/modbus/client_pdu.h"

#include "sim/base/err.h"

enum { FILE_REFERENCE_TYPE = 6, SCATTERED_SUB_CODE = 4 };

uint8_t modbus_exception_of(const uint8_t *pdu, size_t length)
{
    return length == 2 && pdu[0] & 0x80 ? pdu[1] : 0;
}

// What every reply begins with. 0 and what follows the function code, or why it is no answer.
static int begin(uint8_t function, const uint8_t *pdu, size_t length, struct bytes_in *ret_in)
{
    if (length < 1 || length > MODBUS_PDU_BYTES_MAX)
        return ERR_MALFORMED;
    if ((pdu[0] & 0x7F) != (function & 0x7F))
        return ERR_UNEXPECTED;
    if (pdu[0] & 0x80)
        return modbus_exception_of(pdu, length) ? ERR_EXCEPTION : ERR_MALFORMED;
    *ret_in = bytes_in(pdu + 1, length - 1);
    return 0;
}

// A byte count that says what is left, exactly.
static bool get_counted(struct bytes_in *in)
{
    uint8_t bytes;

    return bytes_get_u8(in, &bytes) && bytes == bytes_left(in);
}

int modbus_decode_read(uint8_t function, uint16_t count, const uint8_t *pdu, size_t length,
                       const uint8_t **ret_data)
{
    bool bits = function == MODBUS_READ_COILS || function == MODBUS_READ_DISCRETE_INPUTS;
    size_t bytes = bits ? (count + 7u) / 8 : 2u * count;
    struct bytes_in in;
    int err = begin(function, pdu, length, &in);

    if (err)
        return err;
    if (!get_counted(&in) || bytes_left(&in) != bytes)
        return ERR_MALFORMED;
    *ret_data = in.at;
    return 0;
}

int modbus_decode_echo(const uint8_t *request, size_t request_length, const uint8_t *pdu,
                       size_t length)
{
    bool block =
        request[0] == MODBUS_WRITE_MULTIPLE_COILS || request[0] == MODBUS_WRITE_MULTIPLE_REGISTERS;
    size_t expected = block && request_length > 5 ? 5 : request_length;
    struct bytes_in in;
    int err = begin(request[0], pdu, length, &in);

    if (err)
        return err;
    return length == expected && memcmp(pdu, request, length) == 0 ? 0 : ERR_MALFORMED;
}

int modbus_decode_diagnostics(uint16_t sub_function, const uint8_t *pdu, size_t length,
                              struct bytes_in *ret_data)
{
    struct bytes_in in;
    uint16_t code;
    int err = begin(MODBUS_DIAGNOSTICS, pdu, length, &in);

    if (err)
        return err;
    if (!bytes_get_u16(&in, &code) || code != sub_function || bytes_left(&in) % 2)
        return ERR_MALFORMED;
    *ret_data = in;
    return 0;
}

int modbus_decode_server_id(const uint8_t *pdu, size_t length, struct bytes_in *ret_data)
{
    struct bytes_in in;
    int err = begin(MODBUS_REPORT_SERVER_ID, pdu, length, &in);

    if (err)
        return err;
    if (!get_counted(&in))
        return ERR_MALFORMED;
    *ret_data = in;
    return 0;
}

int modbus_decode_read_file(const uint8_t *pdu, size_t length, struct bytes_in *ret_groups)
{
    struct bytes_in in;
    int err = begin(MODBUS_READ_FILE_RECORD, pdu, length, &in);

    if (err)
        return err;
    if (!get_counted(&in))
        return ERR_MALFORMED;
    *ret_groups = in;
    return 0;
}

int modbus_next_file_group(struct bytes_in *groups, struct bytes_in *ret_data)
{
    struct bytes_in in = *groups;
    const uint8_t *data;
    uint8_t bytes, reference;

    if (bytes_left(&in) == 0)
        return 0;
    if (!bytes_get_u8(&in, &bytes) || bytes < 1 || !bytes_get_u8(&in, &reference) ||
        reference != FILE_REFERENCE_TYPE || !bytes_get_span(&in, bytes - 1u, &data) ||
        (bytes - 1) % 2)
        return ERR_MALFORMED;
    *groups = in;
    *ret_data = bytes_in(data, bytes - 1u);
    return 1;
}

int modbus_next_object(struct modbus_identification *identification, struct modbus_object *ret)
{
    struct bytes_in in = identification->objects;
    struct modbus_object object;

    if (!bytes_get_u8(&in, &object.id) || !bytes_get_u8(&in, &object.length) ||
        !bytes_get_span(&in, object.length, &object.text))
        return 0;
    identification->objects = in;
    *ret = object;
    return 1;
}

static bool objects_are_whole(struct modbus_identification identification)
{
    struct modbus_object object;
    unsigned count = 0;

    while (modbus_next_object(&identification, &object))
        count++;
    return count == identification.count && bytes_left(&identification.objects) == 0;
}

int modbus_decode_identification(uint8_t code, const uint8_t *pdu, size_t length,
                                 struct modbus_identification *ret)
{
    struct modbus_identification got;
    struct bytes_in in;
    uint8_t type, more;
    int err = begin(MODBUS_ENCAPSULATED, pdu, length, &in);

    if (err)
        return err;
    if (!bytes_get_u8(&in, &type) || type != MODBUS_MEI_IDENTIFICATION ||
        !bytes_get_u8(&in, &got.code) || got.code != code || !bytes_get_u8(&in, &got.conformity) ||
        !bytes_get_u8(&in, &more) || (more != 0x00 && more != 0xFF) ||
        !bytes_get_u8(&in, &got.next_id) || !bytes_get_u8(&in, &got.count))
        return ERR_MALFORMED;
    got.more = more == 0xFF;
    got.objects = in;
    if (!objects_are_whole(got))
        return ERR_MALFORMED;
    *ret = got;
    return 0;
}

int modbus_decode_datetime(const uint8_t *pdu, size_t length, const uint8_t **ret_data)
{
    struct bytes_in in;
    uint8_t type, reserved;
    int err = begin(MODBUS_ENCAPSULATED, pdu, length, &in);

    if (err)
        return err;
    if (!bytes_get_u8(&in, &type) || type != MODBUS_MEI_GET_DATETIME ||
        !bytes_get_u8(&in, &reserved) || bytes_left(&in) != 8)
        return ERR_MALFORMED;
    *ret_data = in.at;
    return 0;
}

int modbus_decode_scattered(uint8_t transmission, size_t count, const uint8_t *pdu, size_t length,
                            const uint8_t **ret_data)
{
    struct bytes_in in;
    uint8_t sub_code, number;
    int err = begin(MODBUS_SCATTERED, pdu, length, &in);

    if (err)
        return err;
    if (!get_counted(&in) || !bytes_get_u8(&in, &sub_code) || sub_code != SCATTERED_SUB_CODE ||
        !bytes_get_u8(&in, &number) || number != transmission || bytes_left(&in) != 2 * count)
        return ERR_MALFORMED;
    *ret_data = in.at;
    return 0;
}

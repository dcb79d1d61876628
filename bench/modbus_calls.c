// SPDX-License-Identifier: Apache-2.0
// The calls of libmodbus 3.1.6, one row a function code. Reads are asked through its typed calls,
// so that it encodes, checks (transaction, unit, function, quantity) and decodes. Of the answer to
// a write its typed calls compare no more than the quantity, and a board with a wrong echo would
// pass; so writes go through its raw call, which leaves the echo to whoever asked.
#include "bench/modbus_calls.h"

#include <errno.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/core/loop.h"

#define READ_REQUEST_BYTES 5
#define WRITE_HEADER_BYTES 6
#define READ_WRITE_HEADER_BYTES 10
#define MBAP_UNIT_AT 6

struct call {
    uint8_t function;
    bool (*carries)(const uint8_t *pdu, size_t length);
    // Returns what libmodbus does: -1 with errno, else the reply is complete.
    int (*run)(modbus_t *context, struct modbus_exchange *exchange);
};

static uint16_t word(const uint8_t *pdu, size_t at)
{
    return bytes_load_u16(pdu + at);
}

static void begin_reply(struct modbus_exchange *exchange, size_t data_bytes)
{
    exchange->reply[0] = exchange->pdu[0];
    exchange->reply[1] = (uint8_t)data_bytes;
    exchange->reply_length = 2 + data_bytes;
}

// ---- Reads ----

static bool carries_bits(const uint8_t *pdu, size_t length)
{
    return length == READ_REQUEST_BYTES && word(pdu, 3) >= 1 &&
           word(pdu, 3) <= MODBUS_MAX_READ_BITS;
}

static int run_bits(modbus_t *context, struct modbus_exchange *exchange)
{
    uint8_t bits[MODBUS_MAX_READ_BITS];
    uint16_t count = word(exchange->pdu, 3);
    int rc = exchange->pdu[0] == MODBUS_READ_COILS
                 ? modbus_read_bits(context, word(exchange->pdu, 1), count, bits)
                 : modbus_read_input_bits(context, word(exchange->pdu, 1), count, bits);

    if (rc < 0)
        return rc;
    begin_reply(exchange, (count + 7u) / 8);
    memset(exchange->reply + 2, 0, (count + 7u) / 8);
    for (size_t i = 0; i < count; i++)
        exchange->reply[2 + i / 8] |= (uint8_t)((bits[i] & 1) << i % 8);
    return rc;
}

static bool carries_registers(const uint8_t *pdu, size_t length)
{
    return length == READ_REQUEST_BYTES && word(pdu, 3) >= 1 &&
           word(pdu, 3) <= MODBUS_MAX_READ_REGISTERS;
}

static void put_registers(struct modbus_exchange *exchange, const uint16_t *registers, size_t count)
{
    begin_reply(exchange, 2 * count);
    for (size_t i = 0; i < count; i++)
        bytes_store_u16(exchange->reply + 2 + 2 * i, registers[i]);
}

static int run_registers(modbus_t *context, struct modbus_exchange *exchange)
{
    uint16_t registers[MODBUS_MAX_READ_REGISTERS];
    uint16_t count = word(exchange->pdu, 3);
    int rc = exchange->pdu[0] == MODBUS_READ_HOLDING_REGISTERS
                 ? modbus_read_registers(context, word(exchange->pdu, 1), count, registers)
                 : modbus_read_input_registers(context, word(exchange->pdu, 1), count, registers);

    if (rc >= 0)
        put_registers(exchange, registers, count);
    return rc;
}

static bool carries_server_id(const uint8_t *pdu, size_t length)
{
    (void)pdu;
    return length == 1;
}

static int run_server_id(modbus_t *context, struct modbus_exchange *exchange)
{
    int rc = modbus_report_slave_id(context, MODBUS_PDU_BYTES_MAX - 2, exchange->reply + 2);

    if (rc > MODBUS_PDU_BYTES_MAX - 2) {
        errno = EMBBADDATA;
        return -1;
    }
    if (rc >= 0)
        begin_reply(exchange, (size_t)rc);
    return rc;
}

static bool carries_read_write(const uint8_t *pdu, size_t length)
{
    if (length < READ_WRITE_HEADER_BYTES)
        return false;
    return word(pdu, 3) >= 1 && word(pdu, 3) <= MODBUS_MAX_WR_READ_REGISTERS && word(pdu, 7) >= 1 &&
           word(pdu, 7) <= MODBUS_MAX_WR_WRITE_REGISTERS && pdu[9] == 2 * word(pdu, 7) &&
           length == READ_WRITE_HEADER_BYTES + (size_t)pdu[9];
}

static int run_read_write(modbus_t *context, struct modbus_exchange *exchange)
{
    const uint8_t *pdu = exchange->pdu;
    uint16_t written[MODBUS_MAX_WR_WRITE_REGISTERS];
    uint16_t registers[MODBUS_MAX_WR_READ_REGISTERS];
    int rc;

    for (size_t i = 0; i < word(pdu, 7); i++)
        written[i] = word(pdu, READ_WRITE_HEADER_BYTES + 2 * i);
    rc = modbus_write_and_read_registers(context, word(pdu, 5), word(pdu, 7), written, word(pdu, 1),
                                         word(pdu, 3), registers);
    if (rc >= 0)
        put_registers(exchange, registers, word(pdu, 3));
    return rc;
}

// ---- Writes ----

static bool carries_single(const uint8_t *pdu, size_t length)
{
    (void)pdu;
    return length == 5;
}

static bool carries_mask(const uint8_t *pdu, size_t length)
{
    (void)pdu;
    return length == 7;
}

static bool carries_coils(const uint8_t *pdu, size_t length)
{
    return length >= WRITE_HEADER_BYTES && word(pdu, 3) >= 1 &&
           word(pdu, 3) <= MODBUS_MAX_WRITE_BITS && pdu[5] == (word(pdu, 3) + 7u) / 8 &&
           length == WRITE_HEADER_BYTES + (size_t)pdu[5];
}

static bool carries_many(const uint8_t *pdu, size_t length)
{
    return length >= WRITE_HEADER_BYTES && word(pdu, 3) >= 1 &&
           word(pdu, 3) <= MODBUS_MAX_WRITE_REGISTERS && pdu[5] == 2 * word(pdu, 3) &&
           length == WRITE_HEADER_BYTES + (size_t)pdu[5];
}

// The answer of the raw call, header and all, judged as the typed calls would. The transaction of a
// raw request is always 0.
static int take_raw(const struct modbus_exchange *exchange, bool line, const uint8_t *frame,
                    size_t length)
{
    size_t head = line ? 1 : MODBUS_MBAP_BYTES;
    size_t tail = line ? 2 : 0;

    if (length < head + 2 + tail || length > head + MODBUS_PDU_BYTES_MAX + tail)
        return EMBBADDATA;
    if (frame[line ? 0 : MBAP_UNIT_AT] != exchange->unit)
        return EMBBADSLAVE;
    if (!line && (word(frame, 0) != 0 || word(frame, 2) != 0 || word(frame, 4) != length - 6))
        return EMBBADDATA;
    return (frame[head] & 0x7F) == exchange->pdu[0] ? 0 : EMBBADDATA;
}

static int run_raw(modbus_t *context, struct modbus_exchange *exchange)
{
    bool line = modbus_get_header_length(context) == 1;
    uint8_t request[1 + MODBUS_PDU_BYTES_MAX];
    uint8_t frame[MODBUS_MAX_ADU_LENGTH];
    int rc;
    int error;

    request[0] = exchange->unit;
    memcpy(request + 1, exchange->pdu, exchange->length);
    if (modbus_send_raw_request(context, request, (int)exchange->length + 1) < 0)
        return -1;
    // On a line 0 is the frame of another unit: the wait goes on.
    do {
        modbus_calls_set_timeout(context, exchange->deadline_ns - loop_host_ns());
        rc = modbus_receive_confirmation(context, frame);
    } while (rc == 0 && line && loop_host_ns() < exchange->deadline_ns);
    if (rc <= 0) {
        errno = rc == 0 ? ETIMEDOUT : errno;
        return -1;
    }
    error = take_raw(exchange, line, frame, (size_t)rc);
    if (error) {
        errno = error;
        return -1;
    }
    exchange->reply_length = (size_t)rc - (line ? 3 : MODBUS_MBAP_BYTES);
    memcpy(exchange->reply, frame + (line ? 1 : MODBUS_MBAP_BYTES), exchange->reply_length);
    return rc;
}

static const struct call calls[] = {
    {MODBUS_READ_COILS, carries_bits, run_bits},
    {MODBUS_READ_DISCRETE_INPUTS, carries_bits, run_bits},
    {MODBUS_READ_HOLDING_REGISTERS, carries_registers, run_registers},
    {MODBUS_READ_INPUT_REGISTERS, carries_registers, run_registers},
    {MODBUS_WRITE_SINGLE_COIL, carries_single, run_raw},
    {MODBUS_WRITE_SINGLE_REGISTER, carries_single, run_raw},
    {MODBUS_WRITE_MULTIPLE_COILS, carries_coils, run_raw},
    {MODBUS_WRITE_MULTIPLE_REGISTERS, carries_many, run_raw},
    {MODBUS_REPORT_SERVER_ID, carries_server_id, run_server_id},
    {MODBUS_MASK_WRITE_REGISTER, carries_mask, run_raw},
    {MODBUS_READ_WRITE_REGISTERS, carries_read_write, run_read_write},
};

static const struct call *find_call(uint8_t function)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (calls[i].function == function)
            return &calls[i];
    return NULL;
}

bool modbus_calls_carry(bool line, uint8_t unit, const uint8_t *pdu, size_t length)
{
    const struct call *call = find_call(pdu[0]);

    if (!call || !call->carries(pdu, length))
        return false;
    // modbus_set_slave() takes 0 to 247, and 255 on TCP. On a line 0 is a broadcast: no answer.
    return line ? unit >= 1 && unit <= 247 : unit <= 247 || unit == MODBUS_UNIT_SELF;
}

static const struct {
    int error;
    int err;
} errors[] = {
    {ETIMEDOUT, ERR_TIMEOUT},   {ECONNREFUSED, ERR_REFUSED},     {ECONNRESET, ERR_RESET},
    {EPIPE, ERR_RESET},         {EHOSTUNREACH, ERR_UNREACHABLE}, {ENETUNREACH, ERR_UNREACHABLE},
    {EMBBADCRC, ERR_CHECKSUM},  {EMBBADDATA, ERR_MALFORMED},     {EMBBADEXC, ERR_MALFORMED},
    {EMBUNKEXC, ERR_MALFORMED}, {EMBMDATA, ERR_MALFORMED},       {EMBBADSLAVE, ERR_UNEXPECTED},
};

int modbus_calls_error(int error)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].error == error)
            return errors[i].err;
    return error > 0 && error < MODBUS_ENOBASE ? -error : ERR_IO;
}

void modbus_calls_set_timeout(modbus_t *context, int64_t timeout_ns)
{
    int64_t us = timeout_ns / SIM_NS_PER_US > 0 ? timeout_ns / SIM_NS_PER_US : 1;

    modbus_set_response_timeout(context, (uint32_t)(us / 1000000), (uint32_t)(us % 1000000));
    modbus_set_byte_timeout(context, 0, 0);
}

int modbus_calls_run(modbus_t *context, struct modbus_exchange *exchange)
{
    const struct call *call = find_call(exchange->pdu[0]);

    errno = 0;
    modbus_calls_set_timeout(context, exchange->deadline_ns - loop_host_ns());
    if (modbus_set_slave(context, exchange->unit) < 0)
        return -errno;
    if (call->run(context, exchange) >= 0)
        return 0;
    if (errno > MODBUS_ENOBASE && errno <= EMBXGTAR) {
        exchange->reply[0] = exchange->pdu[0] | 0x80;
        exchange->reply[1] = (uint8_t)(errno - MODBUS_ENOBASE);
        exchange->reply_length = 2;
        return 0;
    }
    return modbus_calls_error(errno);
}

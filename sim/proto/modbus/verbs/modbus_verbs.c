// SPDX-License-Identifier: Apache-2.0
// `modbus.*`: every function code as a user of the wire sees it (Application Protocol V1.1b3, 6).
// Nothing here looks into a device: what a verb knows it was told in a reply.
#include "sim/proto/modbus/verbs/modbus_verbs.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/modbus.h"
#include "sim/proto/modbus/verbs/ask.h"
#include "sim/proto/modbus/verbs/registers.h"

#define MODBUS_VERB_TIMEOUT_NS (5 * SIM_NS_PER_S)
#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }

struct register_ask {
    struct ask ask;
    struct registers registers;
};

// ---- modbus.read
// -------------------------------------------------------------------------------------

static const struct schema_field read_with_fields[] = {
    ASK_WITH_FIELDS,
    REGISTERS_WITH_FIELDS,
};
static const struct schema_field read_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "value",
     .type = SCHEMA_VALUE,
     .expression = true,
     .doc = "The value, in the point's unit; `none` when the device says that it has none."},
    {.name = "valid",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "False when the registers hold the pattern of \"not available\"."},
    {.name = "registers",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The registers as they came, in hexadecimal, one space apart."},
};
static const struct schema read_with = SCHEMA_OF("modbus.read with", read_with_fields);
static const struct schema read_results = SCHEMA_OF("modbus.read expect", read_result_fields);

static uint8_t read_function(enum profile_table table)
{
    static const uint8_t functions[] = {
        [PROFILE_HOLDING] = MODBUS_READ_HOLDING_REGISTERS,
        [PROFILE_INPUT] = MODBUS_READ_INPUT_REGISTERS,
        [PROFILE_COIL] = MODBUS_READ_COILS,
        [PROFILE_DISCRETE] = MODBUS_READ_DISCRETE_INPUTS,
    };

    return functions[table];
}

static void read_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    struct register_ask *reading = (struct register_ask *)ask;
    uint8_t function = read_function(reading->registers.table);
    const uint8_t *data;

    if (modbus_decode_read(function, reading->registers.count, pdu, length, &data) < 0) {
        ask_malformed(ask);
        return;
    }
    registers_set_results(op, &reading->registers, data);
    ask_finish(ask);
}

static void read_start(struct op *op)
{
    struct register_ask *reading = ask_begin(op, sizeof(*reading), read_decode);

    if (!reading || !registers_of(&reading->ask, &reading->registers))
        return;
    reading->ask.request.length =
        modbus_encode_read(read_function(reading->registers.table), reading->registers.row.address,
                           reading->registers.count, reading->ask.request.pdu);
    ask_send(&reading->ask);
}

static const struct verb modbus_read = {
    .name = "modbus.read",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Reads a point, or registers or bits at an address, in one request (functions 1 to 4).",
    .with = &read_with,
    .results = &read_results,
    .start = read_start,
    .cancel = ask_cancel,
};

// ---- modbus.write
// ------------------------------------------------------------------------------------

static const struct schema_field write_with_fields[] = {
    ASK_WITH_FIELDS,
    REGISTERS_WITH_FIELDS,
    {.name = "value",
     .type = SCHEMA_VALUE,
     .expression = true,
     .required = true,
     .doc = "What to write, in the point's unit; 0 or 1 for a coil."},
    {.name = "single",
     .type = SCHEMA_BOOL,
     .expression = true,
     .otherwise = "no",
     .doc = "Function 6 (or 5) instead of 16 (or 15)."},
};
static const struct schema_field write_result_fields[] = {ASK_RESULT_FIELDS};
static const struct schema write_with = SCHEMA_OF("modbus.write with", write_with_fields);
static const struct schema write_results = SCHEMA_OF("modbus.write expect", write_result_fields);

static void echo_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    (void)op;
    if (modbus_decode_echo(ask->request.pdu, ask->request.length, pdu, length) < 0)
        ask_malformed(ask);
    else
        ask_finish(ask);
}

static size_t encode_coil(const struct op *op, const struct registers *registers, uint8_t *ret_pdu)
{
    bool on = op_number(op, "value", 0) != 0;
    uint8_t bits = on;

    if (op_truth(op, "single", false))
        return modbus_encode_write_coil(registers->row.address, on, ret_pdu);
    return modbus_encode_write_coils(registers->row.address, 1, &bits, ret_pdu);
}

static void write_start(struct op *op)
{
    struct register_ask *writing = ask_begin(op, sizeof(*writing), echo_decode);
    struct modbus_request *request;
    struct registers *registers;
    uint8_t data[2 * 123];

    if (!writing || !registers_of(&writing->ask, &writing->registers))
        return;
    request = &writing->ask.request;
    registers = &writing->registers;
    if (registers->table == PROFILE_COIL) {
        request->length = encode_coil(op, registers, request->pdu);
        ask_send(&writing->ask);
        return;
    }
    if (!registers_encode(&writing->ask, registers, data))
        return;
    if (op_truth(op, "single", false))
        request->length = modbus_encode_write_register(registers->row.address, bytes_load_u16(data),
                                                       request->pdu);
    else
        request->length = modbus_encode_write_registers(registers->row.address, registers->count,
                                                        data, request->pdu);
    ask_send(&writing->ask);
}

static const struct verb modbus_write = {
    .name = "modbus.write",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Writes a point, registers or a coil (functions 16, 6, 15 and 5).",
    .with = &write_with,
    .results = &write_results,
    .start = write_start,
    .cancel = ask_cancel,
};

// ---- modbus.request
// ----------------------------------------------------------------------------------

static const struct schema_field request_with_fields[] = {
    ASK_WITH_FIELDS,
    {.name = "pdu",
     .type = SCHEMA_TEXT,
     .expression = true,
     .required = true,
     .doc = "Function code and data in hexadecimal; spaces are free.",
     .example = "\"2B 0E 01 00\""},
};
static const struct schema_field request_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "reply",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The reply PDU in upper-case hexadecimal, one space between bytes."},
    {.name = "length",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Bytes in the reply PDU."},
};
static const struct schema request_with = SCHEMA_OF("modbus.request with", request_with_fields);
static const struct schema request_results =
    SCHEMA_OF("modbus.request expect", request_result_fields);

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

// Returns the number of bytes, or 0 when the text is no run of whole bytes that fits.
static size_t read_hex(const char *text, uint8_t *ret_bytes, size_t room)
{
    size_t count = 0;

    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0 || count == room)
            return 0;
        ret_bytes[count++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
        text += 2;
    }
    return count;
}

static void set_reply(struct op *op, const uint8_t *pdu, size_t length)
{
    struct str text = {0};

    for (size_t i = 0; i < length; i++)
        str_addf(&text, "%s%02X", i ? " " : "", pdu[i]);
    op_set_text(op, "reply", str_text(&text));
    op_set_integer(op, "length", (int64_t)length);
    str_done(&text);
}

static void request_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    set_reply(op, pdu, length);
    ask_finish(ask);
}

static void request_start(struct op *op)
{
    struct ask *ask = ask_begin(op, sizeof(*ask), request_decode);

    if (!ask)
        return;
    ask->request.length =
        read_hex(op_text(op, "pdu", ""), ask->request.pdu, sizeof(ask->request.pdu));
    if (ask->request.length == 0)
        op_fail(op, ERR_SYNTAX, "`pdu: %s` is not 1 to 253 bytes in hexadecimal",
                op_text(op, "pdu", ""));
    else
        ask_send(ask);
}

static const struct verb modbus_request = {
    .name = "modbus.request",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Sends any request PDU, sense or nonsense, and shows the reply.",
    .with = &request_with,
    .results = &request_results,
    .start = request_start,
    .cancel = ask_cancel,
};

// ---- modbus.identify
// ---------------------------------------------------------------------------------

static const char *const identify_levels[] = {"basic", "regular", "extended", NULL};
static const char *const object_names[] = {
    "VendorName",  "ProductCode", "MajorMinorRevision", "VendorUrl",
    "ProductName", "ModelName",   "UserApplicationName"};
#define IDENTIFY_REQUESTS_MAX 64

static const struct schema_field identify_with_fields[] = {
    ASK_WITH_FIELDS,
    {.name = "level",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = identify_levels,
     .otherwise = "basic",
     .doc = "How much to ask for; follows MoreFollows to the end."},
};
static const struct schema_field identify_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "VendorName", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 0."},
    {.name = "ProductCode", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 1."},
    {.name = "MajorMinorRevision", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 2."},
    {.name = "VendorUrl", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 3."},
    {.name = "ProductName", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 4."},
    {.name = "ModelName", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 5."},
    {.name = "UserApplicationName", .type = SCHEMA_TEXT, .expression = true, .doc = "Object 6."},
    {.name = "objects",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "How many objects came; each is also a record with `id` and `text`."},
    {.name = "conformity",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "Conformity level of the server (0x01 to 0x03, 0x81 to 0x83)."},
    {.name = "requests", .type = SCHEMA_INTEGER, .expression = true, .doc = "Requests it took."},
};
static const struct schema identify_with = SCHEMA_OF("modbus.identify with", identify_with_fields);
static const struct schema identify_results =
    SCHEMA_OF("modbus.identify expect", identify_result_fields);

struct identify {
    struct ask ask;
    uint8_t code;
    int64_t objects;
};

static void note_object(struct op *op, const struct modbus_object *object)
{
    const char *keys[] = {"id", "text"};
    char id[8];
    char text[256];
    const char *values[] = {id, text};

    snprintf(id, sizeof(id), "%u", object->id);
    snprintf(text, sizeof(text), "%.*s", object->length, (const char *)object->text);
    op_add_record(op, -1, keys, values, 2);
    if (object->id < sizeof(object_names) / sizeof(object_names[0]))
        op_set_text(op, object_names[object->id], text);
}

static void identify_ask(struct identify *identify, uint8_t id)
{
    struct modbus_request *request = &identify->ask.request;

    request->length = modbus_encode_identification(identify->code, id, request->pdu);
    ask_send(&identify->ask);
}

static void identify_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    struct identify *identify = (struct identify *)ask;
    struct modbus_identification answer;
    struct modbus_object object;

    if (modbus_decode_identification(identify->code, pdu, length, &answer) < 0) {
        ask_malformed(ask);
        return;
    }
    while (modbus_next_object(&answer, &object) == 1) {
        note_object(op, &object);
        identify->objects++;
    }
    op_set_integer(op, "objects", identify->objects);
    op_set_integer(op, "conformity", answer.conformity);
    op_set_integer(op, "requests", (int64_t)ask->asked);
    if (answer.more && ask->asked < IDENTIFY_REQUESTS_MAX)
        identify_ask(identify, answer.next_id);
    else if (answer.more)
        ask_malformed(ask);
    else
        ask_finish(ask);
}

static void identify_start(struct op *op)
{
    struct identify *identify = ask_begin(op, sizeof(*identify), identify_decode);
    const char *level = op_text(op, "level", "basic");

    if (!identify)
        return;
    identify->code = 1;
    while (identify_levels[identify->code] && strcmp(identify_levels[identify->code - 1], level))
        identify->code++;
    identify_ask(identify, 0);
}

static const struct verb modbus_identify = {
    .name = "modbus.identify",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Reads the device identification (function 43/14) to its end.",
    .with = &identify_with,
    .results = &identify_results,
    .start = identify_start,
    .cancel = ask_cancel,
};

// ---- modbus.scattered
// --------------------------------------------------------------------------------

static const struct schema_field address_item = {.type = SCHEMA_INTEGER, .low = 0, .high = 65535};
static const struct schema_field scattered_with_fields[] = {
    ASK_WITH_FIELDS,
    {.name = "addresses",
     .type = SCHEMA_LIST,
     .item = &address_item,
     .required = true,
     .doc = "Up to 124 wire addresses, in any order.",
     .example = "[32001, 32340]"},
};
static const struct schema_field scattered_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "registers",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The values in hexadecimal, in the order asked."},
};
static const struct schema scattered_with =
    SCHEMA_OF("modbus.scattered with", scattered_with_fields);
static const struct schema scattered_results =
    SCHEMA_OF("modbus.scattered expect", scattered_result_fields);

static void scattered_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    size_t count = op_list_count(op, "addresses");
    struct str words = {0};
    const uint8_t *data;

    if (modbus_decode_scattered(1, count, pdu, length, &data) < 0) {
        ask_malformed(ask);
        return;
    }
    for (size_t i = 0; i < count; i++)
        str_addf(&words, "%s%04X", i ? " " : "", bytes_load_u16(data + 2 * i));
    op_set_text(op, "registers", str_text(&words));
    str_done(&words);
    ask_finish(ask);
}

static void scattered_start(struct op *op)
{
    struct ask *ask = ask_begin(op, sizeof(*ask), scattered_decode);
    size_t count = op_list_count(op, "addresses");
    uint16_t addresses[124];

    if (!ask)
        return;
    if (count == 0 || count > 124) {
        op_fail(op, ERR_RANGE, "`addresses:` takes 1 to 124 of them, not %zu", count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        addresses[i] = (uint16_t)op_list_number(op, "addresses", i);
    ask->request.length = modbus_encode_scattered(1, addresses, count, ask->request.pdu);
    ask_send(ask);
}

static const struct verb modbus_scattered = {
    .name = "modbus.scattered",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Reads registers that do not lie together in one request (vendor function 100/4).",
    .with = &scattered_with,
    .results = &scattered_results,
    .start = scattered_start,
    .cancel = ask_cancel,
};

// ---- modbus.diagnostics
// ------------------------------------------------------------------------------

static const struct schema_field diagnostics_with_fields[] = {
    ASK_WITH_FIELDS,
    {.name = "sub",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 0,
     .high = 65535,
     .required = true,
     .doc = "Sub-function: 0 echo, 0x0A clear, 0x0B to 0x12 the counters."},
    {.name = "data",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .low = 0,
     .high = 65535,
     .otherwise = "0",
     .doc = "The data field."},
};
static const struct schema_field diagnostics_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "value",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "The data that came back."},
};
static const struct schema diagnostics_with =
    SCHEMA_OF("modbus.diagnostics with", diagnostics_with_fields);
static const struct schema diagnostics_results =
    SCHEMA_OF("modbus.diagnostics expect", diagnostics_result_fields);

static void diagnostics_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    struct bytes_in data;
    uint16_t value;

    if (modbus_decode_diagnostics((uint16_t)op_integer(op, "sub", 0), pdu, length, &data) < 0 ||
        !bytes_get_u16(&data, &value)) {
        ask_malformed(ask);
        return;
    }
    op_set_integer(op, "value", value);
    ask_finish(ask);
}

static void diagnostics_start(struct op *op)
{
    struct ask *ask = ask_begin(op, sizeof(*ask), diagnostics_decode);
    uint8_t data[2];

    if (!ask)
        return;
    bytes_store_u16(data, (uint16_t)op_integer(op, "data", 0));
    ask->request.length = modbus_encode_diagnostics((uint16_t)op_integer(op, "sub", 0), data,
                                                    sizeof(data), ask->request.pdu);
    ask_send(ask);
}

static const struct verb modbus_diagnostics = {
    .name = "modbus.diagnostics",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .perturbs = true, // Each question counts in the counters it asks for.
    .service = "modbus",
    .timeout_ns = MODBUS_VERB_TIMEOUT_NS,
    .doc = "Serial-line diagnostics (function 8).",
    .with = &diagnostics_with,
    .results = &diagnostics_results,
    .start = diagnostics_start,
    .cancel = ask_cancel,
};

const struct verb *const modbus_verbs[] = {
    &modbus_read,        &modbus_write, &modbus_request, &modbus_identify, &modbus_scattered,
    &modbus_diagnostics, NULL,
};

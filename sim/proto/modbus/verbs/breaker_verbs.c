// SPDX-License-Identifier: Apache-2.0
// `breaker.*`: what a breaker's communication interface offers over Modbus. Registers, codes and
// results come from the profile's command interface (DOCA0091EN, DOCA0105EN): one write of the
// request area, then the status is asked until it is no longer "in progress".
#include "sim/proto/modbus/verbs/modbus_verbs.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/profile/command.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/modbus.h"
#include "sim/proto/modbus/verbs/ask.h"

#define BREAKER_VERB_TIMEOUT_NS (10 * SIM_NS_PER_S)
#define STATUS_POLL_NS (20 * SIM_NS_PER_MS)
#define REQUEST_REGISTERS_MAX 123
#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }

// ---- breaker.command ---------------------------------------------------------------------------

static const char *const replies[] = {"accepted", "refused", "none", NULL};
static const struct schema_field parameter_item = {.type = SCHEMA_INTEGER, .low = 0, .high = 255};

static const struct schema_field command_with_fields[] = {
    ASK_WITH_FIELDS,
    {.name = "op",
     .type = SCHEMA_TEXT,
     .expression = true,
     .required = true,
     .doc = "A command of the profile's command interface: open, close, reset, ...",
     .example = "open"},
    {.name = "password",
     .type = SCHEMA_VALUE,
     .expression = true,
     .otherwise = "none",
     .doc =
         "Password of the profile (account) that sends it; `none` leaves the field empty and says "
         "that no password is given."},
    {.name = "parameters",
     .type = SCHEMA_LIST,
     .item = &parameter_item,
     .doc = "Parameter bytes of the command."},
};
static const struct schema_field command_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "reply",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = replies,
     .doc =
         "`accepted`, `refused` (by a status or an exception), or `none` (no end of it in time)."},
    {.name = "status",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "The command status register at the end: module in the high byte, result in the low."},
    {.name = "reason",
     .type = SCHEMA_TEXT,
     .expression = true,
     .doc = "The profile's name of that result, `exception N`, or `in-progress`."},
};
static const struct schema command_with = SCHEMA_OF("breaker.command with", command_with_fields);
static const struct schema command_results =
    SCHEMA_OF("breaker.command expect", command_result_fields);

struct command_ask {
    struct ask ask;
    const struct profile *profile;
    const struct profile_command_layout *layout;
    struct timer poll;
    sim_time_ns changed_ns; // When the status last changed, for the client's patience.
    bool written;
};

static void end_command(struct command_ask *command, const char *reply, const char *reason)
{
    op_set_text(command->ask.op, "reply", reply);
    op_set_text(command->ask.op, "reason", reason);
    timer_stop(&command->poll);
    ask_finish(&command->ask);
}

static void ask_status(struct command_ask *command)
{
    struct modbus_request *request = &command->ask.request;

    request->length =
        modbus_encode_read(MODBUS_READ_HOLDING_REGISTERS, command->layout->status, 1, request->pdu);
    ask_send(&command->ask);
}

static void on_poll(struct timer *timer, void *user)
{
    (void)timer;
    ask_status(user);
}

static void judge_status(struct command_ask *command, uint16_t status)
{
    const struct profile_result *result = profile_result(command->profile, status);
    struct op *op = command->ask.op;

    op_set_integer(op, "status", status);
    if (status == command->layout->in_progress) {
        if (timers_now(op_timers(op)) - command->changed_ns >=
            command->layout->silence_ns + command->ask.link->slack_ns)
            end_command(command, "none", "in-progress");
        else
            timer_start(&command->poll, STATUS_POLL_NS);
        return;
    }
    end_command(command, (status & 0xFF) == 0 ? "accepted" : "refused",
                result                 ? result->name
                : (status & 0xFF) == 0 ? "success"
                                       : "unknown");
}

static void command_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    struct command_ask *command = (struct command_ask *)ask;
    const uint8_t *data;

    if (!command->written) {
        if (modbus_decode_echo(ask->request.pdu, ask->request.length, pdu, length) < 0) {
            ask_malformed(ask);
            return;
        }
        command->written = true;
        command->changed_ns = timers_now(op_timers(op));
        ask_status(command);
        return;
    }
    if (modbus_decode_read(MODBUS_READ_HOLDING_REGISTERS, 1, pdu, length, &data) < 0)
        ask_malformed(ask);
    else
        judge_status(command, bytes_load_u16(data));
}

// Writes a run of bytes into registers of the request area, two a register, from its first on.
static void put_bytes(uint8_t *area, const struct profile_command_layout *layout,
                      const struct profile_span *span, const uint8_t *bytes, size_t count)
{
    size_t at = 2u * (size_t)(span->address - layout->request.address);
    size_t room = 2u * (size_t)span->count;

    memcpy(area + at, bytes, count < room ? count : room);
}

static void put_register(uint8_t *area, const struct profile_command_layout *layout,
                         uint16_t address, uint16_t value)
{
    bytes_store_u16(area + 2u * (size_t)(address - layout->request.address), value);
}

static void fill_area(struct op *op, const struct profile *profile,
                      const struct profile_command_layout *layout,
                      const struct profile_command *row, uint8_t *area)
{
    const struct profile_module *module = profile_module_named(profile, row->module);
    const char *password = op_text(op, "password", NULL);
    bool signed_ = password && strcmp(password, "none") != 0;
    uint8_t parameters[2 * REQUEST_REGISTERS_MAX] = {0};
    size_t count = op_list_count(op, "parameters");
    // Where no document tells how many bytes a command has, what is given is what there is.
    int bytes = row->parameter_bytes < 0 ? (int)count : row->parameter_bytes;

    memset(area, 0, 2u * (size_t)layout->request.count);
    for (size_t i = 0; i < count && i < sizeof(parameters); i++)
        parameters[i] = (uint8_t)op_list_number(op, "parameters", i);
    put_register(area, layout, layout->code, row->code);
    put_register(area, layout, layout->length, (uint16_t)(layout->length_base + bytes));
    put_register(area, layout, layout->destination, module ? module->destination : 0);
    put_register(area, layout, layout->security, signed_);
    if (signed_)
        put_bytes(area, layout, &layout->password, (const uint8_t *)password, strlen(password));
    put_bytes(area, layout, &layout->parameters, parameters, count);
    for (size_t i = 0; i < layout->trailer.count && i < PROFILE_TRAILER_MAX; i++)
        put_register(area, layout, (uint16_t)(layout->trailer.address + i),
                     layout->trailer_values[i]);
}

// An exception is a refusal too: the runner asks for `reply`, whatever way the device said no.
static void command_refused(struct op *op, uint8_t exception)
{
    char reason[24];

    snprintf(reason, sizeof(reason), "exception %u", exception);
    op_set_text(op, "reply", "refused");
    op_set_text(op, "reason", reason);
}

static void command_start(struct op *op)
{
    struct command_ask *command = ask_begin(op, sizeof(*command), command_decode);
    const struct profile_model *model;
    const struct profile_command *row;
    const char *map;
    uint8_t area[2 * REQUEST_REGISTERS_MAX];

    if (!command)
        return;
    ask_profile(&command->ask, &command->profile, &model, &map);
    timer_init(&command->poll, op_timers(op), NULL, on_poll, command);
    command->ask.refused = command_refused;
    command->layout = profile_command_layout(command->profile);
    row = command->layout ? profile_command_named(command->profile, op_text(op, "op", "")) : NULL;
    if (!row) {
        op_fail(op, ERR_NOT_FOUND, "profile %s has no command '%s'", profile_id(command->profile),
                op_text(op, "op", ""));
        return;
    }
    fill_area(op, command->profile, command->layout, row, area);
    command->ask.request.length = modbus_encode_write_registers(command->layout->request.address,
                                                                command->layout->request.count,
                                                                area, command->ask.request.pdu);
    ask_send(&command->ask);
}

static void command_cancel(struct op *op)
{
    struct command_ask *command = op_state_get(op);

    if (command)
        timer_stop(&command->poll);
    ask_cancel(op);
}

static const struct verb breaker_command = {
    .name = "breaker.command",
    .door = VERB_WIRE,
    .use = VERB_DO,
    .service = "modbus",
    .timeout_ns = BREAKER_VERB_TIMEOUT_NS,
    .doc = "Sends a command through the command interface and waits for its result.",
    .with = &command_with,
    .results = &command_results,
    .start = command_start,
    .cancel = command_cancel,
};

// ---- breaker.position --------------------------------------------------------------------------

static const char *const positions[] = {"open", "closed", "unknown", NULL};
static const struct schema_field position_with_fields[] = {ASK_WITH_FIELDS};
static const struct schema_field position_result_fields[] = {
    ASK_RESULT_FIELDS,
    {.name = "position",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = positions,
     .doc = "Main contacts as the status register shows them; `unknown` while it says \"not "
            "available\"."},
    {.name = "tripped",
     .type = SCHEMA_BOOL,
     .expression = true,
     .doc = "Whether it tripped and was not reset."},
};
static const struct schema position_with = SCHEMA_OF("breaker.position with", position_with_fields);
static const struct schema position_results =
    SCHEMA_OF("breaker.position expect", position_result_fields);

struct position_ask {
    struct ask ask;
    const struct profile_register *position;
    const struct profile_register *tripped; // In the same register, or NULL.
};

static void position_decode(struct op *op, struct ask *ask, const uint8_t *pdu, size_t length)
{
    struct position_ask *position = (struct position_ask *)ask;
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value value;
    const uint8_t *data;

    if (modbus_decode_read(MODBUS_READ_HOLDING_REGISTERS, position->position->count, pdu, length,
                           &data) < 0) {
        ask_malformed(ask);
        return;
    }
    profile_decode(position->position, data, text, &value);
    op_set_text(op, "position", !value.valid ? "unknown" : value.integer ? "closed" : "open");
    if (position->tripped) {
        profile_decode(position->tripped, data, text, &value);
        op_set_truth(op, "tripped", value.valid && value.integer);
    }
    ask_finish(ask);
}

static void position_start(struct op *op)
{
    struct position_ask *position = ask_begin(op, sizeof(*position), position_decode);
    const struct profile *profile;
    const struct profile_model *model;
    const char *map;

    if (!position)
        return;
    ask_profile(&position->ask, &profile, &model, &map);
    position->position = profile_register_of(profile, model, "own", POINT_BREAKER_POSITION);
    position->tripped = profile_register_of(profile, model, "own", POINT_BREAKER_TRIPPED);
    if (!position->position) {
        op_fail(op, ERR_NOT_FOUND, "profile %s shows no breaker position", profile_id(profile));
        return;
    }
    if (position->tripped && position->tripped->address != position->position->address)
        position->tripped = NULL;
    position->ask.request.length =
        modbus_encode_read(MODBUS_READ_HOLDING_REGISTERS, position->position->address,
                           position->position->count, position->ask.request.pdu);
    ask_send(&position->ask);
}

static const struct verb breaker_position = {
    .name = "breaker.position",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "modbus",
    .timeout_ns = BREAKER_VERB_TIMEOUT_NS,
    .doc = "Reads the position of the main contacts from the status register.",
    .with = &position_with,
    .results = &position_results,
    .start = position_start,
    .cancel = ask_cancel,
};

const struct verb *const breaker_verbs[] = {&breaker_command, &breaker_position, NULL};

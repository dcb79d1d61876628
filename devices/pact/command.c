// SPDX-License-Identifier: Apache-2.0
// The command interface (DOCA0091EN, DOCA0105EN): one write of the request registers, then the
// status register is polled. Codes, layout, who may send what and what a result means come from the
// profile; here is what each command does. A frame is judged in this order: frame, lock of remote
// control, password, the mechanism. A command that cannot be done reports its result after a
// moment, as one that can. Losing the supply forgets the command and its status.
#include "devices/pact/state.h"

#include <assert.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/crypto.h"
#include "sim/base/err.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define COMMAND_NS (50 * SIM_NS_PER_MS) // UNVERIFIED(no source): a command without motion.
#define SECURITY_PASSWORD 1

// ---- What each command does ----

// Carries it out; NULL when it is done or the mechanism moves, else the name of the result.
typedef const char *pact_command_fn(struct pact *pact, const struct pact_request *request);

static const char *do_open(struct pact *pact, const struct pact_request *request)
{
    (void)request;
    return pact_mechanism_move(pact, PACT_OPENING);
}

static const char *do_close(struct pact *pact, const struct pact_request *request)
{
    (void)request;
    return pact_mechanism_move(pact, PACT_CLOSING);
}

static const char *do_reset(struct pact *pact, const struct pact_request *request)
{
    (void)request;
    return pact_mechanism_move(pact, PACT_RESETTING);
}

static const char *keep(struct pact *pact)
{
    const char *refused = pact_mechanism_keep(pact) < 0 ? "not-executed" : NULL;

    pact_mechanism_show(pact);
    return refused;
}

// The first parameter byte switches: it is the high byte of the first register.
static bool switches_on(const struct pact_request *request)
{
    return request->parameters[0] >> 8 != 0;
}

static const char *do_inhibit_close(struct pact *pact, const struct pact_request *request)
{
    pact->mechanism.inhibited_comm = switches_on(request);
    return keep(pact);
}

static const char *do_auto_reset(struct pact *pact, const struct pact_request *request)
{
    pact->mechanism.auto_reset = switches_on(request);
    return keep(pact);
}

static const char *do_reset_after_fault(struct pact *pact, const struct pact_request *request)
{
    pact->mechanism.reset_after_fault = switches_on(request);
    return keep(pact);
}

static const struct profile_register datetime_row = {
    .count = 4, .type = PROFILE_DATETIME, .invalid = PROFILE_INVALID_ONES, .scale = 1, .point = -1};

static const char *do_get_time(struct pact *pact, const struct pact_request *request)
{
    struct point_value now = {
        .type = POINT_TIME, .valid = true, .integer = device_utc_ns(pact->device)};
    uint8_t data[8];

    (void)request;
    if (profile_encode(&datetime_row, &now, data) < 0)
        return "not-executed";
    for (size_t i = 0; i < 4; i++)
        pact->command.result[i] = bytes_load_u16(data + 2 * i);
    pact->command.result_bytes = sizeof(data);
    return NULL;
}

static const char *do_set_time(struct pact *pact, const struct pact_request *request)
{
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value value;
    uint8_t data[8];

    for (size_t i = 0; i < 4; i++)
        bytes_store_u16(data + 2 * i, request->parameters[i]);
    profile_decode(&datetime_row, data, text, &value);
    if (!value.valid)
        return "write-refused";
    device_set_utc(pact->device, value.integer);
    return NULL;
}

static const char *do_acknowledge_trip(struct pact *pact, const struct pact_request *request)
{
    (void)request;
    pact->mechanism.cause = PLANT_TRIP_NONE;
    pact_mechanism_show(pact);
    return NULL;
}

// By the names of the profile. A command that is not here is answered as not supported.
static const struct {
    const char *name;
    pact_command_fn *run;
} handlers[] = {
    {"open", do_open},
    {"close", do_close},
    {"reset", do_reset},
    {"inhibit-close", do_inhibit_close},
    {"auto-reset", do_auto_reset},
    {"reset-after-fault", do_reset_after_fault},
    {"get-time", do_get_time},
    {"set-time", do_set_time},
    {"acknowledge-trip", do_acknowledge_trip},
};

static pact_command_fn *handler_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(handlers); i++)
        if (strcmp(handlers[i].name, name) == 0)
            return handlers[i].run;
    return NULL;
}

// ---- Status registers ----

// A result that the module does not have is "service not executed"; an unknown command has no
// module, so the first one answers, which is the interface.
static uint16_t status_of(const struct pact *pact, const struct profile_command *row,
                          const char *result)
{
    const struct profile *profile = pact->device->profile;
    size_t count;
    const char *module = row ? row->module : profile_modules(profile, &count)->name;
    int status = profile_result_status(profile, module, result);

    if (status < 0)
        status = profile_result_status(profile, module, "not-executed");
    assert(status >= 0);
    return (uint16_t)status;
}

static void show_status(struct pact *pact, uint16_t echo, uint16_t status, uint16_t bytes)
{
    const struct profile_command_layout *layout = pact->layout;

    image_put_raw(pact->image, layout->echo, 1, &echo);
    image_put_raw(pact->image, layout->status, 1, &status);
    image_put_raw(pact->image, layout->result_length, 1, &bytes);
}

static void note_command(struct pact *pact, uint16_t status)
{
    const struct pact_command *command = &pact->command;
    struct pact_record *record = &pact->log[pact->log_count++ % PACT_LOG_MAX];

    *record = (struct pact_record){
        .utc_ns = device_utc_ns(pact->device),
        .code = command->request.code,
        .status = status,
        .name = command->row ? command->row->name : "",
        .account = command->account ? command->account : "",
        .closed = pact->mechanism.closed,
    };
    device_event(pact->device, "command=%u status=0x%04X", command->request.code, status);
}

static void end_command(struct pact *pact, uint16_t status)
{
    struct pact_command *command = &pact->command;
    uint16_t registers = (uint16_t)((command->result_bytes + 1) / 2);

    assert(registers <= PACT_RESULT_REGISTERS_MAX);
    command->running = false;
    pact->mechanism.last_failed = status != 0;
    image_set_integer(pact->image, POINT_BREAKER_LAST_COMMAND_FAILED, status != 0);
    if (registers > pact->layout->result.count)
        registers = pact->layout->result.count;
    if (registers)
        image_put_raw(pact->image, pact->layout->result.address, registers, command->result);
    show_status(pact, command->request.code, status, command->result_bytes);
    note_command(pact, status);
}

// ---- Judging ----

// The account whose password this is and that may send the command, or NULL.
static const char *account_of(const struct pact *pact, const struct profile_command *row,
                              const char *password)
{
    for (size_t i = 0; i < row->accounts_count; i++) {
        const char *secret = device_secret(pact->device, row->accounts[i]);
        size_t length = secret ? strlen(secret) : 0;

        if (secret && strlen(password) == length && crypto_equal(secret, password, length))
            return row->accounts[i];
    }
    return NULL;
}

// A command whose number of parameter bytes nobody knows takes what fits the frame.
static bool length_fits(const struct profile_command_layout *layout,
                        const struct profile_command *row, uint16_t length)
{
    int bytes = length - layout->length_base;

    return row->parameter_bytes < 0 ? bytes >= 0 && bytes <= 2 * layout->parameters.count
                                    : bytes == row->parameter_bytes;
}

// Why the frame is refused before anything is done, or NULL.
static const char *judge(struct pact *pact)
{
    struct pact_command *command = &pact->command;
    const struct pact_request *request = &command->request;
    const struct profile_command *row = command->row;
    const struct profile_module *module;

    if (!row || !handler_of(row->name))
        return "unsupported";
    module = profile_module_named(pact->device->profile, row->module);
    if (module && module->destination != request->destination)
        return "unsupported";
    if (!length_fits(pact->layout, row, request->length))
        return "write-refused";
    if (!row->accounts_count)
        return NULL;
    if (!pact->remote_enabled)
        return "locked";
    if (request->security != SECURITY_PASSWORD)
        return "no-rights";
    command->account = account_of(pact, row, request->password);
    return command->account ? NULL : "no-rights";
}

static uint16_t word(const struct profile_command_layout *layout, const uint8_t *data,
                     uint16_t address)
{
    return bytes_load_u16(data + 2 * (address - layout->request.address));
}

static void read_request(const struct profile_command_layout *layout, const uint8_t *data,
                         struct pact_request *ret)
{
    size_t password = 2u * layout->password.count;

    *ret = (struct pact_request){.code = word(layout, data, layout->code),
                                 .length = word(layout, data, layout->length),
                                 .destination = word(layout, data, layout->destination),
                                 .security = word(layout, data, layout->security)};
    if (password >= sizeof(ret->password))
        password = sizeof(ret->password) - 1;
    memcpy(ret->password, data + 2 * (layout->password.address - layout->request.address),
           password);
    for (uint16_t i = 0; i < layout->parameters.count && i < PACT_PARAMETER_REGISTERS_MAX; i++)
        ret->parameters[i] = word(layout, data, (uint16_t)(layout->parameters.address + i));
}

void pact_command_write(struct pact *pact, const uint8_t *data)
{
    struct pact_command *command = &pact->command;
    struct pact_request request;
    const char *refused;

    read_request(pact->layout, data, &request);
    if (command->running) {
        // The one under way goes on and has the last word.
        show_status(pact, request.code, status_of(pact, command->row, "busy"), 0);
        return;
    }
    command->request = request;
    command->row = profile_command(pact->device->profile, request.code);
    command->account = NULL;
    command->result_bytes = 0;
    command->running = true;
    show_status(pact, 0, pact->layout->in_progress, 0);
    refused = judge(pact);
    command->status = refused ? status_of(pact, command->row, refused) : -1;
    timer_start(&command->timer, pact_time_ns(pact, "timing.command_time", COMMAND_NS));
}

static void on_due(struct timer *timer, void *user)
{
    struct pact *pact = user;
    struct pact_command *command = &pact->command;
    const char *refused;

    (void)timer;
    if (command->status >= 0) {
        end_command(pact, (uint16_t)command->status);
        return;
    }
    refused = handler_of(command->row->name)(pact, &command->request);
    if (refused)
        end_command(pact, status_of(pact, command->row, refused));
    else if (pact->mechanism.motion == PACT_STILL)
        end_command(pact, 0);
}

void pact_command_moved(struct pact *pact, bool done)
{
    if (!pact->command.running || pact->command.status >= 0 || timer_running(&pact->command.timer))
        return; // It moved for another reason.
    end_command(pact, done ? 0 : status_of(pact, pact->command.row, "out-of-order"));
}

// ---- Life ----

void pact_command_init(struct pact *pact)
{
    pact->layout = profile_command_layout(pact->device->profile);
    device_timer_init(pact->device, &pact->command.timer, on_due, pact);
}

void pact_command_power(struct pact *pact, bool on)
{
    timer_stop(&pact->command.timer);
    pact->command.running = false;
    if (on && pact->layout)
        show_status(pact, 0, 0, 0);
}

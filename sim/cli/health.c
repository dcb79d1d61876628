// SPDX-License-Identifier: Apache-2.0
// `testbay health`: whether a serving testbay is ready, asked over its control socket.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/core/core.h"
#include "sim/edge/control_client.h"

#define HEALTH_TIMEOUT_NS (3 * SIM_NS_PER_S)

static const struct cli_option options[] = {
    {"control", 0, "PATH", "the control socket of `testbay serve` (default: $TESTBAY_CONTROL)"},
    {"wait", 'w', "SECONDS", "ask again for so long until it is ready (default 0: once)"},
    {"quiet", 'q', NULL, "only the exit code"},
    {0},
};

struct health {
    const char *path;
    uint64_t wait_s;
    bool quiet;

    struct core *core;
    bool answered;
    bool ready;
    struct str said; // One sentence.
};

static size_t count_where(const struct json *rows, const char *key)
{
    size_t count = 0;

    for (size_t i = 0; i < json_count(rows); i++)
        count += json_bool(json_get(json_at(rows, i), key), false);
    return count;
}

static void read_state(struct health *health, const char *body, size_t length)
{
    struct json *state;
    const struct json *devices, *services;

    if (json_parse(body, length, &state, NULL) < 0) {
        str_addf(&health->said, "%s does not speak as a testbay does", health->path);
        return;
    }
    devices = json_get(state, "devices");
    services = json_get(state, "services");
    health->ready = json_bool(json_get(state, "ready"), false);
    str_addf(&health->said,
             "%s: %s, clock %s x%g, %zu of %zu devices have supply, %zu of %zu services are open",
             health->ready ? "ready" : "not ready", json_text(json_get(state, "site"), "?"),
             json_text(json_get(state, "clock"), "?"), json_number(json_get(state, "speed"), 1),
             count_where(devices, "powered"), json_count(devices), count_where(services, "open"),
             json_count(services));
    json_free(&state);
}

static void on_answer(void *user, int error, unsigned status, const char *body, size_t length)
{
    struct health *health = user;

    health->answered = true;
    str_clear(&health->said);
    if (error < 0)
        str_addf(&health->said, "nobody answers at %s: %s", health->path, err_text(error));
    else if (status != 200)
        str_addf(&health->said, "%s answers with status %u", health->path, status);
    else
        read_state(health, body, length);
    core_stop(health->core);
}

static void ask(struct health *health)
{
    struct control_client *client = control_client_new(health->core, health->path);
    struct core_until until = {.until_ns = SIM_TIME_NEVER, .wall_ns = 2 * HEALTH_TIMEOUT_NS};

    health->answered = false;
    if (control_call(client, "GET", "/state", NULL, HEALTH_TIMEOUT_NS, on_answer, health) == 0)
        while (!health->answered && core_run(health->core, &until) == CORE_STOPPED)
            continue;
    control_client_free(&client);
}

// Asks until it is ready or the time is over; a second between two questions.
static void ask_until_ready(struct health *health)
{
    struct core_options core_options = {.mode = CLOCK_REAL, .speed = 1};

    health->core = core_new(&core_options);
    ask(health);
    for (uint64_t asked_s = 0; !health->ready && asked_s < health->wait_s; asked_s++) {
        struct core_until second = {.until_ns = core_now(health->core) + SIM_NS_PER_S};

        core_run(health->core, &second);
        ask(health);
    }
    core_free(&health->core);
}

static int read_command_line(struct health *health, struct cli_cursor *cursor)
{
    const struct cli_option *option;
    const char *value;

    while ((option = cli_next(cursor, &value)) || value) {
        if (!option)
            return cli_usage("health takes no argument; see 'testbay health --help'");
        if (strcmp(option->name, "control") == 0)
            health->path = value;
        else if (strcmp(option->name, "quiet") == 0)
            health->quiet = true;
        else if (cli_number("wait", value, 3600, &health->wait_s) != 0)
            return CLI_USAGE;
    }
    if (!cursor->failed && !cursor->helped && !health->path)
        return cli_usage("say where to ask: --control PATH, or TESTBAY_CONTROL in the environment");
    return cursor->failed ? CLI_USAGE : CLI_OK;
}

static int run_health(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct health health = {.path = getenv("TESTBAY_CONTROL")};

    if (read_command_line(&health, &cursor) != CLI_OK)
        return CLI_USAGE;
    if (cursor.helped)
        return CLI_OK;
    ask_until_ready(&health);
    if (!health.quiet)
        fprintf(health.ready ? stdout : stderr, "%s\n", str_text(&health.said));
    str_done(&health.said);
    return health.ready ? CLI_OK : CLI_ERROR;
}

const struct cli_command cli_health = {
    .name = "health",
    .arguments = "",
    .summary = "whether a serving testbay is ready",
    .doc = "Asks a `testbay serve --control PATH` how it is: site, clock, devices, services. Exit\n"
           "code 0 when it is ready, 3 when nobody answers. Made for the health check of a\n"
           "container and for scripts that would otherwise wait by the clock.\n"
           "\n"
           "examples:\n"
           "  testbay health --control /tmp/bay.sock\n"
           "  testbay health --control /tmp/bay.sock --wait 30 && testbay run scenarios",
    .options = options,
    .run = run_health,
};

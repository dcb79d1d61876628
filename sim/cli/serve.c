// SPDX-License-Identifier: Apache-2.0
// `testbay serve`: every device of a site on real addresses, on a real or faster clock, until
// SIGTERM.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/cli/cli.h"
#include "sim/cli/control_api.h"
#include "sim/cli/sim_stage.h"
#include "sim/core/loop.h"
#include "sim/edge/outside.h"
#include "sim/edge/pty.h"
#include "sim/vnet/line.h"
#include "sim/vnet/net.h"
#include "sim/world/world.h"

#define SERVE_LINES_MAX 32
#define SERVE_PEM_BYTES_MAX 65536
#define SERVE_PORT_OFFSET_MAX 60000
#define SERVE_PORT_OFFSET_WITHOUT_RIGHTS 10000

static const struct cli_option options[] = {
    {"listen", 'l', "loopback|anyip|ports",
     "where real clients connect: 127.x.y.z for 10.x.y.z (default), the true addresses, or one "
     "address with many ports"},
    {"shared", 0, NULL,
     "with --listen anyip: one listener a port for all devices, for fleets past the limit of "
     "descriptors; exact with root's rights, which a packet filter takes"},
    {"address", 0, "IP", "with --listen ports: the one address (default 127.0.0.1)"},
    {"port-offset", 'o', "N", "added to every port; a user without rights gets 10000 by default"},
    {"clock", 'c', "real|xN|hold", "real time (default), N times as fast, or moved by hand only"},
    {"start", 0, "UTC", "what time it is at the start (default: now)"},
    {"seed", 's', "N", "draws secrets and everything random (default: fresh)"},
    {"state", 0, "DIR", "keep what devices store there; a restart is then a power cycle"},
    {"control", 0, "PATH", "open the control socket there (default: $TESTBAY_CONTROL)"},
    {"all-on", 0, NULL, "give supply to every device, also to those that the site leaves without"},
    {"outward", 0, NULL, "let devices call addresses outside the site (a real central system)"},
    {"pty", 0, "LINE=PATH", "give an RS-485 line of the site out as a terminal; repeat for more"},
    {"authority", 0, "FILE",
     "your own certificate authority (PEM, certificate and key): it certifies stations and central "
     "systems of the site, and whom it certified elsewhere is trusted"},
    {"capture", 0, "FILE", "record every wire to this pcapng"},
    {"log", 'd', "GLOB", "debug lines of the source files that match ('devices/*')"},
    {"quiet", 'q', NULL, "do not print what listens where"},
    {0},
};

struct serve {
    const char *site;
    const char *control_path;
    const char *capture;
    const char *state;
    const char *authority;
    char *authority_pem;
    const char *ptys[SERVE_LINES_MAX]; // "rs1=/tmp/rs1", split when they are made.
    size_t ptys_count;
    const char *lines[2 * SERVE_LINES_MAX];
    char *line_names[SERVE_LINES_MAX];
    struct core_options core_options;
    struct outside_options outside_options;
    bool quiet;
    bool all_on;
    bool offset_given;
    bool signalled;

    char *home;
    char *workshop;
    struct profiles *profiles;
    struct core *core;
    struct stage *stage;
    struct outside *outside;
    struct edge_pty *terminals[SERVE_LINES_MAX];
    struct control_api *control;
};

// ---- Options ----

static int read_listen(struct serve *serve, const char *value)
{
    static const char *const modes[] = {"loopback", "anyip", "ports", NULL};
    int mode = 0;
    int failed = cli_choice("listen", value, modes, &mode);

    serve->outside_options.mode = (enum outside_mode)mode;
    return failed;
}

static int read_clock(struct serve *serve, const char *value)
{
    char *rest;

    serve->core_options.mode = CLOCK_REAL;
    serve->core_options.speed = 1;
    if (strcmp(value, "real") == 0)
        return 0;
    if (strcmp(value, "hold") == 0) {
        serve->core_options.mode = CLOCK_HOLD;
        return 0;
    }
    if (value[0] == 'x') {
        serve->core_options.speed = strtod(value + 1, &rest);
        if (rest != value + 1 && !*rest && serve->core_options.speed >= 0.001 &&
            serve->core_options.speed <= 1e6)
            return 0;
    }
    return cli_usage("--clock %s: it is real, hold, or x and a number (x5)", value);
}

static int read_option(struct serve *serve, const char *name, const char *value)
{
    uint64_t number = 0;
    int failed = 0;

    if (strcmp(name, "listen") == 0)
        return read_listen(serve, value);
    if (strcmp(name, "clock") == 0)
        return read_clock(serve, value);
    if (strcmp(name, "address") == 0)
        return address_parse(value, &serve->outside_options.at) < 0
                   ? cli_usage("--address %s is no address", value)
                   : 0;
    if (strcmp(name, "start") == 0)
        return units_parse_utc(value, &serve->core_options.utc_start_ns) < 0
                   ? cli_usage("--start %s is no time; write 2026-01-15T08:00:00Z", value)
                   : 0;
    if (strcmp(name, "pty") == 0) {
        if (!strchr(value, '=') || serve->ptys_count == SERVE_LINES_MAX)
            return cli_usage("--pty %s: write LINE=PATH, at most %d of them", value,
                             SERVE_LINES_MAX);
        serve->ptys[serve->ptys_count++] = value;
    } else if (strcmp(name, "seed") == 0) {
        failed = cli_number(name, value, UINT64_MAX, &serve->core_options.seed);
    } else if (strcmp(name, "port-offset") == 0) {
        failed = cli_number(name, value, SERVE_PORT_OFFSET_MAX, &number);
        serve->outside_options.port_offset = (uint16_t)number;
        serve->offset_given = true;
    } else if (strcmp(name, "log") == 0) {
        log_add_glob(value);
    } else if (strcmp(name, "shared") == 0) {
        serve->outside_options.shared = true;
    } else if (strcmp(name, "all-on") == 0) {
        serve->all_on = true;
    } else if (strcmp(name, "outward") == 0) {
        serve->outside_options.outward = true;
    } else if (strcmp(name, "quiet") == 0) {
        serve->quiet = true;
    }
    return failed;
}

static void read_path(struct serve *serve, const char *name, const char *value)
{
    if (strcmp(name, "state") == 0)
        serve->state = value;
    else if (strcmp(name, "authority") == 0)
        serve->authority = value;
    else if (strcmp(name, "control") == 0)
        serve->control_path = value;
    else if (strcmp(name, "capture") == 0)
        serve->capture = value;
}

static int read_command_line(struct serve *serve, struct cli_cursor *cursor)
{
    const struct cli_option *option;
    const char *value;

    while ((option = cli_next(cursor, &value)) || value) {
        if (option) {
            read_path(serve, option->name, value);
            if (read_option(serve, option->name, value) != 0)
                return CLI_USAGE;
        } else if (cli_take_only(cursor->command, value, &serve->site) != 0 ||
                   cli_check_kind(value, KIND_SITE) != 0) {
            return CLI_USAGE;
        }
    }
    return cursor->failed ? CLI_USAGE : 0;
}

// ---- Opening ----

static int read_authority(struct serve *serve)
{
    int err = serve->authority
                  ? cli_read_file(serve->authority, SERVE_PEM_BYTES_MAX, &serve->authority_pem)
                  : 0;

    if (err < 0)
        cli_usage("--authority %s: %s", serve->authority, err_text(err));
    return err;
}

static int open_world(struct serve *serve)
{
    struct diag *diag = diag_new();
    struct sim_stage_options stage_options = {
        .core = serve->core,
        .profiles = serve->profiles,
        .name = "serve",
        .site = serve->site,
        .secret = cli_secret,
        .capture = serve->capture,
        .state = serve->state,
        .real_random = true,
        .authority_pem = serve->authority_pem,
    };
    int err = sim_stage_new(&stage_options, diag, &serve->stage);

    cli_print_diag(diag);
    if (err < 0 && diag_errors(diag) == 0)
        cli_usage("%s cannot be served: %s", serve->site, err_text(err));
    diag_free(&diag);
    return err;
}

static int open_outside(struct serve *serve)
{
    struct world *world = sim_stage_world(serve->stage);
    struct host *gate = vnet_host_new_outside(world_vnet(world), "outside");
    int err;

    for (size_t i = 0; i < world_networks(world); i++)
        if (world_network_at(world, i)->segment)
            vnet_host_add_address(gate, world_network_at(world, i)->segment, NULL);
    serve->outside_options.host_name = vnet_host_name;
    serve->outside_options.host_up = vnet_host_up;
    err =
        outside_new(serve->core, world_vnet(world), gate, &serve->outside_options, &serve->outside);
    if (err == 0 && outside_problem(serve->outside)) {
        cli_usage("%s", outside_problem(serve->outside));
        err = ERR_IO;
    }
    return err;
}

static int open_pty(struct serve *serve, size_t index)
{
    struct world *world = sim_stage_world(serve->stage);
    const char *equals = strchr(serve->ptys[index], '=');
    char *name = str_format("%.*s", (int)(equals - serve->ptys[index]), serve->ptys[index]);
    const struct world_network *network = world_network(world, name);
    struct line_port *port;
    int err;

    serve->line_names[index] = name;
    serve->lines[2 * index] = name;
    serve->lines[2 * index + 1] = equals + 1;
    if (!network || !network->line) {
        cli_usage("--pty %s: the site has no line '%s'", serve->ptys[index], name);
        return ERR_NOT_FOUND;
    }
    err = edge_pty_new(serve->core, equals + 1, &serve->terminals[index]);
    if (err == 0)
        err = line_attach(network->line, 0, LINE_PARITY_NONE, &port);
    if (err == 0)
        edge_pty_attach(serve->terminals[index], port);
    else
        cli_usage("--pty %s: %s", serve->ptys[index], err_text(err));
    return err;
}

static int open_control(struct serve *serve)
{
    struct control_api_options control_options = {
        .stage = serve->stage,
        .world = sim_stage_world(serve->stage),
        .outside = serve->outside,
        .lines = serve->lines,
        .lines_count = serve->ptys_count,
        .socket = serve->control_path,
    };
    int err;

    if (!serve->control_path)
        return 0;
    err = control_api_new(&control_options, &serve->control);
    if (err < 0)
        cli_usage("--control %s: %s", serve->control_path,
                  err == ERR_EXISTS ? "another testbay answers there, or it is no socket"
                                    : err_text(err));
    return err;
}

static void print_services(const struct serve *serve)
{
    struct outside_row row;
    char address[ADDRESS_TEXT_ROOM];

    if (serve->quiet)
        return;
    for (size_t i = 0; outside_get(serve->outside, i, &row); i++)
        if (row.open)
            printf("%s %s %s\n", row.service, address_text(&row.real, address), row.device);
    for (size_t i = 0; i < serve->ptys_count; i++)
        printf("rtu %s %s\n", serve->lines[2 * i + 1], serve->lines[2 * i]);
    if (serve->control_path)
        printf("control %s testbay\n", serve->control_path);
    printf("ready: %s, seed %" PRIu64 "; SIGTERM or Ctrl-C ends it\n",
           world_name(sim_stage_world(serve->stage)), serve->core_options.seed);
    fflush(stdout);
}

static void give_supply(const struct serve *serve)
{
    struct world *world = sim_stage_world(serve->stage);

    for (size_t i = 0; i < world_devices(world); i++)
        device_set_power(world_device_at(world, i), true);
}

// ---- Running ----

static void on_signal(int number, void *user)
{
    struct serve *serve = user;

    (void)number;
    serve->signalled = true;
    core_stop(serve->core);
}

// Whether to go on after the core stopped: it does for each move of the clock that is asked for.
static bool goes_on(struct serve *serve)
{
    return !serve->signalled && serve->control && control_api_advance(serve->control) &&
           !serve->signalled && !control_api_stopping(serve->control);
}

// Whoever reads `ready` may end us the next moment: the signals are ours before that line is out.
static void run_until_stopped(struct serve *serve)
{
    struct core_until until = {.until_ns = SIM_TIME_NEVER};
    struct loop_signal *term = loop_signal_new(core_loop(serve->core), SIGTERM, on_signal, serve);
    struct loop_signal *interrupt =
        loop_signal_new(core_loop(serve->core), SIGINT, on_signal, serve);

    print_services(serve);
    do
        core_run(serve->core, &until);
    while (goes_on(serve));
    loop_signal_free(&interrupt);
    loop_signal_free(&term);
}

static int open_all(struct serve *serve)
{
    int err;

    serve->home = cli_home(serve->site);
    if (!serve->home)
        return ERR_NOT_FOUND;
    if (!serve->site)
        serve->site = serve->workshop = str_format("%s/scenarios/sites/workshop.yaml", serve->home);
    err = read_authority(serve);
    if (err < 0)
        return err;
    serve->profiles = cli_profiles(serve->home);
    serve->core = core_new(&serve->core_options);
    err = open_world(serve);
    if (err == 0 && serve->all_on)
        give_supply(serve);
    if (err == 0)
        err = open_outside(serve);
    for (size_t i = 0; err == 0 && i < serve->ptys_count; i++)
        err = open_pty(serve, i);
    if (err == 0)
        err = open_control(serve);
    return err;
}

static void close_all(struct serve *serve)
{
    control_api_free(&serve->control);
    for (size_t i = 0; i < serve->ptys_count; i++) {
        edge_pty_free(&serve->terminals[i]);
        free(serve->line_names[i]);
    }
    outside_free(&serve->outside);
    if (serve->stage)
        serve->stage->ops->free(serve->stage);
    core_free(&serve->core);
    profiles_free(&serve->profiles);
    if (serve->authority_pem)
        crypto_wipe(serve->authority_pem, strlen(serve->authority_pem));
    free(serve->authority_pem);
    free(serve->workshop);
    free(serve->home);
}

static int run_serve(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    struct serve serve = {
        .core_options = {.mode = CLOCK_REAL, .speed = 1, .utc_start_ns = loop_host_utc_ns()},
        .control_path = getenv("TESTBAY_CONTROL"),
    };
    int err;

    crypto_random(&serve.core_options.seed, sizeof(serve.core_options.seed));
    serve.core_options.seed >>= 1; // JSON numbers have a sign.
    if (read_command_line(&serve, &cursor) != 0)
        return CLI_USAGE;
    if (cursor.helped)
        return CLI_OK;
    if (serve.outside_options.shared && serve.outside_options.mode != OUTSIDE_ANYIP)
        return cli_usage("--shared goes with --listen anyip: only there an address tells a device");
    if (!serve.offset_given && geteuid() != 0 && serve.outside_options.mode != OUTSIDE_PORTS)
        serve.outside_options.port_offset = SERVE_PORT_OFFSET_WITHOUT_RIGHTS;
    log_set_level(LOG_LEVEL_INFO);
    err = open_all(&serve);
    if (err == 0)
        run_until_stopped(&serve);
    close_all(&serve);
    return err == 0 ? CLI_OK : CLI_USAGE;
}

const struct cli_command cli_serve = {
    .name = "serve",
    .arguments = "[SITE]",
    .summary = "every device of a site on its own real address",
    .doc =
        "Builds the site and gives each device its own address on this host, with the true\n"
        "protocol behind it. Without SITE it is a small workshop: Panel Servers, breakers on a\n"
        "serial line and on Ethernet. Prints one line a service, `service address:port device`,\n"
        "then `ready`, and runs until SIGTERM or Ctrl-C.\n"
        "\n"
        "A Panel Server has its pages on https://, with a certificate of its own that a browser\n"
        "warns of. Log in as SecurityAdmin: `fresh` of the workshop asks for its first password,\n"
        "the others have the one of $TESTBAY_SECRET_GW; as long as that is unset it is drawn and\n"
        "nobody knows it. A central system takes stations of its site on 8080 (ws), 8443 (wss)\n"
        "and 8444 (wss with client certificates), and with `accept: all` every other one.\n"
        "\n"
        "The control socket speaks HTTP with JSON bodies, for this user and root only:\n"
        "  GET  /state                               clock, devices, services, lines\n"
        "  POST /advance {\"by\": \"10m\"}               move the clock\n"
        "  POST /verb {\"device\": \"q1\", \"verb\": \"padlock.remote\", \"with\": {\"state\": "
        "\"disabled\"}}\n"
        "  POST /fault {\"id\": \"f1\", \"kind\": \"latency\", \"left\": [\"gw\"], \"arguments\": "
        "\"{delay: 200ms}\"}\n"
        "  POST /clear {\"id\": \"f1\"}\n"
        "  GET  /read?device=q1&point=current_l1_A   ask over the wire\n"
        "  POST /table {\"device\": \"q1\", \"table\": \"commands\"}\n"
        "  POST /stop {}\n"
        "`testbay describe families` has the verbs and tables of each device, `testbay describe\n"
        "verbs` the faults.\n"
        "\n"
        "examples:\n"
        "  TESTBAY_SECRET_GW=Workshop-2026 testbay serve --control /tmp/bay.sock\n"
        "  curl -k https://127.77.0.10/api/login-state\n"
        "  curl --unix-socket /tmp/bay.sock http://bay/state\n"
        "  mbpoll -m tcp -p 502 -a 1 -r 32028 -c 1 -t 4:float -B -1 127.77.0.10\n"
        "  testbay serve scenarios/sites/charging.yaml --outward --authority my-authority.pem\n"
        "Ports as root; without its rights 443 is 10443 and 502 is 10502.",
    .options = options,
    .run = run_serve,
};

// SPDX-License-Identifier: Apache-2.0
// Table only: the shape of a bench file. Rules beyond single fields are at the end.
#include "bench/bench_file.h"

#include <string.h>

#include "bench/bench_schema_parts.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SCHEMA_OF(fields_) .fields = fields_, .fields_count = COUNT_OF(fields_)

static const char *const versions[] = {"1", NULL};
static const char *const adapters[] = {"sim", "board", NULL};
static const char *const clock_modes[] = {"jump", "real", "hold", NULL};
static const char *const power_kinds[] = {"modbus-relay", "command", "operator", NULL};
static const char *const listens[] = {"loopback", "anyip", "ports", NULL};
static const char *const hands[] = {"operator", NULL};
static const char *const processes[] = {"process", NULL};

static const struct schema_field text_item = {.type = SCHEMA_TEXT};
static const struct schema_field name_item = {.type = SCHEMA_NAME};

static const struct schema_field clock_fields[] = {
    {.name = "mode",
     .type = SCHEMA_CHOICE,
     .choices = clock_modes,
     .otherwise = "jump, real with a board",
     .doc = "How time passes: leap to what happens next, as on the wall, or only when told.",
     .example = "mode: real"},
    {.name = "speed",
     .type = SCHEMA_NUMBER,
     .low = 0.001,
     .high = 1000,
     .otherwise = "1",
     .doc = "With mode real: how many times faster than the wall. A board knows only 1.",
     .example = "speed: 5"},
    {.name = "start",
     .type = SCHEMA_UTC,
     .otherwise = "the host's time",
     .doc = "UTC when the run begins.",
     .example = "start: 2026-01-15T08:00:00Z"},
    {.name = "follow",
     .type = SCHEMA_BOOL,
     .otherwise = "yes",
     .doc = "When control links reach every board: waits leap, here and there together.",
     .example = "follow: no"},
};
static const struct schema clock_schema = {
    .name = "bench clock", .doc = "The clock of the run.", SCHEMA_OF(clock_fields)};

static const struct schema_field timing_fields[] = {
    {.name = "slack",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "0, 500ms with a board",
     .doc = "Added to every deadline and tolerance: what the wires and this computer take.",
     .example = "slack: 2s"},
    {.name = "poll",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "200ms",
     .doc = "Between two questions while something is waited for on a board.",
     .example = "poll: 500ms"},
    {.name = "factor",
     .type = SCHEMA_NUMBER,
     .low = 1,
     .high = 100,
     .otherwise = "1",
     .doc = "Stretches every deadline, for slow boards.",
     .example = "factor: 1.5"},
};
static const struct schema timing_schema = {
    .name = "bench timing", .doc = "How time is asked on this bench.", SCHEMA_OF(timing_fields)};

static const struct schema_field lease_fields[] = {
    {.name = "for",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "30m",
     .doc = "How long the lease outlives its last heartbeat, for another host to judge.",
     .example = "for: 30m"},
    {.name = "renew",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "30s",
     .doc = "Between two heartbeats.",
     .example = "renew: 30s"},
};
static const struct schema lease_schema = {
    .name = "bench lease",
    .doc = "One run at a time: a lock and a heartbeat in the file `BENCH.lease` beside the bench "
           "file. A dead owner's lease is free.",
    SCHEMA_OF(lease_fields)};

static const struct schema_field process_fields[] = {
    {.name = "site",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "The site it serves, beside the bench file.",
     .example = "site: ../sites/workshop.yaml"},
    {.name = "socket",
     .type = SCHEMA_TEXT,
     .doc = "It runs already and serves that site: its control socket. It is neither started nor "
            "ended.",
     .example = "socket: /run/testbay/control"},
    {.name = "host",
     .type = SCHEMA_TEXT,
     .doc = "With `socket`: the name or address of its host, when it serves on every address of "
            "another one.",
     .example = "host: bay"},
    {.name = "listen",
     .type = SCHEMA_CHOICE,
     .choices = listens,
     .otherwise = "loopback",
     .doc = "How its devices get real addresses, as `testbay serve --listen`.",
     .example = "listen: loopback"},
    {.name = "port_offset",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 60000,
     .otherwise = "one drawn for each run",
     .doc = "Added to every port, so that 502 needs no rights and two runs do not meet.",
     .example = "port_offset: 20000"},
    {.name = "lines",
     .type = SCHEMA_LIST,
     .item = &name_item,
     .doc = "RS-485 lines of the site that are given out as terminals.",
     .example = "lines: [rs1]"},
    {.name = "outward",
     .type = SCHEMA_BOOL,
     .otherwise = "no",
     .doc = "Its devices may call addresses outside the site, as `testbay serve --outward`: the "
            "central system of this bench.",
     .example = "outward: yes"},
    {.name = "authority",
     .type = SCHEMA_TEXT,
     .otherwise = "that of the bench's own central system",
     .doc = "PEM file with the certificate and key of the authority that its devices trust, as "
            "`testbay serve --authority`.",
     .example = "authority: ../keys/authority.pem"},
};
static const struct schema process_schema = {
    .name = "bench process",
    .doc = "A second testbay that plays the boards: started with the run and ended with it, or, "
           "with `socket`, one that runs already. Links say `from: process`, or `from: LINE` for "
           "one of its terminals.",
    SCHEMA_OF(process_fields)};

static const struct schema_field link_item = {.type = SCHEMA_OBJECT, .object = &bench_link_schema};

static const struct schema_field power_fields[] = {
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = power_kinds,
     .doc = "A coil of the bench's relay, a command, or a person.",
     .example = "kind: modbus-relay"},
    {.name = "coil",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 65535,
     .doc = "modbus-relay: wire address of the coil at the bench's `relay`.",
     .example = "coil: 3"},
    {.name = "inverted",
     .type = SCHEMA_BOOL,
     .otherwise = "no",
     .doc = "modbus-relay: the coil cuts the supply when it is on.",
     .example = "inverted: yes"},
    {.name = "on",
     .type = SCHEMA_LIST,
     .item = &text_item,
     .doc = "command: program and arguments that give supply; no shell reads them.",
     .example = "on: [/usr/local/bin/plug, \"3\", \"on\"]"},
    {.name = "off",
     .type = SCHEMA_LIST,
     .item = &text_item,
     .doc = "command: program and arguments that take it away.",
     .example = "off: [/usr/local/bin/plug, \"3\", \"off\"]"},
    {.name = "timeout",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "10s",
     .doc = "command: it is ended when it takes longer.",
     .example = "timeout: 10s"},
};

static void check_power(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    const char *kind = yaml_get_text(node, "kind", "");

    if (strcmp(kind, "modbus-relay") == 0 && !yaml_get(node, "coil"))
        yaml_error(diag, document, node, "write `coil:` and its address", "which coil is it?");
    for (size_t i = 0; strcmp(kind, "command") == 0 && i < 2; i++) {
        const struct yaml_node *words = yaml_get(node, i ? "off" : "on");

        if (!words || words->count == 0)
            yaml_error(diag, document, node, "write `on: [PROGRAM, ...]` and `off: [PROGRAM, ...]`",
                       "a command is missing");
    }
}

static const struct schema power_schema = {
    .name = "bench power",
    .doc = "What gives and takes the supply of a board.",
    SCHEMA_OF(power_fields),
    .rule = check_power,
};

static const struct schema_field identity_fields[] = {
    {.name = "vendor",
     .type = SCHEMA_TEXT,
     .doc = "Modbus object VendorName.",
     .example = "vendor: Schneider Electric"},
    {.name = "product",
     .type = SCHEMA_TEXT,
     .doc = "Modbus object ProductCode.",
     .example = "product: PAS600L"},
    {.name = "model",
     .type = SCHEMA_TEXT,
     .doc = "Modbus object ModelName, or the register of `identity.model`.",
     .example = "model: PAS600L"},
    {.name = "serial",
     .type = SCHEMA_TEXT,
     .doc = "The register of `identity.serial`.",
     .example = "serial: \"2104051234\""},
    {.name = "firmware",
     .type = SCHEMA_TEXT,
     .doc = "Modbus object MajorMinorRevision.",
     .example = "firmware: read"},
    {.name = "mac",
     .type = SCHEMA_TEXT,
     .doc = "Its MAC address, from the neighbour table of this computer.",
     .example = "mac: 00:00:5E:00:53:01"},
    {.name = "certificate",
     .type = SCHEMA_TEXT,
     .doc = "SHA-256 of the certificate that its pages show, as 64 hexadecimal digits.",
     .example = "certificate: read"},
};
static const struct schema identity_schema = {
    .name = "bench identity",
    .doc = "What the board must say of itself before the first step; `read` takes what it says.",
    SCHEMA_OF(identity_fields)};

static const struct schema_field target_fields[] = {
    {.name = "adapter",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = adapters,
     .doc = "A device of the simulated site, or a board.",
     .example = "adapter: board"},
    {.name = "device",
     .type = SCHEMA_NAME,
     .otherwise = "the role's name",
     .doc = "sim: its entry in the site. board: its entry in the site of the process that plays "
            "it.",
     .example = "device: q1"},
    {.name = "label",
     .type = SCHEMA_TEXT,
     .otherwise = "the role's name",
     .doc = "What a person calls it.",
     .example = "label: Lighting"},
    {.name = "profile",
     .type = SCHEMA_NAME,
     .doc = "board: id of its profile.",
     .example = "profile: ps-2025-04"},
    {.name = "model",
     .type = SCHEMA_TEXT,
     .otherwise = "what it says of itself",
     .doc = "board: a model the profile knows.",
     .example = "model: PAS600L"},
    {.name = "hardware",
     .type = SCHEMA_TEXT,
     .doc = "board: hardware revision, where models differ.",
     .example = "hardware: V2.0"},
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = BENCH_TARGETS_MAX,
     .otherwise = "1",
     .doc = "board: a role of that many; unit ids on a line and addresses on ip count up.",
     .example = "count: 4"},
    {.name = "links",
     .type = SCHEMA_MAP,
     .item = &link_item,
     .doc = "board: the ways to reach it, by names of your own.",
     .example = "links: {modbus: {kind: ip, host: 192.0.2.10}}"},
    {.name = "identity",
     .type = SCHEMA_OBJECT,
     .object = &identity_schema,
     .doc = "board: checked before the first step; another board is an ERROR.",
     .example = "identity: {serial: \"2104051234\"}"},
    {.name = "power",
     .type = SCHEMA_OBJECT,
     .object = &power_schema,
     .doc = "board: its supply.",
     .example = "power: {kind: modbus-relay, coil: 3}"},
    {.name = "padlock",
     .type = SCHEMA_CHOICE,
     .choices = hands,
     .doc = "board: a person turns its locking pad.",
     .example = "padlock: operator"},
    {.name = "provides",
     .type = SCHEMA_LIST,
     .item = &text_item,
     .otherwise = "what its links allow",
     .doc = "board: the verbs it can be driven by; every other one is N/A.",
     .example = "provides: [modbus.read, breaker.position]"},
};

static void check_target(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    static const char *const sim_keys[] = {"adapter", "device", "label"};
    const char *adapter = yaml_get_text(node, "adapter", "");

    if (strcmp(adapter, "board") == 0) {
        if (!yaml_get(node, "profile"))
            yaml_error(diag, document, node, "write `profile:` and its id",
                       "a board needs a profile");
        if (!yaml_get(node, "links"))
            yaml_error(diag, document, node, "write `links:`", "there is no way to this board");
        return;
    }
    yaml_for_each(i, node) {
        bool known = false;

        for (size_t k = 0; k < COUNT_OF(sim_keys); k++)
            known = known || strcmp(node->keys[i]->text, sim_keys[k]) == 0;
        if (!known)
            yaml_error(diag, document, node->keys[i], "the site file says this of its devices",
                       "'%s' is for a board", node->keys[i]->text);
    }
}

static const struct schema target_schema = {
    .name = "bench target",
    .doc = "Where a role is played.",
    SCHEMA_OF(target_fields),
    .rule = check_target,
};
static const struct schema_field target_item = {.type = SCHEMA_OBJECT, .object = &target_schema};
static const struct schema_field secret_item = {.type = SCHEMA_TEXT};

static const struct schema_field bench_fields[] = {
    {.name = "testbay-bench",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = versions,
     .doc = "Version of this form: 1.",
     .example = "testbay-bench: 1"},
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "Name of the bench: the column of the report.",
     .example = "name: lab3"},
    {.name = "clock",
     .type = SCHEMA_OBJECT,
     .object = &clock_schema,
     .doc = "How time passes.",
     .example = "clock: {mode: real}"},
    {.name = "site",
     .type = SCHEMA_TEXT,
     .doc = "The simulated site for targets of `adapter: sim`, beside the bench file.",
     .example = "site: ../sites/workshop.yaml"},
    {.name = "timing",
     .type = SCHEMA_OBJECT,
     .object = &timing_schema,
     .doc = "Deadlines and questions.",
     .example = "timing: {slack: 2s, poll: 500ms, factor: 1.5}"},
    {.name = "lease",
     .type = SCHEMA_OBJECT,
     .object = &lease_schema,
     .doc = "Keeps other runs off the bench.",
     .example = "lease: {for: 30m, renew: 30s}"},
    {.name = "retries",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 10,
     .otherwise = "0",
     .doc = "How often a case that ended in ERROR is begun anew. A FAIL never is.",
     .example = "retries: 1"},
    {.name = "process",
     .type = SCHEMA_OBJECT,
     .object = &process_schema,
     .doc = "A second testbay that plays the boards.",
     .example = "process: {site: ../sites/workshop.yaml, lines: [rs1]}"},
    {.name = "relay",
     .type = SCHEMA_OBJECT,
     .object = &bench_link_schema,
     .doc = "The Modbus relay that `power: {kind: modbus-relay}` means.",
     .example = "relay: {kind: ip, host: 192.0.2.20, unit: 1}"},
    {.name = "secrets",
     .type = SCHEMA_MAP,
     .item = &secret_item,
     .doc = "Values of `$secret.NAME`; TESTBAY_SECRET_NAME in the environment goes first. Never "
            "shown.",
     .example = "secrets: {gw: Example-1}"},
    {.name = "targets",
     .type = SCHEMA_MAP,
     .required = true,
     .item = &target_item,
     .doc = "Where each role is played, by the role's name. A role that is not here is N/A.",
     .example = "targets: {gw: {adapter: sim, device: gw}}"},
    {.name = "without",
     .type = SCHEMA_MAP,
     .item = &text_item,
     .doc = "Why a role has no target here: the reason that reports give for its N/A.",
     .example = "without: {wlan: no radio in this room}"},
};

// ---- What holds between the parts ----

static void check_from(const struct yaml_document *document, const struct yaml_node *top,
                       const struct yaml_node *link, struct diag *diag)
{
    const struct yaml_node *from = yaml_get(link, "from");
    const struct yaml_node *lines = yaml_get(yaml_get(top, "process"), "lines");
    bool tty = strcmp(yaml_get_text(link, "kind", ""), "tty") == 0;

    if (!from)
        return;
    if (!yaml_get(top, "process")) {
        yaml_error(diag, document, from, "write `process:` at the top of the file",
                   "there is no process to come from");
        return;
    }
    if (!tty) {
        if (strcmp(from->text, processes[0]) != 0)
            yaml_error(diag, document, from, "write `from: process`",
                       "only a tty comes from a line");
        return;
    }
    yaml_for_each(i, lines) {
        if (strcmp(lines->items[i]->text, from->text) == 0)
            return;
    }
    yaml_error(diag, document, from, "name it under `process.lines`",
               "the process gives out no line '%s'", from->text);
}

static bool listens_for_stations(const struct yaml_node *target)
{
    const struct yaml_node *links = yaml_get(target, "links");

    yaml_for_each(i, links) {
        if (yaml_get(links->items[i], "listen"))
            return true;
    }
    return false;
}

static void check_central(const struct yaml_document *document, const struct yaml_node *top,
                          const struct yaml_node *link, struct diag *diag)
{
    const struct yaml_node *central = yaml_get(link, "central");

    if (central && !listens_for_stations(yaml_get(yaml_get(top, "targets"), central->text)))
        yaml_error(diag, document, central, "give that role a link with `kind: ocpp` and `listen:`",
                   "'%s' is no central system of this bench", central->text);
}

static void check_without(const struct yaml_document *document, const struct yaml_node *top,
                          struct diag *diag)
{
    const struct yaml_node *without = yaml_get(top, "without");

    yaml_for_each(i, without)
        if (yaml_get(yaml_get(top, "targets"), without->keys[i]->text))
            yaml_error(diag, document, without->keys[i], "remove it here or there",
                       "'%s' has a target", without->keys[i]->text);
}

static void check_bench(const struct yaml_document *document, const struct yaml_node *top,
                        struct diag *diag)
{
    const struct yaml_node *targets = yaml_get(top, "targets");
    const char *mode = yaml_get_text(yaml_get(top, "clock"), "mode", "real");
    bool boards = false;

    yaml_for_each(i, targets) {
        const struct yaml_node *target = targets->items[i];
        const struct yaml_node *links = yaml_get(target, "links");
        const struct yaml_node *power = yaml_get(target, "power");

        yaml_for_each(k, links) {
            check_from(document, top, links->items[k], diag);
            check_central(document, top, links->items[k], diag);
        }
        if (strcmp(yaml_get_text(power, "kind", ""), "modbus-relay") == 0 &&
            !yaml_get(top, "relay"))
            yaml_error(diag, document, power, "write `relay:` at the top of the file",
                       "the bench has no relay");
        if (strcmp(yaml_get_text(target, "adapter", ""), "board") == 0)
            boards = true;
        else if (!yaml_get(top, "site"))
            yaml_error(diag, document, target, "write `site:` at the top of the file",
                       "a simulated target needs a site");
    }
    if (yaml_get(top, "relay"))
        check_from(document, top, yaml_get(top, "relay"), diag);
    check_without(document, top, diag);
    if (boards && strcmp(mode, "real") != 0)
        yaml_error(diag, document, yaml_get(yaml_get(top, "clock"), "mode"),
                   "write `mode: real`; boards that a process plays follow the leaps of a wait",
                   "a board's clock cannot be told to %s", mode);
}

const struct schema bench_schema = {
    .name = "bench",
    .doc = "Where the roles of a scenario are played: devices of a simulated site, or boards on "
           "their wires.",
    SCHEMA_OF(bench_fields),
    .rule = check_bench,
};

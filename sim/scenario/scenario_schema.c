// SPDX-License-Identifier: Apache-2.0
// The schemas of scenario, procedure and quarantine files. The same rows are validator, editor
// schema and manual.
#include "sim/scenario/scenario.h"

#define FIELDS(list) .fields = list, .fields_count = sizeof(list) / sizeof(list[0])

static const char *const versions[] = {"1", NULL};

static const struct schema_field any_value = {.type = SCHEMA_ANY};
static const struct schema_field any_text = {.type = SCHEMA_TEXT};
static const struct schema_field any_name = {.type = SCHEMA_NAME};
static const struct schema_field step_item = {.type = SCHEMA_OBJECT,
                                              .object = &scenario_step_schema};

static const struct schema_field role_fields[] = {
    {.name = "kind",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "What the device must be: panel-server, breaker, charger, csms, ...",
     .example = "kind: panel-server"},
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 100000,
     .otherwise = "1",
     .doc = "How many members.",
     .example = "count: 1000"},
    {.name = "verbs",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "What must be drivable on it; otherwise the scenario is N/A there.",
     .example = "verbs: [web.login, audit.download]"},
    {.name = "features",
     .type = SCHEMA_LIST,
     .item = &any_name,
     .doc = "What its profile must claim; otherwise the scenario is N/A there.",
     .example = "features: [padlock]"},
};
static const struct schema role_schema = {
    .name = "role",
    .doc = "A name that stands for one device, or for a fleet of them.",
    FIELDS(role_fields),
};
static const struct schema_field role_item = {.type = SCHEMA_OBJECT, .object = &role_schema};

static const struct schema_field case_fields[] = {
    {.name = "id",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "The row's name in the report.",
     .example = "id: open-bad-pw"},
};
static const struct schema case_schema = {
    .name = "case",
    .doc = "One row: a verdict of its own. Its other keys are read as `$case.key`.",
    FIELDS(case_fields),
    .open = true,
};
static const struct schema_field case_item = {.type = SCHEMA_OBJECT, .object = &case_schema};

static const struct schema_field fields[] = {
    {.name = "testbay",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = versions,
     .doc = "The version of the language: 1.",
     .example = "testbay: 1"},
    {.name = "id",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "What reports and the quarantine call the scenario; unique.",
     .example = "id: PS.WEB.LOCKOUT"},
    {.name = "title",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "What it shows, in one line.",
     .example = "title: 10 wrong logins lock 10 min"},
    {.name = "verifies",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "Rows of the catalogue, each with the fingerprint of the text it was reviewed against "
            "if wanted (`PS-201@8f3a12c0`).",
     .example = "verifies: [PS-201, PS-202]"},
    {.name = "basis",
     .type = SCHEMA_LIST,
     .item = &any_text,
     .doc = "What it rests on where no guide says it: a clause of a standard.",
     .example = "basis: [OCPP 1.6 edition 2 section 3.7]"},
    {.name = "tags",
     .type = SCHEMA_LIST,
     .item = &any_name,
     .doc = "For choosing.",
     .example = "tags: [security, login]"},
    {.name = "seed",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 9007199254740991,
     .doc = "What is drawn is drawn from this.",
     .example = "seed: 42"},
    {.name = "roles",
     .type = SCHEMA_MAP,
     .required = true,
     .item = &role_item,
     .doc = "Who plays.",
     .example = "roles: {gw: {kind: panel-server}}"},
    {.name = "params",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "Named values; a default may be a fact of a role's profile. `--set` replaces it.",
     .example = "params: {lock1: $gw.policy.lockout.stages.0.lock, tol: 5s}"},
    {.name = "cases",
     .type = SCHEMA_LIST,
     .item = &case_item,
     .doc = "A table: everything below runs once for each row.",
     .example = "cases: [{id: open-ok, op: open, reply: accepted}]"},
    {.name = "matrix",
     .type = SCHEMA_MAP,
     .item = &any_value,
     .doc = "Lists by name: every combination is a case, read as `$case.name`.",
     .example = "matrix: {baud: [9600, 19200], parity: [even, none]}"},
    {.name = "setup",
     .type = SCHEMA_LIST,
     .item = &step_item,
     .doc = "Before the steps.",
     .example = "setup: [{do: breaker.set-position, to: cb, with: {position: closed}}]"},
    {.name = "background",
     .type = SCHEMA_MAP,
     .item = &step_item,
     .doc = "Activities by name, begun by `start` and ended by `stop`; each has `every`.",
     .example = "background: {sessions: {do: charge.session, to: evse, every: 90s}}"},
    {.name = "always",
     .type = SCHEMA_LIST,
     .item = &step_item,
     .doc = "Checks that must be true at every moment of a case.",
     .example = "always: [{check: evse.memory, to: evse, expect: {queue_overflow: 0}}]"},
    {.name = "sometimes",
     .type = SCHEMA_LIST,
     .item = &step_item,
     .doc = "Checks that must be true at least once, or the run proved nothing (VACUOUS).",
     .example = "sometimes: [{check: ocpp.queue, to: evse, expect: {depth: '>= 1'}}]"},
    {.name = "steps",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &step_item,
     .doc = "What is done and expected, in order; the first FAIL ends the case.",
     .example = "steps: [{check: breaker.position, to: cb, expect: {position: open}}]"},
    {.name = "cleanup",
     .type = SCHEMA_LIST,
     .item = &step_item,
     .doc = "Always run at the end of a case, whatever happened.",
     .example = "cleanup: [{do: session.close-all, to: gw}]"},
};
const struct schema scenario_schema = {
    .name = "scenario",
    .doc = "What is done to devices and what is expected of them; the same file runs on the "
           "simulator and on boards.",
    FIELDS(fields),
};

static const char *const param_types[] = {"role",     "text",  "name", "integer", "number",
                                          "duration", "truth", "any",  NULL};

static const struct schema_field param_fields[] = {
    {.name = "type",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = param_types,
     .doc = "What may be given.",
     .example = "type: role"},
    {.name = "default",
     .type = SCHEMA_VALUE,
     .doc = "When nothing is given.",
     .example = "default: 10s"},
    {.name = "doc", .type = SCHEMA_TEXT, .doc = "What it is.", .example = "doc: who logs in"},
};
static const struct schema param_schema = {
    .name = "parameter", .doc = "A parameter of a procedure.", FIELDS(param_fields)};
static const struct schema_field param_item = {.type = SCHEMA_OBJECT, .object = &param_schema};

static const struct schema_field procedure_fields[] = {
    {.name = "testbay-procedure",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = versions,
     .doc = "The version of the language: 1.",
     .example = "testbay-procedure: 1"},
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "As `use:` calls it; also the file's name.",
     .example = "name: login-as"},
    {.name = "doc", .type = SCHEMA_TEXT, .doc = "What it does.", .example = "doc: logs a user in"},
    {.name = "params",
     .type = SCHEMA_MAP,
     .item = &param_item,
     .doc = "What it is given.",
     .example = "params: {role: {type: role}, user: {type: text, default: operator}}"},
    {.name = "steps",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &step_item,
     .doc = "Its steps; roles come in as parameters of type role.",
     .example = "steps: [{do: web.login, to: $role, with: {user: $user}}]"},
};
const struct schema scenario_procedure_schema = {
    .name = "procedure",
    .doc = "Steps that several scenarios share, in `procedures/NAME.yaml`.",
    FIELDS(procedure_fields),
};

static const struct schema_field known_fields[] = {
    {.name = "scenario",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "Its id.",
     .example = "scenario: PS.WEB.LOCKOUT"},
    {.name = "case",
     .type = SCHEMA_NAME,
     .doc = "One row of it; without, all of it.",
     .example = "case: open-bad-pw"},
    {.name = "adapter",
     .type = SCHEMA_NAME,
     .doc = "Only on `sim` or only on `board`.",
     .example = "adapter: board"},
    {.name = "finding",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "Where it is tracked.",
     .example = "finding: FND-17"},
    {.name = "owner",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "Who mends it.",
     .example = "owner: web team"},
    {.name = "reason",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "What is wrong.",
     .example = "reason: the lock survives a reboot"},
    {.name = "expires",
     .type = SCHEMA_TEXT,
     .required = true,
     .doc = "The day from which it excuses nothing any more.",
     .example = "expires: 2026-12-31"},
};
static const struct schema known_schema = {
    .name = "known failure", .doc = "A failure that is known.", FIELDS(known_fields)};
static const struct schema_field known_item = {.type = SCHEMA_OBJECT, .object = &known_schema};

static const struct schema_field quarantine_fields[] = {
    {.name = "testbay-quarantine",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = versions,
     .doc = "The version of the language: 1.",
     .example = "testbay-quarantine: 1"},
    {.name = "known",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &known_item,
     .doc = "Known failures; one that passes now is a failure (XPASS).",
     .example = "known: []"},
};
const struct schema scenario_quarantine_schema = {
    .name = "quarantine",
    .doc = "Failures that are known, each with owner, reason and expiry.",
    FIELDS(quarantine_fields),
};

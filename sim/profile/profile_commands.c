// SPDX-License-Identifier: Apache-2.0
// The command interface of a profile (command.h): layout, modules, commands, results.
#include "sim/profile/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// ---- Building ----

static void note(struct profile_build *build, const struct yaml_node *node, const char *what,
                 const char *text)
{
    yaml_error(build->diag, build->profile->document, node, NULL, what, text);
}

// A register number of the layout as an address; 0 with an error when it is missing.
static uint16_t register_of(struct profile_build *build, const struct yaml_node *layout,
                            const char *key)
{
    const struct yaml_node *node = profile_unmark(yaml_get(layout, key));

    if (!node)
        note(build, layout, "the layout has no '%s'", key);
    return (uint16_t)(schema_integer(node, 1) - 1);
}

static struct profile_span span_of(struct profile_build *build, const struct yaml_node *layout,
                                   const char *key)
{
    const struct yaml_node *node = yaml_get(layout, key);
    const struct yaml_node *count = profile_unmark(yaml_get(node, "count"));

    if (!node || !yaml_get(node, "register") || !count) {
        note(build, node ? node : layout, "'%s' needs register and count", key);
        return (struct profile_span){0, 0};
    }
    return (struct profile_span){register_of(build, node, "register"),
                                 (uint16_t)schema_integer(count, 0)};
}

static void build_trailer(struct profile_build *build, const struct yaml_node *layout,
                          struct profile_command_layout *ret)
{
    const struct yaml_node *trailer = yaml_get(layout, "trailer");
    const struct yaml_node *values = profile_unmark(yaml_get(trailer, "values"));

    if (!trailer)
        return;
    ret->trailer = span_of(build, layout, "trailer");
    if (!values || values->count != ret->trailer.count || values->count > PROFILE_TRAILER_MAX) {
        note(build, trailer, "'%s' needs as many values as registers, 8 at most", "trailer");
        return;
    }
    yaml_for_each(i, values)
        ret->trailer_values[i] = (uint16_t)schema_integer(values->items[i], 0);
}

static void build_layout(struct profile_build *build, const struct yaml_node *node)
{
    struct profile_command_layout *layout = mem_new(1, sizeof(*layout));
    const struct yaml_node *silence = profile_unmark(yaml_get(node, "silence"));

    build->profile->layout = layout;
    *layout = (struct profile_command_layout){
        .request = span_of(build, node, "request"),
        .code = register_of(build, node, "code"),
        .length = register_of(build, node, "length"),
        .length_base = (uint16_t)schema_integer(profile_unmark(yaml_get(node, "length_base")), 0),
        .destination = register_of(build, node, "destination"),
        .security = register_of(build, node, "security"),
        .password = span_of(build, node, "password"),
        .parameters = span_of(build, node, "parameters"),
        .echo = register_of(build, node, "echo"),
        .status = register_of(build, node, "status"),
        .in_progress = (uint16_t)schema_integer(profile_unmark(yaml_get(node, "in_progress")), 0),
        .result_length = register_of(build, node, "result_length"),
        .result = span_of(build, node, "result"),
        .silence_ns = schema_time_ns(silence, 0),
    };
    build_trailer(build, node, layout);
}

// One row of a table while it is read.
struct command_row {
    struct profile_build *build;
    const struct yaml_node *columns;
    const struct yaml_node *node;
    struct profile_source inherited;
};

static const char *row_text(const struct command_row *row, const char *column)
{
    const struct yaml_node *node = profile_cell(row->columns, row->node, column);

    if (node && node->kind == YAML_SCALAR)
        return node->text;
    note(row->build, node ? node : row->node, "the row has no '%s'", column);
    return "";
}

// A whole number from 0; -1 for a dash.
static int64_t row_integer(const struct command_row *row, const char *column, int64_t high)
{
    const struct yaml_node *node = profile_cell(row->columns, row->node, column);
    const struct schema_field field = {
        .name = column, .type = SCHEMA_INTEGER, .low = 0, .high = (double)high};

    if (!node) {
        note(row->build, row->node, "the row has no '%s'", column);
        return 0;
    }
    if (node->kind == YAML_SCALAR && !strcmp(node->text, "-"))
        return -1;
    if (schema_check_field(&field, row->build->profile->document, node, row->build->diag) < 0)
        return 0;
    return schema_integer(node, 0);
}

// A row's own source: the map at its end, or a column `confidence`.
static struct profile_source row_source(const struct command_row *row)
{
    const struct yaml_node *rest =
        row->node->count > row->columns->count ? row->node->items[row->columns->count] : NULL;
    const struct yaml_node *confidence = profile_cell(row->columns, row->node, "confidence");
    struct profile_source source = profile_source_of(rest, row->inherited);

    if (confidence && confidence->kind == YAML_SCALAR)
        source.confidence = confidence->text;
    return source;
}

static bool knows_account(const struct profile *profile, const char *name)
{
    const struct yaml_node *columns = yaml_path(profile->root, "accounts.columns");
    const struct yaml_node *rows = yaml_path(profile->root, "accounts.rows");

    yaml_for_each(i, rows) {
        const struct yaml_node *cell = profile_cell(columns, rows->items[i], "name");

        if (cell && cell->kind == YAML_SCALAR && !strcmp(cell->text, name))
            return true;
    }
    return false;
}

// The accounts of a command go behind those of the commands before it.
static void build_accounts(const struct command_row *row, struct profile_command *command,
                           size_t *at)
{
    struct profile *profile = row->build->profile;
    const struct yaml_node *list = profile_cell(row->columns, row->node, "accounts");

    if (!list || list->kind != YAML_SEQUENCE) {
        note(row->build, row->node, "'%s' is a list", "accounts");
        return;
    }
    command->accounts = profile->accounts + *at;
    yaml_for_each(i, list) {
        if (list->items[i]->kind != YAML_SCALAR || !knows_account(profile, list->items[i]->text)) {
            note(row->build, list->items[i], "the profile has no account '%s'",
                 list->items[i]->kind == YAML_SCALAR ? list->items[i]->text : "?");
            continue;
        }
        profile->accounts[(*at)++] = list->items[i]->text;
        command->accounts_count++;
    }
}

static int compare_commands(const void *left, const void *right)
{
    const struct profile_command *a = left;
    const struct profile_command *b = right;

    return (a->code > b->code) - (a->code < b->code);
}

static void check_commands(struct profile_build *build, const struct yaml_node *table)
{
    const struct profile *profile = build->profile;

    for (size_t i = 0; i < profile->commands_count; i++) {
        const struct profile_command *command = &profile->commands[i];

        if (i && profile->commands[i - 1].code == command->code)
            note(build, table, "two commands have the code of '%s'", command->name);
        if (profile_command_named(profile, command->name) != command)
            note(build, table, "two commands are called '%s'", command->name);
        if (!profile_module_named(profile, command->module))
            note(build, table, "a command goes to '%s', which is no module", command->module);
    }
}

static size_t accounts_room(const struct yaml_node *columns, const struct yaml_node *rows)
{
    size_t room = 1;

    yaml_for_each(i, rows) {
        const struct yaml_node *list = profile_cell(columns, rows->items[i], "accounts");

        room += list ? list->count : 0;
    }
    return room;
}

static void build_commands(struct profile_build *build, const struct yaml_node *table,
                           struct profile_source inherited)
{
    struct profile *profile = build->profile;
    struct command_row row = {build, yaml_get(table, "columns"), NULL,
                              profile_source_of(table, inherited)};
    const struct yaml_node *rows = yaml_get(table, "rows");
    size_t accounts = 0;

    profile->commands = mem_new(rows->count + 1, sizeof(*profile->commands));
    profile->accounts = mem_new(accounts_room(row.columns, rows), sizeof(*profile->accounts));
    yaml_for_each(i, rows) {
        struct profile_command *command = &profile->commands[i];
        const struct profile_command_layout *layout = profile->layout;

        row.node = rows->items[i];
        *command = (struct profile_command){
            .code = (uint16_t)row_integer(&row, "code", UINT16_MAX),
            .name = row_text(&row, "name"),
            .module = row_text(&row, "module"),
            .parameter_bytes = (int)row_integer(&row, "bytes", 2 * layout->parameters.count),
            .source = row_source(&row),
        };
        build_accounts(&row, command, &accounts);
    }
    profile->commands_count = rows->count;
    qsort(profile->commands, rows->count, sizeof(*profile->commands), compare_commands);
    check_commands(build, table);
}

static void build_modules(struct profile_build *build, const struct yaml_node *table,
                          struct profile_source inherited)
{
    struct profile *profile = build->profile;
    struct command_row row = {build, yaml_get(table, "columns"), NULL,
                              profile_source_of(table, inherited)};
    const struct yaml_node *rows = yaml_get(table, "rows");

    profile->modules = mem_new(rows->count + 1, sizeof(*profile->modules));
    yaml_for_each(i, rows) {
        row.node = rows->items[i];
        profile->modules[i] = (struct profile_module){
            .name = row_text(&row, "name"),
            .destination = (uint16_t)row_integer(&row, "destination", UINT16_MAX),
            .number = (uint8_t)row_integer(&row, "number", UINT8_MAX),
            .source = row_source(&row),
        };
    }
    profile->modules_count = rows->count;
}

static void build_results(struct profile_build *build, const struct yaml_node *table,
                          struct profile_source inherited)
{
    struct profile *profile = build->profile;
    struct command_row row = {build, yaml_get(table, "columns"), NULL,
                              profile_source_of(table, inherited)};
    const struct yaml_node *rows = yaml_get(table, "rows");

    profile->results = mem_new(rows->count + 1, sizeof(*profile->results));
    yaml_for_each(i, rows) {
        struct profile_result *result = &profile->results[i];

        row.node = rows->items[i];
        *result = (struct profile_result){
            .module = row_text(&row, "module"),
            .code = (uint8_t)row_integer(&row, "code", UINT8_MAX),
            .name = row_text(&row, "name"),
            .text = row_text(&row, "text"),
            .source = row_source(&row),
        };
        if (!strcmp(result->module, "any"))
            result->module = NULL;
        else if (!profile_module_named(profile, result->module))
            note(build, row.node, "'%s' is no module", result->module);
    }
    profile->results_count = rows->count;
}

void profile_build_commands(struct profile_build *build)
{
    const struct yaml_node *section = yaml_get(build->profile->root, "command_interface");
    struct profile_source source = profile_source_of(section, build->profile->source);

    if (!section)
        return;
    if (yaml_path(section, "commands.rows")->count > PROFILE_COMMANDS_MAX ||
        yaml_path(section, "results.rows")->count > PROFILE_COMMANDS_MAX) {
        note(build, section, "too many commands or results; %s are read", "256");
        return;
    }
    build_layout(build, yaml_get(section, "layout"));
    build_modules(build, yaml_get(section, "modules"), source);
    build_commands(build, yaml_get(section, "commands"), source);
    build_results(build, yaml_get(section, "results"), source);
}

// ---- Asking ----

const struct profile_command_layout *profile_command_layout(const struct profile *profile)
{
    return profile->layout;
}

const struct profile_command *profile_commands(const struct profile *profile, size_t *ret_count)
{
    *ret_count = profile->commands_count;
    return profile->commands;
}

const struct profile_command *profile_command(const struct profile *profile, uint16_t code)
{
    const struct profile_command key = {.code = code};

    if (profile->commands_count == 0)
        return NULL;
    return bsearch(&key, profile->commands, profile->commands_count, sizeof(*profile->commands),
                   compare_commands);
}

const struct profile_command *profile_command_named(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->commands_count; i++)
        if (!strcmp(profile->commands[i].name, name))
            return &profile->commands[i];
    return NULL;
}

const struct profile_module *profile_modules(const struct profile *profile, size_t *ret_count)
{
    *ret_count = profile->modules_count;
    return profile->modules;
}

const struct profile_module *profile_module_named(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->modules_count; i++)
        if (!strcmp(profile->modules[i].name, name))
            return &profile->modules[i];
    return NULL;
}

const struct profile_result *profile_results(const struct profile *profile, size_t *ret_count)
{
    *ret_count = profile->results_count;
    return profile->results;
}

int profile_result_status(const struct profile *profile, const char *module, const char *name)
{
    const struct profile_module *sender = profile_module_named(profile, module);
    int general = -1;

    if (!sender)
        return -1;
    for (size_t i = 0; i < profile->results_count; i++) {
        const struct profile_result *result = &profile->results[i];
        int status = sender->number << 8 | result->code;

        if (strcmp(result->name, name) != 0)
            continue;
        if (result->module && !strcmp(result->module, module))
            return status;
        if (!result->module)
            general = status;
    }
    return general;
}

const struct profile_result *profile_result(const struct profile *profile, uint16_t status)
{
    const struct profile_result *general = NULL;

    for (size_t i = 0; i < profile->results_count; i++) {
        const struct profile_result *result = &profile->results[i];
        const struct profile_module *sender =
            result->module ? profile_module_named(profile, result->module) : NULL;

        if (result->code != (status & 0xFF))
            continue;
        if (sender && sender->number == status >> 8)
            return result;
        if (!result->module)
            general = result;
    }
    return general;
}

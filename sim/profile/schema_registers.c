// SPDX-License-Identifier: Apache-2.0
// Profile sections `timing`, `registers`, `command_interface` and `remote_control`. Whether rows
// fit together (overlaps, unknown points, features) is checked where the map is built.
#include "sim/profile/schema_parts.h"

#include <string.h>

static const char *const units[] = {"own", "self", "255", NULL};
static const char *const locks[] = {"pad", "epc", "parameter", NULL};
static const char *const lock_states[] = {"enabled", "disabled", NULL};

// ---- Timing ----

FACTS_RULE(ageing)
static const struct schema_field ageing_fields[] = {
    FACT("period", "How often the device takes the value anew.", DURATION),
    {.name = "points",
     .type = SCHEMA_EITHER,
     .required = true,
     .item = &profile_schema_text_item,
     .doc = "Points, or prefixes that end in `*`.",
     .example = "[current_*, voltage_*]"},
    MARKS,
};
static const struct schema ageing_schema = {
    .name = "ageing",
    .doc = "How old values may be.",
    .fields = ageing_fields,
    .fields_count = SCHEMA_COUNT(ageing_fields),
    .rule = ageing_facts,
};

static void timing_facts(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    profile_check_facts(&profile_schema_timing, document, node, diag);
}

// Every other key of `timing` is a duration of the family's own.
static void timing_rule(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    static const struct schema_field duration = {DURATION};

    timing_facts(document, node, diag);
    yaml_for_each(i, node) {
        bool field = !strcmp(node->keys[i]->text, "ageing") || profile_is_mark(node->keys[i]->text);

        if (field)
            continue;
        profile_check_marks(document, node->items[i], diag);
        schema_check_field(&duration, document, profile_unmark(node->items[i]), diag);
    }
}

static const struct schema_field timing_fields[] = {
    FACT("latency", "From a request to its reply, unless the block says otherwise.", DURATION),
    {.name = "ageing",
     .type = SCHEMA_LIST,
     .item = &(const struct schema_field){.type = SCHEMA_OBJECT, .object = &ageing_schema},
     .doc = "How old the values of which points may be."},
    MARKS,
};
const struct schema profile_schema_timing = {
    .name = "timing",
    .doc = "How fast the device is. Further keys are durations of the family (`open_time: 50ms`).",
    .fields = timing_fields,
    .fields_count = SCHEMA_COUNT(timing_fields),
    .open = true,
    .rule = timing_rule,
};

// ---- Registers ----

static void block_facts(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    profile_check_facts(&profile_schema_block, document, node, diag);
}

static void block_rule(const struct yaml_document *document, const struct yaml_node *node,
                       struct diag *diag)
{
    const struct yaml_node *columns = yaml_get(node, "columns");
    const struct yaml_node *rows = yaml_get(node, "rows");

    block_facts(document, node, diag);
    if (columns && rows && columns->kind == YAML_SEQUENCE && rows->kind == YAML_SEQUENCE)
        profile_schema_table_rule(document, node, diag);
}

static const struct schema_field block_fields[] = {
    {.name = "title", .type = SCHEMA_TEXT, .doc = "A heading for the manual."},
    {.name = "unit",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = units,
     .doc = "own: the device's unit id; self (or 255): a gateway itself."},
    {.name = "table",
     .type = SCHEMA_CHOICE,
     .choices = profile_tables,
     .otherwise = "holding",
     .doc = "Which of the four tables."},
    {.name = "words",
     .type = SCHEMA_CHOICE,
     .choices = profile_words,
     .otherwise = "high-first",
     .doc = "Order of the registers of one number."},
    FACT("filler", "What a hole inside a range reads.", INTEGER(0, 65535)),
    {.name = "ranges",
     .type = SCHEMA_LIST,
     .item = &profile_schema_text_item,
     .otherwise = "from the first row to the last",
     .doc = "The addresses that exist, first..last, counted as the column `addr` or `reg` counts.",
     .example = "[0x000A..0x00AE, 32000..32341]"},
    FACT("latency", "From a request to its reply.", DURATION),
    {.name = "feature",
     .type = SCHEMA_TEXT,
     .doc = "The block exists on models with this feature only."},
    {.name = "columns",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_text_item,
     .doc =
         "Of: addr or reg, n, access, type, invalid, keeps, words, scale, point, constant, range, "
         "bits, absent, of, repeat, feature, source, confidence, note."},
    {.name = "rows",
     .type = SCHEMA_LIST,
     .required = true,
     .item = &profile_schema_any_item,
     .doc = "Lists of cells; a row may end with a map of what the columns do not carry.",
     .example = "[0x0064, 6, R, ascii, zero, yes, identity.serial]"},
    MARKS,
};
const struct schema profile_schema_block = {
    .name = "register block",
    .doc = "Addresses that exist, of one unit and table.",
    .fields = block_fields,
    .fields_count = SCHEMA_COUNT(block_fields),
    .rule = block_rule,
};

// ---- Command interface ----

FACTS_RULE(span)
static const struct schema_field span_fields[] = {
    FACT("register", "Register number (address on the wire plus one).", INTEGER(1, 65536)),
    FACT("count", "Registers.", INTEGER(1, 127)),
    FACT("values", "What the registers hold.", .type = SCHEMA_LIST,
         .item = &(const struct schema_field){INTEGER(0, 65535)}),
    MARKS,
};
static const struct schema span_schema = {
    .name = "registers of a command",
    .doc = "A run of registers.",
    .fields = span_fields,
    .fields_count = SCHEMA_COUNT(span_fields),
    .rule = span_facts,
};

#define SPAN(span_name, span_doc)                                                                  \
    {                                                                                              \
        .name = span_name, .type = SCHEMA_OBJECT, .object = &span_schema, .doc = span_doc          \
    }
#define REGISTER INTEGER(1, 65536)

FACTS_RULE(layout)
static const struct schema_field layout_fields[] = {
    SPAN("request", "What one command writes in one request."),
    FACT("code", "Register of the command code.", REGISTER),
    FACT("length", "Register of the number of bytes.", REGISTER),
    FACT("length_base", "What `length` holds for a command without parameters.", INTEGER(0, 65535)),
    FACT("destination", "Register of the destination module.", REGISTER),
    FACT("security", "Register of the security type: 1 when the password is checked.", REGISTER),
    SPAN("password", "Registers of the password, two characters each."),
    SPAN("parameters", "Registers of the parameters."),
    SPAN("trailer", "Registers that close the frame, with the `values` they must hold."),
    FACT("echo", "Register that shows the code of the command that ended.", REGISTER),
    FACT("status", "Register of the status: module in the high byte, result in the low.", REGISTER),
    FACT("in_progress", "The status while a command runs.", INTEGER(0, 65535)),
    FACT("result_length", "Register of the number of bytes returned.", REGISTER),
    SPAN("result", "Registers of the bytes returned."),
    FACT("silence", "A client gives up when the status has not changed for so long.", DURATION),
    MARKS,
};
static const struct schema layout_schema = {
    .name = "command layout",
    .doc = "Where each part of a command lies; register numbers.",
    .fields = layout_fields,
    .fields_count = SCHEMA_COUNT(layout_fields),
    .rule = layout_facts,
};

static const struct schema_field commands_fields[] = {
    {.name = "layout",
     .type = SCHEMA_OBJECT,
     .required = true,
     .object = &layout_schema,
     .doc = "Where each part of a command lies."},
    {.name = "modules",
     .type = SCHEMA_OBJECT,
     .required = true,
     .object = &profile_schema_table,
     .doc = "Modules: columns name, destination, number (the high byte of a status)."},
    {.name = "commands",
     .type = SCHEMA_OBJECT,
     .required = true,
     .object = &profile_schema_table,
     .doc = "Commands: columns code, name, module, bytes (of parameters; - when not known), "
            "accounts (a list; [] "
            "when no password is asked)."},
    {.name = "results",
     .type = SCHEMA_OBJECT,
     .required = true,
     .object = &profile_schema_table,
     .doc = "Results: columns module (or any), code (the low byte of a status), name, text."},
    MARKS,
};
const struct schema profile_schema_commands = {
    .name = "command interface",
    .doc = "How a breaker is commanded through registers.",
    .fields = commands_fields,
    .fields_count = SCHEMA_COUNT(commands_fields),
};

// ---- Remote control ----

static void remote_control_facts(const struct yaml_document *document, const struct yaml_node *node,
                                 struct diag *diag)
{
    profile_check_facts(&profile_schema_remote_control, document, node, diag);
}

static const struct schema_field remote_control_fields[] = {
    FACT("lock", "What locks remote control: a pad on the front, the EPC software, a parameter.",
         .type = SCHEMA_CHOICE, .choices = locks),
    FACT("factory", "enabled or disabled at factory state.", .type = SCHEMA_CHOICE,
         .choices = lock_states),
    FACT("register", "Register number that shows the lock.", REGISTER),
    FACT("enabled", "What that register reads while remote control is enabled.", INTEGER(0, 65535)),
    FACT("disabled", "What it reads while remote control is disabled.", INTEGER(0, 65535)),
    MARKS,
};
const struct schema profile_schema_remote_control = {
    .name = "remote control",
    .doc = "How remote control over one communication interface is locked.",
    .fields = remote_control_fields,
    .fields_count = SCHEMA_COUNT(remote_control_fields),
    .rule = remote_control_facts,
};

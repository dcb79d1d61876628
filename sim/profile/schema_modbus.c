// SPDX-License-Identifier: Apache-2.0
// Profile sections `modbus`, `serial` and `gateway`: what bounds a server and how requests for
// other units are passed on.
#include "sim/profile/schema_parts.h"

#include <stdio.h>
#include <string.h>

#define EXCEPTION INTEGER(1, 255)

static const char *const parities[] = {"even", "odd", "none", NULL};

// ---- Modbus ----

FACTS_RULE(exceptions)
static const struct schema_field exceptions_fields[] = {
    FACT("hole", "An address outside every block.", EXCEPTION),
    FACT("read_only", "A write to a register that cannot be written.", EXCEPTION),
    FACT("unknown_unit", "A unit id that the gateway does not route.", EXCEPTION),
    FACT("silent_unit", "A unit that does not answer within the gateway's time-out.", EXCEPTION),
    FACT("damaged_reply", "A unit whose last answer was damaged.", EXCEPTION),
    FACT("queue_full", "No room in the queue of the line, or no turn in time.", EXCEPTION),
    FACT("busy", "The device is occupied.", EXCEPTION),
    MARKS,
};
static const struct schema exceptions_schema = {
    .name = "exceptions",
    .doc = "Which Modbus exception is answered where the standard leaves a choice.",
    .fields = exceptions_fields,
    .fields_count = SCHEMA_COUNT(exceptions_fields),
    .rule = exceptions_facts,
};

FACTS_RULE(server_id)
static const struct schema_field server_id_fields[] = {
    FACT("id", "The server id byte.", INTEGER(0, 255)),
    FACT("text", "Text behind the run indicator.", .type = SCHEMA_TEXT),
    MARKS,
};
static const struct schema server_id_schema = {
    .name = "server id",
    .doc = "The answer of FC 17.",
    .fields = server_id_fields,
    .fields_count = SCHEMA_COUNT(server_id_fields),
    .rule = server_id_facts,
};

FACTS_RULE(file)
static const struct schema_field file_fields[] = {
    FACT("file", "File number.", INTEGER(1, 65535)),
    FACT("records", "Its length in registers.", INTEGER(1, 10000)),
    MARKS,
};
static const struct schema file_schema = {
    .name = "file",
    .doc = "A file of FC 20 and 21.",
    .fields = file_fields,
    .fields_count = SCHEMA_COUNT(file_fields),
    .rule = file_facts,
};

FACTS_RULE(identity)
static const struct schema_field identity_fields[] = {
    {.name = "value", .type = SCHEMA_TEXT, .doc = "A text that is always the same."},
    {.name = "point", .type = SCHEMA_TEXT, .doc = "The point that holds the text."},
    MARKS,
};

static void identity_rule(const struct yaml_document *document, const struct yaml_node *node,
                          struct diag *diag)
{
    const struct yaml_node *point = yaml_get(node, "point");
    char hint[PROFILE_HINT_ROOM];

    if (!point == !yaml_get(node, "value"))
        yaml_error(diag, document, node, NULL, "say either 'value' or 'point'");
    if (point && point->kind == YAML_SCALAR && point_find(point->text) < 0)
        yaml_error(diag, document, point, profile_hint(point_nearest(point->text), hint),
                   "no point is called '%s'", point->text);
    identity_facts(document, node, diag);
}

static const struct schema identity_schema = {
    .name = "identification object",
    .doc = "An object of FC 43/14: a text, or the point that holds it.",
    .fields = identity_fields,
    .fields_count = SCHEMA_COUNT(identity_fields),
    .rule = identity_rule,
};

static void check_functions(const struct yaml_document *document, const struct yaml_node *list,
                            struct diag *diag)
{
    int function;
    int sub;

    list = profile_unmark(list);
    yaml_for_each(i, list) {
        const struct yaml_node *item = list->items[i];

        if (item->kind == YAML_SCALAR && !profile_parse_function(item->text, &function, &sub))
            yaml_error(diag, document, item, "write 16, or 43/14 with a sub-code",
                       "'%s' is no function code", item->text);
    }
}

static void modbus_facts(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    profile_check_facts(&profile_schema_modbus, document, node, diag);
}

static void modbus_rule(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    const struct yaml_node *identity = yaml_get(node, "identity");

    modbus_facts(document, node, diag);
    check_functions(document, yaml_get(node, "own_functions"), diag);
    check_functions(document, yaml_get(node, "serial_functions"), diag);
    check_functions(document, yaml_get(node, "unit_functions"), diag);
    yaml_for_each(i, identity) {
        if (profile_identity_id(identity->keys[i]->text) < 0)
            yaml_error(diag, document, identity->keys[i],
                       "VendorName ProductCode MajorMinorRevision VendorUrl ProductName ModelName "
                       "UserApplicationName, or 0x80 to 0xFF",
                       "'%s' is no identification object", identity->keys[i]->text);
    }
}

#define FUNCTION_LIST .type = SCHEMA_LIST, .item = &profile_schema_text_item

static const struct schema_field modbus_fields[] = {
    FACT("clients_max", "TCP connections at a time.", INTEGER(1, 128)),
    FACT("transactions_max", "Requests under way on one connection.", INTEGER(1, 16)),
    FACT("own_functions", "Function codes the device itself answers; FC 43 and 100 with sub-code.",
         FUNCTION_LIST),
    FACT("serial_functions", "The same on a serial line, where they differ.", FUNCTION_LIST),
    FACT("unit_functions", "The same for the units behind a gateway that it answers for.",
         FUNCTION_LIST),
    FACT("read_registers_max", "Registers of one read; a longer one gets exception 03.",
         INTEGER(1, 125)),
    FACT("write_registers_max", "Registers of one write; a longer one gets exception 03.",
         INTEGER(1, 123)),
    FACT("scattered_max", "Registers of one scattered read (FC 100/4).", INTEGER(1, 124)),
    {.name = "exceptions",
     .type = SCHEMA_OBJECT,
     .object = &exceptions_schema,
     .doc = "Which exception is answered where the standard leaves a choice."},
    FACT("identity_level", "Conformity level of FC 43/14: 1 to 3, with 0x80 single objects too.",
         INTEGER(1, 0x83)),
    {.name = "identity",
     .type = SCHEMA_MAP,
     .item = &(const struct schema_field){.type = SCHEMA_OBJECT, .object = &identity_schema},
     .doc = "Objects of FC 43/14 by name, or by number from 0x80.",
     .example = "{VendorName: {value: Example}, ProductCode: {point: identity.model}}"},
    {.name = "server_id",
     .type = SCHEMA_OBJECT,
     .object = &server_id_schema,
     .doc = "The answer of FC 17."},
    {.name = "files",
     .type = SCHEMA_LIST,
     .item = &(const struct schema_field){.type = SCHEMA_OBJECT, .object = &file_schema},
     .doc = "Files of FC 20 and 21."},
    FACT("update_latency", "From a change in the device to its registers.", DURATION),
    MARKS,
};
const struct schema profile_schema_modbus = {
    .name = "modbus",
    .doc = "What bounds the Modbus server of the device.",
    .fields = modbus_fields,
    .fields_count = SCHEMA_COUNT(modbus_fields),
    .rule = modbus_rule,
};

static void serial_facts(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    profile_check_facts(&profile_schema_serial, document, node, diag);
}
static const struct schema_field serial_fields[] = {
    FACT("baud", "Bit rate at factory state.", INTEGER(300, 1000000)),
    FACT("parity", "even, odd or none.", .type = SCHEMA_CHOICE, .choices = parities),
    FACT("stop_bits", "1 or 2.", INTEGER(1, 2)),
    FACT("unit", "Unit id at factory state.", INTEGER(1, 247)),
    MARKS,
};
const struct schema profile_schema_serial = {
    .name = "serial",
    .doc = "The serial port at factory state.",
    .fields = serial_fields,
    .fields_count = SCHEMA_COUNT(serial_fields),
    .rule = serial_facts,
};

static void gateway_facts(const struct yaml_document *document, const struct yaml_node *node,
                          struct diag *diag)
{
    profile_check_facts(&profile_schema_gateway, document, node, diag);
}
static const struct schema_field gateway_fields[] = {
    FACT("reply_timeout", "From the end of a request to the first character of its reply.",
         DURATION),
    FACT("request_timeout", "From arrival to answer, all tries included.", DURATION),
    FACT("retries", "More tries after the first.", INTEGER(0, 10)),
    FACT("queue", "Requests that wait for one line.", INTEGER(1, 64)),
    FACT("pause", "Between the end of an exchange and the next request.", DURATION),
    FACT("turnaround", "After a broadcast.", DURATION),
    FACT("virtual_from", "The first unit id given to a wireless or TCP device.", INTEGER(1, 247)),
    FACT("wireless_max", "Wireless devices it takes.", INTEGER(0, 1000)),
    MARKS,
};
const struct schema profile_schema_gateway = {
    .name = "gateway",
    .doc = "How requests for other units are passed on.",
    .fields = gateway_fields,
    .fields_count = SCHEMA_COUNT(gateway_fields),
    .rule = gateway_facts,
};

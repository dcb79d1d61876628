// SPDX-License-Identifier: Apache-2.0
// The schema of profile files: the top of the file. The sections are in schema_*.c. What needs more
// than one field to judge is checked where it is built (profile_models.c, profile_registers.c ...).
#include "sim/profile/schema_parts.h"

#include <string.h>

static const struct schema_field service_item = {.type = SCHEMA_OBJECT,
                                                 .object = &profile_schema_service};
static const struct schema_field remote_item = {.type = SCHEMA_OBJECT,
                                                .object = &profile_schema_remote_control};

#define SECTION(section_name, section_object, section_doc)                                         \
    {                                                                                              \
        .name = section_name, .type = SCHEMA_OBJECT, .object = &(section_object),                  \
        .doc = section_doc                                                                         \
    }
#define FREE(section_name, section_doc)                                                            \
    {                                                                                              \
        .name = section_name, .type = SCHEMA_MAP, .item = &profile_schema_any_item,                \
        .doc = section_doc                                                                         \
    }

static const struct schema_field profile_fields[] = {
    {.name = "testbay-profile",
     .type = SCHEMA_INTEGER,
     .required = true,
     .doc = "Version of this format: 1."},
    {.name = "id",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "The profile's name, unique among all profiles; the file is called so.",
     .example = "ps-2025-04"},
    {.name = "family",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "The device family that gives it behaviour: a folder of devices/."},
    {.name = "kind",
     .type = SCHEMA_NAME,
     .required = true,
     .doc = "What a scenario's role asks for: panel-server, breaker, charger, csms ..."},
    {.name = "title", .type = SCHEMA_TEXT, .required = true, .doc = "For people."},
    {.name = "edition", .type = SCHEMA_TEXT, .doc = "Edition and date of the guide it follows."},
    {.name = "source",
     .type = SCHEMA_OBJECT,
     .required = true,
     .object = &profile_schema_source,
     .doc = "Where the facts come from, unless an entry says otherwise; `document` and "
            "`confidence` are both needed here."},
    SECTION("models", profile_schema_table,
            "Models; the columns `model` and `hardware` (`any` fits every revision) are needed."),
    {.name = "features",
     .type = SCHEMA_ANY,
     .doc = "What the device claims: a list of names, or a map from a name to yes, no or the cells "
            "a model must have.",
     .example = "{web: yes, digital-inputs: {di: 2}}"},
    {.name = "services",
     .type = SCHEMA_MAP,
     .item = &service_item,
     .doc = "Services at factory state.",
     .example = "{modbus: {port: 502, eth: on, wifi: off, ap: none}}"},
    SECTION("accounts", profile_schema_table,
            "Accounts: columns name, role and what the family needs."),
    FREE("policies", "Rules by name: `password.<name>`, `lockout`, and the family's own."),
    SECTION("modbus", profile_schema_modbus, "What bounds the Modbus server."),
    SECTION("serial", profile_schema_serial, "The serial port at factory state."),
    SECTION("gateway", profile_schema_gateway, "How requests for other units are passed on."),
    SECTION("timing", profile_schema_timing, "How fast the device is."),
    {.name = "registers",
     .type = SCHEMA_LIST,
     .item = &(const struct schema_field){.type = SCHEMA_OBJECT, .object = &profile_schema_block},
     .doc = "The register map, in blocks."},
    SECTION("command_interface", profile_schema_commands,
            "How a breaker is commanded through registers."),
    {.name = "remote_control",
     .type = SCHEMA_MAP,
     .item = &remote_item,
     .doc = "How remote control is locked, for each communication interface."},
    FREE("protection", "Settings of the protections: lowest, highest, at factory state."),
    SECTION("access", profile_schema_table, "Which operation is possible over which path."),
    SECTION("web", profile_schema_web, "How a client speaks with its web server."),
    SECTION("audit", profile_schema_audit, "The security log."),
    FREE("ocpp",
         "How a charging station or a central system speaks OCPP: keys, intervals, bounds."),
    SECTION("endpoints", profile_schema_table, "Names the device contacts by itself."),
    FREE("clock", "What the clock keeps without supply, and how it drifts."),
    FREE("firmware", "Signature and updates of the firmware."),
    SECTION("products", profile_schema_table, "Products that clients recognise by a number."),
};

static void profile_rule(const struct yaml_document *document, const struct yaml_node *node,
                         struct diag *diag)
{
    const struct yaml_node *source = yaml_get(node, "source");
    const struct yaml_node *policies = yaml_get(node, "policies");
    const struct yaml_node *version = yaml_get(node, "testbay-profile");

    if (version && version->kind == YAML_SCALAR && schema_integer(version, 1) != 1)
        yaml_error(diag, document, version, "write 1", "version %s is not known", version->text);
    if (source && source->kind == YAML_MAPPING &&
        (!yaml_get(source, "document") || !yaml_get(source, "confidence")))
        yaml_error(diag, document, source, "write {document: ..., confidence: H}",
                   "the source of a profile needs a document and a confidence");
    if (policies && policies->kind == YAML_MAPPING)
        profile_schema_policies_rule(document, policies, diag);
}

const struct schema profile_schema = {
    .name = "profile",
    .doc =
        "The facts of one device family and guide edition. Any fact may be written with its mark: "
        "`{value: 0x0A, confidence: L}`. A source is inherited: file, section, row.",
    .fields = profile_fields,
    .fields_count = SCHEMA_COUNT(profile_fields),
    .rule = profile_rule,
};

// SPDX-License-Identifier: Apache-2.0
// The shape of a site file. What a family adds to its device entries comes from the family's own
// table, so the schema is put together when the families are known.
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FAMILIES_MAX 64

static const char *const network_kinds[] = {"ethernet", "rs485", NULL};
static const char *const parities[] = {"none", "even", "odd", NULL};
static const char *const systems[] = {"3PH3W", "3PH4W", "1PH2W", NULL};
static const char *const versions[] = {"1", NULL};
static const char *const positions[] = {"open", "closed", NULL};

static const struct schema_field network_fields[] = {
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .required = true,
     .choices = network_kinds,
     .doc = "An Ethernet segment or an RS-485 line."},
    {.name = "ipv4",
     .type = SCHEMA_TEXT,
     .doc = "Address range of the segment.",
     .example = "10.77.0.0/16"},
    {.name = "ipv6",
     .type = SCHEMA_TEXT,
     .doc = "IPv6 range of the segment.",
     .example = "fd00:77::/64"},
    {.name = "runner",
     .type = SCHEMA_TEXT,
     .doc = "The address from which a scenario's verbs open their connections.",
     .example = "10.77.255.1"},
    {.name = "baud",
     .type = SCHEMA_INTEGER,
     .low = 300,
     .high = 1000000,
     .otherwise = "19200",
     .doc = "Speed of a line."},
    {.name = "parity",
     .type = SCHEMA_CHOICE,
     .choices = parities,
     .otherwise = "even",
     .doc = "Parity of a line; without one there are two stop bits."},
};
static const struct schema network_schema = {
    .name = "network",
    .doc = "A wire that devices share.",
    .fields = network_fields,
    .fields_count = COUNT_OF(network_fields),
};

static const struct schema_field port_fields[] = {
    {.name = "on", .type = SCHEMA_NAME, .required = true, .doc = "The network it is plugged into."},
    {.name = "ipv4",
     .type = SCHEMA_TEXT,
     .doc = "Its address; with `+` behind it, the first of a fleet's.",
     .example = "10.77.1.1+"},
    {.name = "ipv6", .type = SCHEMA_TEXT, .doc = "Its IPv6 address; `+` as above."},
    {.name = "unit",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 247,
     .doc = "Modbus unit id on a line. Leave it out for the master of the line."},
    {.name = "reply_timeout",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "the profile's",
     .doc = "How long a gateway waits for a server on its line."},
    {.name = "retries",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 10,
     .otherwise = "the profile's",
     .doc = "How often it asks again."},
    {.name = "queue",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 64,
     .otherwise = "the profile's",
     .doc = "Requests that may wait for the line."},
    {.name = "pause",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "the profile's",
     .doc = "Pause between two requests on the line."},
};
static const struct schema port_schema = {
    .name = "port",
    .doc = "How a port of a device is wired.",
    .fields = port_fields,
    .fields_count = COUNT_OF(port_fields),
};
static const struct schema_field port_item = {.type = SCHEMA_OBJECT, .object = &port_schema};
static const struct schema_field secret_item = {.type = SCHEMA_VALUE, .expression = true};

static const struct schema_field device_fields[] = {
    {.name = "profile", .type = SCHEMA_NAME, .required = true, .doc = "Id of its profile."},
    {.name = "model", .type = SCHEMA_TEXT, .required = true, .doc = "A model the profile knows."},
    {.name = "hardware", .type = SCHEMA_TEXT, .doc = "Hardware revision, where models differ."},
    {.name = "label", .type = SCHEMA_TEXT, .doc = "What a person calls it."},
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = WORLD_DEVICES_MAX,
     .otherwise = "1",
     .doc = "A fleet of that many; members are `id[1]`, `id[2]`, ..."},
    {.name = "power",
     .type = SCHEMA_BOOL,
     .otherwise = "on",
     .doc = "Whether it has supply when the world begins."},
    {.name = "ports",
     .type = SCHEMA_MAP,
     .item = &port_item,
     .doc = "Its ports, by the names of the profile."},
    {.name = "passwords",
     .type = SCHEMA_MAP,
     .item = &secret_item,
     .doc = "Password of each account as commissioned.",
     .example = "{Administrator: $secret.q}"},
};

static const struct schema_field diagram_fields[] = {
    {.name = "source", .type = SCHEMA_NAME, .doc = "A supply of this id."},
    {.name = "breaker", .type = SCHEMA_NAME, .doc = "A breaker of this id."},
    {.name = "feeder", .type = SCHEMA_NAME, .doc = "A feeder of this id."},
    {.name = "load", .type = SCHEMA_NAME, .doc = "A load of this id."},
    {.name = "charger", .type = SCHEMA_NAME, .doc = "A charger of this id."},
    {.name = "from", .type = SCHEMA_NAME, .doc = "The place above."},
    {.name = "system",
     .type = SCHEMA_CHOICE,
     .choices = systems,
     .otherwise = "3PH4W",
     .doc = "Of a source: phases and wires."},
    {.name = "voltage_V",
     .type = SCHEMA_NUMBER,
     .low = 1,
     .high = 1000000,
     .otherwise = "400",
     .doc = "Of a source: between phases, or to neutral with one phase."},
    {.name = "frequency_Hz",
     .type = SCHEMA_NUMBER,
     .low = 1,
     .high = 1000,
     .otherwise = "50",
     .doc = "Of a source."},
    {.name = "short_circuit_A",
     .type = SCHEMA_NUMBER,
     .low = 0,
     .high = 1000000,
     .otherwise = "25000",
     .doc = "Of a source: prospective current."},
    {.name = "rated_A",
     .type = SCHEMA_NUMBER,
     .low = 0,
     .high = 10000,
     .doc = "Of a breaker or feeder."},
    {.name = "state",
     .type = SCHEMA_CHOICE,
     .choices = positions,
     .otherwise = "closed",
     .doc = "Of a breaker when the world begins."},
    {.name = "power_W",
     .type = SCHEMA_NUMBER,
     .low = 0,
     .high = 100000000,
     .doc = "Of a load: active power at nominal voltage."},
    {.name = "power_factor",
     .type = SCHEMA_NUMBER,
     .low = -1,
     .high = 1,
     .otherwise = "1",
     .doc = "Of a load; negative where it leads."},
    {.name = "phases",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 3,
     .otherwise = "3",
     .doc = "Of a charger: 1 or 3."},
};

static void check_place(const struct yaml_document *document, const struct yaml_node *node,
                        struct diag *diag)
{
    static const char *const kinds[] = {"source", "breaker", "feeder", "load", "charger"};
    size_t named = 0;

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        named += yaml_get(node, kinds[i]) != NULL;
    if (named != 1)
        yaml_error(diag, document, node, "begin it with source, breaker, feeder, load or charger",
                   "a place of the one-line is exactly one thing, not %zu", named);
    else if (!yaml_get(node, "source") && !yaml_get(node, "from"))
        yaml_error(diag, document, node, "write `from:` and the place above",
                   "only a source hangs on nothing");
}

static const struct schema diagram_schema = {
    .name = "place",
    .doc =
        "A place of the one-line. An id that is a device binds the device's points to this place.",
    .fields = diagram_fields,
    .fields_count = COUNT_OF(diagram_fields),
    .rule = check_place,
};
static const struct schema_field diagram_item = {.type = SCHEMA_OBJECT, .object = &diagram_schema};
static const struct schema_field network_item = {.type = SCHEMA_OBJECT, .object = &network_schema};

struct family_schema {
    const struct device_family *family;
    struct schema schema;
    struct schema_field *fields;
};

struct world_schema {
    struct schema top;
    struct schema_field top_fields[5];
    struct schema device; // With the options of every family, for editors and the manual.
    struct schema_field *device_fields;
    struct schema_field device_item;
    struct family_schema families[FAMILIES_MAX];
    size_t families_count;
};

static bool has_field(const struct schema_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

static size_t add_fields(struct schema_field *fields, size_t count, const struct schema *more)
{
    for (size_t i = 0; more && i < more->fields_count; i++)
        if (!has_field(fields, count, more->fields[i].name))
            fields[count++] = more->fields[i];
    return count;
}

static void add_family(struct world_schema *schema, const struct device_family *family)
{
    struct family_schema *entry = &schema->families[schema->families_count++];
    size_t more = family->site_options ? family->site_options->fields_count : 0;
    size_t count = COUNT_OF(device_fields);

    entry->family = family;
    entry->fields = mem_new(count + more, sizeof(*entry->fields));
    memcpy(entry->fields, device_fields, sizeof(device_fields));
    entry->schema = (struct schema){
        .name = family->name,
        .doc = family->doc,
        .fields = entry->fields,
        .fields_count = add_fields(entry->fields, count, family->site_options),
        .rule = family->site_options ? family->site_options->rule : NULL,
    };
}

static void build_device(struct world_schema *schema)
{
    size_t room = COUNT_OF(device_fields);
    size_t count = COUNT_OF(device_fields);

    for (size_t i = 0; i < schema->families_count; i++)
        room += schema->families[i].schema.fields_count;
    schema->device_fields = mem_new(room, sizeof(*schema->device_fields));
    memcpy(schema->device_fields, device_fields, sizeof(device_fields));
    for (size_t i = 0; i < schema->families_count; i++)
        count = add_fields(schema->device_fields, count, &schema->families[i].schema);
    schema->device = (struct schema){
        .name = "device",
        .doc = "A device, or a fleet of equal ones, with the options of its family.",
        .fields = schema->device_fields,
        .fields_count = count,
    };
    schema->device_item = (struct schema_field){.type = SCHEMA_OBJECT, .object = &schema->device};
}

struct world_schema *world_schema_new(const struct device_family *const *families)
{
    struct world_schema *schema = mem_new(1, sizeof(*schema));
    const struct schema_field top_fields[] = {
        {.name = "testbay-site",
         .type = SCHEMA_CHOICE,
         .required = true,
         .choices = versions,
         .doc = "Version of this form: 1."},
        {.name = "name", .type = SCHEMA_NAME, .required = true, .doc = "Name of the site."},
        {.name = "networks",
         .type = SCHEMA_MAP,
         .required = true,
         .item = &network_item,
         .doc = "The wires, by name."},
        {.name = "devices",
         .type = SCHEMA_MAP,
         .required = true,
         .item = &schema->device_item,
         .doc = "The devices, by id."},
        {.name = "diagram",
         .type = SCHEMA_LIST,
         .item = &diagram_item,
         .doc = "The electrical one-line, from the source down."},
    };

    for (size_t i = 0; families[i] && i < FAMILIES_MAX; i++)
        add_family(schema, families[i]);
    build_device(schema);
    memcpy(schema->top_fields, top_fields, sizeof(top_fields));
    schema->top = (struct schema){
        .name = "site",
        .doc = "What there is and how it is wired: networks, devices and the electrical one-line.",
        .fields = schema->top_fields,
        .fields_count = COUNT_OF(schema->top_fields),
    };
    return schema;
}

const struct schema *world_schema_top(const struct world_schema *schema)
{
    return &schema->top;
}

const struct schema *world_schema_device(const struct world_schema *schema,
                                         const struct device_family *family)
{
    for (size_t i = 0; i < schema->families_count; i++)
        if (schema->families[i].family == family)
            return &schema->families[i].schema;
    return &schema->device;
}

void world_schema_free(struct world_schema **schema)
{
    if (!*schema)
        return;
    for (size_t i = 0; i < (*schema)->families_count; i++)
        free((*schema)->families[i].fields);
    free((*schema)->device_fields);
    free(*schema);
    *schema = NULL;
}

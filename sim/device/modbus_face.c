// SPDX-License-Identifier: Apache-2.0
// The Modbus face of a device: profile facts as answers. Identification objects by Modbus
// Application Protocol V1.1b3 6.21, their texts from the profile; date-time in the vendors' four
// registers (DOCA0241EN-06).
#include "sim/device/modbus_face.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define IDENTITY_TEXT_MAX 244

static const char *const object_names[] = {
    "VendorName",  "ProductCode", "MajorMinorRevision",  "VendorUrl",
    "ProductName", "ModelName",   "UserApplicationName",
};

// The id of an object the profile names, or -1.
static int object_id(const struct yaml_node *key)
{
    int64_t number;

    for (size_t i = 0; i < COUNT_OF(object_names); i++)
        if (strcmp(object_names[i], key->text) == 0)
            return (int)i;
    return units_parse_integer(key->text, &number) == 0 && number >= 0 && number <= 255
               ? (int)number
               : -1;
}

static const struct yaml_node *identity_facts(const struct modbus_face *face)
{
    return profile_fact(face->device->profile, "modbus.identity");
}

static const char *point_text(const struct modbus_face *face, const char *name)
{
    struct point_value value;
    int point = point_find(name);

    if (point >= 0 && image_get(face->image, (enum point)point, &value) && value.valid &&
        value.type == POINT_TEXT)
        return value.text;
    if (point == POINT_IDENTITY_MODEL && face->device->model)
        return face->device->model->name;
    if (point == POINT_IDENTITY_FIRMWARE)
        return profile_fact_text(face->device->profile, "firmware.version", "");
    return "";
}

static int identity(void *user, uint8_t id, uint8_t *ret_text)
{
    const struct modbus_face *face = user;
    const struct yaml_node *facts = identity_facts(face);

    yaml_for_each(i, facts) {
        const struct yaml_node *fact = facts->items[i];
        const char *text = fact->kind == YAML_SCALAR ? fact->text : NULL;
        size_t length;

        if (object_id(facts->keys[i]) != id)
            continue;
        if (!text && yaml_get(fact, "point"))
            text = point_text(face, yaml_get_text(fact, "point", ""));
        else if (!text)
            text = yaml_get_text(fact, "value", "");
        length = strnlen(text, IDENTITY_TEXT_MAX);
        memcpy(ret_text, text, length);
        return (int)length;
    }
    return -1;
}

static int identity_next(void *user, uint8_t id)
{
    const struct yaml_node *facts = identity_facts(user);
    int next = -1;

    yaml_for_each(i, facts) {
        int other = object_id(facts->keys[i]);

        if (other >= id && (next < 0 || other < next))
            next = other;
    }
    return next;
}

static int server_id(void *user, uint8_t *ret_data)
{
    const struct modbus_face *face = user;
    const struct profile *profile = face->device->profile;
    const char *text = profile_fact_text(profile, "modbus.server_id.text", "");
    size_t length = strnlen(text, IDENTITY_TEXT_MAX);

    ret_data[0] = (uint8_t)profile_fact_integer(profile, "modbus.server_id.id", 0xFF);
    ret_data[1] = 0xFF; // Running.
    memcpy(ret_data + 2, text, length);
    return (int)length + 2;
}

static const struct profile_register datetime_row = {
    .count = 4, .type = PROFILE_DATETIME, .invalid = PROFILE_INVALID_ONES, .scale = 1, .point = -1};

static uint8_t get_datetime(void *user, uint8_t ret_data[8])
{
    const struct modbus_face *face = user;
    struct point_value now = {
        .type = POINT_TIME, .valid = true, .integer = device_utc_ns(face->device)};

    return profile_encode(&datetime_row, &now, ret_data) < 0 ? MODBUS_DEVICE_FAILURE : 0;
}

static uint8_t set_datetime(void *user, const uint8_t data[8])
{
    const struct modbus_face *face = user;
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value value;

    profile_decode(&datetime_row, data, text, &value);
    if (!value.valid)
        return MODBUS_ILLEGAL_VALUE;
    device_set_utc(face->device, value.integer);
    return 0;
}

uint8_t modbus_face_read_registers(void *face, bool input, uint16_t address, uint16_t count,
                                   uint8_t *ret_data)
{
    struct image *image = ((struct modbus_face *)face)->image;

    if (input && image_has_table(image, PROFILE_INPUT))
        return image_read(image, PROFILE_INPUT, address, count, ret_data);
    return image_read(image, PROFILE_HOLDING, address, count, ret_data);
}

uint8_t modbus_face_write_registers(void *face, uint16_t address, uint16_t count,
                                    const uint8_t *data)
{
    return image_write(((struct modbus_face *)face)->image, PROFILE_HOLDING, address, count, data);
}

static uint8_t read_bits(void *face, bool input, uint16_t address, uint16_t count,
                         uint8_t *ret_data)
{
    return image_read(((struct modbus_face *)face)->image, input ? PROFILE_DISCRETE : PROFILE_COIL,
                      address, count, ret_data);
}

static uint8_t write_bits(void *face, uint16_t address, uint16_t count, const uint8_t *data)
{
    return image_write(((struct modbus_face *)face)->image, PROFILE_COIL, address, count, data);
}

// "3", "43/14", "100/4": the code, and for 43 the type behind it.
static void add_function(struct modbus_server_options *options, const char *text)
{
    char *rest;
    unsigned long code = strtoul(text, &rest, 0);

    assert(code <= 127);
    modbus_functions_add(&options->functions, (uint8_t)code);
    if (code == MODBUS_ENCAPSULATED && *rest == '/')
        modbus_functions_add(&options->mei_types, (uint8_t)strtoul(rest + 1, NULL, 0));
}

static struct modbus_server_options options_of(const struct profile *profile, bool serial)
{
    const struct yaml_node *functions = profile_fact(profile, "modbus.own_functions");
    const struct yaml_node *other = profile_fact(profile, "modbus.serial_functions");
    struct modbus_server_options options = {
        .read_registers_max =
            (uint16_t)profile_fact_integer(profile, "modbus.read_registers_max", 0),
        .write_registers_max =
            (uint16_t)profile_fact_integer(profile, "modbus.write_registers_max", 0),
        .scattered_max = (uint16_t)profile_fact_integer(profile, "modbus.scattered_max", 0),
        .identity_level = (uint8_t)profile_fact_integer(profile, "modbus.identity_level", 0),
    };

    if (serial && other)
        functions = other;
    yaml_for_each(i, functions)
        add_function(&options, functions->items[i]->text);
    return options;
}

void modbus_face_init(struct modbus_face *face, struct device *device, struct image *image,
                      bool serial, void *user)
{
    *face = (struct modbus_face){
        .store = {.read_registers = modbus_face_read_registers,
                  .write_registers = modbus_face_write_registers,
                  .read_bits = read_bits,
                  .write_bits = write_bits,
                  .identity = identity,
                  .identity_next = identity_next,
                  .server_id = server_id,
                  .get_datetime = get_datetime,
                  .set_datetime = set_datetime,
                  .user = face},
        .server = {.store = &face->store, .options = options_of(device->profile, serial)},
        .device = device,
        .image = image,
        .user = user,
    };
}

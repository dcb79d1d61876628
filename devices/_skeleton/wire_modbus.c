// SPDX-License-Identifier: Apache-2.0
// The tutorial device on Modbus: TCP on every Ethernet port, RTU on every serial one. The
// registers, the identification and the limits come from the profile through modbus_face; this file
// opens the ports and adds what a profile cannot say, the files of functions 20 and 21 (Modbus
// Application Protocol V1.1b3 6.14, 6.15).
#include "devices/_skeleton/state.h"

#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/device/store.h"

#define FILE_KEY "file.1"

// ---- Files ----

// Records of `file` as the profile says, 0 when there is no such file.
static uint32_t file_records(const struct skeleton *skeleton, uint16_t file)
{
    const struct yaml_node *files = profile_fact(skeleton->device->profile, "modbus.files");

    yaml_for_each(i, files) {
        int64_t records = schema_integer(yaml_get(files->items[i], "records"), 0);

        if (schema_integer(yaml_get(files->items[i], "file"), 0) == file)
            return records < SKELETON_FILE_RECORDS_MAX ? (uint32_t)records
                                                       : SKELETON_FILE_RECORDS_MAX;
    }
    return 0;
}

static uint8_t read_file(void *user, uint16_t file, uint16_t record, uint16_t count,
                         uint8_t *ret_data)
{
    const struct modbus_face *face = user;
    const struct skeleton *skeleton = face->user;

    if ((uint32_t)record + count > file_records(skeleton, file))
        return MODBUS_ILLEGAL_ADDRESS;
    memcpy(ret_data, skeleton->file + 2 * record, 2u * count);
    return 0;
}

// The file survives a loss of supply: what was not written down whole is not there after it.
static uint8_t write_file(void *user, uint16_t file, uint16_t record, uint16_t count,
                          const uint8_t *data)
{
    const struct modbus_face *face = user;
    struct skeleton *skeleton = face->user;
    uint32_t records = file_records(skeleton, file);

    if ((uint32_t)record + count > records)
        return MODBUS_ILLEGAL_ADDRESS;
    memcpy(skeleton->file + 2 * record, data, 2u * count);
    if (store_put(skeleton->device->store, FILE_KEY, skeleton->file, 2u * records) != 0)
        return MODBUS_DEVICE_FAILURE;
    return 0;
}

static void load_file(struct skeleton *skeleton)
{
    size_t length = 0;
    const void *data = store_get(skeleton->device->store, FILE_KEY, &length);

    memset(skeleton->file, 0, sizeof(skeleton->file));
    if (data && length <= sizeof(skeleton->file))
        memcpy(skeleton->file, data, length);
}

// ---- Ports ----

// One server answers every unit id on TCP, as a device without a gateway does.
static struct modbus_route route(void *user, struct device_port *port,
                                 const struct modbus_mbap *request)
{
    struct skeleton *skeleton = user;

    (void)port;
    (void)request;
    return (struct modbus_route){.kind = MODBUS_ROUTE_SERVER, .server = &skeleton->tcp.server};
}

static int64_t reply_delay(void *user, const uint8_t *pdu, size_t length)
{
    const struct skeleton *skeleton = user;

    (void)pdu;
    (void)length;
    return profile_fact_time_ns(skeleton->device->profile, "timing.latency", 0);
}

void skeleton_modbus_init(struct skeleton *skeleton)
{
    struct device *device = skeleton->device;
    struct modbus_service_options options = modbus_service_options(device->profile);

    modbus_face_init(&skeleton->tcp, device, skeleton->image, false, skeleton);
    modbus_face_init(&skeleton->serial, device, skeleton->image, true, skeleton);
    skeleton->tcp.store.read_file = skeleton->serial.store.read_file = read_file;
    skeleton->tcp.store.write_file = skeleton->serial.store.write_file = write_file;
    skeleton->service = modbus_service_new(device, &options, route, skeleton);
    skeleton->unit.server = &skeleton->serial.server;
    modbus_slave_init(&skeleton->slave, device, &skeleton->unit, 1, reply_delay, skeleton);
}

void skeleton_modbus_done(struct skeleton *skeleton)
{
    modbus_slave_close(&skeleton->slave);
    modbus_service_free(&skeleton->service);
}

static void open_port(struct skeleton *skeleton, struct device_port *port)
{
    const struct profile *profile = skeleton->device->profile;
    int64_t tcp_port = profile_fact_integer(profile, "services.modbus.port", 502);

    if (port->host) {
        int err = modbus_service_open(skeleton->service, port, (uint16_t)tcp_port);

        if (err < 0)
            log_error(skeleton->device->id, "Modbus TCP on %s: %s", port->name, err_text(err));
    }
    if (port->line) {
        skeleton->unit.address = (uint8_t)schema_integer(yaml_get(port->options, "unit"), 1);
        modbus_slave_open(&skeleton->slave, port->line);
    }
}

void skeleton_modbus_power(struct skeleton *skeleton, bool on)
{
    struct device *device = skeleton->device;

    if (!on) {
        modbus_service_close_all(skeleton->service);
        modbus_slave_close(&skeleton->slave);
        return;
    }
    load_file(skeleton);
    for (size_t i = 0; i < device->ports_count; i++)
        open_port(skeleton, &device->ports[i]);
}

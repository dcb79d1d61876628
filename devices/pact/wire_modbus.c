// SPDX-License-Identifier: Apache-2.0
// The breaker on Modbus: an IFM or BSCM is a slave on the serial line under its own unit id, an IFE
// or EIFE a Modbus TCP server (D, IF-401 to IF-412). Datasets are answered faster than device
// registers (`latency` of a block); a write of the request registers is a command.
#include "devices/pact/state.h"

#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/log.h"

#define LATENCY_NS (20 * SIM_NS_PER_MS)

static bool overlaps(const struct profile_span *span, uint16_t address, uint16_t count)
{
    return address < span->address + span->count && span->address < (uint32_t)address + count;
}

static uint8_t write_registers(void *user, uint16_t address, uint16_t count, const uint8_t *data)
{
    const struct modbus_face *face = user;
    struct pact *pact = face->user;

    if (!pact->layout || !overlaps(&pact->layout->request, address, count))
        return modbus_face_write_registers(user, address, count, data);
    // A command comes whole or not at all.
    if (address != pact->layout->request.address || count != pact->layout->request.count)
        return MODBUS_ILLEGAL_ADDRESS;
    pact_command_write(pact, data);
    return 0;
}

// How long a reply takes: the block's own time for a read.
static int64_t latency(void *user, const uint8_t *pdu, size_t length)
{
    const struct pact *pact = user;
    const struct profile *profile = pact->device->profile;
    uint16_t address = length >= 3 ? bytes_load_u16(pdu + 1) : 0;
    bool reads = pdu[0] == MODBUS_READ_HOLDING_REGISTERS || pdu[0] == MODBUS_READ_INPUT_REGISTERS;

    for (size_t i = 0; reads && i < profile_blocks_count(profile); i++) {
        const struct profile_block *block = profile_block_at(profile, i);

        if (address >= block->first && address < block->first + block->count &&
            block->latency_ns >= 0)
            return block->latency_ns;
    }
    return profile_fact_time_ns(profile, "timing.latency", LATENCY_NS);
}

static struct modbus_route route(void *user, struct device_port *port,
                                 const struct modbus_mbap *request)
{
    struct pact *pact = user;

    (void)port;
    (void)request;
    return (struct modbus_route){.kind = MODBUS_ROUTE_PATH, .path = &pact->delay.path};
}

static bool is_serial(const struct pact *pact)
{
    return strcmp(pact->interface, "IFM") == 0 || strcmp(pact->interface, "BSCM") == 0;
}

static int check_ports(const struct pact *pact, struct diag *diag)
{
    const struct device *device = pact->device;

    for (size_t i = 0; i < device->ports_count; i++) {
        const struct device_port *port = &device->ports[i];
        bool fits = is_serial(pact) ? port->line != NULL : port->host != NULL;

        if (fits)
            continue;
        diag_error(diag, port->options ? &port->options->mark : &(struct yaml_mark){0}, NULL,
                   "IFM and BSCM: sl; IFE and EIFE: eth", "%s: an %s has no port %s", device->id,
                   pact->interface, port->name);
        return ERR_SCHEMA;
    }
    return 0;
}

int pact_modbus_init(struct pact *pact, struct diag *diag)
{
    struct device *device = pact->device;
    struct modbus_service_options options = modbus_service_options(device->profile);
    int err = check_ports(pact, diag);

    if (err < 0)
        return err;
    modbus_face_init(&pact->face, device, pact->image, is_serial(pact), pact);
    pact->face.store.write_registers = write_registers;
    modbus_delay_init(&pact->delay, device, &pact->face.server, latency, pact);
    pact->service = modbus_service_new(device, &options, route, pact);
    pact->unit.server = &pact->face.server;
    modbus_slave_init(&pact->slave, device, &pact->unit, 1, latency, pact);
    if (!is_serial(pact))
        pact->face.server.diagnostics.serial = false;
    return 0;
}

void pact_modbus_done(struct pact *pact)
{
    modbus_slave_close(&pact->slave);
    modbus_service_free(&pact->service);
}

static void open_port(struct pact *pact, struct device_port *port)
{
    const struct profile *profile = pact->device->profile;
    int err;

    if (port->line) {
        pact->unit.address = (uint8_t)schema_integer(
            yaml_get(port->options, "unit"), profile_fact_integer(profile, "serial.unit", 1));
        modbus_slave_open(&pact->slave, port->line);
        return;
    }
    err = modbus_service_open(pact->service, port,
                              (uint16_t)profile_fact_integer(profile, "services.modbus.port", 502));
    if (err < 0)
        log_error(pact->device->id, "Modbus TCP on %s: %s", port->name, err_text(err));
}

void pact_modbus_power(struct pact *pact, bool on)
{
    struct device *device = pact->device;

    if (!on) {
        modbus_service_close_all(pact->service);
        modbus_delay_clear(&pact->delay);
        modbus_slave_close(&pact->slave);
        return;
    }
    for (size_t i = 0; i < device->ports_count; i++)
        open_port(pact, &device->ports[i]);
}

// SPDX-License-Identifier: Apache-2.0
// A breaker as its communication interface shows it: MasterPacT, ComPacT or PowerPacT with a trip
// unit (DOCA0122EN-10 for what is locked and by whom; DOCA0091EN, DOCA0105EN for the registers).
// The mechanism is in mechanism.c, commands in command.c, the wires in wire_modbus.c. The trip unit
// lives on the device's supply: without it nobody answers, while the contacts stay where they are.
//
// Not here yet: web pages and FTPS of IFE and EIFE, Modbus over TLS, IEC 61850, settings by
// command.
#include "devices/pact/state.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/units.h"
#include "sim/device/store.h"

// UNVERIFIED(form PPYYWWDnnnn of the vendor's register 8700): the plant code is made up.
#define SERIAL_PATTERN "TB2503#####"
// UNVERIFIED(which of 30 and 31, 40 and 41): the latter two show phase to neutral values.
#define SYSTEM_TYPE_NEUTRAL 41
#define SYSTEM_TYPE_PHASES 31
#define KEY_REMOTE "remote"

static void refresh(void *user, enum point point)
{
    struct pact *pact = user;

    if (meter_refresh(&pact->meter, point))
        return;
    if (point == POINT_CLOCK_UTC)
        image_set_integer(pact->image, point, device_utc_ns(pact->device));
}

static uint8_t written(void *user, int point, uint16_t address, const struct point_value *value)
{
    struct pact *pact = user;

    (void)address;
    if (point == POINT_CLOCK_UTC)
        device_set_utc(pact->device, value->integer);
    return 0;
}

static const struct image_hooks image_hooks = {.refresh = refresh, .written = written};

// ---- The lock of remote control ----

static int64_t lock_fact(const struct pact *pact, const char *what, int64_t otherwise)
{
    char path[64];

    snprintf(path, sizeof(path), "remote_control.%s.%s", pact->interface, what);
    return profile_fact_integer(pact->device->profile, path, otherwise);
}

static void show_lock(struct pact *pact)
{
    image_set_integer(pact->image, POINT_BREAKER_REMOTE_PADLOCK,
                      pact->remote_enabled ? lock_fact(pact, "enabled", 1)
                                           : lock_fact(pact, "disabled", 3));
    image_set_integer(pact->image, POINT_BREAKER_LOCAL_CONTROL, !pact->remote_enabled);
}

// A pad on a front is mechanical; EPC's setting and the parameter of a BSCM lie in the store. Both
// are kept here.
void pact_set_remote(struct pact *pact, bool enabled)
{
    pact->remote_enabled = enabled;
    (void)store_put_integer(pact->device->store, KEY_REMOTE, enabled);
    device_event(pact->device, "remote=%s", enabled ? "enabled" : "disabled");
    show_lock(pact);
}

static void load_lock(struct pact *pact)
{
    char path[64];

    snprintf(path, sizeof(path), "remote_control.%s.factory", pact->interface);
    pact->remote_enabled = store_get_integer(
        pact->device->store, KEY_REMOTE,
        strcmp(profile_fact_text(pact->device->profile, path, "enabled"), "disabled") != 0);
    show_lock(pact);
}

// ---- The device ----

// The interface the site names, one of those the profile knows; the profile's first otherwise.
static int choose_interface(struct pact *pact, struct diag *diag)
{
    const struct yaml_node *known = profile_fact(pact->device->profile, "remote_control");
    const struct yaml_node *node = yaml_get(pact->device->site, "interface");

    pact->interface = node ? node->text : known && known->count ? known->keys[0]->text : "IFM";
    yaml_for_each(i, known)
        if (strcmp(known->keys[i]->text, pact->interface) == 0)
            return 0;
    if (!known)
        return 0;
    diag_error(diag, node ? &node->mark : &(struct yaml_mark){0}, NULL, NULL,
               "%s: profile %s knows no interface %s", pact->device->id,
               profile_id(pact->device->profile), pact->interface);
    return ERR_SCHEMA;
}

// As commissioned for the system it hangs on.
static int64_t system_type(const struct pact *pact)
{
    struct plant_flow flow = {.live = false};

    if (pact->device->place)
        plant_read(pact->device->place, &flow);
    return flow.live && flow.voltage_pn_V[0] == 0 ? SYSTEM_TYPE_PHASES : SYSTEM_TYPE_NEUTRAL;
}

static void show_plate(struct pact *pact)
{
    const struct device *device = pact->device;
    const char *product = profile_model_cell(device->profile, device->model, "product_id");
    const char *rated = profile_model_cell(device->profile, device->model, "rated_A");
    int64_t number;

    image_set_text(pact->image, POINT_IDENTITY_FAMILY, profile_title(device->profile));
    image_set_integer(pact->image, POINT_SYSTEM_TYPE, system_type(pact));
    if (product && units_parse_integer(product, &number) == 0)
        image_set_integer(pact->image, POINT_IDENTITY_PRODUCT_ID, number);
    if (pact->contacts && plant_node_spec(pact->contacts)->rated_A > 0)
        image_set_number(pact->image, POINT_RATED_CURRENT_A,
                         plant_node_spec(pact->contacts)->rated_A);
    else if (rated && units_parse_integer(rated, &number) == 0)
        image_set_number(pact->image, POINT_RATED_CURRENT_A, (double)number);
}

static int init(struct device *device, struct diag *diag)
{
    struct pact *pact = pact_of(device);
    int err;

    pact->device = device;
    err = choose_interface(pact, diag);
    if (err < 0)
        return err;
    pact->image = image_new(device->profile, device->model, "own", &image_hooks, pact);
    image_set_live(pact->image, POINT_CLOCK_UTC, true);
    meter_init(&pact->meter, device, pact->image);
    pact->meter.behind = true;
    pact_command_init(pact);
    err = pact_modbus_init(pact, diag);
    if (err < 0) {
        image_free(&pact->image);
        return err;
    }
    pact_mechanism_init(pact);
    device_show_identity(device, pact->image, SERIAL_PATTERN);
    return 0;
}

static void done(struct device *device)
{
    struct pact *pact = pact_of(device);

    pact_modbus_done(pact);
    pact_mechanism_done(pact);
    image_free(&pact->image);
}

static void power(struct device *device, bool on)
{
    struct pact *pact = pact_of(device);

    if (on) {
        show_plate(pact);
        load_lock(pact);
        meter_forget(&pact->meter);
    }
    pact_mechanism_power(pact, on);
    pact_command_power(pact, on);
    pact_modbus_power(pact, on);
    if (!on)
        image_lose_power(pact->image);
}

// ---- Tables ----

static void read_commands(struct device *device, device_record_fn *add, void *user)
{
    static const char *const keys[] = {"time", "code", "command", "account", "status", "position"};
    const struct pact *pact = pact_of(device);
    uint64_t first = pact->log_count > PACT_LOG_MAX ? pact->log_count - PACT_LOG_MAX : 0;

    for (uint64_t i = first; i < pact->log_count; i++) {
        const struct pact_record *record = &pact->log[i % PACT_LOG_MAX];
        char time[UNITS_TEXT_ROOM], code[8], status[8];
        const char *values[] = {
            units_utc_text(record->utc_ns, time), code, record->name, record->account, status,
            record->closed ? "closed" : "open"};

        snprintf(code, sizeof(code), "%u", record->code);
        snprintf(status, sizeof(status), "0x%04X", record->status);
        add(user, keys, values, sizeof(keys) / sizeof(keys[0]));
    }
}

static const struct device_table tables[] = {
    {"commands",
     "The commands that came over a wire and how they ended, the last 256: time, code, command, "
     "account, status, position.",
     read_commands},
};

// ---- What the site may say, and the descriptor ----

static const char *const interfaces[] = {"IFM", "BSCM", "IFE", "EIFE", NULL};
static const struct schema_field site_fields[] = {
    {.name = "interface",
     .type = SCHEMA_CHOICE,
     .choices = interfaces,
     .otherwise = "the profile's first",
     .doc = "The communication interface: IFM and BSCM hang on a serial line (port `sl`), IFE and "
            "EIFE on Ethernet (port `eth`).",
     .example = "IFM"},
    {.name = "motor",
     .type = SCHEMA_BOOL,
     .otherwise = "yes",
     .doc = "Whether a communicating motor mechanism is fitted; without it nothing can be "
            "operated over a wire."},
    {.name = "serial", .type = SCHEMA_TEXT, .doc = "Serial number; drawn when left out."},
};
static const struct schema site_options = {
    .name = "pact",
    .doc = "Options of a breaker.",
    .fields = site_fields,
    .fields_count = sizeof(site_fields) / sizeof(site_fields[0]),
};

const struct device_family pact_family = {
    .name = "pact",
    .title = "PacT breaker with communication interface",
    .doc = "MasterPacT, ComPacT and PowerPacT breakers behind an IFM, a BSCM, an IFE or an EIFE.",
    .state_size = sizeof(struct pact),
    .site_options = &site_options,
    .init = init,
    .done = done,
    .power = power,
    .verbs = pact_verbs,
    .tables = tables,
    .tables_count = sizeof(tables) / sizeof(tables[0]),
};

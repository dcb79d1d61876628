// SPDX-License-Identifier: Apache-2.0
// The tables of a central system: what a scenario reconciles with the stations' own, or reads.
#include "devices/environment/state.h"
#include "sim/proto/ocpp/face/csms_desk.h"

static void read_transactions(struct device *device, device_record_fn *add, void *user)
{
    csms_desk_table(environment_csms(device), "transactions", add, user);
}

static void read_violations(struct device *device, device_record_fn *add, void *user)
{
    csms_desk_table(environment_csms(device), "violations", add, user);
}

static void read_stations(struct device *device, device_record_fn *add, void *user)
{
    csms_desk_table(environment_csms(device), "stations", add, user);
}

static void read_security_events(struct device *device, device_record_fn *add, void *user)
{
    csms_desk_table(environment_csms(device), "security_events", add, user);
}

const struct device_table environment_tables[ENVIRONMENT_TABLES] = {
    {.name = "transactions",
     .doc = "Every transaction it was told of, in the order of their starts.",
     .read = read_transactions},
    {.name = "violations",
     .doc = "The rules that stations broke, as sentences, the last 256.",
     .read = read_violations},
    {.name = "stations", .doc = "The stations it knows.", .read = read_stations},
    {.name = "security_events",
     .doc = "The security events that stations told it.",
     .read = read_security_events},
};

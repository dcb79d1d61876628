// SPDX-License-Identifier: Apache-2.0
// One device for the tests of what every device shares: a family that does nothing but hold a chip,
// an audit log, accounts and sessions, and load them when the supply comes, as families do.
#ifndef SIM_DEVICE_BED_TEST_H
#define SIM_DEVICE_BED_TEST_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/device/accounts.h"
#include "sim/device/audit.h"
#include "sim/device/chip.h"
#include "sim/device/device.h"
#include "sim/device/sessions.h"
#include "sim/device/store.h"

#define BED_UTC_NS INT64_C(1768464000000000000) // 2026-01-15 08:00
#define BED_MINUTE (60 * SIM_NS_PER_S)

struct bed {
    struct timers *timers;
    struct diag *diag;
    struct profiles *profiles;
    struct profile *own; // Of a text; NULL when it is from the folder.
    struct device *device;
    struct chip *chip;
    struct audit *audit;
    struct accounts *accounts;
    struct sessions *sessions;
    const char *secret; // Of every account; NULL: none is commissioned.
    char events[4096];
};

// The rest of a profile stands behind this.
#define BED_PROFILE                                                                                \
    "testbay-profile: 1\nid: bed\nfamily: bed\nkind: bed\ntitle: Bed\n"                            \
    "source: {document: test, confidence: H}\n"                                                    \
    "accounts: {columns: [name, role, password],\n"                                                \
    "           rows: [[Admin, user, password.user], [Support, support, password.user]]}\n"

static inline int bed_init(struct device *device, struct diag *diag)
{
    static const struct session_options options = {
        .sessions_max = 3, .idle_ns = 10 * BED_MINUTE, .life_ns = 60 * BED_MINUTE};
    struct bed *bed = device->world.user;

    (void)diag;
    bed->chip = chip_new(device);
    bed->audit = audit_new(device);
    bed->accounts = accounts_new(device, bed->chip, bed->audit);
    bed->sessions = sessions_new(device, bed->chip, &options);
    return 0;
}

static inline void bed_done(struct device *device)
{
    struct bed *bed = device->world.user;

    sessions_free(&bed->sessions);
    accounts_free(&bed->accounts);
    audit_free(&bed->audit);
    chip_free(&bed->chip);
}

static inline void bed_power(struct device *device, bool on)
{
    struct bed *bed = device->world.user;

    if (on) {
        audit_load(bed->audit);
        accounts_load(bed->accounts);
    } else {
        sessions_end_all(bed->sessions);
    }
}

static const struct device_family bed_family = {
    .name = "bed", .init = bed_init, .done = bed_done, .power = bed_power};

static inline int64_t bed_utc_ns(void *user)
{
    const struct bed *bed = user;

    return BED_UTC_NS + timers_now(bed->timers);
}

static inline void bed_event(void *user, const char *device_id, const char *text)
{
    struct bed *bed = user;
    size_t length = strlen(bed->events);

    (void)device_id;
    if (length + strlen(text) + 2 < sizeof(bed->events))
        snprintf(bed->events + length, sizeof(bed->events) - length, "%s ", text);
}

static inline const char *bed_secret(void *user, const char *device_id, const char *account)
{
    const struct bed *bed = user;

    (void)device_id;
    (void)account;
    return bed->secret;
}

// The device alone, unsupplied, with a heap of its own: another life for the same profile.
static inline void bed_make_device(struct bed *bed, const char *id, const struct profile *profile)
{
    struct device_config config = {
        .id = id,
        .family = &bed_family,
        .profile = profile,
        .seed = 7,
        .secret = bed_secret,
        .secret_user = bed,
    };
    int err;

    bed->timers = timers_new();
    bed->events[0] = '\0';
    config.world = (struct device_world){
        .timers = bed->timers, .utc_ns = bed_utc_ns, .event = bed_event, .user = bed};
    err = device_new(&config, bed->diag, &bed->device);
    assert(err == 0);
    (void)err;
}

static inline void bed_free_device(struct bed *bed)
{
    device_free(&bed->device);
    timers_free(&bed->timers);
}

// A device `id` of a profile in devices/, or of a profile's text; supplied when `on`.
static inline void bed_start(struct bed *bed, const char *id, const char *profile, bool on)
{
    const struct profile *found = NULL;
    int err;

    bed->diag = diag_new();
    if (strchr(profile, '\n')) {
        err = profile_parse("bed", profile, strlen(profile), bed->diag, &bed->own);
        found = bed->own;
    } else {
        bed->profiles = profiles_new("devices");
        err = profiles_get(bed->profiles, profile, bed->diag, &found);
    }
    assert(err == 0); // The profile is wrong.
    (void)err;
    bed_make_device(bed, id, found);
    if (on)
        device_set_power(bed->device, true);
}

static inline void bed_end(struct bed *bed)
{
    if (bed->device)
        bed_free_device(bed);
    profile_free(&bed->own);
    profiles_free(&bed->profiles);
    diag_free(&bed->diag);
    *bed = (struct bed){.secret = bed->secret};
}

static inline void bed_advance(struct bed *bed, int64_t ns)
{
    sim_time_ns end_ns = timers_now(bed->timers) + ns;

    while (timers_next(bed->timers) <= end_ns) {
        timers_set_now(bed->timers, timers_next(bed->timers));
        timers_fire_due(bed->timers, 100);
    }
    timers_set_now(bed->timers, end_ns);
}

#endif

// SPDX-License-Identifier: Apache-2.0
// The life of a device: made, supplied, cut off, restarted, freed. What it does while it runs is
// its family's.
#include "sim/device/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/device/clock.h"
#include "sim/device/store.h"

#define DEVICE_EVENT_BYTES_MAX 256

// ---- Supply ----

void device_resume(struct device *device)
{
    timer_stop(&device->pause_timer);
    if (!device->domain.paused)
        return;
    timer_domain_resume(&device->domain);
    for (struct device_input *input = device->inputs, *next; input; input = next) {
        next = input->next;
        if (input->on_resume && device->powered)
            input->on_resume(input->user);
    }
}

void device_pause(struct device *device, int64_t for_ns)
{
    timer_domain_pause(&device->domain);
    timer_stop(&device->pause_timer);
    if (for_ns >= 0)
        timer_start(&device->pause_timer, for_ns);
}

static void pause_over(struct timer *timer, void *user)
{
    (void)timer;
    device_resume(user);
}

static void run(struct device *device, bool on)
{
    if (device->powered == on)
        return;
    device_event(device, "power=%s", on ? "on" : "off");
    if (device->world.ports)
        device->world.ports(device->world.user, device, on);
    if (on) {
        device_clock_start(device);
        store_boot(device->store);
        device->dying = false;
        device->powered = true;
        device->family->power(device, true);
        return;
    }
    device->powered = false;
    device->unpowered_since_ns = timers_now(device->world.timers);
    device->family->power(device, false);
    device_resume(device);
}

static void supply_due(struct timer *timer, void *user)
{
    struct device *device = user;
    enum device_next next = device->next;

    (void)timer;
    device->next = DEVICE_NEXT_NOTHING;
    switch (next) {
    case DEVICE_NEXT_NOTHING:
        break;
    case DEVICE_NEXT_START:
        device_set_crashed(device, false);
        break;
    case DEVICE_NEXT_SUPPLY:
        device_set_power(device, true);
        break;
    case DEVICE_NEXT_DIE:
        device_set_power(device, false);
        break;
    }
}

void device_supply_next(struct device *device, enum device_next next, int64_t after_ns)
{
    device->next = next;
    timer_start(&device->supply_timer, after_ns);
}

void device_set_power(struct device *device, bool on)
{
    assert(device->magic == DEVICE_MAGIC);
    timer_stop(&device->supply_timer);
    device->next = DEVICE_NEXT_NOTHING;
    device_clock_supply(device, on);
    if (!on)
        device->start = DEVICE_START_SUPPLY;
    device->supplied = on;
    run(device, on && !device->crashed);
}

void device_set_crashed(struct device *device, bool crashed)
{
    timer_stop(&device->supply_timer);
    if (crashed && device->powered)
        device->start = DEVICE_START_CRASH;
    device->crashed = crashed;
    run(device, device->supplied && !crashed);
}

void device_restart(struct device *device, int64_t down_ns)
{
    if (!device->powered)
        return;
    log_info(device->id, "restarts");
    run(device, false);
    device->start = DEVICE_START_RESTART;
    device_supply_next(device, DEVICE_NEXT_START, down_ns);
}

// ---- Inputs ----

void device_add_input(struct device *device, struct device_input *input)
{
    input->next = device->inputs;
    device->inputs = input;
}

void device_remove_input(struct device *device, struct device_input *input)
{
    for (struct device_input **at = &device->inputs; *at; at = &(*at)->next)
        if (*at == input) {
            *at = input->next;
            return;
        }
}

// ---- Made and freed ----

static void free_parts(struct device *device)
{
    timer_stop(&device->supply_timer);
    timer_stop(&device->pause_timer);
    timer_stop(&device->drift_timer);
    store_free(&device->store);
    free(device->state);
    device->magic = 0;
    free(device);
}

int device_new(const struct device_config *config, struct diag *diag, struct device **ret)
{
    struct device *device = mem_new(1, sizeof(*device));
    int err;

    assert(config->id && config->family && config->profile);
    assert(config->ports_count <= DEVICE_PORTS_MAX);
    *device = (struct device){
        .magic = DEVICE_MAGIC,
        .id = config->id,
        .label = config->label ? config->label : config->id,
        .index = config->index ? config->index : 1,
        .family = config->family,
        .profile = config->profile,
        .model = config->model,
        .hardware = config->hardware,
        .site = config->site,
        .world = config->world,
        .ports_count = config->ports_count,
        .place = config->place,
        .secret = config->secret,
        .secret_user = config->secret_user,
    };
    memcpy(device->ports, config->ports, sizeof(device->ports));
    rng_init(&device->rng, config->seed, config->id);
    device->seed = config->seed;
    device->store = store_new();
    device->state = mem_new(1, config->family->state_size ? config->family->state_size : 1);
    timer_init(&device->supply_timer, device->world.timers, NULL, supply_due, device);
    timer_init(&device->pause_timer, device->world.timers, NULL, pause_over, device);
    device_clock_init(device);
    err = config->family->init(device, diag);
    if (err < 0) {
        free_parts(device);
        return err;
    }
    *ret = device;
    return 0;
}

void device_free(struct device **device)
{
    if (!*device)
        return;
    assert((*device)->magic == DEVICE_MAGIC);
    run(*device, false);
    (*device)->family->done(*device);
    free_parts(*device);
    *device = NULL;
}

// ---- Small services ----

struct device_port *device_port(struct device *device, const char *name)
{
    for (size_t i = 0; i < device->ports_count; i++)
        if (strcmp(device->ports[i].name, name) == 0)
            return &device->ports[i];
    return NULL;
}

void device_timer_init(struct device *device, struct timer *timer, timer_fn *fn, void *user)
{
    timer_init(timer, device->world.timers, &device->domain, fn, user);
}

void device_event(struct device *device, const char *format, ...)
{
    char text[DEVICE_EVENT_BYTES_MAX];
    va_list arguments;

    if (!device->world.event)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    device->world.event(device->world.user, device->id, text);
}

const char *device_secret(struct device *device, const char *account)
{
    return device->secret ? device->secret(device->secret_user, device->id, account) : NULL;
}

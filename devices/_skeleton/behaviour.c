// SPDX-License-Identifier: Apache-2.0
// The tutorial device: a lamp, a button, a level and a meter. This file is the device itself: what
// it is, what it does when time passes or somebody acts, what it remembers. It knows no protocol;
// registers are points of an image, and which register carries which point stands in
// profiles/skeleton.yaml.
//
// To begin a family of your own: copy this folder, rename it, rename `skeleton` in it, write its
// profile, and let the tests tell you what is missing. Nothing else in the tree needs to be
// touched.
#include "devices/_skeleton/state.h"

#include <math.h>

#define SERIAL_PATTERN "SK########"
#define LEVEL_PERIOD_S 100 // The level rises from 0 to 100 % in that time and falls to 0 again.

// ---- Points that move by themselves ----

static double level_percent(const struct skeleton *skeleton)
{
    double now_s = (double)timers_now(skeleton->device->world.timers) / (double)SIM_NS_PER_S;

    return 100 * fmod(now_s, LEVEL_PERIOD_S) / LEVEL_PERIOD_S;
}

// A client is about to read `point`: bring it up to date. Only for points made live in init().
static void refresh(void *user, enum point point)
{
    struct skeleton *skeleton = user;

    if (meter_refresh(&skeleton->meter, point))
        return;
    if (point == POINT_TUTORIAL_LEVEL)
        image_set_number(skeleton->image, point, level_percent(skeleton));
    if (point == POINT_CLOCK_UTC)
        image_set_integer(skeleton->image, point, device_utc_ns(skeleton->device));
}

// A client wrote a register that the profile lets it write. The image takes the value when we
// return 0; what must happen besides, happens here. An exception code refuses it.
static uint8_t written(void *user, int point, uint16_t address, const struct point_value *value)
{
    struct skeleton *skeleton = user;

    (void)address;
    if (point == POINT_CLOCK_UTC)
        device_set_utc(skeleton->device, value->integer);
    if (point == POINT_TUTORIAL_LAMP)
        device_event(skeleton->device, "lamp=%s", value->integer ? "on" : "off");
    return 0;
}

static const struct image_hooks image_hooks = {.refresh = refresh, .written = written};

// ---- The device ----

bool skeleton_lamp(const struct skeleton *skeleton)
{
    struct point_value lamp;

    return image_get(skeleton->image, POINT_TUTORIAL_LAMP, &lamp) && lamp.valid && lamp.integer;
}

void skeleton_press(struct skeleton *skeleton, bool down)
{
    struct point_value counter = {.valid = false};
    bool lamp = !skeleton_lamp(skeleton);

    image_set_integer(skeleton->image, POINT_TUTORIAL_BUTTON, down);
    if (!down || !device_alive(skeleton->device))
        return;
    (void)image_get(skeleton->image, POINT_TUTORIAL_COUNTER, &counter);
    image_set_integer(skeleton->image, POINT_TUTORIAL_COUNTER,
                      counter.valid ? counter.integer + 1 : 1);
    image_set_integer(skeleton->image, POINT_TUTORIAL_LAMP, lamp);
    device_event(skeleton->device, "lamp=%s", lamp ? "on" : "off");
}

// Binds the profile to the device; the ports are wired, the supply is off.
static int init(struct device *device, struct diag *diag)
{
    struct skeleton *skeleton = skeleton_of(device);

    (void)diag; // A family that finds a fault in its part of the site file notes it here.
    skeleton->device = device;
    skeleton->image = image_new(device->profile, device->model, "own", &image_hooks, skeleton);
    image_set_live(skeleton->image, POINT_TUTORIAL_LEVEL, true);
    image_set_live(skeleton->image, POINT_CLOCK_UTC, true);
    meter_init(&skeleton->meter, device, skeleton->image);
    device_show_identity(device, skeleton->image, SERIAL_PATTERN);
    image_bind_store(skeleton->image, device->store); // From here on what `keeps` is written down.
    skeleton_modbus_init(skeleton);
    return 0;
}

static void done(struct device *device)
{
    struct skeleton *skeleton = skeleton_of(device);

    skeleton_modbus_done(skeleton);
    image_free(&skeleton->image);
}

// The supply came or went. The store has been read when it comes; everything volatile is lost when
// it goes.
static void power(struct device *device, bool on)
{
    struct skeleton *skeleton = skeleton_of(device);

    if (on) {
        image_restore(skeleton->image);
        image_set_integer(skeleton->image, POINT_TUTORIAL_COUNTER, 0);
        image_set_integer(skeleton->image, POINT_TUTORIAL_LAMP, 0);
        image_set_integer(skeleton->image, POINT_TUTORIAL_BUTTON, 0);
        meter_forget(&skeleton->meter);
    }
    skeleton_modbus_power(skeleton, on);
    if (!on)
        image_lose_power(skeleton->image);
}

// ---- What the site may say, and the descriptor ----

static const struct schema_field site_fields[] = {
    {.name = "serial", .type = SCHEMA_TEXT, .doc = "Serial number; drawn when left out."},
};
static const struct schema site_options = {
    .name = "skeleton",
    .doc = "Options of a tutorial device.",
    .fields = site_fields,
    .fields_count = sizeof(site_fields) / sizeof(site_fields[0]),
};

const struct device_family skeleton_family = {
    .name = "skeleton",
    .title = "Tutorial device",
    .doc =
        "A lamp, a button, a level and a meter on Modbus TCP and on a serial line: the example to "
        "copy.",
    .state_size = sizeof(struct skeleton),
    .site_options = &site_options,
    .init = init,
    .done = done,
    .power = power,
    .verbs = skeleton_verbs,
};

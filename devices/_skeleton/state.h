// SPDX-License-Identifier: Apache-2.0
// What one tutorial device remembers, shared by the files of this folder and by nobody else. Memory
// of the family lies at device->state, zeroed when the device is made; nothing is global.
#ifndef DEVICES__SKELETON_STATE_H
#define DEVICES__SKELETON_STATE_H

#include "devices/_skeleton/skeleton.h"
#include "sim/device/image.h"
#include "sim/device/meter.h"
#include "sim/device/modbus_face.h"
#include "sim/device/modbus_port.h"

#define SKELETON_FILE_RECORDS_MAX 256

struct skeleton {
    struct device *device;
    struct image *image; // The registers: one for both wires.
    struct meter meter;
    // wire_modbus.c
    struct modbus_face tcp, serial; // The two servers differ in the functions they answer.
    struct modbus_service *service;
    struct modbus_rtu_unit unit;
    struct modbus_slave slave;
    uint8_t file[2 * SKELETON_FILE_RECORDS_MAX];
};

static inline struct skeleton *skeleton_of(struct device *device)
{
    return device->state;
}

// Presses or releases the button; a press toggles the lamp and counts.
void skeleton_press(struct skeleton *skeleton, bool down);
bool skeleton_lamp(const struct skeleton *skeleton);

// The wires: made once, opened and closed with the supply.
void skeleton_modbus_init(struct skeleton *skeleton);
void skeleton_modbus_done(struct skeleton *skeleton);
void skeleton_modbus_power(struct skeleton *skeleton, bool on);

extern const struct verb *const skeleton_verbs[]; // world.c

#endif

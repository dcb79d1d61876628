// SPDX-License-Identifier: Apache-2.0
// What a device shows on Modbus, from its profile: registers of an image, identification (FC
// 43/14), server id (FC 17), date-time (FC 43/15, 43/16), and the limits of the server. A family
// that wants more (files, a command area) replaces functions of `store` after modbus_face_init();
// their user is the face, the family's own pointer is in face->user.
#ifndef SIM_DEVICE_MODBUS_FACE_H
#define SIM_DEVICE_MODBUS_FACE_H

#include "sim/device/device.h"
#include "sim/device/image.h"
#include "sim/proto/modbus/server.h"

struct modbus_face {
    struct modbus_store store;
    struct modbus_server server;
    struct device *device;
    struct image *image;
    void *user;
};

// Fills the store and the server from the profile's `modbus` section; `serial` takes
// `serial_functions` where the profile has them. `device` and `image` are borrowed; the face must
// stay where it is.
void modbus_face_init(struct modbus_face *face, struct device *device, struct image *image,
                      bool serial, void *user);

// The plain functions of the store, for families that put their own in front.
uint8_t modbus_face_read_registers(void *face, bool input, uint16_t address, uint16_t count,
                                   uint8_t *ret_data);
uint8_t modbus_face_write_registers(void *face, uint16_t address, uint16_t count,
                                    const uint8_t *data);

#endif

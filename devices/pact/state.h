// SPDX-License-Identifier: Apache-2.0
// What one breaker is made of, shared by the files of this folder and by nobody else. Mechanical
// state (contacts, trip latch, spring) is there with or without supply; the rest is electronics.
#ifndef DEVICES_PACT_STATE_H
#define DEVICES_PACT_STATE_H

#include "devices/pact/pact.h"
#include "sim/device/image.h"
#include "sim/device/meter.h"
#include "sim/device/modbus_face.h"
#include "sim/device/modbus_port.h"
#include "sim/profile/command.h"

#define PACT_LOG_MAX 256
#define PACT_PARAMETER_REGISTERS_MAX 16
#define PACT_RESULT_REGISTERS_MAX 64

// What moves the contacts.
enum pact_motion { PACT_STILL, PACT_OPENING, PACT_CLOSING, PACT_RESETTING };

struct pact_mechanism {
    bool closed; // Mirrors the one-line, and stands for it where the breaker has no place in it.
    bool tripped, fault_tripped;
    bool charged;
    enum plant_trip_cause cause;
    // Electronics.
    bool inhibited_comm, inhibited_io;
    bool auto_reset, reset_after_fault;
    bool last_failed;
    bool motor, motor_auto;
    uint32_t operations;
    enum pact_motion motion;
    struct timer motion_timer, spring_timer;
};

// One command as its registers say it.
struct pact_request {
    uint16_t code, length, destination, security;
    char password[2 * PACT_PARAMETER_REGISTERS_MAX + 1];
    uint16_t parameters[PACT_PARAMETER_REGISTERS_MAX];
};

// How a command ended.
struct pact_record {
    int64_t utc_ns;
    uint16_t code;
    uint16_t status;
    const char *name;    // Of the command; "" when nobody knows its code.
    const char *account; // Whose password opened it; "" for none.
    bool closed;         // Position when it ended.
};

struct pact_command {
    const struct profile_command *row; // NULL: unknown code.
    struct pact_request request;
    const char *account;
    int status; // When the timer fires; -1 while the mechanism decides.
    bool running;
    struct timer timer;
    uint16_t result[PACT_RESULT_REGISTERS_MAX];
    uint16_t result_bytes;
};

struct pact {
    struct device *device;
    struct image *image;
    struct meter meter;
    const char *interface; // IFM, BSCM, IFE, EIFE
    bool remote_enabled;   // The lock of remote control.
    struct pact_mechanism mechanism;
    const struct profile_command_layout *layout;
    struct pact_command command;
    struct pact_record log[PACT_LOG_MAX];
    uint64_t log_count; // Since the start; the ring keeps the last ones.
    struct modbus_face face;
    struct modbus_service *service;
    struct modbus_delay delay;
    struct modbus_rtu_unit unit;
    struct modbus_slave slave;
    struct plant_node *contacts; // The breaker of the one-line, or NULL.
};

static inline struct pact *pact_of(struct device *device)
{
    return device->state;
}

// ---- mechanism.c ----
void pact_mechanism_init(struct pact *pact);
void pact_mechanism_done(struct pact *pact);
void pact_mechanism_power(struct pact *pact, bool on);
// Begins to move; the command hears of the end by pact_command_moved(). Returns 0 or the name of
// the result that refuses it.
const char *pact_mechanism_move(struct pact *pact, enum pact_motion motion);
// By hand, at once, supply or not; closing resets first.
void pact_mechanism_by_hand(struct pact *pact, bool closed);
// Trips by hand (the push-to-trip button): SD, no electrical fault.
void pact_mechanism_push_to_trip(struct pact *pact);
// Writes down the settings of the mechanism. Returns 0 or as store_put().
int pact_mechanism_keep(struct pact *pact);
// Shows the whole state in the registers.
void pact_mechanism_show(struct pact *pact);
int64_t pact_time_ns(const struct pact *pact, const char *key, int64_t otherwise);

// ---- padlock, in behaviour.c ----
void pact_set_remote(struct pact *pact, bool enabled);

// ---- command.c ----
void pact_command_init(struct pact *pact);
void pact_command_power(struct pact *pact, bool on);
// A client wrote the request registers.
void pact_command_write(struct pact *pact, const uint8_t *data);
void pact_command_moved(struct pact *pact, bool done);

// ---- wire_modbus.c ----
int pact_modbus_init(struct pact *pact, struct diag *diag);
void pact_modbus_done(struct pact *pact);
void pact_modbus_power(struct pact *pact, bool on);

extern const struct verb *const pact_verbs[]; // world.c

#endif

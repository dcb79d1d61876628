// SPDX-License-Identifier: Apache-2.0
// The audit log of a device: bounded, append-only, the oldest entry goes when it is full, and an
// entry stands in the store before what it tells of is acknowledged. Fields as IEC 62443-4-2 CR 2.8
// asks: time (of the device), source, category, type, event, result. No entry names a person: not
// the user name typed in a login field, nor anything else a client sent (PS-404).
// PS-401 to PS-406, CH-021.
#ifndef SIM_DEVICE_AUDIT_H
#define SIM_DEVICE_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/str.h"

struct audit;
struct device;

enum audit_category {
    AUDIT_ACCESS,        // Logins, log-outs, sessions, refused requests.
    AUDIT_CONFIGURATION, // Settings, passwords.
    AUDIT_SYSTEM,        // Starts, restarts, clock.
    AUDIT_FIRMWARE,
};

enum audit_result { AUDIT_SUCCESS, AUDIT_FAILURE };

struct audit_entry {
    uint64_t number; // From 1, never reused: a gap shows what was lost.
    int64_t utc_ns;  // The device's own clock.
    enum audit_category category;
    enum audit_result result;
    const char *type;   // "web", "ocpp", "modbus", "device"
    const char *event;  // "login-failed"; the profile's `audit` section lists them.
    const char *source; // Address of who asked, or "local".
};

// A log that keeps `entries_max` entries (profile fact `audit.entries_max`, 16 to 1000). Empty
// until audit_load(). Never NULL.
struct audit *audit_new(struct device *device);
void audit_free(struct audit **audit);

// At power-up, after the store was read: what stands there, and one entry more, which says why the
// device starts (device->start): "startup", "restart" or "restart-after-crash".
void audit_load(struct audit *audit);

// Appends an entry with the device's time. `event` and `type` are words of ours, `source` an
// address without port, or NULL for "local"; letters that no address has become "?". Returns 0 when
// it stands in the store; ERR_CANCELLED when the supply was cut within the write, ERR_FULL when the
// store has no room: then nothing may be acknowledged.
int audit_add(struct audit *audit, enum audit_category category, const char *type,
              const char *event, enum audit_result result, const char *source);

size_t audit_count(const struct audit *audit);
uint64_t audit_last(const struct audit *audit); // The number of the newest, 0: none.
// The entry at `index` from the oldest; its texts are borrowed until the device's store is written
// next.
void audit_at(const struct audit *audit, size_t index, struct audit_entry *ret);

// The whole log as CSV (RFC 4180, header line "number,time,source,category,type,event,result",
// times as ISO 8601 UTC with milliseconds), appended.
void audit_add_csv(const struct audit *audit, struct str *out);

const char *audit_category_text(enum audit_category category); // "access"
const char *audit_result_text(enum audit_result result);       // "success"

#endif

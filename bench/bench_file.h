// SPDX-License-Identifier: Apache-2.0
// A bench file: where each role is played, a device of a simulated site or a board, and how time is
// asked there.
#ifndef BENCH_BENCH_FILE_H
#define BENCH_BENCH_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/core.h"
#include "sim/yaml/schema.h"

#define BENCH_TARGETS_MAX 1024
#define BENCH_LINKS_MAX 8

enum bench_adapter { BENCH_SIM, BENCH_BOARD };
enum bench_link_kind {
    BENCH_LINK_IP,
    BENCH_LINK_TTY,
    BENCH_LINK_CONTROL,
    BENCH_LINK_IEEE802154,
    BENCH_LINK_OCPP
};

// What an IP link leads to.
enum bench_service { BENCH_MODBUS, BENCH_WEB };

// One way to reach a board.
struct bench_link {
    const char *name;
    enum bench_link_kind kind;
    enum bench_service service; // Of IP; a TTY carries Modbus.
    const struct yaml_node *node;
    const char *host; // IP: address; port 0 means the service's own.
    uint16_t port;
    const char *device; // TTY: a path, or a name below /dev/serial/by-id.
    uint32_t baud;
    const char *parity; // "none", "even", "odd"
    uint8_t unit;       // Modbus unit id on this link; 0: the device's own on IP (255).
    const char *socket; // CONTROL: path.
    const char *entry;  // The device in the served site (CONTROL, or `from`); NULL: the target's.
    const char *from;   // "process": where the process serves `entry`; TTY: the name of its line.
    bool rs485;         // TTY: ask the driver to switch the transmitter.
    unsigned stop_bits; // TTY: 0 for what the parity asks.
    // OCPP, a door of the bench's own central system: it listens there.
    const char *listen; // NULL: the link of a charger, to the central system of another role.
    int security;       // Profile, 0 to 3.
    const char *certificate, *key, *authority; // Paths; NULL: made at the start.
    const char *host_name;                     // The name its certificate carries.
    int64_t heartbeat_ns;                      // 0: the profile's.
    const struct yaml_node *stations;          // Who may come, by identity.
    const struct yaml_node *tags;              // Or NULL: every tag is accepted.
    // OCPP, a charger: which role is its central system, and what it is called there.
    const char *central;
    const char *identity;
};

// What a board has that cuts and gives its supply.
enum bench_power_kind {
    BENCH_POWER_NONE,
    BENCH_POWER_RELAY,
    BENCH_POWER_COMMAND,
    BENCH_POWER_HAND
};

struct bench_power {
    enum bench_power_kind kind;
    uint16_t coil;              // RELAY: its wire address at the bench's `relay`.
    bool inverted;              // RELAY: the coil on cuts the supply.
    const struct yaml_node *on; // COMMAND: program and arguments.
    const struct yaml_node *off;
    int64_t timeout_ns; // COMMAND
};

struct bench_target {
    const char *role;
    enum bench_adapter adapter;
    const struct yaml_node *node;
    const char *device; // Entry of the site (SIM) or of the served one; the role's name without it.
    const char *label;  // What a person calls it.
    const char *profile; // BOARD: id.
    const char *model;   // BOARD: or NULL to take what it says of itself.
    const char *hardware;
    struct bench_link links[BENCH_LINKS_MAX];
    size_t links_count;
    size_t count; // Members of a role of many boards: unit ids and addresses count up; else 1.
    struct bench_power power;
    bool padlock_by_hand;             // `padlock: operator`
    const struct yaml_node *identity; // What the board must say of itself, or NULL.
    const struct yaml_node
        *provides; // Verbs it can be driven by, or NULL for what its links allow.
};

// A second testbay that plays the boards, started and ended with the run, or found running.
struct bench_process {
    const char *site;   // Path, resolved beside the bench file; NULL: none.
    const char *socket; // It runs already, here is its control socket; NULL: it is started.
    const char *host;   // Where its services are when it serves on every address; NULL: as it says.
    const char *listen; // As serve's --listen.
    uint16_t port_offset;
    bool port_offset_drawn;        // The file says none: one of this run's own.
    const struct yaml_node *lines; // Lines given out as ptys, by name.
    bool outward;                  // Its devices may call addresses outside: the bench's own.
    const char *authority; // Path, as serve's --authority; NULL: that of the bench's own doors.
};

struct bench_file {
    struct yaml_document *document;
    char hash[65];
    const char *name;
    enum clock_mode clock;
    double speed;
    bool follow; // Waits leap together with the process that plays every board (clock.follow).
    int64_t utc_start_ns; // 0: the host's own time.
    const char *site;     // Path of the simulated site, resolved beside the bench file; NULL: none.
    int64_t slack_ns;
    int64_t poll_ns;
    double factor;
    int64_t lease_ns; // 0: no lease.
    int64_t renew_ns;
    unsigned retries;
    struct bench_process process;
    struct bench_link relay; // Where the coils of `power: {kind: modbus-relay}` are.
    bool has_relay;
    const struct yaml_node *secrets; // Mapping of name to value, or NULL.
    const struct yaml_node *without; // Mapping of role to why it has no target, or NULL.
    struct bench_target *targets;
    size_t targets_count;
    char **paths; // Owned, behind the borrowed ones above.
    size_t paths_count;
    size_t paths_room;
};

// Reads and checks. Errors are noted in `diag`; returns 0, ERR_SYNTAX, ERR_SCHEMA or -errno. The
// caller frees it.
int bench_file_load(const char *path, struct diag *diag, struct bench_file **ret);
void bench_file_free(struct bench_file **file);

// The target of a role, or NULL.
const struct bench_target *bench_file_target(const struct bench_file *file, const char *role);

// Why a role has no target here, in the words of `without:`, or NULL when the file does not say.
const char *bench_file_why_not(const struct bench_file *file, const char *role);

// A value of the file's `secrets:`, or NULL.
const char *bench_file_secret(const struct bench_file *file, const char *name);

extern const struct schema bench_schema;

#endif

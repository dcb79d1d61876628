// SPDX-License-Identifier: Apache-2.0
// What the bench's stage is made of, between the file that builds it (bench_open.c) and the file
// that plays it (bench_stage.c).
#ifndef BENCH_BENCH_PARTS_H
#define BENCH_BENCH_PARTS_H

#include "bench/authority.h"
#include "bench/bench_stage.h"
#include "bench/board.h"
#include "bench/csms_driver.h"
#include "bench/lease.h"
#include "bench/process.h"
#include "bench/secrets.h"

#define BENCH_LINES_MAX 64
#define BENCH_CONTROLS_MAX 64
#define BENCH_FAULTS_MAX 256
#define BENCH_CENTRALS_MAX 16

// A serial port with one master on it, shared by every board there.
struct bench_line {
    char *path;
    const struct bench_link *link; // Whose settings it was opened with.
    struct modbus_master *master;
};

struct bench_role {
    const char *name;
    struct board **members;
    size_t count;
};

// A central system of the bench's own.
struct bench_central {
    const char *role;
    struct csms_driver *driver;
};

// A fault that is on, and who took it.
struct bench_fault {
    char *id;
    struct control_link *control;
    struct board *cut;
    struct csms_driver *central; // Its TLS goes wrong: `tls`, enum tls_fault.
    unsigned tls;
    bool sim;
};

struct bench_stage {
    struct stage base;
    struct bench_options options;
    struct secrets *secrets;
    struct lease *lease;
    struct process *process;
    struct bench_operator *person;
    struct control_link *controls[BENCH_CONTROLS_MAX]; // That of the process is not owned here.
    size_t controls_count;
    struct bench_line lines[BENCH_LINES_MAX];
    size_t lines_count;
    struct http_client *browser; // NULL until a link leads to pages.
    struct modbus_master *relay; // Of its own on ip, a line's on a tty.
    bool relay_owned;
    struct bench_role *roles;
    size_t roles_count;
    struct bench_central centrals[BENCH_CENTRALS_MAX];
    size_t centrals_count;
    struct authority *authority; // Owned; NULL where the options keep one, or none is needed.
    struct bench_fault faults[BENCH_FAULTS_MAX];
    size_t faults_count;
    size_t leaps_pending;
    char *capture;
    char *broken;
};

// Opens everything the file names, in the order of bench_stage_new(). Returns 0, or a negative code
// with *ret_why set; what was opened stays for bench_close().
int bench_open(struct bench_stage *stage, char **ret_why);
void bench_close(struct bench_stage *stage);

// From now on every op on a board fails with this sentence (taken; the first one counts).
void bench_break(struct bench_stage *stage, char *why);

#endif

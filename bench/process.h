// SPDX-License-Identifier: Apache-2.0
// The second testbay that plays the boards: started for a run, asked until it is ready, ended by
// its id; or, where the bench file names its socket, one that runs already and is left alone. One
// that was started dies with this process whatever happens (PR_SET_PDEATHSIG). Its control socket,
// its terminals and its log live in a folder of its own that is removed at the end.
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>

#include "bench/bench_file.h"
#include "bench/control_link.h"
#include "sim/base/address.h"

struct authority;
struct json;
struct process;

#define PROCESS_READY_SECONDS_MAX 10
#define PROCESS_END_SECONDS_MAX 5 // Between asking it to end and ending it.
#define PROCESS_LINES_MAX 16

struct process_options {
    struct core *core; // Borrowed; no run of it is under way.
    const struct bench_file *file;
    const char *binary;
    const char *capture; // Path for its capture, or NULL.
    uint64_t seed;
    const struct authority *authority; // That its devices trust unless the file names one, or NULL.
};

// Starts it, unless it runs already, and waits until it is ready. Returns 0 or a negative code with
// *ret_why set to a sentence the caller frees, its last words included.
int process_start(const struct process_options *options, struct process **ret, char **ret_why);

// Ends what was started (SIGTERM, then SIGKILL), waits for it and removes the folder. NULLs the
// pointer; accepts NULL.
void process_stop(struct process **process);

// Its control socket, and what it said of itself when it was ready. Borrowed.
struct control_link *process_link(const struct process *process);
const struct json *process_state(const struct process *process);

// By how much its UTC was ahead of the core's when it was found; 0 for one that was started.
int64_t process_utc_ahead_ns(const struct process *process);

// Where it serves `service` of `device`; family 0 when it does not. The terminal of a line, or
// NULL; borrowed.
struct address process_service(const struct process *process, const char *device,
                               const char *service);
const char *process_line(const struct process *process, const char *line);

#endif

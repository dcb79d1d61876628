// SPDX-License-Identifier: Apache-2.0
// What another process has used of the processor, as proc(5) tells it.
#ifndef TESTS_PERF_CPU_TIME_H
#define TESTS_PERF_CPU_TIME_H

#include <stdint.h>

// The total is exact where the kernel has /proc/PID/schedstat. The ticks say how it is shared
// between user and system; most kernels sample that at each timer interrupt.
struct cpu_time {
    int64_t total_ns;
    int64_t user_ticks;
    int64_t system_ticks;
};

// Reads it for the single-threaded process `pid`. Returns 0 or -1 when there is no such process.
int cpu_time_get(int pid, struct cpu_time *ret);

#endif

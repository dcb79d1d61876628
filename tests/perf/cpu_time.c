// SPDX-License-Identifier: Apache-2.0
// /proc/PID/stat fields 14 and 15, and the first number of /proc/PID/schedstat.
#include "tests/perf/cpu_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int read_file(int pid, const char *name, char *ret_text, size_t room)
{
    char path[64];
    FILE *file;
    size_t length;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    file = fopen(path, "re");
    if (!file)
        return -1;
    length = fread(ret_text, 1, room - 1, file);
    fclose(file);
    ret_text[length] = 0;
    return length > 0 ? 0 : -1;
}

int cpu_time_get(int pid, struct cpu_time *ret)
{
    struct cpu_time time = {0};
    const char *rest;
    char text[1024];

    if (read_file(pid, "stat", text, sizeof(text)) < 0)
        return -1;
    rest = strrchr(text, ')'); // The name before it may hold anything.
    if (!rest ||
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64,
               &time.user_ticks, &time.system_ticks) != 2)
        return -1;
    if (read_file(pid, "schedstat", text, sizeof(text)) < 0 ||
        sscanf(text, "%" SCNd64, &time.total_ns) != 1)
        time.total_ns = (time.user_ticks + time.system_ticks) * (1000000000 / sysconf(_SC_CLK_TCK));
    *ret = time;
    return 0;
}

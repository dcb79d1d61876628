// SPDX-License-Identifier: Apache-2.0
// The room of clocks.
#include <time.h>
#include <unistd.h>

int pulse(struct timespec *ret_now);
int pulse(struct timespec *ret_now)
{
    return clock_gettime(CLOCK_MONOTONIC, ret_now);
}

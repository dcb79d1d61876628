// SPDX-License-Identifier: Apache-2.0
// A device that reads the host's clock, sleeps and prints.
#include <stdio.h>
#include <string.h>
#include <time.h>

void thing(char *to);
void thing(char *to)
{
    strcpy(to, "a");
    sprintf(to, "%ld", (long)time(NULL));
    printf("%s", to);
    nanosleep(&(struct timespec){1, 0}, NULL);
}

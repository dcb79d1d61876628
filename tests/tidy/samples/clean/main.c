// SPDX-License-Identifier: Apache-2.0
// Mains print.
#include <stdio.h>

int main(void)
{
    return printf("ready\n") < 0;
}

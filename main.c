// SPDX-License-Identifier: Apache-2.0
// testbay: one event loop that simulates fleets of Panel Servers, breakers and chargers, and a
// bench that says the same thing to real boards. This file only finds the command; each has a file
// of its own in sim/cli/.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/base/version.h"
#include "sim/cli/cli.h"

static int unknown_command(const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; cli_commands[i]; i++)
        nearest_add(&nearest, cli_commands[i]->name);
    if (nearest_name(&nearest))
        return cli_usage("there is no command '%s'; did you mean '%s'?", name,
                         nearest_name(&nearest));
    return cli_usage("there is no command '%s'; 'testbay --help' lists them", name);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); // A peer that leaves is an errno, not a death.
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        cli_print_overview();
        return argc < 2 ? CLI_USAGE : CLI_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("testbay %s\n", TESTBAY_VERSION);
        return CLI_OK;
    }
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, argv[1]) == 0)
            return cli_commands[i]->run(cli_commands[i], argc - 2, argv + 2);
    return unknown_command(argv[1]);
}

// SPDX-License-Identifier: Apache-2.0
// testbay: one event loop that simulates fleets of Panel Servers and breakers, and a bench that
// says the same thing to real boards. This file only finds the command; each has a file of its own
// in sim/cli/.
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/base/version.h"
#include "sim/cli/cli.h"

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    nearest_add(&nearest, "--help");
    nearest_add(&nearest, "--version");
    for (size_t i = 0; cli_commands[i]; i++)
        nearest_add(&nearest, cli_commands[i]->name);
    if (nearest_name(&nearest))
        return cli_usage("there is no command '%s'; did you mean '%s'?", name,
                         nearest_name(&nearest));
    return cli_usage("there is no command '%s'; 'testbay --help' lists them", name);
}

static bool is_one_of(const char *word, const char *name, const char *letter, const char *option)
{
    return strcmp(word, name) == 0 || strcmp(word, letter) == 0 || strcmp(word, option) == 0;
}

int main(int argc, char **argv)
{
    const struct cli_command *command;

    signal(SIGPIPE, SIG_IGN); // A peer that leaves is an errno, not a death.
    if (argc < 2) {
        cli_print_overview();
        return CLI_USAGE;
    }
    if (is_one_of(argv[1], "version", "-V", "--version")) {
        printf("testbay %s (%s)\n", TESTBAY_VERSION, TESTBAY_COMMIT);
        return CLI_OK;
    }
    if (!is_one_of(argv[1], "help", "-h", "--help")) {
        command = find_command(argv[1]);
        return command ? command->run(command, argc - 2, argv + 2) : unknown_command(argv[1]);
    }
    if (argc == 2) {
        cli_print_overview();
        return CLI_OK;
    }
    command = find_command(argv[2]);
    if (!command)
        return unknown_command(argv[2]);
    cli_print_help(command);
    return CLI_OK;
}

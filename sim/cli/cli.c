// SPDX-License-Identifier: Apache-2.0
// Options, their values and the help: what every command shares.
#include "sim/cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/nearest.h"
#include "sim/base/str.h"
#include "sim/base/version.h"
#include "sim/scenario/scenario.h"

#define HELP_COLUMNS 100
#define HELP_INDENT 29

const struct cli_command *const cli_commands[] = {
    &cli_run,   &cli_validate, &cli_plan,   &cli_schema, &cli_describe,
    &cli_serve, &cli_health,   &cli_replay, &cli_trace,  NULL,
};

static const struct cli_option help_option = {"help", 'h', NULL, "show this page"};

int cli_usage(const char *format, ...)
{
    va_list arguments;

    fputs("testbay: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return CLI_USAGE;
}

static const struct cli_option *find_option(const struct cli_command *command, const char *name,
                                            size_t length, char letter)
{
    for (const struct cli_option *option = command->options; option->name; option++) {
        if (name && strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
        if (letter && option->letter == letter)
            return option;
    }
    if ((name && length == 4 && strncmp(name, "help", 4) == 0) || letter == 'h')
        return &help_option;
    return NULL;
}

static const struct cli_option *unknown_option(struct cli_cursor *cursor, const char *text)
{
    struct nearest nearest;

    nearest_init(&nearest, text + strspn(text, "-"));
    for (const struct cli_option *option = cursor->command->options; option->name; option++)
        nearest_add(&nearest, option->name);
    cursor->failed = true;
    if (nearest_name(&nearest))
        cli_usage("%s has no option '%s'; did you mean '--%s'?", cursor->command->name, text,
                  nearest_name(&nearest));
    else
        cli_usage("%s has no option '%s'; see 'testbay %s --help'", cursor->command->name, text,
                  cursor->command->name);
    return NULL;
}

// The value behind an option: after '=', glued to a letter, or the next word.
static bool option_value(struct cli_cursor *cursor, const struct cli_option *option,
                         const char *glued, const char **ret_value)
{
    if (!option->value && glued) {
        cli_usage("--%s takes no value", option->name);
    } else if (!option->value || glued) {
        *ret_value = glued;
        return true;
    } else if (cursor->at < cursor->argc) {
        *ret_value = cursor->argv[cursor->at++];
        return true;
    } else {
        cli_usage("--%s wants a value: --%s %s", option->name, option->name, option->value);
    }
    cursor->failed = true;
    return false;
}

const struct cli_option *cli_next(struct cli_cursor *cursor, const char **ret_value)
{
    const struct cli_option *option;
    const char *text;
    const char *glued = NULL;

    *ret_value = NULL;
    if (cursor->failed || cursor->helped || cursor->at >= cursor->argc)
        return NULL;
    text = cursor->argv[cursor->at++];
    if (!cursor->only_arguments && strcmp(text, "--") == 0) {
        cursor->only_arguments = true;
        return cli_next(cursor, ret_value);
    }
    if (cursor->only_arguments || text[0] != '-' || text[1] == '\0') {
        *ret_value = text;
        return NULL;
    }
    if (text[1] == '-') {
        glued = strchr(text, '=');
        option = find_option(cursor->command, text + 2,
                             glued ? (size_t)(glued - text - 2) : strlen(text + 2), 0);
        glued = glued ? glued + 1 : NULL;
    } else {
        option = find_option(cursor->command, NULL, 0, text[1]);
        glued = text[2] ? text + 2 : NULL;
    }
    if (!option)
        return unknown_option(cursor, text);
    if (option == &help_option) {
        cursor->helped = true;
        cli_print_help(cursor->command);
        return NULL;
    }
    return option_value(cursor, option, glued, ret_value) ? option : NULL;
}

// Words up to the edge of the page, further lines below the first.
static void print_wrapped(const char *text)
{
    size_t column = HELP_INDENT;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (column > HELP_INDENT && column + 1 + length > HELP_COLUMNS) {
            printf("\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        }
        column += (size_t)printf("%s%.*s", column > HELP_INDENT ? " " : "", (int)length, text);
        text += length + strspn(text + length, " ");
    }
    printf("\n");
}

static void print_option(const struct cli_option *option)
{
    int width = printf("  %s%c%s--%s%s%s", option->letter ? "-" : " ",
                       option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
                       option->name, option->value ? " " : "", option->value ? option->value : "");

    if (width >= HELP_INDENT)
        printf("\n%*s", HELP_INDENT, "");
    else
        printf("%*s", HELP_INDENT - width, "");
    print_wrapped(option->doc);
}

void cli_print_help(const struct cli_command *command)
{
    printf("testbay %s: %s\n\nusage: testbay %s [OPTION]... %s\n\n%s\n\noptions:\n", command->name,
           command->summary, command->name, command->arguments, command->doc);
    for (const struct cli_option *option = command->options; option->name; option++)
        print_option(option);
    print_option(&help_option);
}

void cli_print_overview(void)
{
    printf("testbay %s: a test bay for Panel Servers, circuit breakers and chargers\n\n"
           "usage: testbay COMMAND [OPTION]... [ARGUMENT]...\n\n",
           TESTBAY_VERSION);
    for (size_t i = 0; cli_commands[i]; i++)
        printf("  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    printf("\n'testbay COMMAND --help' teaches a command. Start with\n"
           "  testbay run                  every scenario on the simulator\n"
           "  testbay serve                a small workshop with real addresses\n"
           "  testbay describe verbs       what a scenario can say\n");
}

// ---- Values ----

int cli_choice(const char *option, const char *value, const char *const *words, int *ret)
{
    struct nearest nearest;
    struct str list = {0};

    nearest_init(&nearest, value);
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0) {
            *ret = i;
            str_done(&list);
            return 0;
        }
        nearest_add(&nearest, words[i]);
        str_addf(&list, "%s%s", !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
    }
    if (nearest_name(&nearest))
        cli_usage("--%s %s: did you mean '%s'? It is %s", option, value, nearest_name(&nearest),
                  str_text(&list));
    else
        cli_usage("--%s %s: it is %s", option, value, str_text(&list));
    str_done(&list);
    return CLI_USAGE;
}

int cli_number(const char *option, const char *value, uint64_t most, uint64_t *ret)
{
    char *rest;
    uint64_t number;

    errno = 0;
    number = strtoull(value, &rest, 0);
    if (rest == value || *rest || *value == '-' || errno == ERANGE || number > most)
        return cli_usage("--%s %s: it is a number from 0 to %" PRIu64, option, value, most);
    *ret = number;
    return 0;
}

int cli_add_setting(const char *value, struct scenario_setting *settings, size_t *count)
{
    const char *equals = strchr(value, '=');

    if (!equals || equals == value)
        return cli_usage("--set %s: write NAME=VALUE", value);
    if (*count == CLI_SETTINGS_MAX)
        return cli_usage("--set %s: at most %d of them", value, CLI_SETTINGS_MAX);
    settings[*count].name = str_format("%.*s", (int)(equals - value), value);
    settings[(*count)++].text = equals + 1;
    return 0;
}

void cli_free_settings(struct scenario_setting *settings, size_t *count)
{
    while (*count > 0)
        free((char *)settings[--*count].name);
}

int cli_take_only(const struct cli_command *command, const char *value, const char **ret)
{
    if (*ret)
        return cli_usage("%s takes one argument; '%s' is a second one", command->name, value);
    *ret = value;
    return 0;
}

// ---- Printing ----

bool cli_colour(int fd)
{
    const char *terminal = getenv("TERM");

    if (getenv("NO_COLOR") || !isatty(fd))
        return false;
    return terminal && strcmp(terminal, "dumb") != 0;
}

bool cli_print_diag(const struct diag *diag)
{
    struct str text = {0};

    diag_print(diag, cli_colour(STDERR_FILENO), &text);
    fputs(str_text(&text), stderr);
    str_done(&text);
    return diag_errors(diag) > 0;
}

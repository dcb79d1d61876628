// SPDX-License-Identifier: Apache-2.0
// Options, help and the way home: what every command shares.
#include "sim/cli/cli.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/nearest.h"
#include "sim/base/str.h"
#include "sim/base/version.h"

#define CLI_FILES_MAX 10000
#define CLI_FOLDERS_DEEP_MAX 12

const struct cli_command *const cli_commands[] = {
    &cli_run,   &cli_validate, &cli_plan,  &cli_schema, &cli_describe,
    &cli_serve, &cli_replay,   &cli_trace, NULL,
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

static void print_option(const struct cli_option *option)
{
    char left[64];

    snprintf(left, sizeof(left), "%s%c%s--%s%s%s", option->letter ? "-" : " ",
             option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    if (strlen(left) > 26)
        printf("  %s\n  %-26s %s\n", left, "", option->doc);
    else
        printf("  %-26s %s\n", left, option->doc);
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
    printf("testbay %s: a test bay for Panel Servers, breakers and chargers\n\n"
           "usage: testbay COMMAND [OPTION]... [ARGUMENT]...\n\n",
           TESTBAY_VERSION);
    for (size_t i = 0; cli_commands[i]; i++)
        printf("  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    printf("\n'testbay COMMAND --help' teaches a command. Start with\n"
           "  testbay run                  every scenario on the simulator\n"
           "  testbay serve                a small workshop with real addresses\n"
           "  testbay describe verbs       what a scenario can say\n");
}

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

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_home(const char *folder)
{
    char *devices = str_format("%s/devices", folder);
    char *scenarios = str_format("%s/scenarios", folder);
    bool home = is_folder(devices) && is_folder(scenarios);

    free(devices);
    free(scenarios);
    return home;
}

// The nearest home at or above `path` (a file or folder that exists), or NULL.
static char *home_above(const char *path)
{
    char *folder = realpath(path, NULL);
    char *slash;

    while (folder && !is_home(folder)) {
        slash = strrchr(folder, '/');
        if (!slash || slash == folder) {
            free(folder);
            return NULL;
        }
        *slash = '\0';
    }
    return folder;
}

static char *home_of_binary(void)
{
    char *binary = realpath("/proc/self/exe", NULL);
    char *installed;
    char *home;

    if (!binary)
        return NULL;
    home = home_above(binary);
    installed = str_format("%.*s/../share/testbay", (int)(strrchr(binary, '/') - binary), binary);
    if (!home && is_home(installed))
        home = realpath(installed, NULL);
    free(installed);
    free(binary);
    return home;
}

char *cli_home(const char *near)
{
    const char *told = getenv("TESTBAY_HOME");
    char *home = NULL;

    if (told && is_home(told))
        return realpath(told, NULL);
    if (told)
        cli_usage("TESTBAY_HOME is '%s', which holds no devices/ and scenarios/", told);
    if (near)
        home = home_above(near);
    if (!home)
        home = home_above(".");
    if (!home)
        home = home_of_binary();
    if (!home)
        cli_usage("no folder with devices/ and scenarios/ here or above; set TESTBAY_HOME");
    return home;
}

struct profiles *cli_profiles(const char *home)
{
    char *folder = str_format("%s/devices", home);
    struct profiles *profiles = profiles_new(folder);

    free(folder);
    return profiles;
}

const char *cli_secret(void *user, const char *name)
{
    char *variable = str_format("TESTBAY_SECRET_%s", name);
    const char *value;

    (void)user;
    for (char *at = variable; *at; at++)
        *at = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
    value = getenv(variable);
    free(variable);
    return value;
}

struct file_list {
    char **paths;
    size_t count;
    size_t room;
};

// The first words of the file decide: a scenario begins with its top key within the comments'
// reach.
static bool has_top_key(const char *path, const char *key)
{
    char line[512];
    size_t length = strlen(key);
    FILE *file = fopen(path, "re");
    bool found = false;

    while (file && !found && fgets(line, sizeof(line), file))
        found = strncmp(line, key, length) == 0 && line[length] == ':';
    if (file)
        fclose(file);
    return found;
}

static void add_file(struct file_list *list, char *path)
{
    MEM_PUSH_ROOM(list->paths, list->count, list->room);
    list->paths[list->count++] = path;
}

static int walk_folder(const char *folder, const char *key, struct file_list *list, int deep)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    int err = 0;

    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const char *ending = strrchr(name, '.');
        char *path = str_format("%s/%s", folder, name);

        if (name[0] == '.' || err < 0 || deep > CLI_FOLDERS_DEEP_MAX)
            free(path);
        else if (is_folder(path)) {
            err = walk_folder(path, key, list, deep + 1);
            free(path);
        } else if (list->count < CLI_FILES_MAX && ending && strcmp(ending, ".yaml") == 0 &&
                   has_top_key(path, key))
            add_file(list, path);
        else
            free(path);
        free(entries[i]);
    }
    free(entries);
    return err;
}

int cli_find_files(const char *path, const char *key, char ***ret_files, size_t *ret_count)
{
    struct file_list list = {0};
    int err = 0;

    if (access(path, F_OK) != 0)
        return -errno;
    if (is_folder(path))
        err = walk_folder(path, key, &list, 0);
    else
        add_file(&list, str_copy(path));
    *ret_files = list.paths;
    *ret_count = list.count;
    return err;
}

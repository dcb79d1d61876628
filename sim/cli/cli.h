// SPDX-License-Identifier: Apache-2.0
// The command line: what every command shares. A command is a row with its manual and one function;
// `main.c` finds it by name. Exit codes are those of the language: 0, 1 FAIL, 2 usage or invalid
// file, 3 ERROR, 4 nothing ran, 5 strict, 130.
#ifndef SIM_CLI_CLI_H
#define SIM_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cli/kinds.h"
#include "sim/profile/profile.h"
#include "sim/yaml/diag.h"

struct scenario_setting;

#define CLI_SETTINGS_MAX 64

enum cli_exit {
    CLI_OK = 0,
    CLI_FAIL = 1,
    CLI_USAGE = 2,
    CLI_ERROR = 3,
    CLI_NOTHING_RAN = 4,
    CLI_STRICT = 5,
    CLI_INTERRUPTED = 130,
};

// One option of a command. `letter` may be 0; `value` names its argument in the manual, NULL for a
// switch.
struct cli_option {
    const char *name;
    char letter;
    const char *value;
    const char *doc;
};

struct cli_command {
    const char *name;
    const char *arguments;            // "SITE", "[FILE|FOLDER]..."
    const char *summary;              // One line.
    const char *doc;                  // The rest of the manual: paragraphs and examples.
    const struct cli_option *options; // Ended by a row whose name is NULL.
    int (*run)(const struct cli_command *command, int argc, char **argv);
};

// The commands, NULL-terminated, in the order of the manual.
extern const struct cli_command *const cli_commands[];
extern const struct cli_command cli_run, cli_validate, cli_plan, cli_schema, cli_describe,
    cli_serve, cli_health, cli_replay, cli_trace;

// Walks options and arguments. Returns the next option's row with *ret_value set (NULL for a
// switch), or NULL with *ret_value the next plain argument, or NULL twice at the end. A wrong
// option prints what is wrong and the nearest right one, and sets cursor->failed; `--help` prints
// the manual and sets cursor->helped.
struct cli_cursor {
    const struct cli_command *command;
    int argc;
    char **argv;
    int at;
    bool only_arguments; // After "--".
    bool failed;
    bool helped;
};
const struct cli_option *cli_next(struct cli_cursor *cursor, const char **ret_value);

// The values of options. Each returns 0, or CLI_USAGE after saying what is wrong.
// One of `words`, NULL-terminated: its place.
int cli_choice(const char *option, const char *value, const char *const *words, int *ret);
// A whole number from 0 to `most`, decimal, or hexadecimal behind 0x.
int cli_number(const char *option, const char *value, uint64_t most, uint64_t *ret);
// "NAME=VALUE" behind the others in `settings`, which has room for CLI_SETTINGS_MAX; the value is
// borrowed, the name freed by cli_free_settings().
int cli_add_setting(const char *value, struct scenario_setting *settings, size_t *count);
void cli_free_settings(struct scenario_setting *settings, size_t *count);
// The argument of a command that takes only one; *ret was NULL before the first.
int cli_take_only(const struct cli_command *command, const char *value, const char **ret);

// The manual of one command, and the overview of all, to standard output.
void cli_print_help(const struct cli_command *command);
void cli_print_overview(void);

// "testbay: ..." on standard error; returns CLI_USAGE.
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints what was noted to standard error, in colour on a terminal. Returns true when there were
// errors.
bool cli_print_diag(const struct diag *diag);

// Colours: a terminal, and neither NO_COLOR nor TERM=dumb.
bool cli_colour(int fd);

// The folder that holds `devices/` and `scenarios/`: TESTBAY_HOME, else the nearest one above the
// file `near` (may be NULL), above the working folder, above the binary, or the installed
// share/testbay. The caller frees it; NULL when there is none (said on standard error).
char *cli_home(const char *near);

// The profiles under that home.
struct profiles *cli_profiles(const char *home);

// The value of a secret from the environment: TESTBAY_SECRET_GW for `$secret.gw`; NULL when it is
// not set. `user` is not used.
const char *cli_secret(void *user, const char *name);

// Every *.yaml file below `path` whose top key is `key` ("testbay"), sorted; `path` may be one file
// (then it is taken whatever its key). cli_free_files() frees them. Returns 0, ERR_TOO_MANY,
// ERR_TOO_DEEP or -errno.
int cli_find_files(const char *path, const char *key, char ***ret_files, size_t *ret_count);
void cli_free_files(char **files, size_t count);

// The text of a file of at most `bytes_max` bytes. The caller frees it. Returns 0, ERR_TOO_LONG or
// -errno.
int cli_read_file(const char *path, size_t bytes_max, char **ret);

// The scenarios there, behind those in *files; that there is none is an error. Returns 0, or
// CLI_USAGE after saying what is wrong.
int cli_add_scenarios(const char *path, char ***files, size_t *count);

// Whether a file may be of the wanted kind: one that begins as another kind is told from the
// first, instead of key by key. Returns 0, or CLI_USAGE after saying so.
int cli_check_kind(const char *path, enum file_kind wanted);

#endif

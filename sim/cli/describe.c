// SPDX-License-Identifier: Apache-2.0
// `testbay describe`: the manual, from the same tables that do the work.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_file.h"
#include "sim/base/nearest.h"
#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/families.h"
#include "sim/cli/kinds.h"
#include "sim/cli/verbs.h"
#include "sim/proto/ocpp/message.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

static const struct cli_option options[] = {{0}};

static int describe_commands(const char *home, struct str *out)
{
    (void)home;
    str_adds(out, "# Commands\n\n");
    for (size_t i = 0; cli_commands[i]; i++) {
        const struct cli_command *command = cli_commands[i];

        str_addf(out, "## testbay %s\n\n`testbay %s [OPTION]... %s`: %s.\n\n```\n%s\n```\n\n",
                 command->name, command->name, command->arguments, command->summary, command->doc);
        for (const struct cli_option *option = command->options; option->name; option++)
            str_addf(out, "- `--%s%s%s`: %s\n", option->name, option->value ? " " : "",
                     option->value ? option->value : "", option->doc);
        str_adds(out, "\n");
    }
    return 0;
}

static int describe_verbs(const char *home, struct str *out)
{
    struct verb_set verbs = cli_verbs();

    (void)home;
    scenario_print_manual(&verbs, out);
    cli_verbs_done(&verbs);
    return 0;
}

static int describe_files(const char *home, struct str *out)
{
    struct world_schema *site = world_schema_new(families);

    (void)home;
    str_adds(out, "# Site files\n\n");
    schema_print_manual(world_schema_top(site), NULL, out);
    str_adds(out, "\n# Bench files\n\n");
    schema_print_manual(&bench_schema, NULL, out);
    str_adds(out, "\n# Profile files\n\n");
    schema_print_manual(&profile_schema, NULL, out);
    world_schema_free(&site);
    return 0;
}

static int describe_families(const char *home, struct str *out)
{
    (void)home;
    str_adds(out, "# Device families\n\n");
    for (size_t i = 0; families[i]; i++) {
        const struct device_family *family = families[i];

        str_addf(out, "## %s\n\n%s. %s\n\n", family->name, family->title, family->doc);
        for (size_t k = 0; family->verbs && family->verbs[k]; k++)
            str_addf(out, "- `%s`: %s\n", family->verbs[k]->name, family->verbs[k]->doc);
        for (size_t k = 0; k < family->tables_count; k++)
            str_addf(out, "- table `%s`: %s\n", family->tables[k].name, family->tables[k].doc);
        str_adds(out, "\n");
    }
    return 0;
}

static int describe_points(const char *home, struct str *out)
{
    (void)home;
    str_adds(out, "# Points\n\n| point | unit | meaning |\n|---|---|---|\n");
    for (int i = 0; i < POINT_COUNT; i++) {
        const struct point_info *info = point_info((enum point)i);

        str_addf(out, "| `%s` | %s | %s |\n", info->name, info->unit, info->meaning);
    }
    str_adds(out, "\n");
    return 0;
}

static int describe_profiles(const char *home, struct str *out)
{
    struct profiles *profiles = cli_profiles(home);
    struct diag *diag = diag_new();
    size_t count;
    const char *const *ids = profiles_ids(profiles, &count);

    str_adds(out, "# Profiles\n\n| profile | family | what |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct profile *profile;

        if (profiles_get(profiles, ids[i], diag, &profile) == 0)
            str_addf(out, "| `%s` | %s | %s |\n", ids[i], profile_family(profile),
                     profile_title(profile));
    }
    str_adds(out, "\n`testbay describe ID` prints one with its register map and sources.\n\n");
    cli_print_diag(diag);
    diag_free(&diag);
    profiles_free(&profiles);
    return 0;
}

static int describe_ocpp(const char *home, struct str *out)
{
    (void)home;
    ocpp_describe(out);
    return 0;
}

static const struct {
    const char *name;
    const char *doc;
    int (*print)(const char *home, struct str *out);
} topics[] = {
    {"commands", "every command", describe_commands},
    {"verbs", "the scenario language: files, verbs, modifiers, clock words, faults",
     describe_verbs},
    {"files", "site, bench and profile files", describe_files},
    {"families", "device families, what the world may do to them, their tables", describe_families},
    {"profiles", "the profiles there are", describe_profiles},
    {"points", "the registry of point names", describe_points},
    {"ocpp", "the messages of OCPP 1.6J: fields, types, lengths, occurrence", describe_ocpp},
};
#define TOPICS (sizeof(topics) / sizeof(topics[0]))

// How many # a line begins with; 0 when it is no heading.
static size_t heading_level(const char *line)
{
    size_t level = strspn(line, "#");

    return line[level] == ' ' ? level : 0;
}

// Whether a heading names `word`, or something of it: "web" the verbs "web.login" and "web.get".
static bool is_about(const char *heading, size_t length, const char *word)
{
    static const char program[] = "testbay ";
    size_t word_length = strlen(word);

    if (strncmp(heading, program, sizeof(program) - 1) == 0) {
        heading += sizeof(program) - 1;
        length -= sizeof(program) - 1;
    }
    return length >= word_length && strncmp(heading, word, word_length) == 0 &&
           (length == word_length || heading[word_length] == '.');
}

// The sections of the whole manual with that heading: a verb, a service, a fault, a command.
static bool describe_sections(const char *home, const char *word, struct str *out)
{
    struct str manual = {0};
    size_t within = 0;
    bool found = false;

    for (size_t i = 0; i < TOPICS; i++)
        topics[i].print(home, &manual);
    for (const char *line = str_text(&manual); *line;) {
        size_t length = strcspn(line, "\n");
        size_t level = heading_level(line);

        if (level && (!within || level <= within))
            within = is_about(line + level + 1, length - level - 1, word) ? level : 0;
        if (within)
            str_addf(out, "%.*s\n", (int)length, line);
        found = found || within;
        line += length + (line[length] == '\n');
    }
    str_done(&manual);
    return found;
}

static int describe_one_profile(const char *home, const char *id, struct str *out)
{
    struct profiles *profiles = cli_profiles(home);
    struct diag *diag = diag_new();
    const struct profile *profile;
    struct nearest nearest;
    size_t count;
    const char *const *ids = profiles_ids(profiles, &count);
    int err = profiles_get(profiles, id, diag, &profile);

    if (err == 0)
        profile_describe(profile, out);
    cli_print_diag(diag);
    if (err < 0 && diag_errors(diag) == 0 && describe_sections(home, id, out))
        err = 0;
    if (err < 0 && diag_errors(diag) == 0) {
        nearest_init(&nearest, id);
        for (size_t i = 0; i < TOPICS; i++)
            nearest_add(&nearest, topics[i].name);
        for (size_t i = 0; i < count; i++)
            nearest_add(&nearest, ids[i]);
        cli_usage("there is no topic, profile, verb or fault '%s'%s%s%s", id,
                  nearest_name(&nearest) ? "; did you mean '" : "",
                  nearest_name(&nearest) ? nearest_name(&nearest) : "",
                  nearest_name(&nearest)
                      ? "'?"
                      : "; 'testbay describe --help' says where they are listed");
    }
    diag_free(&diag);
    profiles_free(&profiles);
    return err;
}

static int describe(const char *home, const char *topic, struct str *out)
{
    bool all = strcmp(topic, "all") == 0;
    bool found = false;

    for (size_t i = 0; i < TOPICS; i++)
        if (all || strcmp(topics[i].name, topic) == 0) {
            topics[i].print(home, out);
            found = true;
        }
    return found ? 0 : describe_one_profile(home, topic, out);
}

static int run_describe(const struct cli_command *command, int argc, char **argv)
{
    struct cli_cursor cursor = {.command = command, .argc = argc, .argv = argv};
    const char *topic = NULL;
    const char *value;
    struct str out = {0};
    char *home;
    int err = 0;

    while (err == 0 && (cli_next(&cursor, &value) || value))
        err = cli_take_only(command, value, &topic);
    if (err != 0 || cursor.failed || cursor.helped)
        return err != 0 || cursor.failed ? CLI_USAGE : CLI_OK;
    home = cli_home(NULL);
    if (!home)
        return CLI_USAGE;
    err = describe(home, topic ? topic : "all", &out);
    fputs(str_text(&out), stdout);
    str_done(&out);
    free(home);
    return err == 0 ? CLI_OK : CLI_USAGE;
}

const struct cli_command cli_describe = {
    .name = "describe",
    .arguments = "[TOPIC|PROFILE|VERB|SERVICE|FAULT]",
    .summary = "the manual: verbs, files, families, points, profiles, messages",
    .doc =
        "Prints Markdown made from the tables that do the work. Topics: commands, verbs (and\n"
        "faults), files, families, profiles, points, ocpp; without one it is all of them. The id\n"
        "of a profile (`describe profiles` lists them) prints its models, services, accounts,\n"
        "policies, log events and register map with the source of each fact; a verb, its service\n"
        "or a fault prints its own part.\n"
        "\n"
        "examples:\n"
        "  testbay describe verbs | less\n"
        "  testbay describe web.login\n"
        "  testbay describe web\n"
        "  testbay describe tls-expired\n"
        "  testbay describe ps-2025-04",
    .options = options,
    .run = run_describe,
};

// SPDX-License-Identifier: Apache-2.0
// The way home, and what lies there: profiles, secrets' names, scenario files below a folder.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/cli/cli.h"
#include "sim/cli/kinds.h"

#define FILES_MAX 10000
#define FOLDERS_DEEP_MAX 12

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

// A line that begins with the key makes the file one of its kind; the whole of it is read later.
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

static void add_file(struct file_list *list, const char *path)
{
    MEM_PUSH_ROOM(list->paths, list->count, list->room);
    list->paths[list->count++] = str_copy(path);
}

static int walk_folder(const char *folder, const char *key, struct file_list *list, int deep);

static int walk_entry(const char *path, const char *key, struct file_list *list, int deep)
{
    const char *ending = strrchr(path, '.');

    if (is_folder(path))
        return deep < FOLDERS_DEEP_MAX ? walk_folder(path, key, list, deep + 1) : ERR_TOO_DEEP;
    if (!ending || strcmp(ending, ".yaml") != 0 || !has_top_key(path, key))
        return 0;
    if (list->count == FILES_MAX)
        return ERR_TOO_MANY;
    add_file(list, path);
    return 0;
}

static int walk_folder(const char *folder, const char *key, struct file_list *list, int deep)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    int err = 0;

    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        char *path = str_format("%s/%s", folder, entries[i]->d_name);

        if (err == 0 && entries[i]->d_name[0] != '.')
            err = walk_entry(path, key, list, deep);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return err;
}

int cli_check_kind(const char *path, enum file_kind wanted)
{
    struct stat status;

    // Anything else (a pipe, /dev/zero) is for the reader, which knows when to stop.
    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode) || has_top_key(path, kind_key(wanted)))
        return CLI_OK;
    for (int i = 0; i < KIND_COUNT; i++)
        if (has_top_key(path, kind_key((enum file_kind)i)))
            return cli_usage("%s is a %s file; a %s is wanted here", path,
                             kind_name((enum file_kind)i), kind_name(wanted));
    return CLI_OK;
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
        add_file(&list, path);
    if (err < 0) {
        cli_free_files(list.paths, list.count);
        return err;
    }
    *ret_files = list.paths;
    *ret_count = list.count;
    return 0;
}

int cli_add_scenarios(const char *path, char ***files, size_t *count)
{
    const char *key = kind_key(KIND_SCENARIO);
    char **found;
    size_t found_count;
    int err = cli_find_files(path, key, &found, &found_count);

    if (err < 0)
        return cli_usage("%s: %s", path, err_text(err));
    if (found_count == 0)
        return cli_usage("%s holds no scenario (a .yaml file that begins with `%s: 1`)", path, key);
    if (cli_check_kind(path, KIND_SCENARIO) != CLI_OK) {
        cli_free_files(found, found_count);
        return CLI_USAGE;
    }
    *files = mem_grow(*files, *count + found_count, sizeof(**files));
    memcpy(*files + *count, found, found_count * sizeof(*found));
    *count += found_count;
    free(found);
    return 0;
}

void cli_free_files(char **files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i]);
    free(files);
}

int cli_read_file(const char *path, size_t bytes_max, char **ret)
{
    FILE *file = fopen(path, "re");
    char *text;
    size_t length;
    int err = file ? 0 : -errno;

    if (err < 0)
        return err;
    text = mem_new(bytes_max + 1, 1);
    length = fread(text, 1, bytes_max + 1, file);
    if (ferror(file))
        err = ERR_IO;
    else if (length > bytes_max)
        err = ERR_TOO_LONG;
    fclose(file);
    if (err < 0) {
        free(text);
        return err;
    }
    text[length] = '\0';
    *ret = text;
    return 0;
}

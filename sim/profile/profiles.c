// SPDX-License-Identifier: Apache-2.0
// The set of profiles: every *.yaml in a folder called `profiles` below a root, known by its file
// name and loaded when it is asked for. A profile is called as its file, which the loader checks.
#include "sim/profile/profile.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/err.h"

#define PROFILES_DEPTH_MAX 8
#define PROFILES_COUNT_MAX 1024

struct profiles_entry {
    char *id;
    char *path;
    struct profile *profile; // NULL until asked for.
};

struct profiles {
    struct profiles_entry *entries; // Sorted by id.
    const char **ids;
    size_t count;
    size_t room;
};

static void add_file(struct profiles *profiles, const char *folder, const char *name)
{
    static const char ending[] = ".yaml";
    size_t length = strlen(name);
    size_t ending_length = sizeof(ending) - 1;
    struct profiles_entry *entry;

    if (length <= ending_length || strcmp(name + length - ending_length, ending) != 0 ||
        name[0] == '.' || profiles->count == PROFILES_COUNT_MAX)
        return;
    MEM_PUSH_ROOM(profiles->entries, profiles->count, profiles->room);
    entry = &profiles->entries[profiles->count++];
    *entry = (struct profiles_entry){str_copy(name), str_format("%s/%s", folder, name), NULL};
    entry->id[length - ending_length] = '\0';
}

static void search(struct profiles *profiles, const char *folder, bool inside, int depth)
{
    DIR *dir = depth < PROFILES_DEPTH_MAX ? opendir(folder) : NULL;
    const struct dirent *item;

    if (!dir)
        return;
    while ((item = readdir(dir))) {
        char *path = str_format("%s/%s", folder, item->d_name);
        struct stat status;

        if (item->d_name[0] == '.' || lstat(path, &status) < 0) {
            free(path);
            continue;
        }
        if (S_ISDIR(status.st_mode))
            search(profiles, path, !strcmp(item->d_name, "profiles"), depth + 1);
        else if (inside)
            add_file(profiles, folder, item->d_name);
        free(path);
    }
    closedir(dir);
}

static int compare_entries(const void *left, const void *right)
{
    const struct profiles_entry *a = left;
    const struct profiles_entry *b = right;
    int order = strcmp(a->id, b->id);

    return order ? order : strcmp(a->path, b->path);
}

struct profiles *profiles_new(const char *folder)
{
    struct profiles *profiles = mem_new(1, sizeof(*profiles));
    size_t length = strlen(folder);
    static const char own[] = "profiles";
    size_t own_length = sizeof(own) - 1;
    bool inside = length >= own_length && !strcmp(folder + length - own_length, own);

    search(profiles, folder, inside, 0);
    if (profiles->count)
        qsort(profiles->entries, profiles->count, sizeof(*profiles->entries), compare_entries);
    profiles->ids = mem_new(profiles->count + 1, sizeof(*profiles->ids));
    for (size_t i = 0; i < profiles->count; i++)
        profiles->ids[i] = profiles->entries[i].id;
    return profiles;
}

void profiles_free(struct profiles **profiles)
{
    struct profiles *gone = *profiles;

    *profiles = NULL;
    if (!gone)
        return;
    for (size_t i = 0; i < gone->count; i++) {
        profile_free(&gone->entries[i].profile);
        free(gone->entries[i].path);
        free(gone->entries[i].id);
    }
    free(gone->entries);
    free(gone->ids);
    free(gone);
}

static void note_file(struct diag *diag, const char *path, const char *hint, const char *what,
                      const char *text)
{
    const struct yaml_mark mark = {.file = path};

    diag_error(diag, &mark, NULL, hint, what, text);
}

static int load_entry(struct profiles_entry *entry, struct diag *diag)
{
    int err = profile_load(entry->path, diag, &entry->profile);

    if (err < 0)
        return err;
    if (strcmp(profile_id(entry->profile), entry->id) != 0) {
        note_file(diag, entry->path, "a profile is called as its file",
                  "the file holds the profile '%s'", profile_id(entry->profile));
        profile_free(&entry->profile);
        return ERR_SCHEMA;
    }
    return 0;
}

int profiles_get(struct profiles *profiles, const char *id, struct diag *diag,
                 const struct profile **ret)
{
    for (size_t i = 0; i < profiles->count; i++) {
        struct profiles_entry *entry = &profiles->entries[i];
        int err = 0;

        if (strcmp(entry->id, id) != 0)
            continue;
        if (i + 1 < profiles->count && !strcmp(entry[1].id, id)) {
            note_file(diag, entry[1].path, "rename one of them",
                      "there is a profile '%s' elsewhere", id);
            return ERR_EXISTS;
        }
        if (!entry->profile)
            err = load_entry(entry, diag);
        if (err < 0)
            return err;
        *ret = entry->profile;
        return 0;
    }
    return ERR_NOT_FOUND;
}

const char *const *profiles_ids(struct profiles *profiles, size_t *ret_count)
{
    *ret_count = profiles->count;
    return profiles->ids;
}

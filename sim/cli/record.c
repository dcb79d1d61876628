// SPDX-License-Identifier: Apache-2.0
// run.json, written by hand and read with bounds.
#include "sim/cli/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"

#define RECORD_BYTES_MAX (16 * 1024 * 1024)

struct record {
    struct json *json;
};

static void add_list(struct str *out, const char *key, const char *const *items, size_t count)
{
    str_addf(out, ",\n \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        str_adds(out, i ? ", " : "");
        str_add_json(out, items[i]);
    }
    str_adds(out, "]");
}

static void add_entries(struct str *out, const struct result *result)
{
    bool first = true;

    str_adds(out, ",\n \"entries\": [");
    for (size_t i = 0; i < result->scenarios_count; i++)
        for (size_t k = 0; k < result->scenarios[i]->entries_count; k++) {
            const struct result_entry *entry = result->scenarios[i]->entries[k];

            if (!entry)
                continue;
            str_adds(out, first ? "\n  {\"scenario\": " : ",\n  {\"scenario\": ");
            str_add_json(out, result->scenarios[i]->id);
            str_adds(out, ", \"bench\": ");
            str_add_json(out, entry->column->name);
            str_addf(out, ", \"clock\": \"%s\", \"verdict\": \"%s\", \"world\": \"%s\"}",
                     entry->column->clock, verdict_name(entry->verdict),
                     entry->world_hash ? entry->world_hash : "");
            first = false;
        }
    str_adds(out, "\n ]");
}

int record_write(const char *folder, const struct run_request *request, const struct result *result)
{
    char *path = str_format("%s/run.json", folder);
    FILE *file = fopen(path, "we");
    struct str out = {0};
    int err = 0;

    free(path);
    if (!file)
        return -errno;
    str_addf(&out, "{\"testbay\": 1,\n \"seed\": \"%" PRIu64 "\",\n \"tag\": ", request->seed);
    str_add_json(&out, request->tag ? request->tag : "");
    str_adds(&out, ",\n \"quarantine\": ");
    str_add_json(&out, request->quarantine ? request->quarantine : "");
    str_adds(&out, ",\n \"version\": ");
    str_add_json(&out, result->version);
    add_list(&out, "files", (const char *const *)request->files, request->files_count);
    add_list(&out, "benches", request->benches, request->benches_count);
    str_adds(&out, ",\n \"settings\": {");
    for (size_t i = 0; i < request->settings_count; i++) {
        str_adds(&out, i ? ", " : "");
        str_add_json(&out, request->settings[i].name);
        str_adds(&out, ": ");
        str_add_json(&out, request->settings[i].text);
    }
    str_adds(&out, "}");
    add_entries(&out, result);
    str_adds(&out, "\n}\n");
    if (fwrite(str_text(&out), 1, out.length, file) != out.length)
        err = -EIO;
    if (fclose(file) != 0)
        err = -errno;
    str_done(&out);
    return err;
}

int record_read(const char *folder, struct record **ret)
{
    char *path = str_format("%s/run.json", folder);
    FILE *file = fopen(path, "re");
    struct record *record = mem_new(1, sizeof(*record));
    char *text = NULL;
    size_t length = 0;
    int err = file ? 0 : -errno;

    free(path);
    if (file) {
        text = mem_new(RECORD_BYTES_MAX, 1);
        length = fread(text, 1, RECORD_BYTES_MAX, file);
        fclose(file);
        err = json_parse(text, length, &record->json, NULL);
    }
    if (err == 0 && json_integer(json_get(record->json, "testbay"), 0) != 1)
        err = ERR_SYNTAX;
    free(text);
    if (err < 0)
        record_free(&record);
    else
        *ret = record;
    return err;
}

void record_free(struct record **record)
{
    if (!*record)
        return;
    json_free(&(*record)->json);
    free(*record);
    *record = NULL;
}

struct run_request record_request(const struct record *record)
{
    const struct json *files = json_get(record->json, "files");
    const struct json *benches = json_get(record->json, "benches");
    const struct json *settings = json_get(record->json, "settings");
    const char *tag = json_text(json_get(record->json, "tag"), "");
    const char *quarantine = json_text(json_get(record->json, "quarantine"), "");
    struct run_request request = {
        .seed = strtoull(json_text(json_get(record->json, "seed"), "1"), NULL, 10),
        .tag = *tag ? tag : NULL,
        .quarantine = *quarantine ? quarantine : NULL,
    };
    const struct json *setting;
    const char *key;
    void *cursor = NULL;

    request.files = mem_new(json_count(files), sizeof(*request.files));
    for (size_t i = 0; i < json_count(files); i++)
        request.files[request.files_count++] = str_copy(json_text(json_at(files, i), ""));
    for (size_t i = 0; i < json_count(benches) && i < RUN_BENCHES_MAX; i++)
        request.benches[request.benches_count++] = json_text(json_at(benches, i), "");
    while ((setting = json_next(settings, &cursor, &key)) &&
           request.settings_count < CLI_SETTINGS_MAX)
        request.settings[request.settings_count++] =
            (struct scenario_setting){.name = key, .text = json_text(setting, "")};
    return request;
}

static const struct result_entry *find_entry(const struct result *result, const char *scenario,
                                             const char *bench)
{
    for (size_t i = 0; i < result->scenarios_count; i++)
        for (size_t k = 0; k < result->scenarios[i]->entries_count; k++) {
            const struct result_entry *entry = result->scenarios[i]->entries[k];

            if (entry && strcmp(result->scenarios[i]->id, scenario) == 0 &&
                strcmp(entry->column->name, bench) == 0)
                return entry;
        }
    return NULL;
}

void record_compare(const struct record *record, const struct result *result, size_t *ret_same,
                    size_t *ret_other, char **ret_text)
{
    const struct json *entries = json_get(record->json, "entries");

    *ret_same = *ret_other = 0;
    *ret_text = NULL;
    for (size_t i = 0; i < json_count(entries); i++) {
        const struct json *row = json_at(entries, i);
        const char *scenario = json_text(json_get(row, "scenario"), "");
        const char *bench = json_text(json_get(row, "bench"), "");
        const char *hash = json_text(json_get(row, "world"), "");
        const struct result_entry *entry = find_entry(result, scenario, bench);
        const char *now = entry && entry->world_hash ? entry->world_hash : "";

        if (strcmp(json_text(json_get(row, "clock"), ""), "jump") != 0)
            continue; // Only there does the same happen again to the nanosecond.
        if (strcmp(hash, now) == 0) {
            ++*ret_same;
            continue;
        }
        ++*ret_other;
        if (!*ret_text)
            *ret_text = str_format("%s on %s: world %.16s was %.16s", scenario, bench, now, hash);
    }
}

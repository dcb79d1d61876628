// SPDX-License-Identifier: Apache-2.0
// The event stream: one JSON object a line, for programs and for the live page.
#include <stdlib.h>

#include "sim/scenario/report.h"

struct ndjson {
    FILE *out;
    struct str line;
};

struct ndjson *ndjson_new(FILE *out)
{
    struct ndjson *ndjson = mem_new(1, sizeof(*ndjson));

    ndjson->out = out;
    return ndjson;
}

void ndjson_free(struct ndjson **ndjson)
{
    if (!*ndjson)
        return;
    str_done(&(*ndjson)->line);
    free(*ndjson);
    *ndjson = NULL;
}

static void begin(struct ndjson *ndjson, const char *event)
{
    str_clear(&ndjson->line);
    str_adds(&ndjson->line, "{\"event\":");
    str_add_json(&ndjson->line, event);
}

static void add_text(struct ndjson *ndjson, const char *key, const char *text)
{
    if (!text)
        return;
    str_addf(&ndjson->line, ",\"%s\":", key);
    str_add_json(&ndjson->line, text);
}

static void add_integer(struct ndjson *ndjson, const char *key, long long value)
{
    str_addf(&ndjson->line, ",\"%s\":%lld", key, value);
}

static void add_time(struct ndjson *ndjson, const struct result_time *time)
{
    char room[UNITS_TEXT_ROOM];

    add_integer(ndjson, "world_ns", (long long)time->world_ns);
    add_text(ndjson, "utc", units_utc_text(time->utc_ns, room));
}

static void end(struct ndjson *ndjson)
{
    str_adds(&ndjson->line, "}\n");
    fputs(str_text(&ndjson->line), ndjson->out);
    fflush(ndjson->out);
}

static void add_entry(struct ndjson *ndjson, const struct result_entry *entry)
{
    add_text(ndjson, "scenario", entry->scenario->id);
    add_text(ndjson, "bench", entry->column->name);
}

static void on_scenario_begins(void *user, const struct result_entry *entry, size_t steps)
{
    begin(user, "scenario-begins");
    add_entry(user, entry);
    add_text(user, "path", entry->scenario->path);
    add_text(user, "title", entry->scenario->title);
    add_integer(user, "steps", (long long)steps);
    add_integer(user, "seed", (long long)entry->seed);
    add_time(user, &entry->started);
    end(user);
}

static void on_case_begins(void *user, const struct result_entry *entry,
                           const struct result_case *row)
{
    begin(user, "case-begins");
    add_entry(user, entry);
    add_text(user, "case", row->id);
    end(user);
}

static void add_step(struct ndjson *ndjson, const struct result_entry *entry,
                     const struct result_case *row, const struct result_step *step)
{
    add_entry(ndjson, entry);
    add_text(ndjson, "case", row->id);
    add_text(ndjson, "step", step->number);
    add_text(ndjson, "title", step->title);
    add_text(ndjson, "role", step->role);
    add_text(ndjson, "file", step->file);
    add_integer(ndjson, "line", step->line);
    add_integer(ndjson, "column", step->column);
}

static void on_step_begins(void *user, const struct result_entry *entry,
                           const struct result_case *row, const struct result_step *step)
{
    begin(user, "step-begins");
    add_step(user, entry, row, step);
    add_time(user, &step->started);
    end(user);
}

static void on_step_ends(void *user, const struct result_entry *entry,
                         const struct result_case *row, const struct result_step *step)
{
    begin(user, "step-ends");
    add_step(user, entry, row, step);
    add_text(user, "verdict", verdict_name(step->verdict));
    add_text(user, "expected", step->expected);
    add_text(user, "observed", step->observed);
    add_text(user, "measured", step->measured);
    add_text(user, "tolerance", step->tolerance);
    add_text(user, "reason", step->reason);
    if (step->measured_ns >= 0)
        add_integer(user, "measured_ns", (long long)step->measured_ns);
    if (step->asked)
        add_integer(user, "asked", (long long)step->asked);
    add_time(user, &step->ended);
    end(user);
}

static void on_case_ends(void *user, const struct result_entry *entry,
                         const struct result_case *row)
{
    begin(user, "case-ends");
    add_entry(user, entry);
    add_text(user, "case", row->id);
    add_text(user, "verdict", verdict_name(row->verdict));
    add_text(user, "reason", row->reason);
    add_integer(user, "attempts", row->attempts);
    end(user);
}

static void on_scenario_ends(void *user, const struct result_entry *entry)
{
    begin(user, "scenario-ends");
    add_entry(user, entry);
    add_text(user, "verdict", verdict_name(entry->verdict));
    add_text(user, "reason", entry->reason);
    add_text(user, "finding", entry->finding);
    add_text(user, "world", entry->world_hash);
    add_time(user, &entry->ended);
    end(user);
}

static void on_tick(void *user, int64_t world_ns, int64_t host_ns)
{
    begin(user, "tick");
    add_integer(user, "world_ns", (long long)world_ns);
    add_integer(user, "host_ns", (long long)host_ns);
    end(user);
}

struct run_watcher ndjson_watcher(struct ndjson *ndjson)
{
    return (struct run_watcher){
        .scenario_begins = on_scenario_begins,
        .case_begins = on_case_begins,
        .step_begins = on_step_begins,
        .step_ends = on_step_ends,
        .case_ends = on_case_ends,
        .scenario_ends = on_scenario_ends,
        .tick = on_tick,
        .user = ndjson,
    };
}

void ndjson_summary(struct ndjson *ndjson, const struct result *result)
{
    begin(ndjson, "run-ends");
    for (int verdict = VERDICT_PASS; verdict < VERDICT_COUNT; verdict++)
        add_integer(ndjson, verdict_word((enum verdict)verdict),
                    (long long)result_count(result, (enum verdict)verdict));
    add_text(ndjson, "replay", result->replay);
    end(ndjson);
}

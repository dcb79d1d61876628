// SPDX-License-Identifier: Apache-2.0
// What a person sees of a run. On a terminal one line a role, rewritten in place, and the steps
// that went wrong above them; elsewhere one plain line a step, and a heartbeat, so that nobody
// takes a long wait for a hang.
#include <stdlib.h>
#include <string.h>

#include "sim/core/timer.h"
#include "sim/scenario/report.h"

#define HEARTBEAT_NS (30 * SIM_NS_PER_S)
#define LIVE_ROLES_MAX 12
#define LIVE_COLUMNS 100

struct live_line {
    char *role;
    char *title;
};

struct console {
    struct console_options options;
    struct live_line lines[LIVE_ROLES_MAX];
    size_t lines_count;
    size_t drawn; // Lines of the block below which nothing was written.
    int64_t beat_ns;
    int64_t host_ns;
    int64_t world_ns;
    int64_t world_begin_ns;
    int64_t host_begin_ns;
    char *title; // Of the step that runs.
};

// Colours by what a reader does about a verdict: nothing, look, wait.
static const char *colour_of(const struct console *console, enum verdict verdict)
{
    if (!console->options.colour)
        return "";
    if (verdict_bad(verdict))
        return "\033[31m";
    return verdict == VERDICT_PASS ? "\033[32m" : "\033[33m";
}

static const char *plain(const struct console *console)
{
    return console->options.colour ? "\033[0m" : "";
}

struct console *console_new(const struct console_options *options)
{
    struct console *console = mem_new(1, sizeof(*console));

    console->options = *options;
    return console;
}

void console_free(struct console **console)
{
    if (!*console)
        return;
    for (size_t i = 0; i < (*console)->lines_count; i++) {
        free((*console)->lines[i].role);
        free((*console)->lines[i].title);
    }
    free((*console)->title);
    free(*console);
    *console = NULL;
}

// ---- Live lines ----

static void erase(struct console *console)
{
    for (; console->drawn; console->drawn--)
        fputs("\033[1A\033[2K", console->options.out);
}

static void draw(struct console *console)
{
    char room[UNITS_TEXT_ROOM];
    int64_t host_ns = console->host_ns - console->host_begin_ns;
    int64_t world_ns = console->world_ns - console->world_begin_ns;

    if (!console->options.live)
        return;
    erase(console);
    for (size_t i = 0; i < console->lines_count; i++) {
        char *line = str_format("%-10s %12s", console->lines[i].role,
                                units_time_text(console->world_ns, room));

        fprintf(console->options.out, "%s", line);
        if (host_ns > 0)
            fprintf(console->options.out, "  x%.0f", (double)world_ns / (double)host_ns);
        fprintf(console->options.out, "  %.*s\n", LIVE_COLUMNS - 32, console->lines[i].title);
        console->drawn++;
        free(line);
    }
    fflush(console->options.out);
}

static void set_line(struct console *console, const char *role, const char *title)
{
    size_t i = 0;

    while (i < console->lines_count && strcmp(console->lines[i].role, role) != 0)
        i++;
    if (i == LIVE_ROLES_MAX)
        return;
    if (i == console->lines_count)
        console->lines[console->lines_count++].role = str_copy(role);
    free(console->lines[i].title);
    console->lines[i].title = str_copy(title);
}

// ---- Lines that stay ----

static void print_verdict(struct console *console, enum verdict verdict)
{
    fprintf(console->options.out, "%s%-11s%s", colour_of(console, verdict), verdict_name(verdict),
            plain(console));
}

static void on_scenario_begins(void *user, const struct result_entry *entry, size_t steps)
{
    struct console *console = user;

    console->host_begin_ns = console->host_ns;
    console->world_begin_ns = entry->started.world_ns;
    if (console->options.quiet || console->options.live)
        return;
    fprintf(console->options.out, "%s on %s: %s, %zu step%s\n", entry->scenario->id,
            entry->column->name, entry->scenario->title, steps, steps == 1 ? "" : "s");
    fflush(console->options.out);
}

static void on_case_begins(void *user, const struct result_entry *entry,
                           const struct result_case *row)
{
    struct console *console = user;

    (void)entry;
    if (*row->id && !console->options.quiet && !console->options.live)
        fprintf(console->options.out, "  case %s\n", row->id);
}

static void on_step_begins(void *user, const struct result_entry *entry,
                           const struct result_case *row, const struct result_step *step)
{
    struct console *console = user;

    (void)entry;
    (void)row;
    free(console->title);
    console->title = str_format("%s %s", step->number, step->title);
    console->world_ns = step->started.world_ns;
    set_line(console, step->role ? step->role : "-", step->title);
    // Redrawn when it takes long; a step of no time would only flicker.
}

static void on_step_ends(void *user, const struct result_entry *entry,
                         const struct result_case *row, const struct result_step *step)
{
    struct console *console = user;
    bool good = step->verdict == VERDICT_PASS || step->verdict == VERDICT_NOT_RUN;

    (void)entry;
    (void)row;
    console->world_ns = step->ended.world_ns;
    if (good && (console->options.quiet || console->options.live))
        return;
    erase(console);
    fprintf(console->options.out, "  [%11.3f s] ", (double)step->ended.world_ns / 1e9);
    print_verdict(console, step->verdict);
    fprintf(console->options.out, " %-6s %s", step->number, step->title);
    if (step->measured)
        fprintf(console->options.out, "  (%s)", step->measured);
    if (!good && step->reason)
        fprintf(console->options.out, ": %s", step->reason);
    fputs("\n", console->options.out);
    fflush(console->options.out);
}

static void on_scenario_ends(void *user, const struct result_entry *entry)
{
    struct console *console = user;
    erase(console);
    if (console->options.quiet && !verdict_bad(entry->verdict))
        return;
    print_verdict(console, entry->verdict);
    fprintf(console->options.out, " %s on %s, %.3f s of its clock", entry->scenario->id,
            entry->column->name, (double)(entry->ended.world_ns - entry->started.world_ns) / 1e9);
    if (entry->reason)
        fprintf(console->options.out, ": %s", entry->reason);
    fputs("\n", console->options.out);
    fflush(console->options.out);
}

static void on_tick(void *user, int64_t world_ns, int64_t host_ns)
{
    struct console *console = user;
    char world[UNITS_TEXT_ROOM];
    char host[UNITS_TEXT_ROOM];

    console->world_ns = world_ns;
    console->host_ns = host_ns;
    if (console->options.live) {
        draw(console);
        return;
    }
    if (host_ns < console->beat_ns)
        console->beat_ns = 0; // Another scenario.
    if (host_ns - console->beat_ns < HEARTBEAT_NS)
        return;
    console->beat_ns = host_ns;
    fprintf(console->options.out, "  ... still in step %s: world %s, here %s\n",
            console->title ? console->title : "?",
            units_time_text(world_ns / SIM_NS_PER_S * SIM_NS_PER_S, world),
            units_time_text(host_ns / SIM_NS_PER_S * SIM_NS_PER_S, host));
    fflush(console->options.out);
}

struct run_watcher console_watcher(struct console *console)
{
    return (struct run_watcher){
        .scenario_begins = on_scenario_begins,
        .case_begins = on_case_begins,
        .step_begins = on_step_begins,
        .step_ends = on_step_ends,
        .scenario_ends = on_scenario_ends,
        .tick = on_tick,
        .user = console,
    };
}

// ---- First and last ----

void console_headline(struct console *console, const struct result *result)
{
    FILE *out = console->options.out;
    const char *before = result->replay ? " replay: " : "";
    const char *replay = result->replay ? result->replay : "";

    erase(console);
    if (result->columns_count == 0) // Before anything runs: which world it will be is not known.
        fprintf(out, "testbay %s%s%s\n", result->version ? result->version : "-", before, replay);
    for (size_t i = 0; i < result->columns_count; i++) {
        const struct result_column *column = result->columns[i];

        fprintf(out, "seed=%llu clock=%s world=%s%s%s\n", (unsigned long long)column->seed,
                column->clock, column->world_hash ? column->world_hash : "-", before, replay);
    }
    fflush(out);
}

// What GitHub shows on the line of the file; its separators are escaped as it wants them.
static void annotate(struct console *console, const struct result_step *step)
{
    FILE *out = console->options.out;

    if (!console->options.annotations)
        return;
    fprintf(out, "::error file=%s,line=%d,col=%d::%s: ", step->file, step->line, step->column,
            verdict_name(step->verdict));
    for (const char *at = step->reason ? step->reason : ""; *at; at++) {
        if (*at == '%' || *at == '\r' || *at == '\n')
            fprintf(out, "%%%02X", (unsigned char)*at);
        else
            fputc(*at, out);
    }
    fputs("\n", out);
}

static void print_field(struct console *console, const char *name, const char *text)
{
    if (text && *text)
        fprintf(console->options.out, "    %-10s %s\n", name, text);
}

static void print_failure(struct console *console, const struct result *result,
                          const struct result_entry *entry, const struct result_case *row,
                          const struct result_step *step)
{
    FILE *out = console->options.out;

    fputs("\n", out);
    print_verdict(console, step->verdict);
    fprintf(out, " %s%s%s, step %s: %s\n", entry->scenario->id, *row->id ? " case " : "", row->id,
            step->number, step->title);
    fprintf(out, "    %-10s %s:%d:%d\n", "at", step->file, step->line, step->column);
    print_field(console, "bench", entry->column->name);
    print_field(console, "expected", step->expected);
    print_field(console, "observed", step->observed);
    print_field(console, "measured", step->measured);
    print_field(console, "tolerance", step->tolerance);
    print_field(console, "why", step->reason);
    for (size_t i = 0; i < step->members_failed.count; i++)
        print_field(console, i ? "" : "members", step->members_failed.items[i]);
    if (step->frame_first)
        fprintf(out, "    %-10s frames %llu to %llu of %s\n", "capture",
                (unsigned long long)step->frame_first, (unsigned long long)step->frame_last,
                entry->capture ? entry->capture : "the capture");
    print_field(console, "replay", result->replay);
    annotate(console, step);
}

static void print_entry_failures(struct console *console, const struct result *result,
                                 const struct result_entry *entry)
{
    size_t shown = 0;

    for (size_t i = 0; i < entry->cases_count; i++) {
        const struct result_case *row = entry->cases[i];

        if (row->verdict == VERDICT_XFAIL)
            continue;
        for (size_t j = 0; j < row->steps_count; j++) {
            if (!verdict_bad(row->steps[j]->verdict))
                continue;
            print_failure(console, result, entry, row, row->steps[j]);
            shown++;
        }
    }
    if (shown || !verdict_bad(entry->verdict))
        return;
    fputs("\n", console->options.out);
    print_verdict(console, entry->verdict);
    fprintf(console->options.out, " %s on %s: %s\n    %-10s %s\n", entry->scenario->id,
            entry->column->name, entry->reason ? entry->reason : "", "at", entry->scenario->path);
}

void console_summary(struct console *console, const struct result *result)
{
    FILE *out = console->options.out;
    struct str table = {0};
    const char *separator = "";

    erase(console);
    for (size_t i = 0; i < result->scenarios_count; i++)
        for (size_t j = 0; j < result->scenarios[i]->entries_count; j++)
            if (result->scenarios[i]->entries[j])
                print_entry_failures(console, result, result->scenarios[i]->entries[j]);
    if (result->columns_count > 1) {
        report_table(result, console->options.colour, &table);
        fprintf(out, "\n%s", str_text(&table));
        str_done(&table);
    }
    fputs("\n", out);
    for (int verdict = VERDICT_PASS; verdict < VERDICT_COUNT; verdict++) {
        size_t count = result_count(result, (enum verdict)verdict);

        if (!count)
            continue;
        fprintf(out, "%s%s%zu %s%s", separator, colour_of(console, (enum verdict)verdict), count,
                verdict_name((enum verdict)verdict), plain(console));
        separator = ", ";
    }
    fputs(*separator ? "\n" : "nothing ran\n", out);
    console_headline(console, result);
}

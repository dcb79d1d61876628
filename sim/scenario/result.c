// SPDX-License-Identifier: Apache-2.0
// The result in memory: making rows, freeing them, and the counts that decide the exit code.
#include "sim/scenario/result.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

struct result *result_new(void)
{
    return mem_new(1, sizeof(struct result));
}

static void texts_done(struct result_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct result_texts){0};
}

static void step_free(struct result_step *step)
{
    char *const texts[] = {step->number,   step->file,      step->title,
                           step->role,     step->expected,  step->observed,
                           step->measured, step->tolerance, step->reason};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    texts_done(&step->members_failed);
    texts_done(&step->attachments);
    free(step);
}

static void case_free(struct result_case *row)
{
    for (size_t i = 0; i < row->steps_count; i++)
        step_free(row->steps[i]);
    free(row->steps);
    free(row->id);
    free(row->reason);
    free(row);
}

static void entry_clear(struct result_entry *entry)
{
    for (size_t i = 0; i < entry->cases_count; i++)
        case_free(entry->cases[i]);
    free(entry->cases);
    free(entry->reason);
    free(entry->finding);
    free(entry->world_hash);
    free(entry->capture);
    *entry = (struct result_entry){.scenario = entry->scenario, .column = entry->column};
}

static void scenario_free_row(struct result_scenario *scenario)
{
    for (size_t i = 0; i < scenario->entries_count; i++) {
        if (!scenario->entries[i])
            continue;
        entry_clear(scenario->entries[i]);
        free(scenario->entries[i]);
    }
    free(scenario->entries);
    free(scenario->path);
    free(scenario->id);
    free(scenario->title);
    free(scenario->hash);
    texts_done(&scenario->verifies);
    texts_done(&scenario->basis);
    texts_done(&scenario->tags);
    free(scenario);
}

static void device_done(struct result_device *device)
{
    char *const texts[] = {device->role,         device->id,           device->label,
                           device->profile,      device->profile_hash, device->profile_document,
                           device->model,        device->serial,       device->firmware,
                           device->configuration};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
}

static void column_free(struct result_column *column)
{
    for (size_t i = 0; i < column->devices_count; i++)
        device_done(&column->devices[i]);
    free(column->devices);
    free(column->name);
    free(column->adapter);
    free(column->clock);
    free(column->slack);
    free(column->world_hash);
    free(column);
}

void result_free(struct result **result)
{
    struct result *gone = *result;

    if (!gone)
        return;
    for (size_t i = 0; i < gone->scenarios_count; i++)
        scenario_free_row(gone->scenarios[i]);
    for (size_t i = 0; i < gone->columns_count; i++)
        column_free(gone->columns[i]);
    free(gone->scenarios);
    free(gone->columns);
    free(gone->version);
    free(gone->commit);
    free(gone->command);
    free(gone->operator_name);
    free(gone->replay);
    free(gone);
    *result = NULL;
}

struct result_column *result_add_column(struct result *result, const char *name,
                                        const char *adapter, const char *clock)
{
    struct result_column *column = mem_new(1, sizeof(*column));

    column->name = str_copy(name);
    column->adapter = str_copy(adapter);
    column->clock = str_copy(clock);
    column->slack = str_copy("");
    result->columns =
        mem_grow(result->columns, result->columns_count + 1, sizeof(*result->columns));
    result->columns[result->columns_count++] = column;
    return column;
}

struct result_scenario *result_add_scenario(struct result *result, const char *path, const char *id,
                                            const char *title)
{
    struct result_scenario *scenario;

    for (size_t i = 0; i < result->scenarios_count; i++)
        if (strcmp(result->scenarios[i]->path, path) == 0)
            return result->scenarios[i];
    scenario = mem_new(1, sizeof(*scenario));
    scenario->path = str_copy(path);
    scenario->id = str_copy(id);
    scenario->title = str_copy(title);
    result->scenarios =
        mem_grow(result->scenarios, result->scenarios_count + 1, sizeof(*result->scenarios));
    result->scenarios[result->scenarios_count++] = scenario;
    return scenario;
}

static size_t column_place(const struct result *result, const struct result_column *column)
{
    size_t place = 0;

    while (place < result->columns_count && result->columns[place] != column)
        place++;
    return place;
}

struct result_entry *result_add_entry(struct result *result, struct result_scenario *scenario,
                                      struct result_column *column)
{
    size_t place = column_place(result, column);

    if (scenario->entries_count <= place) {
        scenario->entries = mem_grow(scenario->entries, place + 1, sizeof(*scenario->entries));
        while (scenario->entries_count <= place)
            scenario->entries[scenario->entries_count++] = NULL;
    }
    if (!scenario->entries[place]) {
        scenario->entries[place] = mem_new(1, sizeof(**scenario->entries));
        scenario->entries[place]->scenario = scenario;
        scenario->entries[place]->column = column;
    }
    entry_clear(scenario->entries[place]);
    return scenario->entries[place];
}

struct result_case *result_add_case(struct result_entry *entry, const char *id)
{
    struct result_case *row = mem_new(1, sizeof(*row));

    row->id = str_copy(id);
    entry->cases = mem_grow(entry->cases, entry->cases_count + 1, sizeof(*entry->cases));
    entry->cases[entry->cases_count++] = row;
    return row;
}

struct result_step *result_add_step(struct result_case *row)
{
    struct result_step *step = mem_new(1, sizeof(*step));

    step->measured_ns = -1;
    step->window_ns = -1;
    // Powers of two: the count alone tells when the room is used up.
    if ((row->steps_count & (row->steps_count - 1)) == 0)
        row->steps =
            mem_grow(row->steps, row->steps_count ? row->steps_count * 2 : 1, sizeof(*row->steps));
    row->steps[row->steps_count++] = step;
    return step;
}

void result_clear_case(struct result_case *row)
{
    for (size_t i = 0; i < row->steps_count; i++)
        step_free(row->steps[i]);
    free(row->steps);
    row->steps = NULL;
    row->steps_count = 0;
    free(row->reason);
    row->reason = NULL;
    row->verdict = VERDICT_NOT_RUN;
}

void result_add_text(struct result_texts *texts, const char *text)
{
    texts->items = mem_grow(texts->items, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = str_copy(text);
}

size_t result_count(const struct result *result, enum verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < result->scenarios_count; i++) {
        const struct result_scenario *scenario = result->scenarios[i];

        for (size_t j = 0; j < scenario->entries_count; j++)
            if (scenario->entries[j] && scenario->entries[j]->verdict == verdict)
                count++;
    }
    return count;
}

int result_exit(const struct result *result, bool strict, bool signalled)
{
    static const enum verdict seen[] = {VERDICT_PASS,  VERDICT_FAIL,    VERDICT_XFAIL,
                                        VERDICT_XPASS, VERDICT_VACUOUS, VERDICT_PARTIAL};
    int code = 0;
    size_t ran = 0;

    if (signalled)
        return 130;
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (result_count(result, (enum verdict)verdict))
            code = verdict_exit_worse(code, verdict_exit((enum verdict)verdict, strict));
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        ran += result_count(result, seen[i]);
    return ran == 0 && code == 0 ? 4 : code;
}

bool result_column_is_model(const struct result_column *column)
{
    return strcmp(column->adapter, "board") != 0;
}

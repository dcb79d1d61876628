// SPDX-License-Identifier: Apache-2.0
// What a running step needs to know: names with their values now, marks, members, the stage's
// patience, and how to keep secrets out of the report.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/run_model.h"

// Shorter secrets would mask half of the report.
#define SECRET_LEAST 3

struct names runner_names(struct runner *runner, const struct plan_step *plan,
                          struct target *target)
{
    return (struct names){.scenario = runner->scenario,
                          .frame = plan->frame,
                          .stage = runner->stage,
                          .target = target,
                          .role = plan->role,
                          .saved = runner->saved,
                          .saved_count = runner->saved_count};
}

sim_time_ns runner_mark(const struct runner *runner, const struct yaml_node *since,
                        sim_time_ns otherwise)
{
    for (size_t i = 0; since && i < runner->marks_count; i++)
        if (strcmp(runner->marks[i].name, since->text) == 0)
            return runner->marks[i].at_ns;
    return otherwise;
}

int64_t runner_stretch(const struct runner *runner, int64_t window_ns)
{
    double factor = runner->stage->factor > 0 ? runner->stage->factor : 1;

    return (int64_t)((double)window_ns * factor) + runner->stage->slack_ns;
}

int64_t runner_tolerance(const struct runner *runner, int64_t wanted_ns, struct str *out)
{
    int64_t slack_ns = runner->stage->slack_ns;
    char room[UNITS_TEXT_ROOM];

    str_adds(out, units_time_text(wanted_ns > slack_ns ? wanted_ns : slack_ns, room));
    if (slack_ns > wanted_ns)
        str_addf(out, " (the bench's slack; the scenario says %s)",
                 units_time_text(wanted_ns, room));
    return wanted_ns > slack_ns ? wanted_ns : slack_ns;
}

void runner_add_secret(struct runner *runner, const char *text)
{
    if (!text || strlen(text) < SECRET_LEAST || runner->secrets_count == RUN_SECRETS_MAX)
        return;
    for (size_t i = 0; i < runner->secrets_count; i++)
        if (strcmp(runner->secrets[i], text) == 0)
            return;
    runner->secrets[runner->secrets_count++] = str_copy(text);
}

char *runner_mask(const struct runner *runner, const char *text)
{
    struct str out = {0};

    if (!text)
        return NULL;
    while (*text) {
        size_t hit = 0;

        for (size_t i = 0; i < runner->secrets_count; i++) {
            size_t length = strlen(runner->secrets[i]);

            if (length > hit && strncmp(text, runner->secrets[i], length) == 0)
                hit = length;
        }
        if (hit)
            str_adds(&out, "(secret)");
        else
            str_add(&out, text, 1);
        text += hit ? hit : 1;
    }
    return str_take(&out);
}

static void add_records(struct value *to, const struct value *from)
{
    if (to->type != VALUE_RECORDS)
        *to = value_records();
    for (size_t i = 0; from->type == VALUE_RECORDS && i < from->count; i++) {
        struct value_record *record = value_add_record(to, from->records[i].at_ns);

        for (size_t j = 0; j < from->records[i].count; j++)
            value_record_set(record, from->records[i].keys[j],
                             value_copy(&from->records[i].values[j]));
    }
}

void runner_save(struct runner *runner, const char *name, const struct value *results,
                 const struct value *records, bool more)
{
    struct saved *saved;

    if (more && runner->saved_count) {
        add_records(&runner->saved[runner->saved_count - 1].records, records);
        return;
    }
    runner->saved = mem_grow(runner->saved, runner->saved_count + 1, sizeof(*runner->saved));
    saved = &runner->saved[runner->saved_count++];
    *saved = (struct saved){.name = name,
                            .known = true,
                            .results = value_copy(results),
                            .records = value_copy(records)};
}

struct result_time runner_time(const struct runner *runner)
{
    return (struct result_time){
        .world_ns = core_now(runner->core),
        .utc_ns = core_utc_ns(runner->core),
        .host_utc_ns = runner->options->host_utc_ns ? runner->options->host_utc_ns() : 0};
}

char *runner_member_name(const struct runner *runner, size_t role, const struct target *target)
{
    const struct role *known = &runner->scenario->roles[role];

    if (known->members == 1)
        return str_copy(known->name);
    return str_format("%s[%zu]", known->name, target->index);
}

bool runner_members(struct runner *runner, size_t role, size_t member, struct target ***ret,
                    size_t *ret_count, char **ret_why)
{
    const struct role *known = &runner->scenario->roles[role];
    size_t first = member ? member : 1;
    size_t last = member ? member : known->members;
    struct target **targets = mem_new(last - first + 1, sizeof(*targets));

    for (size_t i = first; i <= last; i++) {
        const char *why = "it has no target here";

        targets[i - first] = runner->stage->ops->target(runner->stage, known->name, i, &why);
        if (!targets[i - first]) {
            *ret_why = str_format("%s[%zu]: %s", known->name, i, why);
            free(targets);
            return false;
        }
    }
    *ret = targets;
    *ret_count = last - first + 1;
    return true;
}

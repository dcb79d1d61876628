// SPDX-License-Identifier: Apache-2.0
// `check`: ask, and judge the answers under a clock word. Each member has a clock word of its own;
// where `expect` names totals, the role as a whole has one.
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/run_probe.h"

struct watched {
    struct word word;
    enum word_end end;
};

struct check {
    struct target **targets;
    struct probe *probes;
    size_t count;
    bool totals;
    struct watched *words; // One a member; with totals one.
    size_t words_count;
    size_t ended;
    struct judgement together; // The last judgement of the totals.
    size_t box;                // Asks to collect.
    uint64_t seen;             // Changes of the stage when the members were looked through.
    sim_time_ns next_ns;       // The next wish of a word.
};

static void set_text(struct exec *exec, char **place, const char *text)
{
    free(*place);
    *place = runner_mask(exec->runner, text);
}

static bool read_turns(struct exec *exec, const struct yaml_node *turns, struct word *word)
{
    struct runner *runner = exec->runner;
    struct str tolerance = {0};
    int64_t wanted_ns;

    word->kind = WORD_TURNS;
    if (!exec_time(exec, yaml_get(turns, "at"), 0, &word->at_ns) ||
        !exec_time(exec, yaml_get(turns, "tolerance"), 0, &wanted_ns))
        return false;
    word->base_ns = runner_mark(runner, yaml_get(turns, "since"), exec->started_ns);
    word->tolerance_ns = runner_tolerance(runner, wanted_ns, &tolerance);
    exec->result->tolerance = str_take(&tolerance);
    exec->result->window_ns = word->at_ns;
    return true;
}

static bool read_word(struct exec *exec, struct word *word)
{
    struct runner *runner = exec->runner;
    const struct yaml_node *node = exec->plan->step->node;
    const struct yaml_node *within = yaml_get(node, "within");
    const struct yaml_node *holds = yaml_get(node, "holds");
    bool never = schema_bool(yaml_get(node, "never"), false);
    struct str tolerance = {0};
    int64_t wanted_ns;

    *word = (struct word){.base_ns = exec->started_ns, .poll_ns = runner->stage->poll_ns};
    if (yaml_get(node, "turns"))
        return read_turns(exec, yaml_get(node, "turns"), word);
    if (!exec_time(exec, within, 0, &wanted_ns) || !exec_time(exec, holds, 0, &word->holds_ns))
        return false;
    word->kind = never ? WORD_NEVER : within ? WORD_WITHIN : holds ? WORD_HOLDS : WORD_NOW;
    word->within_ns = never ? wanted_ns : runner_stretch(runner, wanted_ns);
    word->base_ns = runner_mark(runner, yaml_get(node, "since"), exec->started_ns);
    if (within || holds)
        exec->result->window_ns = within ? wanted_ns : word->holds_ns;
    if (within && !never && word->within_ns != wanted_ns) {
        runner_tolerance(runner, 0, &tolerance);
        exec->result->tolerance = str_take(&tolerance);
    }
    return true;
}

static bool cannot(struct exec *exec, struct target *target)
{
    const char *why = target->ops->cannot(target, exec->plan->step->verb);

    if (why)
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
    return why != NULL;
}

static void begin_check(struct exec *exec)
{
    struct check *check = exec->state;
    struct word word;
    char *why = NULL;

    if (!read_word(exec, &word))
        return;
    if (!runner_members(exec->runner, exec->plan->role, exec->plan->member, &check->targets,
                        &check->count, &why)) {
        exec_end(exec, VERDICT_NOT_APPLICABLE, "%s", why);
        free(why);
        return;
    }
    for (size_t i = 0; i < check->count; i++)
        if (cannot(exec, check->targets[i]))
            return;
    check->totals = judge_has_totals(exec->plan);
    check->words_count = check->totals ? 1 : check->count;
    check->words = mem_new(check->words_count, sizeof(*check->words));
    check->probes = mem_new(check->count, sizeof(*check->probes));
    exec->result->members = check->count;
    for (size_t i = 0; i < check->words_count; i++) {
        check->words[i].word = word;
        word_begin(&check->words[i].word);
    }
    for (size_t i = 0; i < check->count; i++) {
        probe_init(&check->probes[i], exec->runner, exec->plan, check->targets[i], exec->lane);
        check->probes[i].call.box = &check->box;
    }
}

// ---- Answers that are none ----

static bool is_answer(struct exec *exec, const struct probe *probe)
{
    static const enum verdict verdicts[] = {
        [OP_ERROR] = VERDICT_ERROR,
        [OP_NOT_APPLICABLE] = VERDICT_NOT_APPLICABLE,
        [OP_BLOCKED] = VERDICT_BLOCKED,
    };
    char *name;

    if (probe->end == OP_FINISHED)
        return true;
    name = runner_member_name(exec->runner, exec->plan->role, probe->target);
    exec_end(exec,
             probe->end == OP_CANCELLED || probe->end == OP_RUNNING ? VERDICT_ERROR
                                                                    : verdicts[probe->end],
             "%s: %s", name, probe->reason ? probe->reason : "");
    free(name);
    return false;
}

// ---- The role as a whole ----

// True when every member has answered at least once; the truth of all of it.
static bool judge_together(struct exec *exec, bool *ret_truth, sim_time_ns *ret_asked_ns,
                           sim_time_ns *ret_answered_ns)
{
    struct check *check = exec->state;
    const struct value **results = mem_new(check->count, sizeof(*results));
    struct wrong wrong = {0};
    bool all = true;
    bool truth = true;

    for (size_t i = 0; i < check->count; i++) {
        const struct probe *probe = &check->probes[i];

        all = all && probe->answered;
        truth = truth && probe->truth;
        results[i] = &probe->results;
        if (probe->effective_ns > *ret_asked_ns)
            *ret_asked_ns = probe->effective_ns;
        if (probe->answered_ns > *ret_answered_ns)
            *ret_answered_ns = probe->answered_ns;
    }
    if (all) {
        judgement_done(&check->together);
        if (!judge_totals(exec->runner, exec->plan, results, check->count, &check->together,
                          &wrong)) {
            check->together = (struct judgement){0};
            exec_wrong(exec, &wrong);
            all = false;
        }
    }
    free(results);
    *ret_truth = truth && check->together.truth;
    return all;
}

static void answer_together(struct exec *exec)
{
    struct check *check = exec->state;
    sim_time_ns asked_ns = 0;
    sim_time_ns answered_ns = 0;
    bool fresh = false;
    bool truth;

    for (size_t i = 0; i < check->count; i++) {
        if (!check->probes[i].fresh)
            continue;
        check->probes[i].fresh = false;
        fresh = true;
        if (!is_answer(exec, &check->probes[i]))
            return;
    }
    if (!fresh || !judge_together(exec, &truth, &asked_ns, &answered_ns))
        return;
    check->words[0].end = word_answer(&check->words[0].word, asked_ns, answered_ns, truth);
    if (check->words[0].end != WORD_PENDING)
        check->ended = 1;
}

static void answer_alone(struct exec *exec, size_t i)
{
    struct check *check = exec->state;
    struct probe *probe = &check->probes[i];
    struct watched *watched = &check->words[i];

    if (!probe->fresh)
        return;
    probe->fresh = false;
    if (watched->end != WORD_PENDING || !is_answer(exec, probe))
        return;
    watched->end =
        word_answer(&watched->word, probe->effective_ns, probe->answered_ns, probe->truth);
    if (watched->end != WORD_PENDING)
        check->ended++;
}

// ---- The end ----

static void add_words(struct exec *exec, struct str *out)
{
    static const char *const words[] = {"within", "holds"};
    const struct yaml_node *node = exec->plan->step->node;
    char room[UNITS_TEXT_ROOM];

    if (schema_bool(yaml_get(node, "never"), false))
        str_adds(out, ", never");
    for (size_t i = 0; i < 2; i++) {
        int64_t time_ns = -1;

        if (yaml_get(node, words[i]) && exec_time(exec, yaml_get(node, words[i]), 0, &time_ns))
            str_addf(out, ", %s %s", words[i], units_time_text(time_ns, room));
    }
    if (yaml_get(node, "turns"))
        str_addf(out, ", turns at %s", units_time_text(exec->result->window_ns, room));
}

static void describe(struct exec *exec, const struct watched *watched, const struct probe *probe)
{
    struct check *check = exec->state;
    struct str expected = {0};
    struct str observed = {0};
    struct str measured = {0};

    str_adds(&expected, probe->expected ? probe->expected : "");
    str_adds(&observed, probe->observed ? probe->observed : "");
    if (check->totals) {
        str_addf(&expected, "%s%s", expected.length ? ", " : "",
                 str_text(&check->together.expected));
        str_addf(&observed, "%s%s", observed.length ? ", " : "",
                 str_text(&check->together.observed));
    }
    add_words(exec, &expected);
    word_print_measured(&watched->word, &measured);
    set_text(exec, &exec->result->expected, str_text(&expected));
    set_text(exec, &exec->result->observed, str_text(&observed));
    if (measured.length)
        set_text(exec, &exec->result->measured, str_text(&measured));
    exec->result->measured_ns = word_measured_ns(&watched->word);
    exec->result->largest_gap_ns = watched->word.largest_gap_ns;
    for (size_t i = 0; i < check->count; i++)
        exec->result->asked += check->probes[i].count;
    str_done(&expected);
    str_done(&observed);
    str_done(&measured);
}

static void add_failed(struct exec *exec, size_t i)
{
    struct check *check = exec->state;
    struct str line = {0};
    char *name = runner_member_name(exec->runner, exec->plan->role, check->targets[i]);
    char *masked;

    str_addf(&line, "%s: %s", name, check->probes[i].observed);
    masked = runner_mask(exec->runner, str_text(&line));
    result_add_text(&exec->result->members_failed, masked);
    free(masked);
    free(name);
    str_done(&line);
}

static void save(struct exec *exec)
{
    struct check *check = exec->state;
    const struct yaml_node *name = yaml_get(exec->plan->step->node, "save");

    for (size_t i = 0; name && i < check->count; i++)
        runner_save(exec->runner, name->text, &check->probes[i].results, &check->probes[i].records,
                    i > 0);
}

static void end_check(struct exec *exec)
{
    static const enum verdict verdicts[] = {[WORD_PENDING] = VERDICT_NOT_RUN,
                                            [WORD_PASS] = VERDICT_PASS,
                                            [WORD_FAIL] = VERDICT_FAIL,
                                            [WORD_PARTIAL] = VERDICT_PARTIAL};
    struct check *check = exec->state;
    enum word_end worst = WORD_PASS;
    size_t which = 0;
    size_t failed = 0;
    struct str reason = {0};

    for (size_t i = 0; i < check->words_count; i++) {
        if (check->words[i].end == WORD_FAIL || check->words[i].end == WORD_PARTIAL) {
            if (failed++ < RUN_FAILED_SHOWN && check->count > 1 && !check->totals)
                add_failed(exec, i);
        }
        if (check->words[i].end == WORD_FAIL
                ? worst != WORD_FAIL
                : worst == WORD_PASS && check->words[i].end == WORD_PARTIAL) {
            worst = check->words[i].end;
            which = i;
        }
    }
    describe(exec, &check->words[which], &check->probes[which]);
    save(exec);
    if (failed && check->count > 1 && !check->totals)
        str_addf(&reason, "%zu of %zu members: ", failed, check->count);
    if (check->words[which].word.kind == WORD_NOW)
        str_addf(&reason, "observed %s, expected %s", exec->result->observed,
                 exec->result->expected);
    else
        word_print_reason(&check->words[which].word, worst, &reason);
    if (worst == WORD_PASS)
        exec_end(exec, VERDICT_PASS, NULL);
    else
        exec_end(exec, verdicts[worst], "%s", str_text(&reason));
    str_done(&reason);
}

// ---- The poll ----

// Polls one probe; what it answered is told to its word. Returns false when the step has ended.
static bool poll_probe(struct exec *exec, size_t i)
{
    struct check *check = exec->state;
    struct watched *watched = &check->words[check->totals ? 0 : i];
    struct wrong wrong = {0};

    if (watched->end != WORD_PENDING ||
        probe_is_idle(&check->probes[i], core_now(exec->runner->core), word_next(&watched->word)))
        return true;
    if (probe_poll(&check->probes[i], word_next(&watched->word), &wrong) < 0)
        exec_wrong(exec, &wrong);
    else if (!check->totals)
        answer_alone(exec, i);
    // What changed while it was asked is asked for at once.
    if (exec->verdict == VERDICT_NOT_RUN && watched->end == WORD_PENDING && !check->totals &&
        !check->probes[i].asking && check->probes[i].again &&
        probe_poll(&check->probes[i], word_next(&watched->word), &wrong) < 0)
        exec_wrong(exec, &wrong);
    return exec->verdict == VERDICT_NOT_RUN;
}

// The role as a whole is asked in rounds: a round is judged when its last member has answered.
static bool poll_round(struct exec *exec)
{
    struct check *check = exec->state;
    bool asking = false;

    for (size_t i = 0; i < check->count; i++) {
        if (check->probes[i].asking && !poll_probe(exec, i))
            return false;
        asking = asking || check->probes[i].asking;
    }
    if (!asking)
        answer_together(exec);
    for (size_t i = 0; !asking && exec->verdict == VERDICT_NOT_RUN && i < check->count; i++)
        poll_probe(exec, i);
    return exec->verdict == VERDICT_NOT_RUN;
}

static bool is_asking(const struct check *check, size_t word)
{
    if (!check->totals)
        return check->probes[word].asking;
    for (size_t i = 0; i < check->count; i++)
        if (check->probes[i].asking)
            return true;
    return false;
}

// When the next ask is to begin; one that is under way brings us here again when it ends.
static sim_time_ns next_wish(const struct check *check)
{
    sim_time_ns next_ns = SIM_TIME_NEVER;

    for (size_t i = 0; i < check->words_count; i++) {
        const struct watched *watched = &check->words[i];

        if (watched->end == WORD_PENDING && !is_asking(check, i) &&
            word_next(&watched->word) < next_ns)
            next_ns = word_next(&watched->word);
    }
    return next_ns;
}

static void poll_check(struct exec *exec)
{
    struct check *check = exec->state;
    uint64_t changes = exec->runner->stage->changes;

    if (check->box == 0 && check->seen == changes && core_now(exec->runner->core) < check->next_ns)
        return;
    check->box = 0;
    check->seen = changes;
    if (check->totals && !poll_round(exec))
        return;
    for (size_t i = 0; !check->totals && i < check->count; i++)
        if (!poll_probe(exec, i))
            return;
    check->next_ns = next_wish(check);
    if (check->ended == check->words_count)
        end_check(exec);
    else
        exec_wake(exec, check->next_ns);
}

static void done_check(struct exec *exec)
{
    struct check *check = exec->state;

    for (size_t i = 0; check->probes && i < check->count; i++)
        probe_done(&check->probes[i]);
    judgement_done(&check->together);
    free(check->probes);
    free(check->words);
    free(check->targets);
}

const struct exec_ops exec_check = {.state_size = sizeof(struct check),
                                    .begin = begin_check,
                                    .poll = poll_check,
                                    .done = done_check};

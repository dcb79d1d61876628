// SPDX-License-Identifier: Apache-2.0
// The clock words, one function a word.
#include "sim/scenario/word.h"

#include <stddef.h>

// A window on the simulator is looked into this often even when nobody reports a change.
#define LOOKS_PER_WINDOW 20
#define LOOK_LEAST_NS SIM_NS_PER_MS

void word_begin(struct word *word)
{
    word->holding = word->kind == WORD_HOLDS;
    word->held_from_ns = word->base_ns;
    word->edge_ns = -1;
    word->began = false;
    word->asked = 0;
    word->largest_gap_ns = 0;
    word->took_ns = 0;
}

static enum word_end answer_holds(struct word *word, sim_time_ns asked_ns, bool truth)
{
    if (!truth)
        return WORD_FAIL;
    return asked_ns >= word->held_from_ns + word->holds_ns ? WORD_PASS : WORD_PENDING;
}

static enum word_end answer_within(struct word *word, sim_time_ns asked_ns, sim_time_ns answered_ns,
                                   bool truth)
{
    sim_time_ns deadline_ns = word->base_ns + word->within_ns;

    if (truth && asked_ns <= deadline_ns) {
        word->edge_ns = asked_ns;
        if (!word->holds_ns)
            return WORD_PASS;
        word->holding = true;
        word->held_from_ns = asked_ns;
        return WORD_PENDING;
    }
    return answered_ns >= deadline_ns ? WORD_FAIL : WORD_PENDING;
}

static enum word_end answer_never(struct word *word, sim_time_ns asked_ns, bool truth)
{
    if (truth) {
        word->edge_ns = asked_ns;
        return WORD_FAIL;
    }
    return asked_ns >= word->base_ns + word->within_ns ? WORD_PASS : WORD_PENDING;
}

// True when a true answer at `asked_ns` shows that it turned too early. Between two polls nothing
// is seen, so a board that is true at the first look of the window turned before it.
static bool too_early(const struct word *word, sim_time_ns asked_ns)
{
    sim_time_ns earliest_ns = word->base_ns + word->at_ns - word->tolerance_ns;

    if (word->poll_ns && word->tolerance_ns)
        return asked_ns <= earliest_ns;
    return asked_ns < earliest_ns;
}

static enum word_end answer_turns(struct word *word, sim_time_ns asked_ns, bool truth)
{
    sim_time_ns latest_ns = word->base_ns + word->at_ns + word->tolerance_ns;
    bool began_late = word->first_ns > word->base_ns + word->at_ns - word->tolerance_ns;

    if (!truth) {
        word->edge_ns = -1;
        return asked_ns >= latest_ns ? WORD_FAIL : WORD_PENDING;
    }
    if (word->edge_ns < 0)
        word->edge_ns = asked_ns;
    if (too_early(word, asked_ns))
        return WORD_FAIL;
    if (asked_ns < latest_ns)
        return WORD_PENDING;
    // True from the first look on, and that came too late to see the edge.
    return began_late && word->edge_ns == word->first_ns ? WORD_PARTIAL : WORD_PASS;
}

enum word_end word_answer(struct word *word, sim_time_ns asked_ns, sim_time_ns answered_ns,
                          bool truth)
{
    if (!word->began)
        word->first_ns = asked_ns;
    else if (asked_ns - word->last_ns > word->largest_gap_ns)
        word->largest_gap_ns = asked_ns - word->last_ns;
    if (answered_ns - asked_ns > word->took_ns)
        word->took_ns = answered_ns - asked_ns;
    word->began = true;
    word->last_ns = asked_ns;
    word->asked++;
    if (word->holding)
        return answer_holds(word, asked_ns, truth);
    switch (word->kind) {
    case WORD_NOW:
        return truth ? WORD_PASS : WORD_FAIL;
    case WORD_WITHIN:
        return answer_within(word, asked_ns, answered_ns, truth);
    case WORD_HOLDS:
        return answer_holds(word, asked_ns, truth);
    case WORD_NEVER:
        return answer_never(word, asked_ns, truth);
    case WORD_TURNS:
        return answer_turns(word, asked_ns, truth);
    }
    return WORD_FAIL;
}

// The next look into a window that ends at `end_ns`, which is looked at itself.
static sim_time_ns next_look(const struct word *word, sim_time_ns begin_ns, sim_time_ns end_ns)
{
    int64_t step_ns = word->poll_ns ? word->poll_ns : (end_ns - begin_ns) / LOOKS_PER_WINDOW;
    sim_time_ns next_ns;

    if (!word->poll_ns && step_ns < LOOK_LEAST_NS)
        step_ns = LOOK_LEAST_NS;
    next_ns = word->last_ns + step_ns;
    // A look past the end, or again at the end (the answer before it was late), is the last.
    if (next_ns > end_ns)
        next_ns = word->last_ns < end_ns ? end_ns : word->last_ns + step_ns;
    return next_ns;
}

// Around the instant at which a device ought to turn. The look before it leaves the question time
// to come back, so that the instant itself is not missed.
static sim_time_ns next_turn(const struct word *word)
{
    sim_time_ns at_ns = word->base_ns + word->at_ns;
    int64_t before_ns = 2 * word->took_ns > LOOK_LEAST_NS ? 2 * word->took_ns : LOOK_LEAST_NS;
    const sim_time_ns looks[] = {
        at_ns - word->tolerance_ns - before_ns,
        at_ns - word->tolerance_ns,
        at_ns - word->tolerance_ns / 2,
        at_ns - before_ns,
        at_ns,
        at_ns + word->tolerance_ns / 2,
        at_ns + word->tolerance_ns,
    };
    sim_time_ns next_ns = SIM_TIME_NEVER;

    if (word->poll_ns && word->last_ns >= looks[1])
        return next_look(word, looks[1], looks[6]);
    for (size_t i = word->poll_ns ? 1 : 0; i < sizeof(looks) / sizeof(looks[0]); i++)
        if (looks[i] > word->last_ns && looks[i] < next_ns)
            next_ns = looks[i];
    return next_ns == SIM_TIME_NEVER ? word->last_ns + LOOK_LEAST_NS : next_ns;
}

sim_time_ns word_next(const struct word *word)
{
    sim_time_ns from_ns = word->holding ? word->held_from_ns : word->base_ns;

    if (!word->began)
        return 0;
    if (word->holding)
        return next_look(word, from_ns, from_ns + word->holds_ns);
    switch (word->kind) {
    case WORD_NOW:
        return SIM_TIME_NEVER;
    case WORD_WITHIN:
    case WORD_NEVER:
        return next_look(word, from_ns, from_ns + word->within_ns);
    case WORD_HOLDS:
        return next_look(word, from_ns, from_ns + word->holds_ns);
    case WORD_TURNS:
        return next_turn(word);
    }
    return SIM_TIME_NEVER;
}

int64_t word_measured_ns(const struct word *word)
{
    if (word->edge_ns >= 0)
        return word->edge_ns - word->base_ns;
    return word->holding && word->began ? word->last_ns - word->held_from_ns : -1;
}

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

static void print_asked(const struct word *word, struct str *out)
{
    str_addf(out, ", asked %llu time%s", (unsigned long long)word->asked,
             word->asked == 1 ? "" : "s");
    if (word->asked > 1)
        str_addf(out, ", largest gap %.3f s", seconds(word->largest_gap_ns));
}

void word_print_measured(const struct word *word, struct str *out)
{
    if (word->kind == WORD_NOW || !word->began)
        return;
    if (word->kind == WORD_TURNS && word->edge_ns >= 0)
        str_addf(out, "edge at %.3f s", seconds(word->edge_ns - word->base_ns));
    else if (word->kind == WORD_TURNS)
        str_addf(out, "no edge until %.3f s", seconds(word->last_ns - word->base_ns));
    else if (word->kind == WORD_NEVER && word->edge_ns < 0)
        str_addf(out, "not once in %.3f s", seconds(word->last_ns - word->base_ns));
    else if (word->kind != WORD_HOLDS && word->edge_ns >= 0)
        str_addf(out, "true after %.3f s", seconds(word->edge_ns - word->base_ns));
    else if (!word->holding)
        str_addf(out, "not true until %.3f s", seconds(word->last_ns - word->base_ns));
    if (word->holding)
        str_addf(out, "%sheld %.3f s", out->length ? ", " : "",
                 seconds(word->last_ns - word->held_from_ns));
    print_asked(word, out);
}

void word_print_reason(const struct word *word, enum word_end end, struct str *out)
{
    if (end == WORD_PARTIAL)
        str_addf(out, "it was true already at %.3f s, when it was first asked: the edge was missed",
                 seconds(word->first_ns - word->base_ns));
    else if (word->holding)
        str_addf(out, "it did not stay so: no longer after %.3f s",
                 seconds(word->last_ns - word->held_from_ns));
    else if (word->kind == WORD_WITHIN)
        str_addf(out, "not true within %.3f s", seconds(word->within_ns));
    else if (word->kind == WORD_NEVER)
        str_addf(out, "it happened, after %.3f s", seconds(word->edge_ns - word->base_ns));
    else if (word->kind == WORD_TURNS && word->edge_ns >= 0)
        str_addf(out, "it turned too early: true at %.3f s",
                 seconds(word->edge_ns - word->base_ns));
    else if (word->kind == WORD_TURNS)
        str_addf(out, "it did not turn: still false at %.3f s",
                 seconds(word->last_ns - word->base_ns));
}

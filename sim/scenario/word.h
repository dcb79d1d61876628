// SPDX-License-Identifier: Apache-2.0
// The clock words: eventually (within), always (holds), absence (never), an edge (turns). A small
// state machine that is told each answer with the time at which it was asked, and says when it
// wants the next one. It starts nothing itself.
//
// On the simulator (`poll_ns` 0) the runner asks at each change of state, so edges are exact; the
// times this machine wants are for devices that change without telling (a lock that is compared
// with the clock when it is read).
#ifndef SIM_SCENARIO_WORD_H
#define SIM_SCENARIO_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/str.h"
#include "sim/core/timer.h"

enum word_kind { WORD_NOW, WORD_WITHIN, WORD_HOLDS, WORD_NEVER, WORD_TURNS };

enum word_end { WORD_PENDING, WORD_PASS, WORD_FAIL, WORD_PARTIAL };

struct word {
    enum word_kind kind;
    sim_time_ns base_ns;  // What `within` and `at` count from.
    int64_t within_ns;    // WORD_WITHIN, WORD_NEVER; stretched already.
    int64_t holds_ns;     // WORD_HOLDS; with WORD_WITHIN: holds once it is true; 0 for none.
    int64_t at_ns;        // WORD_TURNS
    int64_t tolerance_ns; // WORD_TURNS; widened already.
    int64_t poll_ns;      // Of the stage.

    bool holding;
    sim_time_ns held_from_ns;
    sim_time_ns edge_ns; // The first true one in a row; -1 for none.
    bool began;
    sim_time_ns first_ns;
    sim_time_ns last_ns; // Last asked.
    uint64_t asked;
    int64_t largest_gap_ns;
    int64_t took_ns; // The longest ask.
};

// Sets the state; the settings above are filled in.
void word_begin(struct word *word);

// Tells an answer. `asked_ns` is when it was asked, `answered_ns` when it came.
enum word_end word_answer(struct word *word, sim_time_ns asked_ns, sim_time_ns answered_ns,
                          bool truth);

// When it wants to be asked at the latest; SIM_TIME_NEVER when it has no more wish.
sim_time_ns word_next(const struct word *word);

// The measured time after the end, ns: until true, held for, the edge; -1 when nothing was
// measured.
int64_t word_measured_ns(const struct word *word);

// "true after 1.204 s", "held 10.000 s, asked 21 times, largest gap 0.500 s"; why not, after a FAIL
// or PARTIAL.
void word_print_measured(const struct word *word, struct str *out);
void word_print_reason(const struct word *word, enum word_end end, struct str *out);

#endif

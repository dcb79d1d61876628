// SPDX-License-Identifier: Apache-2.0
// The verdicts of the language, how several become one, and the exit code they lead to.
#ifndef SIM_SCENARIO_VERDICT_H
#define SIM_SCENARIO_VERDICT_H

#include <stdbool.h>

enum verdict {
    VERDICT_NOT_RUN, // Not reached; never the verdict of a scenario that ran.
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_ERROR,
    VERDICT_BLOCKED,
    VERDICT_NOT_APPLICABLE,
    VERDICT_PARTIAL,
    VERDICT_VACUOUS,
    VERDICT_XFAIL,
    VERDICT_XPASS,
    VERDICT_INTERRUPTED,
    VERDICT_COUNT
};

// "PASS", "N/A"; lower-case word for style sheets: "pass", "na".
const char *verdict_name(enum verdict verdict);
const char *verdict_word(enum verdict verdict);
const char *verdict_meaning(enum verdict verdict);

// The graver of two, by which steps become a case and cases a scenario.
enum verdict verdict_worse(enum verdict left, enum verdict right);

// FAIL, ERROR, VACUOUS, XPASS and INTERRUPTED: something to look at.
bool verdict_bad(enum verdict verdict);

// 0, 1, 3, or 5 with `strict`; the worst of 3 > 1 > 5 > 0 decides over several.
int verdict_exit(enum verdict verdict, bool strict);
int verdict_exit_worse(int left, int right);

#endif

// SPDX-License-Identifier: Apache-2.0
// The ten verdicts in one table.
#include "sim/scenario/verdict.h"

static const struct {
    const char *name;
    const char *word;
    const char *meaning;
    int rank; // The greater decides.
    int exit;
    int exit_strict;
    bool bad;
} rows[VERDICT_COUNT] = {
    [VERDICT_NOT_RUN] = {"NOT RUN", "notrun", "not reached", 0, 0, 0, false},
    [VERDICT_PASS] = {"PASS", "pass", "the device did", 2, 0, 0, false},
    [VERDICT_FAIL] = {"FAIL", "fail", "the device did not", 8, 1, 1, true},
    [VERDICT_ERROR] = {"ERROR", "error", "bench, scenario or harness broke", 9, 3, 3, true},
    [VERDICT_BLOCKED] = {"BLOCKED", "blocked", "needs a hand, a wire or a licence that is missing",
                         5, 0, 5, false},
    [VERDICT_NOT_APPLICABLE] = {"N/A", "na", "not claimed, or not possible on this target", 1, 0, 0,
                                false},
    [VERDICT_PARTIAL] = {"PARTIAL", "partial", "some checks could not be observed", 4, 0, 5, false},
    [VERDICT_VACUOUS] = {"VACUOUS", "vacuous", "what was to be seen never came up: nothing proven",
                         6, 1, 1, true},
    [VERDICT_XFAIL] = {"XFAIL", "xfail", "a known failure, still there", 3, 0, 0, false},
    [VERDICT_XPASS] = {"XPASS", "xpass", "a known failure that passes now", 7, 1, 1, true},
    [VERDICT_INTERRUPTED] = {"INTERRUPTED", "interrupted", "cancelled, or the lease was lost", 10,
                             3, 3, true},
};

const char *verdict_name(enum verdict verdict)
{
    return rows[verdict].name;
}

const char *verdict_word(enum verdict verdict)
{
    return rows[verdict].word;
}

const char *verdict_meaning(enum verdict verdict)
{
    return rows[verdict].meaning;
}

enum verdict verdict_worse(enum verdict left, enum verdict right)
{
    enum verdict graver = rows[left].rank >= rows[right].rank ? left : right;
    enum verdict other = graver == left ? right : left;

    // Something was seen and something could not be.
    if (graver == VERDICT_PASS && other == VERDICT_NOT_APPLICABLE)
        return VERDICT_PARTIAL;
    return graver;
}

bool verdict_bad(enum verdict verdict)
{
    return rows[verdict].bad;
}

int verdict_exit(enum verdict verdict, bool strict)
{
    return strict ? rows[verdict].exit_strict : rows[verdict].exit;
}

// 3 > 1 > 5 > 0.
int verdict_exit_worse(int left, int right)
{
    static const int order[] = {3, 1, 5};

    for (int i = 0; i < 3; i++)
        if (left == order[i] || right == order[i])
            return order[i];
    return 0;
}

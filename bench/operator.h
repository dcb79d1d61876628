// SPDX-License-Identifier: Apache-2.0
// A person at the terminal: questions with yes or no, requests with "done". One at a time, the
// others wait. The loop runs on while the person walks. Without a terminal, or unattended, what
// needs a hand is BLOCKED.
#ifndef BENCH_OPERATOR_H
#define BENCH_OPERATOR_H

#include <stdbool.h>

#include "sim/scenario/role.h"

struct bench_operator;

#define OPERATOR_QUESTIONS_MAX 64
#define OPERATOR_ANSWER_BYTES_MAX 256

// `terminal` is a path, normally "/dev/tty"; it is opened at the first question. Never NULL.
struct bench_operator *operator_new(struct core *core, const char *terminal, bool unattended);
void operator_free(struct bench_operator **person);

// Puts the question; the op ends with `yes` true or false, or blocked.
void operator_ask(struct bench_operator *person, const char *question, struct op *op);

// Asks for something to be done; the op finishes when it is, or fails when the person says that it
// cannot be done; blocked without a person.
void operator_request(struct bench_operator *person, const char *request, struct op *op);

// Forgets a question; the op is not ended. Harmless for an op that is not here.
void operator_cancel(struct bench_operator *person, const struct op *op);

#endif

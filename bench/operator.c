// SPDX-License-Identifier: Apache-2.0
// The person at the terminal. The prompt goes to the terminal itself and not to standard output,
// which may be a file that a program reads.
#include "bench/operator.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"

struct question {
    struct op *op; // NULL: forgotten; it is dropped when its turn comes.
    char *text;
    bool request; // "done" is wanted, not yes or no.
};

struct bench_operator {
    struct core *core;
    char *terminal;
    bool unattended;
    int fd; // -1: not open.
    struct loop_io *io;
    struct core_work next;
    struct question questions[OPERATOR_QUESTIONS_MAX]; // The first one is on the terminal.
    size_t count;
    char answer[OPERATOR_ANSWER_BYTES_MAX];
    size_t length;
};

static void say(struct bench_operator *person, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t count = write(person->fd, text, length);

        if (count <= 0 && errno != EINTR)
            return; // A terminal that takes nothing; the question stands until the step gives up.
        text += count > 0 ? count : 0;
        length -= count > 0 ? (size_t)count : 0;
    }
}

static void prompt(struct bench_operator *person)
{
    const struct question *question = &person->questions[0];
    char *text = str_format("\ntestbay: %s %s ", question->text,
                            question->request ? "[done/cannot]" : "[yes/no]");

    say(person, text);
    free(text);
}

static void drop_first(struct bench_operator *person)
{
    free(person->questions[0].text);
    person->count--;
    memmove(&person->questions[0], &person->questions[1],
            person->count * sizeof(person->questions[0]));
    core_release(person->core);
    if (person->count > 0)
        core_post(person->core, &person->next);
}

static void on_next(void *user)
{
    struct bench_operator *person = user;

    while (person->count > 0 && !person->questions[0].op)
        drop_first(person);
    core_cancel(person->core, &person->next);
    if (person->count > 0)
        prompt(person);
}

// 1 and the answer, 0 for what is none.
static int judge(const struct question *question, const char *text, bool *ret_yes)
{
    static const struct {
        const char *text;
        bool request;
        bool yes;
    } answers[] = {
        {"yes", false, true}, {"y", false, true},      {"no", false, false}, {"n", false, false},
        {"done", true, true}, {"d", true, true},       {"yes", true, true},  {"", true, true},
        {"no", true, false},  {"cannot", true, false}, {"c", true, false},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (answers[i].request == question->request && strcasecmp(answers[i].text, text) == 0) {
            *ret_yes = answers[i].yes;
            return 1;
        }
    }
    return 0;
}

static void take_answer(struct bench_operator *person, const char *text)
{
    struct question question;
    bool yes;

    if (person->count == 0)
        return;
    question = person->questions[0];
    if (question.op && !judge(&question, text, &yes)) {
        prompt(person);
        return;
    }
    drop_first(person);
    if (!question.op)
        return;
    if (question.request && yes) {
        op_finish(question.op);
    } else if (question.request) {
        op_blocked(question.op, "the operator says that it cannot be done");
    } else {
        op_set_truth(question.op, "yes", yes);
        op_finish(question.op);
    }
}

static void on_bytes(struct bench_operator *person, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            // The end of a line that is too long is lost; it is no answer anyway.
            if (person->length + 1 < sizeof(person->answer))
                person->answer[person->length++] = bytes[i];
            continue;
        }
        while (person->length > 0 && person->answer[person->length - 1] == ' ')
            person->length--;
        person->answer[person->length] = '\0';
        person->length = 0;
        take_answer(person, person->answer);
    }
}

static void close_terminal(struct bench_operator *person)
{
    loop_io_free(&person->io);
    if (person->fd >= 0)
        close(person->fd);
    person->fd = -1;
}

// Nobody is there any more: everything that waits needs a hand that is missing.
static void give_up(struct bench_operator *person)
{
    close_terminal(person);
    while (person->count > 0) {
        struct op *op = person->questions[0].op;

        drop_first(person);
        if (op)
            op_blocked(op, "the operator's terminal has gone");
    }
    core_cancel(person->core, &person->next);
}

static void on_readable(struct loop_io *io, int revents, void *user)
{
    struct bench_operator *person = user;
    char bytes[OPERATOR_ANSWER_BYTES_MAX];
    ssize_t count = read(person->fd, bytes, sizeof(bytes));

    (void)io;
    (void)revents;
    if (count > 0)
        on_bytes(person, bytes, (size_t)count);
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        give_up(person);
}

static bool open_terminal(struct bench_operator *person)
{
    if (person->fd >= 0)
        return true;
    if (person->unattended)
        return false;
    person->fd = open(person->terminal, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (person->fd < 0 || !isatty(person->fd)) {
        close_terminal(person);
        return false;
    }
    person->io = loop_io_new(core_loop(person->core), person->fd, LOOP_READ, on_readable, person);
    return true;
}

static void put_question(struct bench_operator *person, const char *text, bool request,
                         struct op *op)
{
    if (!open_terminal(person)) {
        op_blocked(op, "it needs a person, and %s: %s",
                   person->unattended ? "the run is unattended" : "there is no terminal", text);
        return;
    }
    if (person->count == OPERATOR_QUESTIONS_MAX) {
        op_fail(op, ERR_TOO_MANY, "more than %d questions wait for the operator",
                OPERATOR_QUESTIONS_MAX);
        return;
    }
    core_hold(person->core);
    person->questions[person->count++] =
        (struct question){.op = op, .text = str_copy(text), .request = request};
    if (person->count == 1)
        prompt(person);
}

struct bench_operator *operator_new(struct core *core, const char *terminal, bool unattended)
{
    struct bench_operator *person = mem_new(1, sizeof(*person));

    person->core = core;
    person->terminal = str_copy(terminal);
    person->unattended = unattended;
    person->fd = -1;
    person->next = (struct core_work){.fn = on_next, .user = person};
    return person;
}

void operator_free(struct bench_operator **person)
{
    if (!*person)
        return;
    while ((*person)->count > 0)
        drop_first(*person);
    core_cancel((*person)->core, &(*person)->next);
    close_terminal(*person);
    free((*person)->terminal);
    free(*person);
    *person = NULL;
}

void operator_ask(struct bench_operator *person, const char *question, struct op *op)
{
    put_question(person, question, false, op);
}

void operator_request(struct bench_operator *person, const char *request, struct op *op)
{
    put_question(person, request, true, op);
}

void operator_cancel(struct bench_operator *person, const struct op *op)
{
    for (size_t i = 0; i < person->count; i++)
        if (person->questions[i].op == op)
            person->questions[i].op = NULL;
    core_post(person->core, &person->next);
}

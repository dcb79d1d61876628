// SPDX-License-Identifier: Apache-2.0
// What the runner's files share. A step under way is an `exec`: it begins, is polled whenever
// something may have happened (an op ended, a timer fired, a state changed), and ends with a
// verdict. The runner's work item polls them all, so no verb and no device ever calls into a step.
#ifndef SIM_SCENARIO_RUN_MODEL_H
#define SIM_SCENARIO_RUN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/rng.h"
#include "sim/core/core.h"
#include "sim/scenario/plan_model.h"
#include "sim/scenario/role.h"
#include "sim/scenario/run.h"
#include "sim/scenario/word.h"

#define RUN_SECRETS_MAX 64
#define RUN_MARKS_MAX 256
#define RUN_FAILED_SHOWN 10

struct exec;
struct runner;
struct watch;

struct exec_ops {
    size_t state_size; // Zeroed memory at exec->state.
    void (*begin)(struct exec *exec);
    void (*poll)(struct exec *exec);
    void (*cancel)(struct exec *exec); // Gives up what is under way; then end() is called.
    void (*done)(struct exec *exec);   // Frees what the state holds.
};

struct exec {
    const struct exec_ops *ops;
    struct runner *runner;
    const struct plan_step *plan;
    struct result_step *result;
    const char *lane;     // Suffix of the session inside `parallel`, or "".
    enum verdict verdict; // VERDICT_NOT_RUN while it runs.
    bool over;            // Ended, also without a verdict.
    sim_time_ns started_ns;
    struct timer timer; // The next instant it wants to be polled at.
    struct exec *next;
    void *state;
};

struct mark {
    const char *name;
    sim_time_ns at_ns;
};

// A fault that stands, with the parts the stage knows.
struct standing {
    char *id;
    char **parts; // Ids at the stage: itself, or one a member.
    size_t parts_count;
    int64_t over_ns; // Of a swizzle; 0 otherwise.
    struct standing *next;
};

struct runner {
    const struct scenario *scenario;
    struct plan *plan;
    struct stage *stage;
    struct core *core;
    const struct run_options *options;
    struct result_column *column;
    struct result_entry *entry;
    struct result_case *row;
    struct diag *diag;
    uint64_t seed;
    struct rng rng; // Shares, swizzles.
    struct core_work work;
    struct exec *execs; // In order of their beginning.
    uint64_t seen_changes;
    struct mark marks[RUN_MARKS_MAX];
    size_t marks_count;
    struct saved *saved;
    size_t saved_count;
    struct standing *standing;
    struct watch *watches; // Background, always, sometimes.
    char *secrets[RUN_SECRETS_MAX];
    size_t secrets_count;
    int64_t host_ns; // Host time spent in core_run().
    bool interrupted;
    bool broken; // An `always` failed, or the background broke: the case ends.
};

// ---- Execs ----

// Begins a step; polled until exec->verdict is set. `lane` is borrowed. Never NULL.
struct exec *exec_begin(struct runner *runner, const struct plan_step *plan, const char *lane);
// Ends it; `format` is why (NULL for PASS). The first end counts.
void exec_end(struct exec *exec, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Ends it with ERROR for what could not be evaluated, with its place.
void exec_wrong(struct exec *exec, const struct wrong *wrong);
// Takes it off the runner and frees it; cancels it when it still runs.
void exec_free(struct exec **exec);
// Polls it again at `at_ns` (SIM_TIME_NEVER: only when something happens).
void exec_wake(struct exec *exec, sim_time_ns at_ns);
// Everything waits for the runner's next look.
void runner_kick(struct runner *runner);

// The table of steps that run: NULL for kinds that are expanded away.
extern const struct exec_ops exec_act, exec_check, exec_wait, exec_fault, exec_clear, exec_switch,
    exec_mark, exec_records, exec_reconcile, exec_parallel, exec_ask;
const struct exec_ops *exec_ops_of(enum step_kind kind);

// ---- Names, times, texts at run time ----

struct names runner_names(struct runner *runner, const struct plan_step *plan,
                          struct target *target);
// A time of the step, or `otherwise` when the key is not there. False after exec_wrong().
bool exec_time(struct exec *exec, const struct yaml_node *node, int64_t otherwise, int64_t *ret_ns);
// When a mark was set, or `otherwise`.
sim_time_ns runner_mark(const struct runner *runner, const struct yaml_node *since,
                        sim_time_ns otherwise);
// A deadline as this stage keeps it: x factor + slack.
int64_t runner_stretch(const struct runner *runner, int64_t window_ns);
// The effective tolerance, said in the step's result.
int64_t runner_tolerance(const struct runner *runner, int64_t wanted_ns, struct str *out);
// A copy with every known secret masked; NULL stays NULL.
char *runner_mask(const struct runner *runner, const char *text);
void runner_add_secret(struct runner *runner, const char *text);
// Keeps results and records under a name; copies. `more` adds the records to those of the member
// before.
void runner_save(struct runner *runner, const char *name, const struct value *results,
                 const struct value *records, bool more);
struct result_time runner_time(const struct runner *runner);
// "cb", "evse[17]"; the caller frees it.
char *runner_member_name(const struct runner *runner, size_t role, const struct target *target);

// The members a step is about, or a side of a fault; the caller frees *ret. False with *ret_why
// (the caller frees it) when one has no target.
bool runner_members(struct runner *runner, size_t role, size_t member, struct target ***ret,
                    size_t *ret_count, char **ret_why);

// ---- Calls: one op on one member ----

enum call_end { CALL_RUNNING, CALL_ENDED, CALL_SILENT };

struct call {
    struct runner *runner;
    struct target *target;
    struct op *op;
    char *session;
    char *role;
    sim_time_ns deadline_ns;
    struct timer timer;
    bool started; // The target has it.
    size_t *box;  // The owner's count of calls that have something to collect; may be NULL.
};

// Evaluates the arguments for this member and starts the verb. 0, or ERR_SYNTAX with *ret_wrong
// set. `timeout_ns` is the stage's own already. `rng` draws laws.
int call_begin(struct call *call, struct runner *runner, const struct plan_step *plan,
               struct target *target, const char *lane, int64_t timeout_ns, struct rng *rng,
               struct wrong *ret_wrong);
// An op of the stage itself (a fault, a question): makes call->op, which the caller hands to the
// stage. SIM_TIME_NEVER waits for ever.
void call_begin_stage(struct call *call, struct runner *runner, int64_t timeout_ns);
// How it stands; past its deadline it is given up and CALL_SILENT.
enum call_end call_poll(struct call *call);
// Frees it, giving it up first when it still runs.
void call_done(struct call *call);

// ---- Judging ----

struct judgement {
    bool truth;
    struct str expected;
    struct str observed;
};

// Compares the results of one member with `expect` (or with the verb's own idea of success). Totals
// are left out. False with *ret_wrong set.
bool judge(struct runner *runner, const struct plan_step *plan, struct target *target,
           const struct value *results, struct judgement *ret, struct wrong *ret_wrong);
// Compares the totals over all members' results. `results` has `count` VALUE_RECORDS.
bool judge_totals(struct runner *runner, const struct plan_step *plan,
                  const struct value *const *results, size_t count, struct judgement *ret,
                  struct wrong *ret_wrong);
bool judge_has_totals(const struct plan_step *plan);
void judgement_done(struct judgement *judgement);

// Makes the watches of a case; those of always and sometimes begin at once.
void watches_begin(struct runner *runner, const struct plan_case *row);
void watches_poll(struct runner *runner);
// Starts or stops an activity of the background.
void watches_switch(struct runner *runner, const char *name, bool on);
// Ends them and adds their steps to the case: what failed, and what never was.
void watches_end(struct runner *runner);

// Ends every fault that still stands, at the end of a case.
void faults_end(struct runner *runner);

// Runs the core until `done` says so. The end of the run's own budget, of the host's patience or an
// interruption come back as they are.
enum core_end runner_core(struct runner *runner, bool (*done)(void *user), void *user,
                          int64_t budget_ns);

void runner_case(struct runner *runner, const struct plan_case *row);

#define WATCHERS(runner, slot, ...)                                                                \
    for (size_t watcher_ = 0; watcher_ < (runner)->options->watchers_count; watcher_++)            \
        if ((runner)->options->watchers[watcher_].slot)                                            \
    (runner)->options->watchers[watcher_].slot((runner)->options->watchers[watcher_].user,         \
                                               __VA_ARGS__)

#endif

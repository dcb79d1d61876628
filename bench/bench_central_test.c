// SPDX-License-Identifier: Apache-2.0
// The stage with a central system of the bench's own: who is bound to it, what its operator may do,
// what a charger that nobody has a hand on is seen to be, and which faults it can make.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/authority.h"
#include "bench/bench_stage.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/profile/profile.h"
#include "sim/proto/ocpp/link.h"

static char folder[64];
static struct core *core;
static struct profiles *profiles;
static struct bench_file *file;
static struct authority *authority;
static char *root_path;

static void open_all(void)
{
    struct core_options options = {
        .mode = CLOCK_REAL, .speed = 1, .seed = 3, .utc_start_ns = loop_host_utc_ns()};

    snprintf(folder, sizeof(folder), "/tmp/bench-central-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    root_path = str_format("%s/root.pem", folder);
    core = core_new(&options);
    profiles = profiles_new("devices");
    authority = NULL;
    file = NULL;
}

static void close_all(void)
{
    bench_file_free(&file);
    authority_free(&authority);
    core_free(&core);
    profiles_free(&profiles);
    unlink(root_path);
    free(root_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

#define BOARD "{adapter: board, profile: skeleton, model: SKEL-1, links: "
#define CSMS                                                                                       \
    "  csms: " BOARD "{d: {kind: ocpp, listen: '127.0.0.1:1', security: 3, stations: {A: {}}}}}\n"
#define EVSE "  evse: " BOARD "{o: {kind: ocpp, central: csms, identity: A}}}\n"

// Its doors are where the kernel likes them to be.
static int open_stage(const char *targets, struct stage **ret, char **ret_why)
{
    struct diag *diag = diag_new();
    char *path = str_format("%s/bench.yaml", folder);
    FILE *out = fopen(path, "we");
    struct bench_options options = {
        .core = core,
        .profiles = profiles,
        .unattended = true,
        .authority = &authority,
        .authority_path = root_path,
    };

    fprintf(out, "testbay-bench: 1\nname: b\ntargets:\n%s", targets);
    fclose(out);
    ck_assert_int_eq(bench_file_load(path, diag, &file), 0);
    for (size_t i = 0; i < file->targets_count; i++)
        if (file->targets[i].links[0].listen)
            file->targets[i].links[0].listen = "127.0.0.1";
    unlink(path);
    free(path);
    diag_free(&diag);
    options.file = file;
    return bench_stage_new(&options, ret, ret_why);
}

static struct stage *open_good(const char *targets)
{
    struct stage *stage = NULL;
    char *why = NULL;

    ck_assert_msg(open_stage(targets, &stage, &why) == 0, "%s", why);
    return stage;
}

static struct target *target_of(struct stage *stage, const char *role)
{
    const char *why = "";
    struct target *target = stage->ops->target(stage, role, 1, &why);

    ck_assert_msg(target != NULL, "%s", why);
    return target;
}

static const struct verb registered = {
    .name = "ocpp.registered", .door = VERB_WORLD, .use = VERB_CHECK, .timeout_ns = 1};
static const struct verb refusals = {
    .name = "csms.refusals", .door = VERB_WORLD, .use = VERB_CHECK, .timeout_ns = 1};
static const struct verb plug = {.name = "car.plug", .door = VERB_WORLD, .timeout_ns = 1};
static const struct verb stations = {
    .name = "ocpp.stations", .door = VERB_WIRE, .service = "ocpp", .timeout_ns = 1};

static struct op *new_op(const struct verb *verb)
{
    return op_new(verb, core_timers(core), NULL, NULL);
}

// What the verb found, at once.
static double ask(struct target *target, const struct verb *verb, const char *result)
{
    struct op *op = new_op(verb);
    const struct value *value;
    double found;

    target->ops->start(target, op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    value = op_result(op, result);
    ck_assert_ptr_nonnull(value);
    found = value->type == VALUE_NUMBER ? value->number : value->truth;
    op_free(&op);
    return found;
}

START_TEST(a_charger_is_seen_from_its_central_system)
{
    struct stage *stage = open_good(EVSE CSMS); // In any order.
    struct target *csms = target_of(stage, "csms");
    struct target *evse = target_of(stage, "evse");
    struct ocpp_link *link;
    const char *why = NULL;

    ck_assert_ptr_null(csms->ops->cannot(csms, &stations));
    ck_assert_ptr_null(csms->ops->cannot(csms, &refusals));
    ck_assert_ptr_nonnull(csms->ops->cannot(csms, &registered));
    ck_assert_ptr_null(evse->ops->cannot(evse, &stations));
    ck_assert_ptr_null(evse->ops->cannot(evse, &registered));
    ck_assert_ptr_nonnull(evse->ops->cannot(evse, &refusals));
    ck_assert_ptr_nonnull(strstr(evse->ops->cannot(evse, &plug), "hand"));
    link = csms->ops->service(csms, "ocpp", "", &why);
    ck_assert_ptr_null(link->station);
    link = evse->ops->service(evse, "ocpp", "", &why);
    ck_assert_str_eq(link->station, "A");
    ck_assert_ptr_nonnull(strstr(link->path, "central system csms at 127.0.0.1"));
    ck_assert(ask(evse, &registered, "registered") == 0);
    ck_assert(ask(csms, &refusals, "upgrades") == 0);
    stage->ops->free(stage);
}
END_TEST

START_TEST(its_tables_are_its_own)
{
    struct stage *stage = open_good(CSMS);
    struct target *csms = target_of(stage, "csms");
    struct op *op = new_op(NULL);

    csms->ops->table(csms, "stations", op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_uint_eq(op->records.count, 1);
    op_free(&op);
    op = new_op(NULL);
    csms->ops->table(csms, "commands", op);
    ck_assert_int_eq(op->end, OP_NOT_APPLICABLE);
    op_free(&op);
    stage->ops->free(stage);
}
END_TEST

START_TEST(its_tls_can_be_made_wrong_and_its_wires_not)
{
    struct stage *stage = open_good(CSMS);
    struct target *csms = target_of(stage, "csms");
    struct stage_fault fault = {.id = "old", .kind = "tls-expired", .left = &csms, .left_count = 1};
    struct op *op = new_op(NULL);

    ck_assert_ptr_null(stage->ops->cannot_fault(stage, &fault));
    stage->ops->fault(stage, &fault, op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    op = new_op(NULL);
    stage->ops->clear(stage, "old", op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    fault.kind = "latency";
    ck_assert_ptr_nonnull(stage->ops->cannot_fault(stage, &fault));
    stage->ops->free(stage);
}
END_TEST

// A charger is given the root once: the next stage shows the same one.
START_TEST(its_authority_stays_from_one_stage_to_the_next)
{
    struct stage *stage = open_good(CSMS);
    char before[65];
    char after[65];

    ck_assert_int_eq(access(root_path, R_OK), 0);
    certificate_fingerprint(authority_root(authority), before);
    stage->ops->free(stage);
    bench_file_free(&file);
    stage = open_good(CSMS);
    certificate_fingerprint(authority_root(authority), after);
    ck_assert_str_eq(before, after);
    stage->ops->free(stage);
}
END_TEST

START_TEST(a_charger_nobody_lets_in_is_an_error)
{
    struct stage *stage = NULL;
    char *why = NULL;

    ck_assert_int_eq(
        open_stage(CSMS "  evse: " BOARD "{o: {kind: ocpp, central: csms}}}\n", &stage, &why),
        ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why, "'csms' lets no station 'evse' in"));
    free(why);
}
END_TEST

Suite *bench_central_suite(void)
{
    Suite *suite = suite_create("bench central system");
    TCase *tcase = tcase_create("bench_central");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, a_charger_is_seen_from_its_central_system);
    tcase_add_test(tcase, its_tables_are_its_own);
    tcase_add_test(tcase, its_tls_can_be_made_wrong_and_its_wires_not);
    tcase_add_test(tcase, its_authority_stays_from_one_stage_to_the_next);
    tcase_add_test(tcase, a_charger_nobody_lets_in_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}

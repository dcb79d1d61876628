// SPDX-License-Identifier: Apache-2.0
// A bench with boards on sockets and a pty: who is bound, who is refused, which verb takes which
// way, and a clock that follows.
#include "bench/bench_stage.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/secrets.h"
#include "bench/test_peer.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/edge/control.h"
#include "sim/profile/profile.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/link.h"
#include "sim/proto/modbus/master.h"
#include "sim/proto/web/verbs/web_sessions.h"

#define WALL_NS (10 * SIM_NS_PER_S)

static char folder[64];
static char *bench_path;
static struct core *core;
static struct profiles *profiles;
static struct bench_file *file;
static struct test_peer *gateway; // Over TCP.
static struct test_peer *serial;  // Over a pty.

// What a board of the tutorial profile says of itself.
static void make_board(struct test_store *store, const char *serial_number)
{
    static const struct test_object objects[] = {
        {0, "testbay"}, {1, "SKEL-2"}, {2, "001.002.003"}, {4, "Tutorial"}, {5, "SKEL-2"}};
    char text[13] = "";

    memcpy(store->objects, objects, sizeof(objects));
    snprintf(text, sizeof(text), "%s", serial_number);
    for (size_t i = 0; i < 6; i++)
        store->holding[0x10 + i] = bytes_load_u16((const uint8_t *)text + 2 * i);
}

static void open_all(void)
{
    struct core_options options = {.mode = CLOCK_REAL, .speed = 1, .seed = 3};

    snprintf(folder, sizeof(folder), "/tmp/bench-stage-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    bench_path = str_format("%s/bench.yaml", folder);
    core = core_new(&options);
    profiles = profiles_new("devices");
    gateway = test_peer_new(test_peer_engine);
    make_board(&gateway->store, "SN-0001");
    test_peer_open_tcp(gateway);
    serial = test_peer_new(test_peer_engine);
    make_board(&serial->store, "SN-0002");
    test_peer_open_line(serial);
    file = NULL;
}

static void close_all(void)
{
    bench_file_free(&file);
    ck_assert_uint_eq(core_holds(core), 0);
    core_free(&core);
    profiles_free(&profiles);
    test_peer_free(gateway);
    test_peer_free(serial);
    unlink(bench_path);
    ck_assert_int_eq(rmdir(folder), 0);
    free(bench_path);
}

#define BOARD "adapter: board, profile: skeleton"

// Writes the bench file: PORT and PTY in `targets` become those of the two peers.
static void load(const char *top, const char *targets)
{
    struct diag *diag = diag_new();
    struct str text = {0};
    struct str said = {0};
    FILE *out = fopen(bench_path, "we");

    str_addf(&text, "testbay-bench: 1\nname: b\n%stargets:\n", top);
    for (const char *at = targets; *at; at++) {
        if (strncmp(at, "PORT", 4) == 0) {
            str_addf(&text, "%u", gateway->at.port);
            at += 3;
        } else if (strncmp(at, "PTY", 3) == 0) {
            str_adds(&text, serial->path);
            at += 2;
        } else {
            str_add(&text, at, 1);
        }
    }
    fputs(str_text(&text), out);
    fclose(out);
    bench_file_load(bench_path, diag, &file);
    diag_print(diag, false, &said);
    ck_assert_msg(file != NULL, "%s", str_text(&said));
    str_done(&said);
    str_done(&text);
    diag_free(&diag);
}

static const char *given_secret(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "given") == 0 ? "From-env1" : NULL;
}

static int open_stage(struct stage **ret, char **ret_why)
{
    struct bench_options options = {
        .core = core,
        .profiles = profiles,
        .file = file,
        .secret = given_secret,
        .unattended = true,
        .seed = 3,
    };

    return bench_stage_new(&options, ret, ret_why);
}

static struct stage *open_good(void)
{
    struct stage *stage = NULL;
    char *why = NULL;
    int err = open_stage(&stage, &why);

    ck_assert_msg(err == 0, "%s", why);
    return stage;
}

static struct target *target_of(struct stage *stage, const char *role, size_t index)
{
    const char *why = "";
    struct target *target = stage->ops->target(stage, role, index, &why);

    ck_assert_msg(target != NULL, "%s", why);
    return target;
}

static bool has_ended(void *user)
{
    return ((const struct op *)user)->end != OP_RUNNING;
}

static void await(struct op *op)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = has_ended, .user = op};

    if (!has_ended(op))
        ck_assert_int_eq(core_run(core, &until), CORE_DONE);
}

static struct op *new_op(const struct verb *verb)
{
    return op_new(verb, core_timers(core), NULL, NULL);
}

// ---- Verbs of the test ----

struct asking {
    struct modbus_request request;
    struct op *op;
};

static void on_reply(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    struct asking *asking = user;
    const uint8_t *data;

    (void)request;
    if (err == 0)
        err = modbus_decode_read(MODBUS_READ_HOLDING_REGISTERS, 1, pdu, length, &data);
    if (err == 0)
        op_set_integer(asking->op, "value", bytes_load_u16(data));
    if (err == 0)
        op_finish(asking->op);
    else
        op_fail(asking->op, err, "%s", err_text(err));
}

static void read_start(struct op *op)
{
    struct modbus_link *link = op_service(op);
    struct asking *asking;

    if (!link)
        return;
    asking = op_state(op, sizeof(*asking));
    asking->op = op;
    asking->request = (struct modbus_request){
        .unit = link->unit, .timeout_ns = SIM_NS_PER_S, .fn = on_reply, .user = asking};
    asking->request.length =
        modbus_encode_read(MODBUS_READ_HOLDING_REGISTERS, 0x10, 1, asking->request.pdu);
    modbus_submit(link->master, &asking->request);
}

static void read_cancel(struct op *op)
{
    modbus_cancel(&((struct asking *)op_state_get(op))->request);
}

static void finish_start(struct op *op)
{
    op_finish(op);
}

static void world_start(struct op *op)
{
    (void)op;
    ck_abort_msg("a world verb was started on this side");
}

static void world_cancel(struct op *op)
{
    (void)op;
    ck_abort_msg("a world verb was cancelled on this side");
}

static const struct verb read_verb = {.name = "modbus.read",
                                      .door = VERB_WIRE,
                                      .service = "modbus",
                                      .timeout_ns = SIM_NS_PER_S,
                                      .start = read_start,
                                      .cancel = read_cancel};
static const struct verb web_verb = {.name = "web.login",
                                     .door = VERB_WIRE,
                                     .service = "web",
                                     .timeout_ns = SIM_NS_PER_S,
                                     .start = read_start};
static const struct verb close_verb = {.name = "session.close-all",
                                       .door = VERB_WIRE,
                                       .timeout_ns = SIM_NS_PER_S,
                                       .start = finish_start};
static const struct verb press_verb = {.name = "hand.press",
                                       .door = VERB_WORLD,
                                       .timeout_ns = SIM_NS_PER_S,
                                       .start = world_start,
                                       .cancel = world_cancel};
static const struct verb padlock_verb = {.name = "padlock.remote",
                                         .door = VERB_WORLD,
                                         .manual = true,
                                         .timeout_ns = SIM_NS_PER_S,
                                         .start = world_start};
static const struct verb power_verb = {.name = "power.off",
                                       .door = VERB_WORLD,
                                       .manual = true,
                                       .timeout_ns = SIM_NS_PER_S,
                                       .start = world_start};

static struct op *run(struct target *target, const struct verb *verb, const char *session)
{
    struct op *op = new_op(verb);

    op->target = target;
    op->session = session;
    target->ops->start(target, op);
    await(op);
    return op;
}

// ---- Binding and identity ----

#define BOTH                                                                                       \
    "  gw: {" BOARD ", label: Door, links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n"        \
    "  cb: {" BOARD ", model: SKEL-2, hardware: V1.0,\n"                                           \
    "       links: {rs: {kind: tty, path: PTY, baud: 115200, unit: 7}}}\n"

START_TEST(pages_are_reached_over_a_link_of_their_own)
{
    struct stage *stage;
    struct target *gw;
    struct web_link *link;
    const char *why = NULL;

    load("", "  gw: {" BOARD ", links: {m: {kind: ip, host: 127.0.0.1, port: PORT},\n"
             "       web: {kind: ip, host: '::1'}}}\n");
    stage = open_good();
    gw = target_of(stage, "gw", 1);
    link = gw->ops->service(gw, "web", "anna", &why);
    ck_assert_str_eq(link->path, "https [::1]:443");
    ck_assert_ptr_eq(gw->ops->service(gw, "web", "anna", &why), link);
    ck_assert_ptr_ne(gw->ops->service(gw, "web", NULL, &why), link);
    stage->ops->free(stage);
}
END_TEST

START_TEST(boards_are_bound_and_asked_who_they_are)
{
    struct stage *stage;
    struct target *gw;
    struct target *cb;
    const char *why = NULL;
    struct op *op;

    load("timing: {slack: 2s, poll: 1s, factor: 1.5}\nretries: 1\n", BOTH);
    stage = open_good();
    ck_assert_str_eq(stage->adapter, "board");
    ck_assert_int_eq(stage->slack_ns, 2 * SIM_NS_PER_S);
    ck_assert_int_eq(stage->poll_ns, SIM_NS_PER_S);
    ck_assert_uint_eq(stage->retries, 1);
    ck_assert(stage->unattended);
    gw = target_of(stage, "gw", 1);
    cb = target_of(stage, "cb", 1);
    ck_assert_str_eq(gw->label, "Door");
    ck_assert_str_eq(gw->adapter, "board");
    ck_assert_str_eq(gw->model->name, "SKEL-2"); // It said so.
    ck_assert_str_eq(gw->serial, "SN-0001");
    ck_assert_str_eq(gw->firmware, "001.002.003");
    ck_assert_str_eq(cb->serial, "SN-0002");
    ck_assert_ptr_null(stage->ops->target(stage, "gw", 2, &why));
    ck_assert_ptr_null(stage->ops->target(stage, "nobody", 1, &why));
    ck_assert_uint_eq(stage->ops->members(stage, "cb"), 1);
    ck_assert_uint_eq(stage->ops->members(stage, "nobody"), 0);
    op = run(gw, &read_verb, NULL);
    ck_assert_double_eq(op_result(op, "value")->number, 'S' << 8 | 'N');
    op_free(&op);
    op = run(cb, &read_verb, NULL);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    stage->ops->free(stage);
}
END_TEST

START_TEST(a_board_with_pages_alone_has_to_show_them)
{
    struct stage *stage = NULL;
    char *why = NULL;

    load("",
         "  gw: {" BOARD ", model: SKEL-2, links: {web: {kind: ip, host: 127.0.0.1, port: 1}}}\n");
    ck_assert_int_eq(open_stage(&stage, &why), ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(why, "no board answers at https 127.0.0.1:1"));
    free(why);
}
END_TEST

static const struct {
    const char *identity;
    int err;
    const char *why;
} identities[] = {
    {"{serial: SN-0001, model: SKEL-2, vendor: TESTBAY, product: read, firmware: 001.002.003}", 0,
     NULL},
    {"{serial: SN-9999}", ERR_UNEXPECTED, "its serial is 'SN-0001', expected is 'SN-9999'"},
    {"{product: SKEL-1}", ERR_UNEXPECTED, "its product is 'SKEL-2'"},
    {"{firmware: 9.9.9}", ERR_UNEXPECTED, "its firmware is '001.002.003'"},
    {"{mac: '00:00:5E:00:53:01'}", 0, NULL}, // Loopback has none: noted, not refused.
};

START_TEST(another_board_is_an_error)
{
    char *targets = str_format("  gw: {" BOARD ", identity: %s,\n"
                               "       links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n",
                               identities[_i].identity);
    struct stage *stage = NULL;
    char *why = NULL;
    int err;

    load("", targets);
    err = open_stage(&stage, &why);
    ck_assert_int_eq(err, identities[_i].err);
    if (err < 0)
        ck_assert_msg(strstr(why, identities[_i].why), "%s", why);
    else
        stage->ops->free(stage);
    free(why);
    free(targets);
}
END_TEST

static const struct {
    const char *targets;
    int err;
    const char *why;
} unopenable[] = {
    {"  gw: {adapter: board, profile: skeletor, links: {m: {socket: x}}}\n", ERR_NOT_FOUND,
     "the profile 'skeletor' of gw"},
    {"  gw: {" BOARD ", model: SKEL-9, links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n",
     ERR_NOT_FOUND, "no model 'SKEL-9'"},
    {"  gw: {" BOARD ", links: {m: {kind: tty, by_id: nothing-here, unit: 1}}}\n", ERR_NOT_FOUND,
     "nothing-here"},
    {"  a: {" BOARD ", model: SKEL-1, links: {m: {kind: tty, path: PTY, unit: 1}}}\n"
     "  b: {" BOARD ", model: SKEL-1, links: {m: {kind: tty, path: PTY, unit: 2, baud: 9600}}}\n",
     ERR_SCHEMA, "different settings"},
    {"  gw: {" BOARD ", links: {m: {kind: ip, host: 127.0.0.1, port: 1}}}\n", ERR_REFUSED,
     "no board answers at tcp 127.0.0.1:1 unit 255"},
    {"  a: {" BOARD ", count: 9, links: {m: {kind: ip, host: 127.0.0.1, port: PORT, unit: 250}}}\n",
     ERR_RANGE, "there is no member 7"},
};

START_TEST(what_cannot_be_opened_says_why)
{
    struct stage *stage = NULL;
    char *why = NULL;
    int err;

    load("", unopenable[_i].targets);
    err = open_stage(&stage, &why);
    ck_assert_msg(err == unopenable[_i].err, "%s: %s", err_name(err), why);
    ck_assert_ptr_null(stage);
    ck_assert_msg(strstr(why, unopenable[_i].why), "%s", why);
    free(why);
}
END_TEST

START_TEST(members_of_a_role_count_up)
{
    struct stage *stage;
    const char *why = NULL;
    struct modbus_link *first;
    struct modbus_link *third;
    const struct profile *profile;
    const struct profile_model *model;

    load("", "  cb: {" BOARD
             ", count: 3, links: {m: {kind: tty, path: PTY, baud: 115200, unit: 7}}}\n");
    stage = open_good();
    ck_assert_uint_eq(stage->ops->members(stage, "cb"), 3);
    first = target_of(stage, "cb", 1)->ops->service(target_of(stage, "cb", 1), "modbus", "", &why);
    third = target_of(stage, "cb", 3)->ops->service(target_of(stage, "cb", 3), "modbus", "", &why);
    ck_assert_str_eq(target_of(stage, "cb", 3)->id, "cb[3]");
    ck_assert_uint_eq(first->unit, 7);
    ck_assert_uint_eq(third->unit, 9);
    ck_assert_ptr_eq(first->master, third->master); // One line, one master.
    ck_assert(first->unit_profile(first->user, 8, &profile, &model));
    ck_assert_str_eq(model->name, "SKEL-2");
    ck_assert(!first->unit_profile(first->user, 99, &profile, &model));
    stage->ops->free(stage);
}
END_TEST

// ---- Verbs ----

START_TEST(sessions_are_connections_of_their_own)
{
    struct stage *stage;
    struct target *gw;
    const char *why = NULL;
    struct modbus_link *one;
    struct modbus_link *anna;
    struct op *op;

    load("", BOTH);
    stage = open_good();
    gw = target_of(stage, "gw", 1);
    one = gw->ops->service(gw, "modbus", NULL, &why);
    anna = gw->ops->service(gw, "modbus", "anna", &why);
    ck_assert_ptr_ne(one->master, anna->master);
    ck_assert_ptr_eq(one, gw->ops->service(gw, "modbus", "", &why));
    ck_assert_ptr_null(gw->ops->service(gw, "web", "", &why));
    op = run(gw, &read_verb, "anna");
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    op = run(gw, &close_verb, NULL);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    op = run(gw, &read_verb, "anna"); // Connects anew.
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    stage->ops->free(stage);
}
END_TEST

START_TEST(what_nobody_can_do_has_a_reason)
{
    struct stage *stage;
    struct target *gw;
    struct target *cb;
    const char *why;
    struct op *op;

    load("", "  gw: {" BOARD ", provides: [web.login],\n"
             "       links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n"
             "  cb: {" BOARD ", padlock: operator, power: {kind: operator},\n"
             "       links: {rs: {kind: tty, path: PTY, baud: 115200, unit: 7}}}\n"
             "without: {radio: no antenna here}\n");
    stage = open_good();
    ck_assert_ptr_null(stage->ops->target(stage, "radio", 1, &why));
    ck_assert_str_eq(why, "no antenna here");
    ck_assert_ptr_null(stage->ops->target(stage, "other", 1, &why));
    ck_assert_str_eq(why, "the bench gives it no target; --bench names another");
    gw = target_of(stage, "gw", 1);
    cb = target_of(stage, "cb", 1);
    ck_assert_ptr_nonnull(strstr(gw->ops->cannot(gw, &read_verb), "provides"));
    ck_assert_ptr_nonnull(strstr(gw->ops->cannot(gw, &web_verb), "leads to its pages"));
    ck_assert_ptr_null(gw->ops->cannot(gw, &close_verb));
    ck_assert_ptr_nonnull(strstr(gw->ops->cannot(gw, &padlock_verb), "hand"));
    ck_assert_ptr_nonnull(gw->ops->cannot(gw, &power_verb));
    ck_assert_ptr_null(cb->ops->cannot(cb, &read_verb));
    ck_assert_ptr_null(cb->ops->cannot(cb, &padlock_verb));
    ck_assert_ptr_null(cb->ops->cannot(cb, &power_verb));
    ck_assert_ptr_nonnull(cb->ops->cannot(cb, &press_verb));
    op = run(cb, &padlock_verb, NULL); // A hand is needed and the run is unattended.
    ck_assert_int_eq(op->end, OP_BLOCKED);
    ck_assert_ptr_nonnull(strstr(op->reason, "padlock.remote"));
    op_free(&op);
    op = new_op(NULL);
    cb->ops->table(cb, "commands", op);
    ck_assert_int_eq(op->end, OP_NOT_APPLICABLE);
    op_free(&op);
    op = new_op(NULL);
    stage->ops->ask(stage, "Anybody?", op);
    ck_assert_int_eq(op->end, OP_BLOCKED);
    op_free(&op);
    stage->ops->free(stage);
}
END_TEST

START_TEST(a_supply_is_cut_as_verb_and_as_fault)
{
    struct stage *stage;
    struct target *cb;
    struct target *both[2];
    struct stage_fault fault = {.id = "dark", .kind = "power-cut", .left_count = 1};
    struct op *op;

    load("", "  gw: {" BOARD ", links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n"
             "  cb: {" BOARD ", power: {kind: command, on: ['true'], off: ['true']},\n"
             "       links: {rs: {kind: tty, path: PTY, baud: 115200, unit: 7}}}\n");
    stage = open_good();
    cb = target_of(stage, "cb", 1);
    op = run(cb, &power_verb, NULL);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    fault.left = &cb;
    ck_assert_ptr_null(stage->ops->cannot_fault(stage, &fault));
    op = new_op(NULL);
    stage->ops->fault(stage, &fault, op);
    await(op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    op = new_op(NULL);
    stage->ops->fault(stage, &fault, op);
    ck_assert_int_eq(op->err, ERR_EXISTS);
    op_free(&op);
    op = new_op(NULL);
    stage->ops->clear(stage, "dark", op);
    await(op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    op_free(&op);
    op = new_op(NULL);
    stage->ops->clear(stage, "dark", op);
    ck_assert_int_eq(op->err, ERR_NOT_FOUND);
    op_free(&op);
    fault.kind = "latency";
    ck_assert_ptr_nonnull(stage->ops->cannot_fault(stage, &fault));
    both[0] = cb;
    both[1] = target_of(stage, "gw", 1);
    fault = (struct stage_fault){.id = "dark", .kind = "power-cut", .left = both, .left_count = 2};
    ck_assert_ptr_nonnull(stage->ops->cannot_fault(stage, &fault));
    fault = (struct stage_fault){.id = "n", .kind = "jam", .network = "rs1"};
    ck_assert_ptr_nonnull(stage->ops->cannot_fault(stage, &fault));
    stage->ops->free(stage);
}
END_TEST

// ---- A process that plays them ----

static struct control *played;
static char *said[8];
static size_t said_count;
static bool refuses_advance;

static void on_request(void *user, const char *method, const char *path, const char *body,
                       size_t length, struct control_reply *reply)
{
    (void)user;
    (void)length;
    ck_assert_uint_lt(said_count, 8);
    said[said_count++] = str_format("%s %s %s", method, path, body);
    if (refuses_advance && strcmp(path, "/advance") == 0)
        control_reply_json(reply, 409, "{\"end\":\"error\"}");
    else
        control_reply_json(reply, 200, "{\"end\":\"finished\",\"results\":{}}");
}

static struct stage *open_played(const char *top)
{
    char *socket = str_format("%s/c", folder);
    char *targets = str_format(
        "  gw: {" BOARD ", device: d1, links: {m: {kind: ip, host: 127.0.0.1, port: PORT},\n"
        "       c: {socket: %s}}}\n  cb: {" BOARD ", device: d2, model: SKEL-1,\n"
        "       links: {c: {socket: %s, entry: other}}}\n",
        socket, socket);

    said_count = 0;
    refuses_advance = false;
    ck_assert_int_eq(control_new(core, socket, on_request, NULL, &played), 0);
    load(top, targets);
    free(targets);
    free(socket);
    return open_good();
}

static void close_played(struct stage *stage)
{
    stage->ops->free(stage);
    control_free(&played);
    for (size_t i = 0; i < said_count; i++)
        free(said[i]);
}

START_TEST(world_verbs_and_faults_go_over_the_control_link)
{
    struct stage *stage = open_played("clock: {mode: real, follow: no}\n");
    struct target *both[] = {target_of(stage, "gw", 1), target_of(stage, "cb", 1)};
    struct stage_fault fault = {.id = "cut",
                                .kind = "partition",
                                .left = both,
                                .left_count = 1,
                                .right = both + 1,
                                .right_count = 1};
    struct op *op = run(both[1], &press_verb, "s");

    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_ptr_nonnull(
        strstr(said[0], "POST /verb {\"device\":\"other\",\"verb\":\"hand.press\""));
    op_free(&op);
    ck_assert_ptr_null(stage->ops->cannot_fault(stage, &fault));
    op = new_op(NULL);
    stage->ops->fault(stage, &fault, op);
    await(op);
    ck_assert_int_eq(op->end, OP_FINISHED);
    ck_assert_ptr_nonnull(strstr(said[1], "\"left\":[\"d1\"],\"right\":[\"other\"]"));
    op_free(&op);
    op = new_op(NULL);
    stage->ops->clear(stage, "cut", op);
    await(op);
    ck_assert_str_eq(said[2], "POST /clear {\"id\":\"cut\"}");
    op_free(&op);
    op = new_op(&press_verb);
    op->target = both[0];
    both[0]->ops->start(both[0], op);
    both[0]->ops->cancel(both[0], op); // Not the verb's own cancel: it was never started here.
    ck_assert_int_eq(op->end, OP_CANCELLED);
    ck_assert_ptr_eq(op->verb, &press_verb);
    op_free(&op);
    close_played(stage);
}
END_TEST

static void drop_line(void *user, enum log_level level, const char *line)
{
    (void)user;
    (void)level;
    (void)line;
}

static void on_timer(struct timer *timer, void *user)
{
    (void)timer;
    *(bool *)user = true;
}

static bool is_true(void *user)
{
    return *(const bool *)user;
}

START_TEST(a_wait_leaps_here_and_there_together)
{
    struct stage *stage = open_played("");
    struct timer timer;
    bool fired = false;
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = is_true, .user = &fired};
    int64_t began_ns = loop_host_ns();
    double advanced_s;

    timer_init(&timer, core_timers(core), NULL, on_timer, &fired);
    timer_start(&timer, 600 * SIM_NS_PER_S);
    ck_assert_int_eq(core_run(core, &until), CORE_DONE);
    ck_assert_int_lt(loop_host_ns() - began_ns, WALL_NS);
    ck_assert_uint_ge(said_count, 1);
    ck_assert_int_eq(sscanf(said[0], "POST /advance {\"by_ns\":%lf}", &advanced_s), 1);
    ck_assert_double_gt(advanced_s, 599e9); // What had passed by itself is not leapt.
    ck_assert_double_le(advanced_s, 600e9);
    close_played(stage);
}
END_TEST

START_TEST(a_clock_that_does_not_follow_breaks_the_bench)
{
    struct stage *stage = open_played("");
    struct target *gw = target_of(stage, "gw", 1);
    struct timer timer;
    bool fired = false;
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER, .wall_ns = WALL_NS, .done = is_true, .user = &fired};
    struct op *op;

    refuses_advance = true;
    log_set_sink(drop_line, NULL);
    timer_init(&timer, core_timers(core), NULL, on_timer, &fired);
    timer_start(&timer, 600 * SIM_NS_PER_S);
    ck_assert_int_eq(core_run(core, &until), CORE_DONE);
    op = run(gw, &read_verb, NULL);
    ck_assert_int_eq(op->end, OP_ERROR);
    ck_assert_ptr_nonnull(strstr(op->reason, "did not follow the clock"));
    op_free(&op);
    log_set_sink(NULL, NULL);
    close_played(stage);
}
END_TEST

// ---- Secrets ----

START_TEST(secrets_come_from_the_environment_the_file_and_the_seed)
{
    char *site = str_format("%s/site.yaml", folder);
    FILE *out = fopen(site, "we");
    struct secrets_options options = {.profiles = profiles, .seed = 42, .given = given_secret};
    struct secrets *secrets;
    struct secrets *again;

    fputs("devices:\n"
          "  a: {profile: skeleton, passwords: {Administrator: $secret.q, Operator: plain}}\n"
          "  b: {profile: skeleton, passwords: {Operator: $secret.given}}\n"
          "  c: {profile: skeleton, passwords: {Somebody: $secret.long}}\n",
          out);
    fclose(out);
    load("process: {site: site.yaml}\nsecrets: {given: From-file1, mine: From-file2}\n",
         "  gw: {" BOARD ", links: {c: {kind: control, from: process}}}\n");
    options.file = file;
    secrets = secrets_new(&options);
    again = secrets_new(&options);
    ck_assert_str_eq(secrets_get(secrets, "given"), "From-env1");
    ck_assert_str_eq(secrets_get(secrets, "mine"), "From-file2");
    ck_assert_uint_eq(strlen(secrets_get(secrets, "q")), 4); // password.command
    ck_assert_uint_eq(strlen(secrets_get(secrets, "long")), 12);
    ck_assert_str_eq(secrets_get(secrets, "q"), secrets_get(again, "q"));
    ck_assert_ptr_null(secrets_get(secrets, "nobody"));
    secrets_free(&again);
    options.seed = 43;
    again = secrets_new(&options);
    ck_assert_str_ne(secrets_get(secrets, "long"), secrets_get(again, "long"));
    secrets_free(&again);
    secrets_free(&secrets);
    unlink(site);
    free(site);
}
END_TEST

START_TEST(the_lease_keeps_others_off)
{
    struct stage *stage;
    struct stage *second = NULL;
    char *why = NULL;

    load("lease: {for: 1m, renew: 1s}\n",
         "  gw: {" BOARD ", links: {m: {kind: ip, host: 127.0.0.1, port: PORT}}}\n");
    stage = open_good();
    ck_assert_int_eq(open_stage(&second, &why), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(why, "the bench is taken by process"));
    free(why);
    stage->ops->free(stage);
    stage = open_good();
    stage->ops->free(stage);
}
END_TEST

Suite *bench_stage_suite(void)
{
    Suite *suite = suite_create("bench stage");
    TCase *tcase = tcase_create("bench_stage");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, pages_are_reached_over_a_link_of_their_own);
    tcase_add_test(tcase, a_board_with_pages_alone_has_to_show_them);
    tcase_add_test(tcase, boards_are_bound_and_asked_who_they_are);
    tcase_add_loop_test(tcase, another_board_is_an_error, 0,
                        sizeof(identities) / sizeof(identities[0]));
    tcase_add_loop_test(tcase, what_cannot_be_opened_says_why, 0,
                        sizeof(unopenable) / sizeof(unopenable[0]));
    tcase_add_test(tcase, members_of_a_role_count_up);
    tcase_add_test(tcase, sessions_are_connections_of_their_own);
    tcase_add_test(tcase, what_nobody_can_do_has_a_reason);
    tcase_add_test(tcase, a_supply_is_cut_as_verb_and_as_fault);
    tcase_add_test(tcase, world_verbs_and_faults_go_over_the_control_link);
    tcase_add_test(tcase, a_wait_leaps_here_and_there_together);
    tcase_add_test(tcase, a_clock_that_does_not_follow_breaks_the_bench);
    tcase_add_test(tcase, secrets_come_from_the_environment_the_file_and_the_seed);
    tcase_add_test(tcase, the_lease_keeps_others_off);
    suite_add_tcase(suite, tcase);
    return suite;
}

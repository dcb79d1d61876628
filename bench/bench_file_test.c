// SPDX-License-Identifier: Apache-2.0
// Bench files: what is read, what is refused and where, and that the tables behind both are sound.
#include "bench/bench_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"

#define HEAD "testbay-bench: 1\nname: b\n"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/bench-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char *path = str_format("%s/bench.yaml", folder);

    unlink(path);
    rmdir(folder);
    free(path);
}

// Loads a file of that text; `ret_said` is what was noted, to be freed.
static int load(const char *text, struct bench_file **ret, char **ret_said)
{
    char *path = str_format("%s/bench.yaml", folder);
    FILE *file = fopen(path, "we");
    struct diag *diag = diag_new();
    struct str said = {0};
    int err;

    fputs(text, file);
    fclose(file);
    err = bench_file_load(path, diag, ret);
    diag_print(diag, false, &said);
    *ret_said = str_take(&said);
    diag_free(&diag);
    free(path);
    return err;
}

static struct bench_file *load_good(const char *text)
{
    struct bench_file *file = NULL;
    char *said;
    int err = load(text, &file, &said);

    ck_assert_msg(err == 0, "%s", said);
    free(said);
    return file;
}

START_TEST(the_tables_are_sound)
{
    struct diag *diag = diag_new();
    struct str said = {0};
    int err = schema_check_tables(&bench_schema, diag);

    diag_print(diag, false, &said);
    ck_assert_msg(err == 0, "%s", str_text(&said));
    str_done(&said);
    diag_free(&diag);
}
END_TEST

START_TEST(a_simulated_bench_leaps_by_itself)
{
    struct bench_file *file =
        load_good(HEAD "clock: {start: 2026-01-15T08:00:00Z}\nsite: ../sites/w.yaml\ntargets:\n"
                       "  gw: {adapter: sim}\n  cb: {adapter: sim, device: q1, label: Lighting}\n");
    char *site = str_format("%s/../sites/w.yaml", folder);
    const struct bench_target *cb = bench_file_target(file, "cb");

    ck_assert_int_eq(file->clock, CLOCK_JUMP);
    ck_assert_int_eq(file->utc_start_ns, (int64_t)1768464000 * SIM_NS_PER_S);
    ck_assert_str_eq(file->site, site);
    ck_assert_int_eq(file->slack_ns, 0);
    ck_assert_int_eq(file->poll_ns, 0);
    ck_assert_int_eq(file->lease_ns, 0);
    ck_assert_uint_eq(strlen(file->hash), 64);
    ck_assert_str_eq(bench_file_target(file, "gw")->device, "gw");
    ck_assert_int_eq(cb->adapter, BENCH_SIM);
    ck_assert_str_eq(cb->device, "q1");
    ck_assert_str_eq(cb->label, "Lighting");
    ck_assert_uint_eq(cb->count, 1);
    ck_assert_ptr_null(bench_file_target(file, "nobody"));
    ck_assert_ptr_null(bench_file_secret(file, "gw"));
    bench_file_free(&file);
    ck_assert_ptr_null(file);
    free(site);
}
END_TEST

START_TEST(a_board_brings_its_links_and_hands)
{
    struct bench_file *file = load_good(
        HEAD
        "timing: {slack: 2s, poll: 1s, factor: 1.5}\nlease: {for: 10m, renew: 5s}\nretries: 2\n"
        "relay: {kind: ip, host: 192.0.2.20, unit: 9}\nsecrets: {gw: Se-cret1}\ntargets:\n"
        "  gw:\n    adapter: board\n    profile: ps\n    model: PAS600L\n"
        "    links:\n      web: {kind: ip, host: '2001:db8::1', port: 1502}\n"
        "      radio: {kind: ieee802154, by_id: dongle, channel: 15}\n"
        "      hand: {socket: /run/c}\n"
        "    power: {kind: modbus-relay, coil: 3, inverted: yes}\n"
        "  cb:\n    adapter: board\n    profile: nsx\n    count: 4\n    padlock: operator\n"
        "    links: {rs: {kind: tty, by_id: usb-1, parity: odd, rs485: yes, unit: 5}}\n"
        "    power: {kind: command, on: [plug, \"3\"], off: [plug, \"0\"]}\n"
        "    provides: [modbus.read]\nwithout: {radio: no antenna}\n");
    const struct bench_target *gw = bench_file_target(file, "gw");
    const struct bench_target *cb = bench_file_target(file, "cb");

    ck_assert_int_eq(file->clock, CLOCK_REAL);
    ck_assert(file->follow);
    ck_assert_int_eq(file->slack_ns, 2 * SIM_NS_PER_S);
    ck_assert_double_eq(file->factor, 1.5);
    ck_assert_int_eq(file->lease_ns, 600 * SIM_NS_PER_S);
    ck_assert_int_eq(file->renew_ns, 5 * SIM_NS_PER_S);
    ck_assert_uint_eq(file->retries, 2);
    ck_assert(file->has_relay);
    ck_assert_uint_eq(file->relay.unit, 9);
    ck_assert_str_eq(bench_file_secret(file, "gw"), "Se-cret1");
    ck_assert_uint_eq(gw->links_count, 3);
    ck_assert_str_eq(bench_file_why_not(file, "radio"), "no antenna");
    ck_assert_ptr_null(bench_file_why_not(file, "gw"));
    ck_assert_int_eq(gw->links[0].kind, BENCH_LINK_IP);
    ck_assert_uint_eq(gw->links[0].port, 1502);
    ck_assert_uint_eq(gw->links[0].unit, 0);
    ck_assert_int_eq(gw->links[1].kind, BENCH_LINK_IEEE802154);
    ck_assert_int_eq(gw->links[2].kind, BENCH_LINK_CONTROL);
    ck_assert_str_eq(gw->links[2].socket, "/run/c");
    ck_assert_int_eq(gw->power.kind, BENCH_POWER_RELAY);
    ck_assert_uint_eq(gw->power.coil, 3);
    ck_assert(gw->power.inverted);
    ck_assert_uint_eq(cb->count, 4);
    ck_assert(cb->padlock_by_hand);
    ck_assert_int_eq(cb->links[0].kind, BENCH_LINK_TTY);
    ck_assert_str_eq(cb->links[0].device, "usb-1");
    ck_assert_uint_eq(cb->links[0].baud, 19200);
    ck_assert_str_eq(cb->links[0].parity, "odd");
    ck_assert(cb->links[0].rs485);
    ck_assert_int_eq(cb->power.kind, BENCH_POWER_COMMAND);
    ck_assert_str_eq(cb->power.off->items[1]->text, "0");
    ck_assert_uint_eq(cb->provides->count, 1);
    bench_file_free(&file);
}
END_TEST

START_TEST(a_process_gives_links)
{
    struct bench_file *file = load_good(
        HEAD "process: {site: /abs/w.yaml, listen: anyip, lines: [rs1]}\ntargets:\n"
             "  cb: {adapter: board, device: q1, profile: nsx, links: {\n"
             "    rs: {kind: tty, from: rs1, unit: 1}, c: {kind: control, from: process}}}\n");
    const struct bench_target *cb = bench_file_target(file, "cb");

    ck_assert_str_eq(file->process.site, "/abs/w.yaml");
    ck_assert_str_eq(file->process.listen, "anyip");
    ck_assert(file->process.port_offset_drawn);
    ck_assert_str_eq(cb->links[0].from, "rs1");
    ck_assert_str_eq(cb->links[1].from, "process");
    bench_file_free(&file);
}
END_TEST

START_TEST(a_central_system_has_doors)
{
    struct bench_file *file =
        load_good(HEAD "process: {site: s.yaml, outward: yes, authority: a.pem}\ntargets:\n"
                       "  csms:\n    adapter: board\n    profile: csms\n    links:\n"
                       "      a: {kind: ocpp, listen: '192.0.2.5:8443', security: 2,\n"
                       "          stations: {A: {password: x}}, certificate: c.pem, key: /k.pem,\n"
                       "          heartbeat_interval: 2m, tags: {T: Blocked}}\n"
                       "  evse:\n    adapter: board\n    profile: charge\n    device: bay\n"
                       "    links: {a: {kind: ocpp, central: csms}}\n");
    const struct bench_link *door = &bench_file_target(file, "csms")->links[0];
    const struct bench_link *way = &bench_file_target(file, "evse")->links[0];
    char *certificate = str_format("%s/c.pem", folder);

    ck_assert(file->process.outward);
    ck_assert_ptr_nonnull(strstr(file->process.authority, "/a.pem"));
    ck_assert_int_eq(door->kind, BENCH_LINK_OCPP);
    ck_assert_str_eq(door->listen, "192.0.2.5:8443");
    ck_assert_int_eq(door->security, 2);
    ck_assert_str_eq(door->certificate, certificate);
    ck_assert_str_eq(door->key, "/k.pem");
    ck_assert_ptr_null(door->authority);
    ck_assert_str_eq(door->host_name, "csms.test");
    ck_assert_int_eq(door->heartbeat_ns, 120 * SIM_NS_PER_S);
    ck_assert_uint_eq(door->stations->count, 1);
    ck_assert_ptr_null(door->central);
    ck_assert_ptr_null(way->listen);
    ck_assert_str_eq(way->central, "csms");
    ck_assert_str_eq(way->identity, "bay");
    bench_file_free(&file);
    free(certificate);
}
END_TEST

#define BOARD HEAD "targets:\n  gw:\n    adapter: board\n    profile: ps\n"
#define LINKS BOARD "    links: {a: "

static const struct {
    const char *text;
    const char *said; // With its line, where the mistake is.
} wrong[] = {
    {"name: b\ntargets: {}\n", "testbay-bench"},
    {HEAD "targets: {}\n", "3:10: error: a bench has 1 to"},
    {HEAD "targets:\n  gw: {adapter: simm}\n", "sim"},
    {HEAD "targets:\n  gw: {adapter: sim}\n", "4:7: error: a simulated target needs a site"},
    {HEAD "site: s\ntargets:\n  gw: {adapter: sim, profile: x}\n",
     "5:22: error: 'profile' is for a board"},
    {HEAD "site: s\ntargets:\n  gw: {adapter: sim, devise: x}\n", "device"},
    {BOARD, "there is no way to this board"},
    {HEAD "targets:\n  gw: {adapter: board, links: {a: {kind: ip, host: 192.0.2.1}}}\n",
     "a board needs a profile"},
    {LINKS "{host: 192.0.2.1}}\n", "a link has a kind"},
    {LINKS "{kind: ip}}\n", "an ip link says where the board is"},
    {LINKS "{kind: ip, host: 192.0.2.1, from: process}}\n", "an ip link says where the board is"},
    {LINKS "{kind: ip, host: gateway.local}}\n", "'gateway.local' is no address"},
    {LINKS "{kind: ip, host: '192.0.2.1:502'}}\n", "is no address"},
    {LINKS "{kind: tty, by_id: x}}\n", "a board on a line has a unit id"},
    {LINKS "{kind: tty, by_id: x, unit: 255}}\n", "a board on a line has a unit id"},
    {LINKS "{kind: tty, by_id: x, path: /dev/x, unit: 1}}\n", "a tty link says which port"},
    {LINKS "{kind: control}}\n", "a control link says where its socket is"},
    {LINKS "{kind: ieee802154, channel: 15}}\n", "a dongle has a name"},
    {LINKS "{kind: ip, from: process}}\n", "there is no process to come from"},
    {LINKS "{kind: ocpp}}\n", "an ocpp link is a door of the bench or leads to one"},
    {LINKS "{kind: ocpp, listen: 'x:1', stations: {A: {}}}}\n", "'x:1' is no address with a port"},
    {LINKS "{kind: ocpp, listen: 192.0.2.1, stations: {A: {}}}}\n", "is no address with a port"},
    {LINKS "{kind: ocpp, listen: '192.0.2.1:1'}}\n", "nobody may come to this door"},
    {LINKS "{kind: ocpp, listen: '192.0.2.1:1', certificate: c.pem, stations: {A: {}}}}\n",
     "`certificate` and `key` go together"},
    {LINKS "{kind: ocpp, listen: '192.0.2.1:1', security: 2, stations: {A: {}}}}\n",
     "security profile 2 asks 'A' for a password"},
    {LINKS "{kind: ocpp, listen: '192.0.2.1:1', security: 3, stations: {A: {password: x}}}}\n",
     "security profile 3 asks 'A' for no password"},
    {LINKS "{kind: ocpp, listen: '192.0.2.1:1', security: 4, stations: {A: {}}}}\n", "0 to 3"},
    {LINKS "{kind: ocpp, central: gw}}\n", "'gw' is no central system of this bench"},
    {LINKS "{kind: ip, host: 192.0.2.1}}\nwithout: {gw: sold}\n", "8:11: error: 'gw' has a target"},
    {HEAD "process: {site: s, lines: [rs1]}\ntargets:\n  gw:\n    adapter: board\n    profile: ps\n"
          "    links: {a: {kind: tty, from: rs2, unit: 1}}\n",
     "8:34: error: the process gives out no line 'rs2'"},
    {HEAD "process: {site: s}\ntargets:\n  gw:\n    adapter: board\n    profile: ps\n"
          "    links: {a: {kind: ip, from: rs1}}\n",
     "only a tty comes from a line"},
    {LINKS "{kind: ip, host: 192.0.2.1}}\n    power: {kind: modbus-relay, coil: 1}\n",
     "the bench has no relay"},
    {LINKS "{kind: ip, host: 192.0.2.1}}\n    power: {kind: modbus-relay}\n", "which coil is it?"},
    {LINKS "{kind: ip, host: 192.0.2.1}}\n    power: {kind: command, on: [x]}\n",
     "a command is missing"},
    {HEAD "clock: {mode: jump}\ntargets:\n  gw:\n    adapter: board\n    profile: ps\n"
          "    links: {a: {kind: ip, host: 192.0.2.1}}\n",
     "3:15: error: a board's clock cannot be told to jump"},
    {LINKS "{kind: ip, host: 192.0.2.1}, b: {socket: b}, c: {socket: b}, d: {socket: b}, "
           "e: {socket: b}, f: {socket: b}, g: {socket: b}, h: {socket: b}, i: {socket: b}}\n",
     "at most 8 links"},
};

START_TEST(mistakes_are_found_where_they_are)
{
    struct bench_file *file = NULL;
    char *said;
    int err = load(wrong[_i].text, &file, &said);

    ck_assert_msg(err < 0, "accepted: %s", wrong[_i].text);
    ck_assert_ptr_null(file);
    ck_assert_msg(strstr(said, wrong[_i].said), "'%s' is not in:\n%s", wrong[_i].said, said);
    free(said);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
    struct diag *diag = diag_new();
    struct bench_file *file = NULL;

    ck_assert_int_lt(bench_file_load("/nonexistent/bench.yaml", diag, &file), 0);
    ck_assert_uint_eq(diag_errors(diag), 1);
    ck_assert_ptr_null(file);
    diag_free(&diag);
}
END_TEST

START_TEST(the_benches_of_the_project_are_good)
{
    static const char *const names[] = {"sim", "board-tcp", "board-rtu", "lab3", "charger-board"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = str_format("scenarios/benches/%s.yaml", names[i]);
        struct diag *diag = diag_new();
        struct bench_file *file = NULL;
        struct str said = {0};
        int err = bench_file_load(path, diag, &file);

        diag_print(diag, false, &said);
        ck_assert_msg(err == 0, "%s", str_text(&said));
        ck_assert_str_eq(file->name, names[i]);
        bench_file_free(&file);
        str_done(&said);
        diag_free(&diag);
        free(path);
    }
}
END_TEST

Suite *bench_file_suite(void)
{
    Suite *suite = suite_create("bench file");
    TCase *tcase = tcase_create("bench_file");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, the_tables_are_sound);
    tcase_add_test(tcase, a_simulated_bench_leaps_by_itself);
    tcase_add_test(tcase, a_board_brings_its_links_and_hands);
    tcase_add_test(tcase, a_process_gives_links);
    tcase_add_test(tcase, a_central_system_has_doors);
    tcase_add_loop_test(tcase, mistakes_are_found_where_they_are, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(tcase, a_file_that_is_not_there_is_an_error);
    tcase_add_test(tcase, the_benches_of_the_project_are_good);
    suite_add_tcase(suite, tcase);
    return suite;
}

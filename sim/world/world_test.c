// SPDX-License-Identifier: Apache-2.0
// A site made real with the tutorial family: wiring, fleets, routes, secrets, faults, and what is
// said of a site that cannot be.
#include "sim/world/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/_skeleton/skeleton.h"
#include "sim/base/err.h"
#include "sim/vnet/net.h"
#include "sim/vnet/tls_service.h"

static const char site_head[] = "testbay-site: 1\n"
                                "name: bay\n"
                                "networks:\n"
                                "  lan: {kind: ethernet, ipv4: 10.77.0.0/16, runner: 10.77.255.1}\n"
                                "  rs1: {kind: rs485, baud: 9600, parity: none}\n";

struct scene {
    struct core *core;
    struct profiles *profiles;
    struct diag *diag;
    struct world *world;
    unsigned changes;
    int err;
};

static void on_changed(void *user, struct device *device)
{
    ck_assert_ptr_nonnull(device);
    ((struct scene *)user)->changes++;
}

static void write_site(const char *path, const char *body)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(site_head, file);
    fputs(body, file);
    fclose(file);
}

static void scene_begin(struct scene *scene, const char *body)
{
    static const struct device_family *const families[] = {&skeleton_family, NULL};
    struct core_options core_options = {.mode = CLOCK_JUMP, .seed = 5};
    char path[] = "/tmp/world_test.XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    write_site(path, body);
    *scene = (struct scene){0};
    scene->core = core_new(&core_options);
    scene->profiles = profiles_new("devices");
    scene->diag = diag_new();
    scene->err = world_load(path,
                            &(struct world_options){.core = scene->core,
                                                    .profiles = scene->profiles,
                                                    .families = families,
                                                    .events = true,
                                                    .changed = on_changed,
                                                    .changed_user = scene},
                            scene->diag, &scene->world);
    unlink(path);
}

static void scene_end(struct scene *scene)
{
    world_free(&scene->world);
    diag_free(&scene->diag);
    profiles_free(&scene->profiles);
    core_free(&scene->core);
}

static void says(const struct scene *scene, const char *words)
{
    struct str text = {0};

    diag_print(scene->diag, false, &text);
    ck_assert_msg(strstr(str_text(&text), words) != NULL, "'%s' is not in:\n%s", words,
                  str_text(&text));
    str_done(&text);
}

static const char small_site[] =
    "devices:\n"
    "  one: {profile: skeleton, model: SKEL-1, ports: {eth: {on: lan, ipv4: 10.77.0.1}},\n"
    "        passwords: {Administrator: $secret.a}}\n"
    "  many: {profile: skeleton, model: SKEL-2, hardware: V2.0, count: 3,\n"
    "         ports: {eth: {on: lan, ipv4: 10.77.1.1+}}}\n"
    "  drop: {profile: skeleton, model: SKEL-1, ports: {sl: {on: rs1, unit: 7}}}\n"
    "diagram:\n"
    "  - {source: grid}\n"
    "  - {breaker: one, from: grid, rated_A: 100}\n";

START_TEST(devices_and_fleets_are_found_by_id)
{
    struct scene scene;

    scene_begin(&scene, small_site);
    ck_assert_int_eq(scene.err, 0);
    ck_assert_uint_eq(world_devices(scene.world), 5);
    ck_assert_uint_eq(world_members(scene.world, "many"), 3);
    ck_assert_str_eq(world_member(scene.world, "many", 2)->id, "many[2]");
    ck_assert_ptr_eq(world_device(scene.world, "many[3]"), world_member(scene.world, "many", 3));
    ck_assert_ptr_null(world_device(scene.world, "many[4]"));
    ck_assert_ptr_null(world_device(scene.world, "few"));
    ck_assert_str_eq(world_nearest(scene.world, "oen"), "one");
    ck_assert_ptr_nonnull(world_device(scene.world, "one")->place);
    ck_assert(!world_device(scene.world, "one")->powered);
    world_power_on(scene.world);
    ck_assert(world_device(scene.world, "one")->powered);
    ck_assert_uint_gt(scene.changes, 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_fleet_counts_its_addresses_on)
{
    struct scene scene;
    struct address address;

    scene_begin(&scene, small_site);
    address_parse("10.77.1.3", &address);
    ck_assert(address_same_ip(&world_device(scene.world, "many[3]")->ports[0].address, &address));
    scene_end(&scene);
}
END_TEST

START_TEST(routes_lead_over_ethernet_or_the_line)
{
    struct scene scene;
    struct world_route route;
    const char *why;

    scene_begin(&scene, small_site);
    ck_assert_int_eq(
        world_modbus_route(scene.world, world_device(scene.world, "one"), &route, &why), 0);
    ck_assert_ptr_nonnull(route.host);
    ck_assert_uint_eq(route.unit, 255);
    ck_assert_uint_eq(route.to.port, 502);
    ck_assert_int_eq(
        world_modbus_route(scene.world, world_device(scene.world, "drop"), &route, &why), 0);
    ck_assert_ptr_null(route.host);
    ck_assert_ptr_nonnull(route.line);
    ck_assert_uint_eq(route.unit, 7);
    ck_assert_int_eq(world_web_route(scene.world, world_device(scene.world, "one"), &route, &why),
                     ERR_UNREACHABLE);
    ck_assert_str_eq(why, "its profile claims no web server");
    ck_assert_ptr_eq(world_unit_device(scene.world, world_device(scene.world, "drop"), 7),
                     world_device(scene.world, "drop"));
    scene_end(&scene);
}
END_TEST

START_TEST(secrets_are_drawn_once_and_only_when_used)
{
    struct scene scene;
    const char *secret;

    scene_begin(&scene, small_site);
    secret = world_secret(scene.world, "a");
    ck_assert_uint_eq(strlen(secret), 4); // The rule of the tutorial's accounts.
    ck_assert_str_eq(world_secret(scene.world, "a"), secret);
    ck_assert_ptr_null(world_secret(scene.world, "unused"));
    scene_end(&scene);
}
END_TEST

static int fault(struct scene *scene, const char *id, const char *kind, const char *arguments,
                 const char *why_has)
{
    struct device *devices[] = {world_device(scene->world, "one")};
    struct world_fault made = {
        .id = id, .kind = kind, .left = devices, .left_count = 1, .arguments = arguments};
    char *why;
    int err = world_fault(scene->world, &made, &why);

    if (why_has)
        ck_assert_msg(why && strstr(why, why_has), "'%s' is not in '%s'", why_has, why ? why : "");
    free(why);
    return err;
}

START_TEST(faults_reach_the_wire_and_the_device_and_say_what_is_wrong)
{
    struct scene scene;

    scene_begin(&scene, small_site);
    world_power_on(scene.world);
    ck_assert_int_eq(fault(&scene, "far", "latency", "{delay: 200ms}", NULL), 0);
    ck_assert_int_eq(fault(&scene, "far", "latency", "{delay: 1s}", "already on"), ERR_EXISTS);
    ck_assert_int_lt(fault(&scene, "x", "latensy", NULL, "no fault 'latensy'"), 0);
    ck_assert_int_lt(fault(&scene, "x", "latency", "{}", "delay"), 0);
    ck_assert_int_lt(fault(&scene, "x", "latency", "{delays: 1s}", "delays"), 0);
    ck_assert_int_eq(fault(&scene, "dark", "power-cut", NULL, NULL), 0);
    ck_assert(!world_device(scene.world, "one")->powered);
    ck_assert_int_eq(world_clear(scene.world, "dark"), 0);
    ck_assert(world_device(scene.world, "one")->powered);
    ck_assert_int_eq(world_clear(scene.world, "dark"), ERR_NOT_FOUND);
    world_clear_all(scene.world);
    ck_assert_int_eq(world_clear(scene.world, "far"), ERR_NOT_FOUND);
    scene_end(&scene);
}
END_TEST

// Two of them on one device are told apart when one goes.
START_TEST(faults_of_tls_reach_the_device)
{
    struct device *device;
    struct scene scene;

    scene_begin(&scene, small_site);
    device = world_device(scene.world, "one");
    ck_assert_uint_eq(device->tls_faults, 0);
    ck_assert_int_eq(fault(&scene, "a", "tls-expired", NULL, NULL), 0);
    ck_assert_int_eq(fault(&scene, "b", "tls-stall", NULL, NULL), 0);
    ck_assert_int_eq(fault(&scene, "c", "tls-expired", NULL, NULL), 0);
    ck_assert_uint_eq(device->tls_faults, TLS_EXPIRED | TLS_STALL);
    ck_assert_int_eq(world_clear(scene.world, "a"), 0);
    ck_assert_uint_eq(device->tls_faults, TLS_EXPIRED | TLS_STALL);
    ck_assert_int_eq(world_clear(scene.world, "c"), 0);
    ck_assert_uint_eq(device->tls_faults, TLS_STALL);
    ck_assert_int_lt(fault(&scene, "d", "tls-alert", "{for: 3s}", "for"), 0);
    for (int kind = FAULT_TLS_ALERT; kind <= FAULT_TLS_WRONG_NAME; kind++) {
        ck_assert_int_eq(fault(&scene, "each", fault_kinds[kind].name, NULL, NULL), 0);
        ck_assert_int_eq(__builtin_popcount(device->tls_faults & ~(unsigned)TLS_STALL),
                         kind != FAULT_TLS_STALL);
        ck_assert_int_eq(world_clear(scene.world, "each"), 0);
    }
    world_clear_all(scene.world);
    ck_assert_uint_eq(device->tls_faults, 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_site_that_cannot_be_says_why)
{
    static const struct {
        const char *body;
        const char *words;
    } rows[] = {
        {"devices:\n  a: {profile: skeletn, model: SKEL-1}\n", "did you mean 'skeleton'?"},
        {"devices:\n  a: {profile: skeleton, model: SKEL-9}\n", "knows no model 'SKEL-9'"},
        {"devices:\n  a: {profile: skeleton, model: SKEL-1, ports: {eth: {on: la}}}\n",
         "there is no network 'la'"},
        {"devices:\n  a: {profile: skeleton, model: SKEL-1, count: 2,\n"
         "      ports: {eth: {on: lan, ipv4: 10.77.0.1}}}\n",
         "cannot share one address"},
        {"devices: {}\ndiagram:\n  - {source: s}\n  - {load: l, from: x, power_W: 1}\n",
         "no place 'x' above"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;

        scene_begin(&scene, rows[i].body);
        ck_assert_int_lt(scene.err, 0);
        ck_assert_ptr_null(scene.world);
        says(&scene, rows[i].words);
        scene_end(&scene);
    }
}
END_TEST

START_TEST(the_schema_holds)
{
    static const struct device_family *const families[] = {&skeleton_family, NULL};
    struct world_schema *schema = world_schema_new(families);
    struct str out = {0};

    schema_print_json(world_schema_top(schema), "site", &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "\"networks\""));
    ck_assert_ptr_ne(world_schema_device(schema, &skeleton_family), NULL);
    str_done(&out);
    world_schema_free(&schema);
}
END_TEST

Suite *world_suite(void)
{
    Suite *suite = suite_create("world");
    TCase *tcase = tcase_create("site");

    tcase_add_test(tcase, devices_and_fleets_are_found_by_id);
    tcase_add_test(tcase, a_fleet_counts_its_addresses_on);
    tcase_add_test(tcase, routes_lead_over_ethernet_or_the_line);
    tcase_add_test(tcase, secrets_are_drawn_once_and_only_when_used);
    tcase_add_test(tcase, faults_reach_the_wire_and_the_device_and_say_what_is_wrong);
    tcase_add_test(tcase, faults_of_tls_reach_the_device);
    tcase_add_test(tcase, a_site_that_cannot_be_says_why);
    tcase_add_test(tcase, the_schema_holds);
    suite_add_tcase(suite, tcase);
    return suite;
}

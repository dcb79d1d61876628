// SPDX-License-Identifier: Apache-2.0
// A Panel Server with a breaker on its line and one on Ethernet below it: its own registers, who is
// routed where, what the owner may switch, what each model refuses.
#include "devices/panel_server/state.h"

#include "devices/pact/pact.h"
#include "tests/support/device_client.h"
#include "tests/support/device_verb.h"

static struct bed bed;
static struct device *gateway, *serial, *child;
static struct conn *conn;

#define GATEWAY                                                                                    \
    "{profile: ps-2025-04, model: PAS600L, hardware: V2.0, serial: PS0123456789,"                  \
    " ports: {eth: {on: lan, ipv4: 10.77.0.10}, sl: {on: rs1, reply_timeout: 500ms, retries: 1}}," \
    " children: [{device: q9, unit: 101}, {address: 10.77.0.99}]}"
#define SERIAL                                                                                     \
    "{profile: nsx-2024-11, model: NSX250-5E, interface: IFM,"                                     \
    " ports: {sl: {on: rs1, unit: 3}}}"
#define CHILD                                                                                      \
    "{profile: mtz-x-2024-11, model: MTZ2-16-X, interface: EIFE,"                                  \
    " ports: {eth: {on: lan, ipv4: 10.77.0.20}}}"

static void setup(void)
{
    bed_open(&bed);
    gateway = bed_add(&bed, &panel_server_family, "gw", GATEWAY);
    serial = bed_add(&bed, &pact_family, "q1", SERIAL);
    child = bed_add(&bed, &pact_family, "q9", CHILD);
    for (size_t i = 0; i < bed.devices_count; i++)
        device_set_power(bed.devices[i], true);
    conn = bed_connect(&bed, "10.77.0.10:502");
    ck_assert_ptr_nonnull(conn);
}

static void teardown(void)
{
    bed_close(&bed);
}

START_TEST(own_registers)
{
    uint8_t data[64];

    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x64, 6, data), 0);
    ck_assert_mem_eq(data, "PS0123456789", 12);
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0xF003, 16, data), 0);
    ck_assert_str_eq((char *)data, "PAS600L");
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x9E), 0);
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x73, 4, data), 0);
    ck_assert_mem_eq(data, "\x00\x1a\x01\x0f\x08\x00", 6);
    ck_assert_uint_eq(bed_write(&bed, conn, 255, 0x73, 4, (uint16_t[]){30, 0x0201, 0, 0}), 0);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x73), 30);
    // A hole, half a datum, and what is read only.
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x3B, 1, data), MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(bed_write(&bed, conn, 255, 0x73, 2, (uint16_t[]){30, 0}),
                      MODBUS_ILLEGAL_ADDRESS);
    ck_assert_uint_eq(bed_write(&bed, conn, 255, 0x9E, 1, (uint16_t[]){1}), MODBUS_ILLEGAL_ADDRESS);
    // Absent wireless devices.
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x1F4, 5, data), 0);
    ck_assert_mem_eq(data, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10);
}
END_TEST

START_TEST(functions)
{
    const uint8_t coils[] = {1, 0, 0, 0, 1}, identification[] = {43, 14, 1, 0};
    const uint8_t scattered[] = {100, 6, 4, 9, 0, 0x9E, 0, 0x73};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];

    ck_assert_uint_eq(bed_ask(&bed, conn, 255, coils, sizeof(coils), reply), 2);
    ck_assert_uint_eq(reply[1], MODBUS_ILLEGAL_FUNCTION);
    ck_assert_uint_gt(bed_ask(&bed, conn, 255, identification, sizeof(identification), reply), 20);
    ck_assert_mem_eq(reply + 7, "\0\x12Schneider Electric\1\7PAS600L", 29);
    ck_assert_uint_eq(bed_ask(&bed, conn, 255, scattered, sizeof(scattered), reply), 8);
    ck_assert_mem_eq(reply, "\x64\x06\x04\x09\x00\x00\x00\x1a", 8);
}
END_TEST

START_TEST(digital_inputs)
{
    struct panel *panel = panel_of(gateway);
    uint8_t data[8];

    panel_input_pulse(panel, 1, 5);
    panel_input_level(panel, 2, true);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x44A + 3), 5);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x452 + 3), 5);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x4C7), 1);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x430 + 1), 1);
    // The partial counter is reset by writing it, and remembers when.
    ck_assert_uint_eq(bed_write(&bed, conn, 255, 0x452, 4, (uint16_t[]){0, 0, 0, 0}), 0);
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x45A, 4, data), 0);
    ck_assert_uint_eq(bytes_load_u16(data), 26);
    panel_input_pulse(panel, 1, 2);
    device_set_power(gateway, false);
    panel_input_pulse(panel, 1, 100); // Nobody counts.
    device_set_power(gateway, true);
    conn = bed_connect(&bed, "10.77.0.10:502");
    ck_assert_ptr_nonnull(conn);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x44A + 3), 7);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x452 + 3), 2);
}
END_TEST

START_TEST(routes)
{
    sim_time_ns begin_ns;
    uint8_t data[4];

    ck_assert_uint_eq(bed_register(&bed, conn, 3, 8715), 15144);
    ck_assert_uint_eq(bed_register(&bed, conn, 101, 32000) & 0x8000, 0);
    ck_assert_uint_eq(bed_read(&bed, conn, 4, 0, 1, data), MODBUS_PATH_UNAVAILABLE);
    ck_assert_uint_eq(bed_read(&bed, conn, 248, 0, 1, data), MODBUS_PATH_UNAVAILABLE);
    // The second child got the first free virtual id; nobody is there.
    ck_assert_uint_eq(bed_read(&bed, conn, 100, 0, 1, data), MODBUS_TARGET_SILENT);
    ck_assert_uint_eq(bed_read(&bed, conn, 102, 0, 1, data), MODBUS_PATH_UNAVAILABLE);
    // A unit that does not answer: two tries of 500 ms.
    device_set_power(serial, false);
    begin_ns = core_now(bed.core);
    ck_assert_uint_eq(bed_read(&bed, conn, 3, 8715, 1, data), MODBUS_TARGET_SILENT);
    ck_assert_double_eq_tol((double)(core_now(bed.core) - begin_ns) / 1e6, 1000, 60);
    device_set_power(child, false);
    ck_assert_uint_eq(bed_read(&bed, conn, 101, 32000, 1, data), MODBUS_TARGET_SILENT);
    device_set_power(child, true);
    device_set_power(serial, true);
    ck_assert_uint_eq(bed_register(&bed, conn, 101, 32000) & 0x8000, 0);
    ck_assert_uint_eq(bed_register(&bed, conn, 3, 8715), 15144);
}
END_TEST

START_TEST(service_of_an_interface)
{
    struct panel *panel = panel_of(gateway);

    ck_assert_int_eq(panel_set_service(panel, PANEL_MODBUS, "eth", false), 0);
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_int_eq(bed.end, ERR_RESET);
    ck_assert_ptr_null(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_int_eq(bed.end, ERR_REFUSED);
    device_set_power(gateway, false);
    device_set_power(gateway, true);
    ck_assert_ptr_null(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_int_eq(panel_set_service(panel, PANEL_MODBUS, "eth", true), 0);
    ck_assert_ptr_nonnull(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_int_eq(panel_set_service(panel, PANEL_MODBUS, "eth2", true), ERR_NOT_FOUND);
    ck_assert_int_eq(panel_set_service(panel, PANEL_MODBUS, "usb", true), ERR_NOT_FOUND);
}
END_TEST

START_TEST(separated_ports)
{
    struct device *two = bed_add(&bed, &panel_server_family, "gw2",
                                 "{profile: ps-2025-04, model: PAS800, hardware: V2.0,"
                                 " topology: separated, ports: {eth1: {on: lan, ipv4: 10.77.0.11},"
                                 " eth2: {on: lan2, ipv4: 10.78.0.11},"
                                 " ap: {on: lan2, ipv4: 10.78.0.12}}}");

    device_set_power(two, true);
    ck_assert_ptr_nonnull(bed_connect(&bed, "10.77.0.11:502"));
    ck_assert_ptr_null(bed_connect(&bed, "10.78.0.11:502"));
    ck_assert_int_eq(bed.end, ERR_REFUSED);
    ck_assert_int_eq(panel_set_service(panel_of(two), PANEL_MODBUS, "eth2", true), 0);
    ck_assert_ptr_nonnull(bed_connect(&bed, "10.78.0.11:502"));
    ck_assert_int_eq(panel_set_service(panel_of(two), PANEL_MODBUS, "ap", true), ERR_UNSUPPORTED);
    ck_assert_ptr_null(bed_connect(&bed, "10.78.0.12:502"));
}
END_TEST

START_TEST(clients_are_limited)
{
    for (int i = 0; i < 127; i++)
        ck_assert_ptr_nonnull(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_uint_eq(modbus_service_clients(panel_of(gateway)->service), 128);
    (void)bed_connect(&bed, "10.77.0.10:502");
    bed_advance(&bed, SIM_NS_PER_MS);
    ck_assert_int_eq(bed.end, ERR_RESET);
    ck_assert_uint_eq(modbus_service_clients(panel_of(gateway)->service), 128);
}
END_TEST

START_TEST(pause_holds_all_wires)
{
    const uint8_t read[] = {3, 0x22, 0x0B, 0, 1}; // 8715
    uint8_t reply[MODBUS_PDU_BYTES_MAX];

    ck_assert_int_eq(device_fault(gateway, FAULT_PAUSE, NULL), 0);
    ck_assert_uint_eq(bed_ask_within(&bed, conn, 3, read, 5, reply, 5 * SIM_NS_PER_S), 0);
    ck_assert_int_eq(device_fault_clear(gateway, FAULT_PAUSE), 0);
    bed_advance(&bed, 200 * SIM_NS_PER_MS);
    ck_assert_uint_eq(bed.heard_length, MODBUS_MBAP_BYTES + 4);
    ck_assert_uint_eq(bytes_load_u16(bed.heard + MODBUS_MBAP_BYTES + 2), 15144);
}
END_TEST

START_TEST(restart_button)
{
    device_restart(gateway, 40 * SIM_NS_PER_S);
    bed_advance(&bed, 39 * SIM_NS_PER_S);
    ck_assert(!device_alive(gateway));
    bed_advance(&bed, 2 * SIM_NS_PER_S);
    ck_assert(device_alive(gateway));
    conn = bed_connect(&bed, "10.77.0.10:502");
    ck_assert_ptr_nonnull(conn);
    ck_assert_uint_eq(bed_register(&bed, conn, 3, 8715), 15144);
}
END_TEST

// Every model of the edition answers with its name; the inputs are there on those that have them.
START_TEST(every_model)
{
    size_t count = profile_models_count(gateway->profile);

    ck_assert_uint_eq(count, 15);
    for (size_t i = 0; i < count; i++) {
        const struct profile_model *model = profile_model_at(gateway->profile, i);
        const char *hardware = profile_model_cell(gateway->profile, model, "hardware");
        bool inputs = *profile_model_cell(gateway->profile, model, "di") == '2';
        char site[256];
        uint8_t data[64];

        snprintf(site, sizeof(site),
                 "{profile: ps-2025-04, model: %s, hardware: %s,"
                 " ports: {eth: {on: lan, ipv4: 10.77.0.10}}}",
                 model->name, hardware);
        bed_close(&bed);
        bed_open(&bed);
        gateway = bed_add(&bed, &panel_server_family, "gw", site);
        device_set_power(gateway, true);
        conn = bed_connect(&bed, "10.77.0.10:502");
        ck_assert_ptr_nonnull(conn);
        ck_assert_uint_eq(bed_read(&bed, conn, 255, 0xF003, 16, data), 0);
        ck_assert_str_eq((char *)data, gateway->model->name);
        ck_assert_uint_eq(bed_read(&bed, conn, 255, 0x44A, 4, data),
                          inputs ? 0 : MODBUS_ILLEGAL_ADDRESS);
        ck_assert_uint_eq(bed_read(&bed, conn, 1, 0, 1, data), MODBUS_PATH_UNAVAILABLE);
    }
}
END_TEST

static const struct {
    const char *site, *says;
} refused[] = {
    {"{profile: ps-2025-04, model: PAS400, hardware: any, ports: {sl: {on: rs1}}}", "no sl"},
    {"{profile: ps-2025-04, model: PAS400, hardware: any, children: [{device: q9}]}",
     "no Modbus TCP devices below it"},
    {"{profile: ps-2025-04, model: PAS400, hardware: any, topology: separated}",
     "no second Ethernet port"},
    {"{profile: ps-2025-04, model: PAS600LWD, hardware: V2.0,"
     " ports: {wifi: {on: lan, ipv4: 10.77.0.31}}}",
     "no wifi"},
    {"{profile: ps-2025-04, model: PAS600, hardware: V2.0,"
     " ports: {eth2: {on: lan, ipv4: 10.77.0.31}}}",
     "does not exist in switched topology"},
    {"{profile: ps-2025-04, model: PAS600, hardware: V2.0, topology: separated,"
     " ports: {eth: {on: lan, ipv4: 10.77.0.31}}}",
     "does not exist in separated topology"},
    {"{profile: ps-2025-04, model: PAS600, hardware: V2.0,"
     " ports: {lpt: {on: lan, ipv4: 10.77.0.31}}}",
     "no lpt"},
    {"{profile: ps-2025-04, model: PAS600, hardware: V2.0,"
     " children: [{device: q9, unit: 7}, {device: q1, unit: 7}]}",
     "two children with this unit id"},
    {"{profile: ps-2025-04, model: PAS600, hardware: V2.0, children: [{unit: 7}]}",
     "either a device or an address"},
};

START_TEST(refuses)
{
    struct str text = {0};

    ck_assert_int_eq(bed_try(&bed, &panel_server_family, "bad", refused[_i].site, &text),
                     ERR_SCHEMA);
    ck_assert_msg(strstr(str_text(&text), refused[_i].says) != NULL, "%s", str_text(&text));
    str_done(&text);
}
END_TEST

START_TEST(world_verbs)
{
    struct device *entry = bed_add(&bed, &panel_server_family, "gw4",
                                   "{profile: ps-2025-04, model: PAS400,"
                                   " ports: {eth: {on: lan, ipv4: 10.77.0.40}}}");

    ck_assert_int_eq(bed_verb_end(&bed, gateway, "di.pulse", ARGS("input", "2", "count", "12")),
                     OP_FINISHED);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x44E + 3), 12);
    ck_assert_int_eq(bed_verb_end(&bed, gateway, "di.level", ARGS("level", "high")), OP_FINISHED);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 0x4C6), 1);
    ck_assert_int_eq(bed_verb_end(&bed, entry, "di.pulse", NULL), OP_NOT_APPLICABLE);
    ck_assert_int_eq(bed_verb_end(&bed, entry, "service.modbus", ARGS("state", "off")), OP_ERROR);
    ck_assert_int_eq(
        bed_verb_end(&bed, gateway, "service.modbus", ARGS("interface", "wifi", "state", "on")),
        OP_NOT_APPLICABLE);
    ck_assert_int_eq(bed_verb_end(&bed, gateway, "service.modbus", ARGS("state", "off")),
                     OP_FINISHED);
    ck_assert_ptr_null(bed_connect(&bed, "10.77.0.10:502"));
    ck_assert_int_eq(bed_verb_end(&bed, gateway, "panel.restart", NULL), OP_FINISHED);
    ck_assert(!device_alive(gateway));
    bed_advance(&bed, 60 * SIM_NS_PER_S);
    ck_assert(device_alive(gateway));
}
END_TEST

Suite *panel_server_suite(void)
{
    Suite *suite = suite_create("panel_server");
    TCase *tcase = tcase_create("panel_server");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, own_registers);
    tcase_add_test(tcase, functions);
    tcase_add_test(tcase, digital_inputs);
    tcase_add_test(tcase, routes);
    tcase_add_test(tcase, service_of_an_interface);
    tcase_add_test(tcase, separated_ports);
    tcase_add_test(tcase, clients_are_limited);
    tcase_add_test(tcase, pause_holds_all_wires);
    tcase_add_test(tcase, restart_button);
    tcase_add_test(tcase, world_verbs);
    tcase_add_test(tcase, every_model);
    tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(refused) / sizeof(refused[0])));
    suite_add_tcase(suite, tcase);
    return suite;
}

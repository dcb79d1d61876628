// SPDX-License-Identifier: Apache-2.0
// A ComPacT NSX behind an IFM on a line, and a MasterPacT MTZ with an EIFE on Ethernet:
// measurements from the one-line, commands, the lock, trips, and losing the supply in the middle.
#include "devices/pact/state.h"

#include "tests/support/device_client.h"
#include "tests/support/device_verb.h"

static struct bed bed;
static struct device *device;
static struct plant_node *node;

#define NSX                                                                                        \
    "{profile: nsx-2024-11, model: NSX250-5E, interface: IFM,"                                     \
    " ports: {sl: {on: rs1, unit: 3}}}"
#define MTZ                                                                                        \
    "{profile: mtz-x-2024-11, model: MTZ2-16-X, interface: EIFE,"                                  \
    " ports: {eth: {on: lan, ipv4: 10.77.0.20}}}"

static void add_place(const struct plant_spec *spec)
{
    ck_assert_int_eq(plant_add(bed.plant, spec, NULL), 0);
}

static void setup(void)
{
    bed_open(&bed);
    add_place(&(struct plant_spec){.id = "grid",
                                   .kind = PLANT_SOURCE,
                                   .system = PLANT_3PH4W,
                                   .voltage_V = 400,
                                   .frequency_Hz = 50,
                                   .short_circuit_A = 25000});
    add_place(&(struct plant_spec){
        .id = "q1", .from = "grid", .kind = PLANT_BREAKER, .rated_A = 250, .closed = true});
    add_place(&(struct plant_spec){
        .id = "lamps", .from = "q1", .kind = PLANT_LOAD, .power_W = 40000, .power_factor = 0.95});
    node = plant_find(bed.plant, "q1");
    device = bed_add(&bed, &pact_family, "q1", NSX);
    device_set_power(device, true);
}

static void teardown(void)
{
    bed_close(&bed);
}

// Registers by their printed number, one more than on the wire.
static uint16_t line_register(uint16_t number)
{
    uint8_t request[] = {3, (uint8_t)((number - 1) >> 8), (uint8_t)(number - 1), 0, 1};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];

    ck_assert_uint_eq(bed_line_ask(&bed, 3, request, sizeof(request), reply), 4);
    return bytes_load_u16(reply + 2);
}

static float line_float(uint16_t number)
{
    uint8_t request[] = {3, (uint8_t)((number - 1) >> 8), (uint8_t)(number - 1), 0, 2};
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    uint32_t bits;
    float value;

    ck_assert_uint_eq(bed_line_ask(&bed, 3, request, sizeof(request), reply), 6);
    bits = (uint32_t)bytes_load_u16(reply + 2) << 16 | bytes_load_u16(reply + 4);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static size_t command_pdu(uint16_t code, const char *password, int parameter, uint8_t *ret_pdu)
{
    struct bytes_out out = bytes_out(ret_pdu, MODBUS_PDU_BYTES_MAX);
    uint16_t words[20] = {code, (uint16_t)(parameter < 0 ? 10 : 12), 0x1101, 1};

    words[4] = (uint16_t)(password[0] << 8 | password[1]);
    words[5] = (uint16_t)(password[2] << 8 | password[3]);
    words[6] = (uint16_t)(parameter < 0 ? 0 : parameter << 8);
    words[17] = 8019;
    words[18] = 8020;
    words[19] = 8021;
    bytes_put_u8(&out, 16);
    bytes_put_u16(&out, 7999);
    bytes_put_u16(&out, 20);
    bytes_put_u8(&out, 40);
    for (int i = 0; i < 20; i++)
        bytes_put_u16(&out, words[i]);
    return bytes_written(&out);
}

static void send_command(uint16_t code, const char *password, int parameter)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
    size_t length = command_pdu(code, password, parameter, pdu);

    ck_assert_uint_eq(bed_line_ask(&bed, 3, pdu, length, reply), 5);
    ck_assert_uint_eq(reply[0], 16);
}

// Sends a command and gives its status when it has ended.
static uint16_t command(uint16_t code, const char *password, int parameter)
{
    send_command(code, password, parameter);
    ck_assert_uint_eq(line_register(8021), 3);
    bed_advance(&bed, 5 * SIM_NS_PER_S);
    ck_assert_uint_eq(line_register(8020), code);
    return line_register(8021);
}

START_TEST(measures)
{
    // 40 kW at 0.95 on 400 V: 60.77 A a phase, 13.33 kW.
    ck_assert_float_eq_tol(line_float(32028), 60.7737F, 1e-3F);
    ck_assert_float_eq_tol(line_float(32062), 230.94F, 1e-2F);
    ck_assert_float_eq_tol(line_float(32078), 40000, 0.1F);
    ck_assert_uint_eq(line_register(1016), 61);
    ck_assert_uint_eq(line_register(1000), 400);
    ck_assert_uint_eq(line_register(1054), 500);
    ck_assert_uint_eq(line_register(8716), 15144);
    // Closed, spring discharged; with its quality bits.
    ck_assert_uint_eq(line_register(32001) & 0x802F, 0x0001);
    ck_assert_uint_eq(line_register(32000) & 0x000F, 0x000F);
    ck_assert_uint_eq(line_register(12001) & 1, 1);
    // A value is up to a second old.
    plant_set_load(plant_find(bed.plant, "lamps"), 20000, 0.95);
    bed_advance(&bed, SIM_NS_PER_S);
    ck_assert_float_eq_tol(line_float(32028), 30.3869F, 1e-3F);
}
END_TEST

START_TEST(open_and_close)
{
    uint32_t before = pact_of(device)->mechanism.operations;

    ck_assert_uint_eq(command(904, "Adm1", -1), 0);
    ck_assert(!plant_closed(node));
    ck_assert_uint_eq(line_register(32001) & 0x802F, 0x0028); // Open, charged, ready to close.
    ck_assert_float_eq(line_float(32028), 0);
    ck_assert_uint_eq(command(904, "Adm1", -1), 0x1199);
    ck_assert_uint_eq(command(905, "0per", -1), 0);
    ck_assert(plant_closed(node));
    ck_assert_uint_eq(command(905, "0per", -1), 0x1198);
    ck_assert_uint_eq(pact_of(device)->mechanism.operations, before + 2);
}
END_TEST

static const struct {
    uint16_t code;
    const char *password;
    uint16_t status;
} refusals[] = {
    {904, "Zz9x", 0x1101},  {904, "\0\0\0\0", 0x1101}, {904, "Engi", 0x1101},
    {904, "adm1", 0x1101},  {42636, "0per", 0x1101},   {45192, "Adm1", 0x1413},
    {4711, "Adm1", 0x0313}, {906, "Adm1", 0x119A},
};

START_TEST(refuses)
{
    uint8_t pdu[MODBUS_PDU_BYTES_MAX], reply[MODBUS_PDU_BYTES_MAX];
    size_t length = command_pdu(refusals[_i].code, refusals[_i].password,
                                refusals[_i].code == 42636 ? 1 : -1, pdu);

    ck_assert_uint_eq(bed_line_ask(&bed, 3, pdu, length, reply), 5);
    bed_advance(&bed, 2 * SIM_NS_PER_S);
    ck_assert_uint_eq(line_register(8021), refusals[_i].status);
    ck_assert(plant_closed(node));
    // Half a command is none.
    pdu[4] = 10;
    pdu[5] = 20;
    ck_assert_uint_eq(bed_line_ask(&bed, 3, pdu, 26, reply), 2);
    ck_assert_uint_eq(reply[1], MODBUS_ILLEGAL_ADDRESS);
}
END_TEST

START_TEST(the_lock_blocks_all_remote_control)
{
    static const struct {
        uint16_t code;
        int parameter;
    } commands[] = {{904, -1}, {905, -1}, {906, -1}, {910, 1}, {42636, 1}};

    pact_set_remote(pact_of(device), false);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(command(commands[i].code, "Adm1", commands[i].parameter), 0x1102);
    ck_assert(plant_closed(node));
    ck_assert_float_eq_tol(line_float(32028), 60.77F, 0.01F);
    device_set_power(device, false);
    device_set_power(device, true);
    ck_assert_uint_eq(command(904, "Adm1", -1), 0x1102);
    pact_set_remote(pact_of(device), true);
    ck_assert_uint_eq(command(904, "Adm1", -1), 0);
    ck_assert(!plant_closed(node));
}
END_TEST

START_TEST(inhibited_close)
{
    ck_assert_uint_eq(command(910, "0per", 1), 0);
    ck_assert_uint_eq(command(904, "0per", -1), 0);
    ck_assert_uint_eq(command(905, "0per", -1), 0x11A0);
    ck_assert_uint_eq(line_register(32001) & 0x0020, 0); // Not ready to close.
    ck_assert_uint_eq(command(910, "0per", 0), 0);
    ck_assert_uint_eq(command(905, "0per", -1), 0);
}
END_TEST

START_TEST(one_at_a_time)
{
    send_command(904, "Adm1", -1);
    send_command(905, "Adm1", -1);
    ck_assert_uint_eq(line_register(8021), 0x119E);
    bed_advance(&bed, 5 * SIM_NS_PER_S);
    ck_assert_uint_eq(line_register(8021), 0);
    ck_assert_uint_eq(line_register(8020), 904);
    ck_assert(!plant_closed(node));
}
END_TEST

START_TEST(trips_and_resets)
{
    plant_set_fault(plant_find(bed.plant, "lamps"), 20000);
    bed_advance(&bed, SIM_NS_PER_S);
    plant_set_fault(plant_find(bed.plant, "lamps"), 0);
    ck_assert(!plant_closed(node));
    ck_assert_uint_eq(line_register(32001) & 0x0007, 0x0006); // Open, SD, SDE.
    ck_assert_uint_ne(line_register(12004) & 0x0006, 0);      // Short time or instantaneous.
    ck_assert_uint_eq(command(905, "Adm1", -1), 0x1197);
    // After an electrical fault a reset must be allowed first.
    ck_assert_uint_eq(command(906, "Adm1", -1), 0x119F);
    ck_assert_uint_eq(command(42637, "Adm1", 1), 0);
    ck_assert_uint_eq(command(906, "Adm1", -1), 0);
    ck_assert_uint_eq(line_register(32001) & 0x0007, 0);
    ck_assert_uint_eq(command(905, "Adm1", -1), 0);
    ck_assert(plant_closed(node));
    ck_assert_uint_eq(line_register(12004), 0);
}
END_TEST

START_TEST(hands_need_no_supply)
{
    uint32_t before = pact_of(device)->mechanism.operations;

    device_set_power(device, false);
    pact_mechanism_by_hand(pact_of(device), false);
    ck_assert(!plant_closed(node));
    device_set_power(device, true);
    ck_assert_uint_eq(line_register(32001) & 1, 0);
    ck_assert_uint_eq(pact_of(device)->mechanism.operations, before + 1);
    pact_mechanism_push_to_trip(pact_of(device));
    ck_assert_uint_eq(line_register(32001) & 0x0007, 0x0002);
}
END_TEST

// The supply goes at any moment of an opening: nothing is in progress afterwards, and the counter
// fits the position.
START_TEST(supply_lost_in_the_middle)
{
    for (int64_t after_ms = 0; after_ms < 1200; after_ms += 30) {
        struct pact *pact = pact_of(device);
        uint32_t before;

        pact_mechanism_by_hand(pact, true);
        before = pact->mechanism.operations;
        send_command(904, "Adm1", -1);
        bed_advance(&bed, after_ms * SIM_NS_PER_MS);
        device_set_power(device, false);
        bed_advance(&bed, SIM_NS_PER_S);
        device_set_power(device, true);
        ck_assert_uint_eq(line_register(8021), 0);
        ck_assert_uint_eq(pact->mechanism.operations - before, plant_closed(node) ? 0 : 1);
        ck_assert_uint_eq(line_register(32001) & 1, plant_closed(node));
    }
    ck_assert(!plant_closed(node));
}
END_TEST

// As above, with the cut at each byte of what the operation writes to flash.
START_TEST(store_cut_in_the_middle)
{
    for (int at = 0; at < 40; at++) {
        struct pact *pact = pact_of(device);
        uint32_t before;

        pact_mechanism_by_hand(pact, true);
        before = pact->mechanism.operations;
        ck_assert_int_eq(device_fault(device, FAULT_STORE_CUT, (double[FAULT_PARAMS_MAX]){at}), 0);
        send_command(904, "Adm1", -1);
        bed_advance(&bed, SIM_NS_PER_S);
        ck_assert_int_eq(device_fault_clear(device, FAULT_STORE_CUT), 0);
        ck_assert(!plant_closed(node));
        ck_assert_uint_eq(pact->mechanism.operations, before + 1);
        ck_assert_uint_eq(line_register(32001) & 1, 0);
    }
}
END_TEST

static void add_record(void *user, const char *const *keys, const char *const *values, size_t count)
{
    struct str *text = user;

    ck_assert_uint_eq(count, 6);
    ck_assert_str_eq(keys[2], "command");
    str_addf(text, "%s/%s/%s/%s ", values[2], values[3], values[4], values[5]);
}

START_TEST(command_table)
{
    struct str text = {0};

    (void)command(904, "0per", -1);
    (void)command(905, "Zz9x", -1);
    pact_family.tables[0].read(device, add_record, &text);
    ck_assert_str_eq(str_text(&text), "open/Operator/0x0000/open close//0x1101/open ");
    str_done(&text);
}
END_TEST

START_TEST(latencies)
{
    sim_time_ns begin_ns = core_now(bed.core);
    int64_t dataset_ns, registers_ns;

    (void)line_register(32001);
    dataset_ns = core_now(bed.core) - begin_ns;
    begin_ns = core_now(bed.core);
    (void)line_register(1016);
    registers_ns = core_now(bed.core) - begin_ns;
    ck_assert_int_gt(registers_ns, dataset_ns + 20 * SIM_NS_PER_MS);
}
END_TEST

START_TEST(ethernet_interface)
{
    struct device *mtz = bed_add(&bed, &pact_family, "q9", MTZ);
    struct conn *conn;
    uint8_t data[4];

    device_set_power(mtz, true);
    conn = bed_connect(&bed, "10.77.0.20:502");
    ck_assert_ptr_nonnull(conn);
    ck_assert_uint_eq(bed_register(&bed, conn, 255, 32000) & 0x8000, 0);
    ck_assert_uint_eq(bed_read(&bed, conn, 255, 5, 1, data), MODBUS_ILLEGAL_ADDRESS);
    device_set_power(mtz, false);
    ck_assert_ptr_null(bed_connect(&bed, "10.77.0.20:502"));
}
END_TEST

START_TEST(interface_and_port_must_fit)
{
    struct str text = {0};

    ck_assert_int_eq(bed_try(&bed, &pact_family, "x1",
                             "{profile: nsx-2024-11, model: NSX250-5E, interface: IFM,"
                             " ports: {eth: {on: lan, ipv4: 10.77.0.21}}}",
                             &text),
                     ERR_SCHEMA);
    ck_assert_ptr_nonnull(strstr(str_text(&text), "an IFM has no port eth"));
    ck_assert_int_eq(bed_try(&bed, &pact_family, "x2",
                             "{profile: nsx-2024-11, model: NSX250-5E, interface: EIFE}", NULL),
                     ERR_SCHEMA);
    str_done(&text);
}
END_TEST

START_TEST(world_verbs)
{
    bed_verb_expect(&bed, device, "breaker.front", NULL, "position", "closed");
    bed_verb_expect(&bed, device, "breaker.set-position", ARGS("position", "open"), "position",
                    "open");
    ck_assert(!plant_closed(node));
    bed_verb_expect(&bed, device, "breaker.set-position", ARGS("position", "closed"), "position",
                    "closed");
    ck_assert(plant_closed(node));
    bed_verb_expect(&bed, device, "breaker.trip", NULL, "position", "open");
    ck_assert_int_eq(bed_verb_end(&bed, device, "padlock.remote", ARGS("state", "disabled")),
                     OP_FINISHED);
    ck_assert_uint_eq(command(906, "Adm1", -1), 0x1102);
    // A pad turns without supply.
    device_set_power(device, false);
    ck_assert_int_eq(bed_verb_end(&bed, device, "padlock.remote", ARGS("state", "enabled")),
                     OP_FINISHED);
    device_set_power(device, true);
    ck_assert_uint_eq(command(906, "Adm1", -1), 0);
}
END_TEST

// The parameter of a BSCM is set by EPC, which needs the BSCM.
START_TEST(lock_of_a_bscm)
{
    struct device *bscm = bed_add(&bed, &pact_family, "b1",
                                  "{profile: nsx-2024-11, model: NSX100-6A, interface: BSCM,"
                                  " ports: {sl: {on: rs1, unit: 9}}}");

    ck_assert_int_eq(bed_verb_end(&bed, bscm, "padlock.remote", ARGS("state", "disabled")),
                     OP_BLOCKED);
    device_set_power(bscm, true);
    ck_assert_int_eq(bed_verb_end(&bed, bscm, "padlock.remote", ARGS("state", "disabled")),
                     OP_FINISHED);
    ck_assert(!pact_of(bscm)->remote_enabled);
}
END_TEST

Suite *pact_suite(void)
{
    Suite *suite = suite_create("pact");
    TCase *tcase = tcase_create("pact");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, measures);
    tcase_add_test(tcase, open_and_close);
    tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
    tcase_add_test(tcase, the_lock_blocks_all_remote_control);
    tcase_add_test(tcase, inhibited_close);
    tcase_add_test(tcase, one_at_a_time);
    tcase_add_test(tcase, trips_and_resets);
    tcase_add_test(tcase, hands_need_no_supply);
    tcase_add_test(tcase, supply_lost_in_the_middle);
    tcase_add_test(tcase, store_cut_in_the_middle);
    tcase_add_test(tcase, command_table);
    tcase_add_test(tcase, latencies);
    tcase_add_test(tcase, ethernet_interface);
    tcase_add_test(tcase, interface_and_port_must_fit);
    tcase_add_test(tcase, world_verbs);
    tcase_add_test(tcase, lock_of_a_bscm);
    suite_add_tcase(suite, tcase);
    return suite;
}

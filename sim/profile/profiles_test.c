// SPDX-License-Identifier: Apache-2.0
// Walks every profile of the tree: each loads without a word, each row cites a source, each value a
// row can carry comes back as it went in, and what is recollection is still marked so.
#include "sim/profile/profile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/profile/command.h"

Suite *profiles_suite(void);

static struct profiles *profiles;
static struct diag *diag;

static void setup(void)
{
    profiles = profiles_new("devices");
    diag = diag_new();
}

static void teardown(void)
{
    profiles_free(&profiles);
    diag_free(&diag);
}

static const struct profile *get(const char *id)
{
    const struct profile *profile = NULL;
    struct str said = {0};
    int err = profiles_get(profiles, id, diag, &profile);

    diag_print(diag, false, &said);
    ck_assert_msg(err == 0 && str_text(&said)[0] == '\0', "%s: %s\n%s", id, err_text(err),
                  str_text(&said));
    str_done(&said);
    return profile;
}

// ---- Every profile ----

static void check_source(const struct profile *profile, const char *what, unsigned number,
                         struct profile_source source)
{
    ck_assert_msg(source.document && source.document[0] && source.confidence &&
                      strstr("HML", source.confidence),
                  "%s: %s %u cites no source", profile_id(profile), what, number);
}

// Encodes, decodes and encodes again: the value is whole where the row holds it whole, the bytes
// are the same in any case.
static bool check_value(const struct profile *profile, const struct profile_register *row,
                        const struct point_value *value)
{
    uint8_t data[2 * 125] = {0};
    uint8_t again[2 * 125] = {0};
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value back;

    if (profile_encode(row, value, data) != 0)
        return false;
    profile_decode(row, data, text, &back);
    if (row->type == PROFILE_FLAG && row->shows != PROFILE_SHOWS_VALUE)
        return true;
    ck_assert_msg(back.valid, "%s: register %u", profile_id(profile), row->address + 1u);
    if (row->point >= 0)
        ck_assert_int_eq(back.type, point_info((enum point)row->point)->type);
    ck_assert_int_eq(profile_encode(row, &back, again), 0);
    ck_assert_msg(!memcmp(data, again, sizeof(data)), "%s: register %u", profile_id(profile),
                  row->address + 1u);
    if (value->type == POINT_TEXT)
        ck_assert_str_eq(back.text, value->text);
    if (value->type == POINT_TIME || (value->type == POINT_INTEGER && !row->clamps))
        ck_assert_int_eq(back.integer, value->integer);
    return true;
}

static void check_values(const struct profile *profile, const struct profile_register *row)
{
    static const double numbers[] = {0, 1, -1, 0.5, 12.3, 230, 400, 12345, -300, 5e6};
    static const int64_t integers[] = {0, 1, 2, 255, -7, 65534, 70000, INT64_C(1) << 40};
    enum point_type type =
        row->point >= 0 ? point_info((enum point)row->point)->type : POINT_INTEGER;
    struct point_value value = {.type = type, .valid = true};
    size_t fits = 0;

    for (size_t i = 0; type == POINT_NUMBER && i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        value.number = numbers[i];
        fits += check_value(profile, row, &value);
    }
    for (size_t i = 0; type == POINT_INTEGER && i < sizeof(integers) / sizeof(integers[0]); i++) {
        value.integer = integers[i];
        fits += check_value(profile, row, &value);
    }
    if (type == POINT_TEXT) {
        value.text = "ab";
        fits += check_value(profile, row, &value);
    }
    if (type == POINT_TIME) {
        value.integer = INT64_C(1768464000250000000); // 2026-01-15T08:00:00.250Z
        fits += check_value(profile, row, &value);
    }
    ck_assert_msg(fits, "%s: nothing fits register %u", profile_id(profile), row->address + 1u);
}

// Without a value a row says so, except where every pattern is a value.
static void check_none(const struct profile *profile, const struct profile_register *row)
{
    const struct point_value none = {.valid = false};
    uint8_t data[2 * 125] = {0};
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value back;
    bool silent = row->type == PROFILE_FLAG || row->type == PROFILE_BIT ||
                  (row->invalid == PROFILE_INVALID_ZERO && row->type != PROFILE_ASCII);

    ck_assert_int_eq(profile_encode(row, &none, data), 0);
    profile_decode(row, data, text, &back);
    ck_assert_msg(back.valid == silent, "%s: register %u", profile_id(profile), row->address + 1u);
}

static void check_block(const struct profile *profile, const struct profile_block *block)
{
    uint32_t end = block->first;

    for (size_t i = 0; i < block->registers_count; i++) {
        const struct profile_register *row = &block->registers[i];
        bool same = i && row->type == PROFILE_FLAG && row[-1].type == PROFILE_FLAG &&
                    row->address == row[-1].address && row->bit > row[-1].bit;

        ck_assert_msg(same || row->address >= end, "%s: register %u overlaps", profile_id(profile),
                      row->address + 1u);
        end = (uint32_t)row->address + row->count;
        ck_assert_msg(end <= block->first + block->count, "%s: register %u outside its block",
                      profile_id(profile), row->address + 1u);
        ck_assert_int_lt(row->point, POINT_COUNT);
        check_source(profile, "register", row->address + 1u, row->source);
        check_values(profile, row);
        check_none(profile, row);
    }
}

static void check_commands(const struct profile *profile)
{
    size_t count;
    const struct profile_command *commands = profile_commands(profile, &count);

    for (size_t i = 0; i < count; i++) {
        const struct profile_command *command = &commands[i];

        ck_assert(!i || commands[i - 1].code < command->code);
        ck_assert_ptr_eq(profile_command(profile, command->code), command);
        ck_assert_ptr_eq(profile_command_named(profile, command->name), command);
        ck_assert_ptr_nonnull(profile_module_named(profile, command->module));
        check_source(profile, "command", command->code, command->source);
    }
}

START_TEST(test_every_profile)
{
    size_t count;
    const char *const *ids = profiles_ids(profiles, &count);

    ck_assert_uint_ge(count, 6);
    for (size_t i = 0; i < count; i++) {
        const struct profile *profile = get(ids[i]);
        struct str out = {0};

        ck_assert(!i || strcmp(ids[i - 1], ids[i]) < 0);
        ck_assert_str_eq(profile_id(profile), ids[i]);
        check_source(profile, "file", 0, profile_default_source(profile));
        for (size_t j = 0; j < profile_blocks_count(profile); j++)
            check_block(profile, profile_block_at(profile, j));
        check_commands(profile);
        profile_describe(profile, &out);
        ck_assert_uint_gt(out.length, 500);
        str_done(&out);
    }
}
END_TEST

// ---- What the facts say ----

static const struct {
    const char *profile;
    const char *model;
    const char *unit;
    enum point point;
    uint16_t reg; // As the vendor counts; 0: the model has none.
    enum profile_type type;
    const char *confidence;
} known[] = {
    {"ps-2025-04", "PAS600L", "self", POINT_IDENTITY_SERIAL, 101, PROFILE_ASCII, "H"},
    {"ps-2025-04", "PAS600L", "self", POINT_CLOCK_UTC, 116, PROFILE_DATETIME, "H"},
    {"ps-2025-04", "PAS600L", "self", POINT_DI1_PULSES_PARTIAL, 1107, PROFILE_INT64, "H"},
    {"ps-2025-04", "PAS400", "self", POINT_DI1_PULSES_PARTIAL, 0, 0, NULL},
    {"ps-2025-04", "PAS800L", "self", POINT_DI2_FLOW_UNIT, 1429, PROFILE_ASCII, "H"},
    {"ps-2023-05", "Advanced", "self", POINT_DEVICE_HEALTH, 159, PROFILE_UINT16, "H"},
    {"ps-2024-09", "PAS600LWD", "self", POINT_IDENTITY_NAME, 5638, PROFILE_ASCII, "H"},
    {"nsx-2024-11", "NSX250-5E", "own", POINT_BREAKER_POSITION, 563, PROFILE_FLAG, "H"},
    {"nsx-2024-11", "NSX250-5E", "own", POINT_CURRENT_L1_A, 1016, PROFILE_UINT16, "H"},
    {"nsx-2024-11", "NSX250-5A", "own", POINT_VOLTAGE_L12_V, 0, 0, NULL},
    {"nsx-2024-11", "NSX250-5E", "own", POINT_ENERGY_APPARENT_TOTAL_VAH, 2024, PROFILE_INT32, "L"},
    {"nsx-2024-11", "NSX250-5E", "own", POINT_TRIP_LONG_TIME, 12004, PROFILE_FLAG, "L"},
    {"mtz-x-2024-11", "MTZ2-16-X", "own", POINT_RATED_CURRENT_A, 8155, PROFILE_FLOAT32, "H"},
    {"mtz-x-2024-11", "MTZ2-16-X", "own", POINT_BREAKER_JUST_CLOSED, 32382, PROFILE_FLAG, "H"},
    {"mtz-x-2024-11", "MTZ2-16-X", "own", POINT_BREAKER_REMOTE_PADLOCK, 11891, PROFILE_UINT16, "M"},
};

START_TEST(test_known_registers)
{
    const struct profile *profile = get(known[_i].profile);
    const struct profile_model *model = profile_model(profile, known[_i].model, NULL);
    const struct profile_register *row;

    ck_assert_ptr_nonnull(model);
    row = profile_register_of(profile, model, known[_i].unit, known[_i].point);
    if (!known[_i].reg) {
        ck_assert_ptr_null(row);
        return;
    }
    ck_assert_ptr_nonnull(row);
    ck_assert_uint_eq(row->address + 1u, known[_i].reg);
    ck_assert_int_eq(row->type, known[_i].type);
    ck_assert_str_eq(row->source.confidence, known[_i].confidence);
}
END_TEST

// The confidence of the row that begins at a register, or "-".
static const char *confidence_at(const struct profile *profile, unsigned reg)
{
    for (size_t i = 0; i < profile_blocks_count(profile); i++) {
        const struct profile_block *block = profile_block_at(profile, i);

        for (size_t j = 0; j < block->registers_count; j++)
            if (block->registers[j].address + 1u == reg)
                return block->registers[j].source.confidence;
    }
    return "-";
}

START_TEST(test_recollection_is_marked)
{
    static const char *const breakers[] = {"nsx-2024-11", "mtz-x-2024-11"};
    static const unsigned doubtful[] = {32007, 32034, 32040, 32068, 32080, 32094,
                                        32096, 32120, 12001, 12016, 12036, 12080};
    static const unsigned sure[] = {32001, 32028, 32062, 32078, 32104};

    for (size_t i = 0; i < 2; i++) {
        const struct profile *profile = get(breakers[i]);
        size_t count;
        const struct profile_module *modules = profile_modules(profile, &count);

        for (size_t j = 0; j < sizeof(doubtful) / sizeof(doubtful[0]); j++)
            ck_assert_msg(!strcmp(confidence_at(profile, doubtful[j]), "L"), "%s: %u", breakers[i],
                          doubtful[j]);
        for (size_t j = 0; j < sizeof(sure) / sizeof(sure[0]); j++)
            ck_assert_msg(!strcmp(confidence_at(profile, sure[j]), "H"), "%s: %u", breakers[i],
                          sure[j]);
        for (size_t j = 0; j < count; j++)
            ck_assert_str_eq(modules[j].source.confidence, "L");
    }
}
END_TEST

START_TEST(test_wireless_list)
{
    const struct profile *profile = get("ps-2025-04");
    const struct profile_model *wired = profile_model(profile, "PAS600LWD", NULL);
    const struct profile_model *model = profile_model(profile, "PAS800", NULL);

    for (uint16_t k = 1; k <= 100; k++) {
        const struct profile_register *id =
            profile_register_at(profile, model, "self", POINT_WIRELESS_RF_ID, k);
        const struct profile_register *unit =
            profile_register_at(profile, model, "self", POINT_WIRELESS_UNIT_ID, k);

        ck_assert_uint_eq(id->address, 0x01F4 + 5 * (k - 1));
        ck_assert_uint_eq(unit->address, 0x01F8 + 5 * (k - 1));
    }
    ck_assert_ptr_null(profile_register_at(profile, wired, "self", POINT_WIRELESS_RF_ID, 1));
}
END_TEST

START_TEST(test_models_of_the_editions)
{
    const struct profile *latest = get("ps-2025-04");

    ck_assert_uint_eq(profile_models_count(latest), 15);
    ck_assert_uint_eq(profile_models_count(get("ps-2024-09")), 9);
    ck_assert_uint_eq(profile_models_count(get("ps-2023-05")), 3);
    ck_assert_ptr_null(profile_model(get("ps-2024-09"), "PAS600P", NULL));
    ck_assert_ptr_null(profile_model(get("ps-2023-05"), "PAS600", NULL));
    ck_assert_ptr_null(profile_model(latest, "PAS600T", "V2.0"));
    ck_assert(
        !profile_has_feature(latest, profile_model(latest, "PAS600", "V1.0"), "wpan-antenna"));
    ck_assert(profile_has_feature(latest, profile_model(latest, "PAS600", "V2.0"), "wpan-antenna"));
    ck_assert(profile_has_feature(latest, profile_model(latest, "PAS800P", NULL), "mail"));
    ck_assert(!profile_has_feature(latest, profile_model(latest, "PAS600P", NULL), "mail"));
}
END_TEST

START_TEST(test_lockout_and_services)
{
    const struct profile *profile = get("ps-2025-04");

    ck_assert_int_eq(profile_fact_integer(profile, "policy.lockout.stages.0.failures", 0), 10);
    ck_assert_int_eq(profile_fact_time_ns(profile, "policy.lockout.stages.1.lock", 0),
                     INT64_C(3600000000000));
    ck_assert_str_eq(profile_fact_text(profile, "policy.lockout.stages.1.again", ""), "yes");
    ck_assert_str_eq(profile_fact_text(profile, "services.modbus.eth2", ""), "off");
    ck_assert_str_eq(profile_fact_text(profile, "services.modbus.ap", ""), "none");
    ck_assert_str_eq(profile_fact_text(get("ps-2023-05"), "services.wifi.radio", ""), "off");
    ck_assert_str_eq(profile_fact_text(get("ps-2024-09"), "services.wifi.radio", ""), "on");
}
END_TEST

START_TEST(test_command_interface)
{
    const struct profile *profile = get("nsx-2024-11");
    const struct profile_command_layout *layout = profile_command_layout(profile);
    const struct profile_command *close_command = profile_command_named(profile, "close");

    ck_assert_uint_eq(layout->request.address, 7999);
    ck_assert_uint_eq(layout->request.count, 20);
    ck_assert_uint_eq(layout->status, 8020);
    ck_assert_uint_eq(layout->trailer_values[3], 8021);
    ck_assert_int_eq(layout->silence_ns, 1000000000);
    ck_assert_uint_eq(close_command->code, 905);
    ck_assert_uint_eq(close_command->accounts_count, 2);
    ck_assert_str_eq(close_command->accounts[1], "Operator");
    ck_assert_uint_eq(profile_command_named(profile, "get-time")->accounts_count, 0);
    ck_assert_int_eq(profile_command_named(profile, "output")->parameter_bytes, 3);
    ck_assert_int_eq(profile_result_status(profile, "BSCM", "already-closed"), 0x1198);
    ck_assert_int_eq(profile_result_status(profile, "BSCM", "ok"), 0x1100);
    ck_assert_int_eq(profile_result_status(profile, "MicroLogic", "no-rights"), 0x1401);
    ck_assert_int_eq(profile_result_status(profile, "BSCM", "nonsense"), -1);
    ck_assert_int_eq(profile_result_status(profile, "nobody", "ok"), -1);
    ck_assert_str_eq(profile_result(profile, 0x11A0)->name, "close-inhibited");
    ck_assert_str_eq(profile_result(profile, 0x1402)->name, "locked");
    ck_assert_ptr_null(profile_result(profile, 0x14A0));
    ck_assert_ptr_null(profile_command(profile, 907));
    ck_assert_ptr_null(profile_command_layout(get("ps-2025-04")));
}
END_TEST

// ---- The set itself ----

START_TEST(test_unknown_ids)
{
    const struct profile *profile = NULL;

    ck_assert_int_eq(profiles_get(profiles, "ps-1999", diag, &profile), ERR_NOT_FOUND);
    ck_assert_ptr_null(profile);
}
END_TEST

START_TEST(test_loaded_once)
{
    ck_assert_ptr_eq(get("ps-2025-04"), get("ps-2025-04"));
}
END_TEST

static void put_file(const char *folder, const char *name, const char *text)
{
    char *path = str_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

START_TEST(test_a_profile_is_called_as_its_file)
{
    char folder[] = "/tmp/profiles-XXXXXX";
    char *below;
    const struct profile *profile = NULL;
    struct profiles *set;
    size_t count;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    below = str_format("%s/profiles", folder);
    ck_assert_int_eq(mkdir(below, 0700), 0);
    put_file(below, "a.yaml",
             "testbay-profile: 1\nid: b\nfamily: f\nkind: k\ntitle: T\n"
             "source: {document: D, confidence: H}\n");
    put_file(below, "notes.txt", "no profile");
    put_file(folder, "c.yaml", "not below a folder called profiles");
    set = profiles_new(folder);
    profiles_ids(set, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(profiles_get(set, "a", diag, &profile), ERR_SCHEMA);
    ck_assert_ptr_null(profile);
    ck_assert_uint_eq(diag_errors(diag), 1);
    profiles_free(&set);
    set = profiles_new("/nowhere/at/all");
    profiles_ids(set, &count);
    ck_assert_uint_eq(count, 0);
    profiles_free(&set);
    for (size_t i = 0; i < 2; i++) {
        char *path = str_format("%s/%s", below, i ? "a.yaml" : "notes.txt");

        unlink(path);
        free(path);
    }
    rmdir(below);
    free(below);
    below = str_format("%s/c.yaml", folder);
    unlink(below);
    free(below);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

Suite *profiles_suite(void)
{
    Suite *suite = suite_create("profiles");
    TCase *tcase = tcase_create("profiles");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_every_profile);
    tcase_add_loop_test(tcase, test_known_registers, 0, sizeof(known) / sizeof(known[0]));
    tcase_add_test(tcase, test_recollection_is_marked);
    tcase_add_test(tcase, test_wireless_list);
    tcase_add_test(tcase, test_models_of_the_editions);
    tcase_add_test(tcase, test_lockout_and_services);
    tcase_add_test(tcase, test_command_interface);
    tcase_add_test(tcase, test_unknown_ids);
    tcase_add_test(tcase, test_loaded_once);
    tcase_add_test(tcase, test_a_profile_is_called_as_its_file);
    suite_add_tcase(suite, tcase);
    return suite;
}

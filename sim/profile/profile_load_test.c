// SPDX-License-Identifier: Apache-2.0
// What is wrong with a profile file is said where it is wrong; what is right is found again.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/profile/command.h"
#include "sim/profile/profile.h"

Suite *profile_load_suite(void);

#define HEAD                                                                                       \
    "testbay-profile: 1\n"                                                                         \
    "id: x\n"                                                                                      \
    "family: f\n"                                                                                  \
    "kind: k\n"                                                                                    \
    "title: T\n"                                                                                   \
    "source: {document: D, confidence: H}\n"
#define MODELS                                                                                     \
    "models:\n"                                                                                    \
    "  columns: [model, hardware, di]\n"                                                           \
    "  rows: [[A, any, 0], [B, V1, 2], [B, V2, 2]]\n"                                              \
    "features: {inputs: {di: 2}, web: yes, gone: no}\n"
#define BLOCK                                                                                      \
    "registers:\n"                                                                                 \
    "  - unit: own\n"                                                                              \
    "    columns: [addr, n, access, type, point]\n"
#define ROW(row)                                                                                   \
    BLOCK "    rows:\n"                                                                            \
          "      - " row "\n"

static int load(const char *text, struct diag *diag, struct profile **ret)
{
    return profile_parse("p.yaml", text, strlen(text), diag, ret);
}

// ---- Errors ----

static const struct {
    const char *text;
    const char *says; // Place and message, or a part of it.
} wrongs[] = {
    {"testbay-profile: 1\n", "missing"},
    {HEAD "modles: {}\n", "p.yaml:7:1: error"},
    {"testbay-profile: 2\nid: x\nfamily: f\nkind: k\ntitle: T\n"
     "source: {document: D, confidence: H}\n",
     "p.yaml:1:18: error: version 2 is not known"},
    {"testbay-profile: 1\nid: x\nfamily: f\nkind: k\ntitle: T\nsource: {document: D}\n",
     "p.yaml:6:9: error: the source of a profile needs a document and a confidence"},
    {"testbay-profile: 1\nid: x\nfamily: f\nkind: k\ntitle: T\n"
     "source: {document: D, confidence: X}\n",
     "p.yaml:6:35"},
    {HEAD "models: {columns: [name], rows: []}\n", "p.yaml:7:19"},
    {HEAD "models: {columns: [model, hardware], rows: [[A, V1], [A, V1]]}\n",
     "model A of hardware V1 stands here twice"},
    {HEAD "models: {columns: [model, hardware], rows: [[A]]}\n",
     "p.yaml:7:45: error: 1 cells in a table of 2 columns"},
    {HEAD MODELS "accounts: {columns: [name], rows: [[a, b]]}\n",
     "only a map of further keys may follow the last column"},
    {HEAD "features: {x: {dy: 2}}\n", "the models have no column 'dy'"},
    {HEAD "features: hello\n", "p.yaml:7:11: error: features are a list of names"},
    {HEAD "services: {modbus: {port: 70000}}\n", "p.yaml:7:27"},
    {HEAD "services: {modbus: {eth: maybe}}\n", "p.yaml:7:26"},
    {HEAD "services: {modbus: {port: {value: 502, confidense: L}}}\n", "p.yaml:7:40"},
    {HEAD "policies: {password.user: {length: long}}\n", "'long' is no range of lengths"},
    {HEAD "policies: {lockout: {stages: [{failures: many}]}}\n", "p.yaml:7:42"},
    {HEAD "modbus: {own_functions: [3, 200]}\n", "p.yaml:7:29: error: '200' is no function code"},
    {HEAD "modbus: {identity: {Vendor: {value: x}}}\n", "'Vendor' is no identification object"},
    {HEAD "modbus: {identity: {VendorUrl: {point: identity.modle}}}\n",
     "did you mean 'identity.model'?"},
    {HEAD "modbus: {read_registers_max: 126}\n", "p.yaml:7:30"},
    {HEAD "timing: {latency: 5}\n", "p.yaml:7:19"},
    {HEAD "timing: {ageing: [{period: 1s, points: [curent_*]}]}\n",
     "p.yaml:7:41: error: no point is called 'curent_*'"},
    {HEAD ROW("[0, 1, R, uint16, curent_l1_A]"),
     "p.yaml:11:27: error: no point is called 'curent_l1_A'"},
    {HEAD ROW("[0, 1, R, uint16, curent_l1_A]"), "did you mean 'current_l1_A'?"},
    {HEAD ROW("[0, 1, X, uint16, current_l1_A]"), "p.yaml:11:16: error: 'X' is no access"},
    {HEAD ROW("[0, 1, R, uint61, current_l1_A]"), "p.yaml:11:19: error: 'uint61' is no register "
                                                  "type"},
    {HEAD ROW("[0, 3, R, uint16, current_l1_A]"), "p.yaml:11:13: error: the count does not fit"},
    {HEAD ROW("[0, 2, R, float32, identity.model]"), "point 'identity.model' does not fit"},
    {HEAD ROW("[0, 2, R, ascii, current_l1_A]"), "point 'current_l1_A' does not fit"},
    {HEAD ROW("[65535, 2, R, float32, current_l1_A]"), "ends past the last address"},
    {HEAD ROW("[70000, 1, R, uint16, current_l1_A]"), "p.yaml:11:10"},
    {HEAD ROW("[0, 1, R, bit, tutorial.lamp]"), "type bit does not fit the table"},
    {HEAD ROW("[0, 1, R, uint16, -, {feature: x}]"), "the profile has no feature 'x'"},
    {HEAD ROW("[0, 1, R, uint16, -, {scail: 10}]"), "a register row has no 'scail'"},
    {HEAD ROW("[0, 1, R, uint16, -, {invalid: nan}]"), "'nan' is no invalid value of that type"},
    {HEAD ROW("[0, 1, R, uint16, -, {range: 9..1}]"), "'9..1' is no range"},
    {HEAD ROW("[0, 1, R, uint16, -, {confidence: Z}]"), "'Z' is no confidence"},
    {HEAD ROW("[0, 1, R, uint16, -, {words: up}]"), "'up' is no word order"},
    {HEAD ROW("[0, 1, R, uint16, current_l1_A, {constant: 3}]"), "for a register without a point"},
    {HEAD ROW("[0, 1, R, uint16, -, {repeat: {times: 3}}]"), "step"},
    {HEAD ROW("[0, 1, R, bits, -]"), "type bits needs its bits"},
    {HEAD ROW("[0, 1, R, bits, -, {bits: {16: breaker.position}}]"), "a bit is a number from 0"},
    {HEAD ROW("[0, 1, R, quality, -, {of: 5}]"), "no word of flags or points lies at '5'"},
    {HEAD ROW("[0, 2, R, uint32, -]\n      - [1, 1, R, uint16, -]"),
     "p.yaml:12:9: error: register 2 overlaps the row at line 11"},
    {HEAD ROW("[0, 1, R, bits, -, {bits: {0: breaker.position}}]\n"
              "      - [0, 1, R, bits, -, {bits: {0: breaker.tripped}}]"),
     "overlaps"},
    {HEAD BLOCK "    ranges: [0..3]\n    rows:\n      - [4, 1, R, uint16, -]\n",
     "p.yaml:12:9: error: the row lies outside the ranges of its block; register: 5"},
    {HEAD BLOCK "    ranges: [3..0]\n    rows: []\n", "'3..0' is no range of addresses"},
    {HEAD BLOCK "    ranges: [0..3, 2..9]\n    rows: []\n", "two ranges overlap at address 0x0002"},
    {HEAD "registers: [{unit: own, columns: [addr, tpye], rows: []}]\n",
     "p.yaml:7:41: error: a register row has no 'tpye'"},
    {HEAD "registers: [{unit: other, columns: [addr], rows: []}]\n", "p.yaml:7:20"},
    {HEAD "registers: [{unit: own, feature: x, columns: [addr], ranges: [1..2], rows: []}]\n",
     "the profile has no feature 'x'"},
};

START_TEST(test_errors_are_placed)
{
    struct diag *diag = diag_new();
    struct profile *profile = NULL;
    struct str said = {0};

    ck_assert_int_lt(load(wrongs[_i].text, diag, &profile), 0);
    ck_assert_ptr_null(profile);
    diag_print(diag, false, &said);
    ck_assert_msg(strstr(str_text(&said), wrongs[_i].says), "wanted: %s\nsaid: %s", wrongs[_i].says,
                  str_text(&said));
    str_done(&said);
    diag_free(&diag);
}
END_TEST

START_TEST(test_a_missing_file)
{
    struct diag *diag = diag_new();
    struct profile *profile = NULL;

    ck_assert_int_lt(profile_load("/nowhere/p.yaml", diag, &profile), 0);
    ck_assert_ptr_null(profile);
    ck_assert_uint_gt(diag_errors(diag), 0);
    diag_free(&diag);
}
END_TEST

// ---- What is right ----

static struct profile *good(const char *text)
{
    struct diag *diag = diag_new();
    struct profile *profile = NULL;
    struct str said = {0};
    int err = load(text, diag, &profile);

    diag_print(diag, false, &said);
    ck_assert_msg(err == 0, "%s", str_text(&said));
    str_done(&said);
    diag_free(&diag);
    return profile;
}

START_TEST(test_models_and_features)
{
    struct profile *profile = good(HEAD MODELS);
    const struct profile_model *a = profile_model(profile, "A", NULL);
    const struct profile_model *b = profile_model(profile, "B", "V2");

    ck_assert_uint_eq(profile_models_count(profile), 3);
    ck_assert_ptr_nonnull(profile_model(profile, "A", "V9"));
    ck_assert_ptr_null(profile_model(profile, "B", "V9"));
    ck_assert_ptr_null(profile_model(profile, "C", NULL));
    ck_assert_str_eq(profile_model_cell(profile, b, "hardware"), "V2");
    ck_assert_ptr_null(profile_model_cell(profile, b, "colour"));
    ck_assert(!profile_has_feature(profile, a, "inputs"));
    ck_assert(profile_has_feature(profile, b, "inputs"));
    ck_assert(profile_has_feature(profile, NULL, "inputs"));
    ck_assert(profile_has_feature(profile, a, "web"));
    ck_assert(!profile_has_feature(profile, a, "gone"));
    ck_assert(!profile_has_feature(profile, a, "unheard"));
    profile_free(&profile);
    ck_assert_ptr_null(profile);
}
END_TEST

START_TEST(test_features_as_a_list)
{
    struct profile *profile = good(HEAD "features: [web, audit]\n");

    ck_assert(profile_has_feature(profile, NULL, "audit"));
    ck_assert(!profile_has_feature(profile, NULL, "mail"));
    profile_free(&profile);
}
END_TEST

START_TEST(test_facts_by_path)
{
    struct profile *profile =
        good(HEAD "policies:\n"
                  "  password.user: {length: 8..50}\n"
                  "  lockout:\n"
                  "    stages: [{failures: 10, lock: {value: 10m, confidence: L}}]\n"
                  "modbus: {clients_max: {value: 0x80, confidence: M}}\n");

    ck_assert_int_eq(profile_fact_integer(profile, "policy.lockout.stages.0.failures", 0), 10);
    ck_assert_int_eq(profile_fact_time_ns(profile, "policies.lockout.stages.0.lock", 0),
                     INT64_C(600000000000));
    ck_assert_str_eq(profile_fact_text(profile, "policy.password.user.length", ""), "8..50");
    ck_assert_int_eq(profile_fact_integer(profile, "modbus.clients_max", 1), 128);
    ck_assert_int_eq(profile_fact_integer(profile, "modbus.absent", 7), 7);
    ck_assert_int_eq(profile_fact_integer(profile, "policy.password.user.length", 7), 7);
    ck_assert_ptr_null(profile_fact(profile, "policyx"));
    ck_assert_ptr_nonnull(profile_fact(profile, "policy"));
    profile_free(&profile);
}
END_TEST

START_TEST(test_rows_inherit_their_source)
{
    struct profile *profile =
        good(HEAD "registers:\n"
                  "  - unit: 255\n"
                  "    source: {document: E, confidence: M}\n"
                  "    columns: [reg, type, point]\n"
                  "    rows:\n"
                  "      - [1, uint16, device.health]\n"
                  "      - [2, uint16, -, {confidence: L}]\n"
                  "      - [3, uint16, -, {source: {document: F, confidence: H}}]\n");
    const struct profile_register *rows = profile_block_at(profile, 0)->registers;

    ck_assert_uint_eq(profile_block_at(profile, 0)->first, 0);
    ck_assert_uint_eq(profile_block_at(profile, 0)->count, 3);
    ck_assert_str_eq(profile_block_at(profile, 0)->unit, "self");
    ck_assert_str_eq(rows[0].source.document, "E");
    ck_assert_str_eq(rows[0].source.confidence, "M");
    ck_assert_str_eq(rows[1].source.document, "E");
    ck_assert_str_eq(rows[1].source.confidence, "L");
    ck_assert_str_eq(rows[2].source.document, "F");
    // The one unit serves as both.
    ck_assert_ptr_eq(profile_register_of(profile, NULL, "own", POINT_DEVICE_HEALTH), &rows[0]);
    profile_free(&profile);
}
END_TEST

START_TEST(test_flags_and_repeats)
{
    struct profile *profile = good(
        HEAD BLOCK "    rows:\n"
                   "      - [0, 1, R, quality, -, {of: 1}]\n"
                   "      - [1, 1, R, bits, -, {bits: {3: breaker.tripped, 0: breaker.position},\n"
                   "         absent: 15}]\n"
                   "      - [4, 1, R, uint16, wireless.unit_id, {repeat: {times: 3, step: 2}}]\n");
    const struct profile_block *block = profile_block_at(profile, 0);
    const struct profile_register *row =
        profile_register_of(profile, NULL, "own", POINT_BREAKER_TRIPPED);

    ck_assert_uint_eq(block->registers_count, 2 + 3 + 3);
    ck_assert_uint_eq(block->count, 9);
    ck_assert_uint_eq(row->address, 1);
    ck_assert_uint_eq(row->bit, 3);
    ck_assert_int_eq(row->shows, PROFILE_SHOWS_VALUE);
    ck_assert_int_eq(block->registers[1].shows, PROFILE_SHOWS_VALID);
    ck_assert_int_eq(block->registers[1].point, POINT_BREAKER_TRIPPED);
    ck_assert_int_eq(block->registers[4].shows, PROFILE_SHOWS_ABSENT);
    ck_assert_ptr_null(profile_register_of(profile, NULL, "own", POINT_WIRELESS_UNIT_ID));
    row = profile_register_at(profile, NULL, "own", POINT_WIRELESS_UNIT_ID, 3);
    ck_assert_uint_eq(row->address, 8);
    ck_assert_ptr_null(profile_register_at(profile, NULL, "own", POINT_WIRELESS_UNIT_ID, 4));
    profile_free(&profile);
}
END_TEST

START_TEST(test_a_feature_takes_rows_away)
{
    struct profile *profile =
        good(HEAD MODELS BLOCK "    rows:\n"
                               "      - [0, 1, R, uint16, di1.status, {feature: inputs}]\n");
    const struct profile_model *a = profile_model(profile, "A", NULL);
    const struct profile_model *b = profile_model(profile, "B", NULL);

    ck_assert_ptr_null(profile_register_of(profile, a, "own", POINT_DI1_STATUS));
    ck_assert_ptr_nonnull(profile_register_of(profile, b, "own", POINT_DI1_STATUS));
    profile_free(&profile);
}
END_TEST

START_TEST(test_ageing_by_prefix)
{
    struct profile *profile =
        good(HEAD "timing: {latency: 5ms, open_time: 50ms, ageing: [\n"
                  "  {period: 1s, points: [current_*, frequency_Hz]}, {period: 5s, points: "
                  "energy.*}]}\n");

    ck_assert_int_eq(profile_ageing_ns(profile, POINT_CURRENT_N_A), 1000000000);
    ck_assert_int_eq(profile_ageing_ns(profile, POINT_FREQUENCY_HZ), 1000000000);
    ck_assert_int_eq(profile_ageing_ns(profile, POINT_ENERGY_ACTIVE_TOTAL_WH), 5000000000);
    ck_assert_int_eq(profile_ageing_ns(profile, POINT_BREAKER_POSITION), 0);
    profile_free(&profile);
}
END_TEST

START_TEST(test_describe_names_every_section)
{
    static const char *const parts[] = {"# T\n",
                                        "## Models\n",
                                        "| B | V2 | 2 |\n",
                                        "## Features\n",
                                        "| inputs | {di: 2} |\n",
                                        "| 1 | 0x0000 | uint16 x1 | R | `di1.status` |",
                                        "D (H) |\n"};
    struct profile *profile =
        good(HEAD MODELS ROW("[0, 1, R, uint16, di1.status, {feature: inputs}]"));
    struct str out = {0};

    profile_describe(profile, &out);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        ck_assert_msg(strstr(str_text(&out), parts[i]), "%s\n%s", parts[i], str_text(&out));
    ck_assert_ptr_nonnull(strstr(str_text(&out), profile_hash(profile)));
    str_done(&out);
    profile_free(&profile);
}
END_TEST

static int extras_freed;

static void count_free(struct profile_extra *extra)
{
    extras_freed++;
    free(extra);
}

START_TEST(test_extras_go_with_the_profile)
{
    static const char kind = 0;
    struct profile *profile = good(HEAD MODELS);

    ck_assert_ptr_null(profile_extras(profile));
    for (int i = 0; i < 2; i++) {
        struct profile_extra *extra = calloc(1, sizeof(*extra));

        *extra = (struct profile_extra){.kind = &kind, .free = count_free};
        profile_add_extra(profile, extra);
        ck_assert_ptr_eq(profile_extras(profile), extra);
    }
    ck_assert_ptr_eq(profile_extras(profile)->next->kind, &kind);
    ck_assert_ptr_null(profile_extras(profile)->next->next);
    profile_free(&profile);
    ck_assert_int_eq(extras_freed, 2);
}
END_TEST

Suite *profile_load_suite(void)
{
    Suite *suite = suite_create("profile_load");
    TCase *wrong = tcase_create("wrong");
    TCase *right = tcase_create("right");

    tcase_add_loop_test(wrong, test_errors_are_placed, 0, sizeof(wrongs) / sizeof(wrongs[0]));
    tcase_add_test(wrong, test_a_missing_file);
    tcase_add_test(right, test_models_and_features);
    tcase_add_test(right, test_features_as_a_list);
    tcase_add_test(right, test_facts_by_path);
    tcase_add_test(right, test_rows_inherit_their_source);
    tcase_add_test(right, test_flags_and_repeats);
    tcase_add_test(right, test_a_feature_takes_rows_away);
    tcase_add_test(right, test_ageing_by_prefix);
    tcase_add_test(right, test_describe_names_every_section);
    tcase_add_test(right, test_extras_go_with_the_profile);
    suite_add_tcase(suite, wrong);
    suite_add_tcase(suite, right);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The table of actions, what fits it and what does not, payloads built and read back, times
// (OCPP 1.6 edition 2 sections 6 and 7, OCPP-J 1.6 section 4.2.3).
#include "sim/proto/ocpp/message.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/proto/ocpp/test_rebuild.h"
#include "sim/proto/ocpp/test_sampler.h"

enum { ACTIONS_1_6 = 28, ACTIONS_SECURITY = 11, CORE = 16, SEEDS = 20 };

static void check_fields(const struct ocpp_field *fields)
{
    unsigned count = 0;

    for (; fields[count].name; count++) {
        const struct ocpp_field *field = &fields[count];

        ck_assert_ptr_nonnull(field->doc);
        ck_assert_int_eq(field->values != NULL, field->type == OCPP_ENUM);
        ck_assert_int_eq(field->fields != NULL, field->type == OCPP_OBJECT);
        ck_assert(!field->filled || (field->list && !field->required));
        for (unsigned i = 0; i < count; i++)
            ck_assert_str_ne(fields[i].name, field->name);
        for (unsigned i = 0; field->values && field->values[i]; i++)
            for (unsigned k = 0; k < i; k++)
                ck_assert_str_ne(field->values[i], field->values[k]);
        if (field->fields)
            check_fields(field->fields);
    }
    ck_assert_uint_le(count, OCPP_FIELDS_MAX);
}

START_TEST(test_table)
{
    static const char *const profiles[] = {
        "Core",        "FirmwareManagement", "LocalAuthListManagement",
        "Reservation", "SmartCharging",      "RemoteTrigger",
        "Security",
    };
    static const unsigned wanted[] = {CORE, 4, 2, 2, 3, 1, ACTIONS_SECURITY};
    unsigned counts[7] = {0};

    ck_assert_uint_eq(ocpp_actions_count, ACTIONS_1_6 + ACTIONS_SECURITY);
    for (size_t i = 0; i < ocpp_actions_count; i++) {
        const struct ocpp_action *action = &ocpp_actions[i];

        ck_assert(i == 0 || strcmp(ocpp_actions[i - 1].name, action->name) < 0);
        ck_assert_ptr_eq(ocpp_action_find(action->name), action);
        ck_assert_uint_gt(strlen(action->doc), 10);
        check_fields(action->request);
        check_fields(action->confirmation);
        for (size_t k = 0; k < 7; k++)
            counts[k] += strcmp(profiles[k], action->profile) == 0;
    }
    ck_assert_mem_eq(counts, wanted, sizeof(counts));
}
END_TEST

START_TEST(test_find)
{
    ck_assert_ptr_nonnull(ocpp_action_find("Heartbeat"));
    ck_assert_ptr_null(ocpp_action_find("heartbeat"));
    ck_assert_ptr_null(ocpp_action_find(""));
    ck_assert_ptr_null(ocpp_action_find("Zebra"));
    ck_assert_int_eq(ocpp_action_find("DataTransfer")->sender, OCPP_BY_BOTH);
    ck_assert(ocpp_action_find("StopTransaction")->transaction);
    ck_assert(!ocpp_action_find("StatusNotification")->transaction);
}
END_TEST

START_TEST(test_codes)
{
    enum ocpp_code code;

    for (int i = OCPP_NOT_IMPLEMENTED; i <= OCPP_GENERIC_ERROR; i++)
        ck_assert_int_eq(ocpp_code_find(ocpp_code_text((enum ocpp_code)i)), i);
    ck_assert_str_eq(ocpp_code_text(OCPP_OCCURRENCE_CONSTRAINT_VIOLATION),
                     "OccurenceConstraintViolation");
    ck_assert_int_eq(ocpp_code_find("OccurrenceConstraintViolation"),
                     OCPP_OCCURRENCE_CONSTRAINT_VIOLATION);
    ck_assert_int_eq(ocpp_code_find("FormatViolation"), OCPP_FORMATION_VIOLATION);
    ck_assert_int_eq(ocpp_code_find("MessageTypeNotSupported"), OCPP_GENERIC_ERROR);
    ck_assert(!ocpp_code_known("MessageTypeNotSupported", &code));
    ck_assert(!ocpp_code_known("", &code));
}
END_TEST

// ---- Rules ----------------------------------------------------------------------------

#define METER_VALUE(value) "{\"connectorId\":1,\"meterValue\":[" value "]}"
#define SAMPLE(more)                                                                               \
    METER_VALUE("{\"timestamp\":\"2026-11-21T10:00:00Z\",\"sampledValue\":[{\"value\":\"1\"" more  \
                "}]}")
#define BOOT(serial)                                                                               \
    "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\",\"chargePointSerialNumber\":"         \
    "\"" serial "\"}"
#define STATUS(connector, time)                                                                    \
    "{\"connectorId\":" connector                                                                  \
    ",\"errorCode\":\"NoError\",\"status\":\"Available\",\"timestamp\":\"" time "\"}"
#define PROFILE(schedule)                                                                          \
    "{\"idTag\":\"T\",\"chargingProfile\":{\"chargingProfileId\":1,\"stackLevel\":0,"              \
    "\"chargingProfilePurpose\":\"TxProfile\",\"chargingProfileKind\":\"Absolute\","               \
    "\"chargingSchedule\":{\"chargingRateUnit\":\"A\",\"chargingSchedulePeriod\":[" schedule       \
    "]}}}"

static const struct {
    const char *action;
    const char *request;
    enum ocpp_code code;
    const char *where;
} rules[] = {
    {"BootNotification", BOOT("1234567890123456789012345"), OCPP_OK, ""},
    {"BootNotification", BOOT("ÄÖÜ4567890123456789012345"), OCPP_OK, ""},
    {"BootNotification", BOOT("12345678901234567890123456"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "chargePointSerialNumber"},
    {"BootNotification", "{\"chargePointVendor\":\"V\"}", OCPP_OCCURRENCE_CONSTRAINT_VIOLATION,
     "chargePointModel"},
    {"BootNotification", "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\",\"x\":1}",
     OCPP_FORMATION_VIOLATION, "x"},
    {"BootNotification", "{\"chargePointVendor\":7,\"chargePointModel\":\"M\"}",
     OCPP_TYPE_CONSTRAINT_VIOLATION, "chargePointVendor"},
    {"BootNotification", "{\"chargePointVendor\":null,\"chargePointModel\":\"M\"}",
     OCPP_TYPE_CONSTRAINT_VIOLATION, "chargePointVendor"},
    {"BootNotification", "[]", OCPP_TYPE_CONSTRAINT_VIOLATION, ""},
    {"Heartbeat", "{}", OCPP_OK, ""},
    {"Heartbeat", "{\"a\":1}", OCPP_FORMATION_VIOLATION, "a"},
    {"Authorize", "{\"idTag\":\"12345678901234567890\"}", OCPP_OK, ""},
    {"Authorize", "{\"idTag\":\"123456789012345678901\"}", OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "idTag"},
    {"Reset", "{\"type\":\"Soft\"}", OCPP_OK, ""},
    {"Reset", "{\"type\":\"soft\"}", OCPP_PROPERTY_CONSTRAINT_VIOLATION, "type"},
    {"Reset", "{\"type\":[\"Soft\"]}", OCPP_TYPE_CONSTRAINT_VIOLATION, "type"},
    {"StatusNotification", STATUS("0", "2026-11-21T10:00:00Z"), OCPP_OK, ""},
    {"StatusNotification", STATUS("2.0", "2026-11-21T10:00:00.123+01:00"), OCPP_OK, ""},
    {"StatusNotification", STATUS("2.5", "2026-11-21T10:00:00Z"), OCPP_TYPE_CONSTRAINT_VIOLATION,
     "connectorId"},
    {"StatusNotification", STATUS("1e300", "2026-11-21T10:00:00Z"), OCPP_TYPE_CONSTRAINT_VIOLATION,
     "connectorId"},
    {"StatusNotification", STATUS("-1", "2026-11-21T10:00:00Z"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "connectorId"},
    {"StatusNotification", STATUS("1", "21/11/2026"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "timestamp"},
    {"StatusNotification", STATUS("1", "2026-11-21T10:00:00"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "timestamp"},
    {"StatusNotification", STATUS("1", "2026-11-21"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "timestamp"},
    {"StatusNotification", STATUS("1", "2026-02-30T10:00:00Z"), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "timestamp"},
    {"UnlockConnector", "{\"connectorId\":0}", OCPP_PROPERTY_CONSTRAINT_VIOLATION, "connectorId"},
    {"UnlockConnector", "{\"connectorId\":\"1\"}", OCPP_TYPE_CONSTRAINT_VIOLATION, "connectorId"},
    {"MeterValues", SAMPLE(""), OCPP_OK, ""},
    {"MeterValues", SAMPLE(",\"unit\":\"Wh\",\"phase\":\"L1-N\""), OCPP_OK, ""},
    {"MeterValues", SAMPLE(",\"unit\":\"Joule\""), OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "meterValue[0].sampledValue[0].unit"},
    {"MeterValues", METER_VALUE(""), OCPP_OCCURRENCE_CONSTRAINT_VIOLATION, "meterValue"},
    {"MeterValues", METER_VALUE("7"), OCPP_TYPE_CONSTRAINT_VIOLATION, "meterValue[0]"},
    {"MeterValues", METER_VALUE("{\"timestamp\":\"2026-11-21T10:00:00Z\",\"sampledValue\":[]}"),
     OCPP_OCCURRENCE_CONSTRAINT_VIOLATION, "meterValue[0].sampledValue"},
    {"GetConfiguration", "{}", OCPP_OK, ""},
    {"GetConfiguration", "{\"key\":[]}", OCPP_OK, ""},
    {"GetConfiguration", "{\"key\":[\"a\",\"b\"]}", OCPP_OK, ""},
    {"GetConfiguration", "{\"key\":\"a\"}", OCPP_TYPE_CONSTRAINT_VIOLATION, "key"},
    {"GetConfiguration", "{\"key\":[\"a\",2]}", OCPP_TYPE_CONSTRAINT_VIOLATION, "key[1]"},
    {"RemoteStartTransaction", PROFILE("{\"startPeriod\":0,\"limit\":8.1}"), OCPP_OK, ""},
    {"RemoteStartTransaction", PROFILE("{\"startPeriod\":0,\"limit\":16}"), OCPP_OK, ""},
    {"RemoteStartTransaction", PROFILE("{\"startPeriod\":0,\"limit\":8.15}"),
     OCPP_PROPERTY_CONSTRAINT_VIOLATION,
     "chargingProfile.chargingSchedule.chargingSchedulePeriod[0].limit"},
    {"RemoteStartTransaction", PROFILE("{\"limit\":8}"), OCPP_OCCURRENCE_CONSTRAINT_VIOLATION,
     "chargingProfile.chargingSchedule.chargingSchedulePeriod[0].startPeriod"},
    {"SecurityEventNotification",
     "{\"type\":\"NobodyKnowsThis\",\"timestamp\":\"2026-11-21T10:00:00Z\"}", OCPP_OK, ""},
    {"SignCertificate", "{\"csr\":\"no PEM\"}", OCPP_OK, ""},
};

START_TEST(test_rule)
{
    const struct ocpp_action *action = ocpp_action_find(rules[_i].action);
    struct ocpp_problem problem = {0};
    struct json *json;
    int err;

    ck_assert_int_eq(json_parse(rules[_i].request, strlen(rules[_i].request), &json, NULL), 0);
    err = ocpp_check(action->request, json, &problem);
    ck_assert_msg(err == (rules[_i].code ? ERR_MALFORMED : 0), "%s: %s %s", rules[_i].request,
                  problem.where, problem.text);
    ck_assert_int_eq(problem.code, rules[_i].code);
    ck_assert_str_eq(problem.where, rules[_i].where);
    json_free(&json);
}
END_TEST

START_TEST(test_long_names)
{
    struct str text = {0};
    struct ocpp_problem problem;
    struct json *json;

    str_adds(&text, "{\"");
    for (int i = 0; i < 200; i++)
        str_adds(&text, "ü");
    str_adds(&text, "\":1}");
    ck_assert_int_eq(json_parse(text.text, text.length, &json, NULL), 0);
    ck_assert_int_eq(ocpp_check(ocpp_action_find("Heartbeat")->request, json, &problem),
                     ERR_MALFORMED);
    ck_assert_uint_eq(strlen(problem.where), 94); // Whole characters only.
    json_free(&json);
    str_done(&text);
}
END_TEST

// ---- Samples --------------------------------------------------------------------------

static int check_text(const struct ocpp_field *fields, const struct str *text,
                      struct ocpp_problem *ret)
{
    struct json *json;
    int err;

    ck_assert_int_eq(json_parse(text->text, text->length, &json, NULL), 0);
    err = ocpp_check(fields, json, ret);
    json_free(&json);
    return err;
}

START_TEST(test_samples)
{
    const struct ocpp_action *action = &ocpp_actions[_i];
    unsigned flawed = 0;
    struct rng rng;

    rng_init(&rng, 1, action->name);
    for (int i = 0; i < 2 * 3 * FLAW_COUNT * SEEDS; i++) {
        const struct ocpp_field *fields = i % 2 ? action->request : action->confirmation;
        enum sample_flaw flaw = (enum sample_flaw)(i / 6 % FLAW_COUNT);
        struct ocpp_problem problem = {0};
        struct str text = {0};

        if (sample_payload(&rng, fields, (enum sample_size)(i / 2 % 3), flaw, &text)) {
            int err = check_text(fields, &text, &problem);

            ck_assert_msg(problem.code == sample_flaws[flaw].code, "%s %s: %s: %s %s", action->name,
                          sample_flaws[flaw].name, text.text, problem.where, problem.text);
            ck_assert_int_eq(err, flaw == FLAW_NONE ? 0 : ERR_MALFORMED);
            flawed += flaw != FLAW_NONE;
        }
        str_done(&text);
    }
    ck_assert_uint_gt(flawed, 0);
}
END_TEST

// Both texts say the same, times as instants.
static void same(const struct ocpp_field *fields, const struct json *left, const struct json *right)
{
    const struct json *value;
    const char *name;
    void *cursor = NULL;

    ck_assert_uint_eq(json_count(left), json_count(right));
    while ((value = json_next(left, &cursor, &name))) {
        const struct json *other = json_get(right, name);
        const struct ocpp_field *field = fields;
        int64_t left_ns, right_ns;

        while (strcmp(field->name, name) != 0)
            field++;
        ck_assert_ptr_nonnull(other);
        if (field->list)
            ck_assert_uint_eq(json_count(value), json_count(other));
        for (size_t i = 0; field->list && field->fields && i < json_count(value); i++)
            same(field->fields, json_at(value, i), json_at(other, i));
        if (field->list)
            continue;
        if (field->fields)
            same(field->fields, value, other);
        if (field->type == OCPP_TEXT || field->type == OCPP_ENUM)
            ck_assert_str_eq(json_text(value, "?"), json_text(other, "!"));
        if (field->type == OCPP_DATETIME) {
            ck_assert_int_eq(ocpp_parse_time(json_text(value, ""), &left_ns), 0);
            ck_assert_int_eq(ocpp_parse_time(json_text(other, ""), &right_ns), 0);
            ck_assert_int_eq(left_ns, right_ns);
        }
        ck_assert_double_eq(json_number(value, 0), json_number(other, 0));
        ck_assert_int_eq(json_bool(value, true), json_bool(other, true));
    }
}

START_TEST(test_round_trip)
{
    const struct ocpp_action *action = &ocpp_actions[_i];
    struct rng rng;

    rng_init(&rng, 2, action->name);
    for (int i = 0; i < 2 * 3 * SEEDS; i++) {
        const struct ocpp_field *fields = i % 2 ? action->request : action->confirmation;
        struct str sample = {0};
        struct str built = {0};
        struct ocpp_build build;
        struct json *left, *right;

        sample_payload(&rng, fields, (enum sample_size)(i / 2 % 3), FLAW_NONE, &sample);
        ck_assert_int_eq(json_parse(sample.text, sample.length, &left, NULL), 0);
        ocpp_build_begin(&build, fields, &built);
        rebuild_object(&build, fields, left);
        ocpp_build_end(&build);
        ck_assert_int_eq(json_parse(built.text, built.length, &right, NULL), 0);
        same(fields, left, right);
        json_free(&left);
        json_free(&right);
        str_done(&sample);
        str_done(&built);
    }
}
END_TEST

// ---- Building -------------------------------------------------------------------------

START_TEST(test_build)
{
    struct str out = {0};
    struct ocpp_build build;

    str_adds(&out, "[2,\"1\",\"MeterValues\",");
    ocpp_build_begin(&build, ocpp_action_find("MeterValues")->request, &out);
    ocpp_put_integer(&build, "connectorId", 1);
    ocpp_put_list(&build, "meterValue");
    for (int i = 0; i < 2; i++) {
        ocpp_put_object(&build, NULL);
        ocpp_put_time(&build, "timestamp", INT64_C(1795255200123456789));
        ocpp_put_list(&build, "sampledValue");
        ocpp_put_object(&build, NULL);
        ocpp_put_text(&build, "value", "1\"2");
        ocpp_put_end(&build);
        ocpp_put_end(&build);
        ocpp_put_end(&build);
    }
    ocpp_put_end(&build);
    ocpp_build_end(&build);
    ck_assert_str_eq(
        out.text,
        "[2,\"1\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":["
        "{\"timestamp\":\"2026-11-21T10:00:00.123Z\",\"sampledValue\":[{\"value\":\"1\\\"2\"}]},"
        "{\"timestamp\":\"2026-11-21T10:00:00.123Z\",\"sampledValue\":[{\"value\":\"1\\\"2\"}]}]}");
    str_clear(&out);
    ocpp_build_begin(&build, ocpp_action_find("GetConfiguration")->confirmation, &out);
    ocpp_put_list(&build, "configurationKey");
    ocpp_put_end(&build);
    ocpp_put_list(&build, "unknownKey");
    ocpp_put_text(&build, NULL, "a");
    ocpp_put_text(&build, NULL, "b");
    ocpp_put_end(&build);
    ocpp_build_end(&build);
    ck_assert_str_eq(out.text, "{\"configurationKey\":[],\"unknownKey\":[\"a\",\"b\"]}");
    str_done(&out);
}
END_TEST

static void wrong_name(struct ocpp_build *build)
{
    ocpp_put_text(build, "serial", "1");
}

static void wrong_length(struct ocpp_build *build)
{
    ocpp_put_text(build, "chargePointModel", "123456789012345678901");
}

static void wrong_type(struct ocpp_build *build)
{
    ocpp_put_integer(build, "chargePointModel", 1);
}

static void wrong_twice(struct ocpp_build *build)
{
    ocpp_put_text(build, "chargePointModel", "M");
    ocpp_put_text(build, "chargePointModel", "M");
}

static void wrong_bytes(struct ocpp_build *build)
{
    ocpp_put_text(build, "chargePointModel", "\xFF");
}

static void wrong_missing(struct ocpp_build *build)
{
    ocpp_put_text(build, "chargePointModel", "M");
    ocpp_build_end(build);
}

static void wrong_enum(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("Reset")->request, build->out);
    ocpp_put_text(build, "type", "hard");
}

static void wrong_negative(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("MeterValues")->request, build->out);
    ocpp_put_integer(build, "connectorId", -1);
}

static void wrong_empty(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("MeterValues")->request, build->out);
    ocpp_put_list(build, "meterValue");
    ocpp_put_end(build);
}

static void wrong_no_list(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("MeterValues")->request, build->out);
    ocpp_put_object(build, "meterValue");
}

static void wrong_open(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("GetConfiguration")->request, build->out);
    ocpp_put_list(build, "key");
    ocpp_build_end(build);
}

static void wrong_tenths(struct ocpp_build *build)
{
    ocpp_build_begin(build, ocpp_action_find("GetCompositeSchedule")->confirmation, build->out);
    ocpp_put_object(build, "chargingSchedule");
    ocpp_put_decimal(build, "minChargingRate", 6.25);
}

static void (*const wrongs[])(struct ocpp_build *build) = {
    wrong_name, wrong_length,   wrong_type,  wrong_twice,   wrong_bytes, wrong_missing,
    wrong_enum, wrong_negative, wrong_empty, wrong_no_list, wrong_open,  wrong_tenths,
};

START_TEST(test_build_asserts)
{
    struct str out = {0};
    struct ocpp_build build;

    ocpp_build_begin(&build, ocpp_action_find("BootNotification")->request, &out);
    wrongs[_i](&build);
    str_done(&out);
}
END_TEST

START_TEST(test_cut)
{
    ck_assert_uint_eq(ocpp_cut("abc", 2), 2);
    ck_assert_uint_eq(ocpp_cut("abc", 3), 3);
    ck_assert_uint_eq(ocpp_cut("abc", 4), 3);
    ck_assert_uint_eq(ocpp_cut("üüü", 2), 4);
    ck_assert_uint_eq(ocpp_cut("", 2), 0);
    ck_assert_uint_eq(ocpp_cut("a", 0), 0);
}
END_TEST

static const struct {
    const char *text;
    int64_t utc_ns; // 0: refused.
} times[] = {
    {"2026-11-21T10:00:00Z", INT64_C(1795255200000000000)},
    {"2026-11-21T10:00:00.123Z", INT64_C(1795255200123000000)},
    {"2026-11-21T10:00:00.123456789Z", INT64_C(1795255200123456789)},
    {"2026-11-21T11:00:00+01:00", INT64_C(1795255200000000000)},
    {"2026-11-21T04:30:00-05:30", INT64_C(1795255200000000000)},
    {"2026-11-21T10:00:00", 0},
    {"2026-11-21T10:00Z", 0},
    {"2026-11-21 10:00:00Z", 0},
    {"2026-11-21", 0},
    {"2026-11-21T", 0},
    {"2026-13-21T10:00:00Z", 0},
    {"2026-11-21T24:00:00Z", 0},
    {"2026-11-21T10:00:00+0100", 0},
    {"2026-11-21T10:00:00Z ", 0},
    {"", 0},
};

START_TEST(test_time)
{
    int64_t utc_ns = 0;

    ck_assert_int_eq(ocpp_parse_time(times[_i].text, &utc_ns), times[_i].utc_ns ? 0 : ERR_SYNTAX);
    ck_assert_int_eq(utc_ns, times[_i].utc_ns);
}
END_TEST

START_TEST(test_describe)
{
    struct str out = {0};

    ocpp_describe(&out);
    for (size_t i = 0; i < ocpp_actions_count; i++) {
        char *title = str_format("\n## %s\n", ocpp_actions[i].name);

        ck_assert_msg(strstr(out.text, title), "%s", title);
        free(title);
    }
    ck_assert(strstr(out.text, "| `meterValue[].sampledValue[].value` | 1..1 | text |"));
    ck_assert(strstr(out.text, "| `idTag` | 1..1 | text of at most 20 |"));
    ck_assert(strstr(out.text, "| `type` | 1..1 | `Hard`, `Soft` |"));
    ck_assert(strstr(out.text, "| `key` | 0..* | text of at most 50 |"));
    str_done(&out);
}
END_TEST

Suite *message_suite(void);

Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tcase = tcase_create("message");
    int actions = (int)ocpp_actions_count;

    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_find);
    tcase_add_test(tcase, test_codes);
    tcase_add_loop_test(tcase, test_rule, 0, sizeof(rules) / sizeof(rules[0]));
    tcase_add_test(tcase, test_long_names);
    tcase_add_loop_test(tcase, test_samples, 0, actions);
    tcase_add_loop_test(tcase, test_round_trip, 0, actions);
    tcase_add_test(tcase, test_build);
    tcase_add_loop_test_raise_signal(tcase, test_build_asserts, SIGABRT, 0,
                                     sizeof(wrongs) / sizeof(wrongs[0]));
    tcase_add_test(tcase, test_cut);
    tcase_add_loop_test(tcase, test_time, 0, sizeof(times) / sizeof(times[0]));
    tcase_add_test(tcase, test_describe);
    suite_add_tcase(suite, tcase);
    return suite;
}

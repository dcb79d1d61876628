// SPDX-License-Identifier: Apache-2.0
// The supply goes at any byte that a station writes over a recorded run: a session, an outage
// with another one, a reconnect. Whatever the byte, it starts again, and in the end the central
// system has each transaction of the station's history once, with the same figures, and nothing
// else; a message that came twice was the same bytes both times.
#include "devices/charger/office_test.h"

#include "sim/device/store.h"

#define PLAIN "ws://10.77.0.30:8080/ocpp"
#ifndef BYTES_STEP
#define BYTES_STEP                                                                                 \
    7 // Prime to the lengths of the records' parts; 1 takes every byte, and a minute.
#endif
#define LOOPS 4

static struct office office;

static void plug(void)
{
    bed_verb_end(&office.bed, office.device, "car.plug", NULL);
}

static void unplug(void)
{
    bed_verb_end(&office.bed, office.device, "car.unplug", NULL);
}

static void present(void)
{
    bed_verb_end(&office.bed, office.device, "card.present", ARGS("tag", "A"));
}

static bool can_ask(void)
{
    return charger_registered(office.charger) && !ocpp_session_calling(office.session);
}

static void sample_often(void)
{
    if (can_ask())
        office_ask(&office, "ChangeConfiguration",
                   "{\"key\":\"MeterValueSampleInterval\",\"value\":\"10\"}");
}

static void away(void)
{
    host_unlisten(&office.listener);
    if (office.socket)
        websocket_reset(office.socket);
    office.socket = NULL;
    ocpp_session_disconnect(office.session);
}

static void back(void)
{
    office_listen(&office, "10.77.0.30:8080");
}

// The answers of the central system do not arrive, though it has heard everything.
static void mute(void)
{
    office.silent = true;
}

static void speak(void)
{
    office.silent = false;
}

static void start_from_afar(void)
{
    if (can_ask())
        office_ask(&office, "RemoteStartTransaction", "{\"idTag\":\"B\",\"connectorId\":1}");
}

static const struct {
    void (*act)(void);
    int64_t then_s;
} run[] = {
    {sample_often, 1}, {plug, 1},     {present, 25}, {unplug, 1}, {start_from_afar, 0},
    {mute, 0},         {plug, 15},    {unplug, 1},   {speak, 60}, {away, 1},
    {plug, 1},         {present, 25}, {unplug, 1},   {plug, 1},   {present, 5},
    {back, 200},       {unplug, 1},
};

static void rise(void)
{
    if (office.device->powered)
        return;
    ck_assert_int_eq(device_fault_clear(office.device, FAULT_STORE_CUT), 0);
    ck_assert(office.device->powered);
}

// Runs everything with the cut after so many bytes; returns how many were written.
static uint64_t play(uint64_t bytes)
{
    office_open(&office);
    office_add(&office, "charge-11kW", PLAIN, "");
    ck_assert_int_eq(
        device_fault(office.device, FAULT_STORE_CUT, (double[FAULT_PARAMS_MAX]){(double)bytes}), 0);
    device_set_power(office.device, true);
    office_run(&office, 1);
    for (size_t i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
        rise();
        run[i].act();
        office_run(&office, run[i].then_s);
    }
    rise();
    office_run(&office, 400);
    return store_bytes_written(office.device->store);
}

static size_t count_messages(const char *action)
{
    size_t count = 0;

    for (size_t i = 0; i < office.messages_count; i++)
        count += strstr(office.messages[i].frame, action) != NULL;
    return count;
}

static void check_transaction(const struct charger_record *record)
{
    char start[UNITS_TEXT_ROOM];
    const struct office_transaction *known =
        office_find(&office, record->connector, units_utc_text(record->start_utc_ns, start));

    ck_assert_msg(known != NULL, "nobody told of the one of %s", start);
    ck_assert(record->ended && known->stopped);
    ck_assert_int_eq(known->meter_start, record->meter_start_Wh);
    ck_assert_int_eq(known->meter_stop, record->meter_stop_Wh);
    ck_assert_str_eq(known->reason, record->reason);
}

static void check(void)
{
    const struct charger *charger = office.charger;

    ck_assert(charger_registered(charger));
    ck_assert_uint_eq(charger->queue_count, 0);
    ck_assert_uint_eq(charger->overflow + charger->given_up, 0);
    ck_assert_uint_eq(charger->records_count, office.transactions_count);
    ck_assert_uint_eq(count_messages("\"StartTransaction\""), office.transactions_count);
    ck_assert_uint_eq(count_messages("\"StopTransaction\""), office.transactions_count);
    for (size_t i = 0; i < charger->records_count; i++)
        check_transaction(&charger->records[i]);
    for (size_t i = 0; i < store_count(office.device->store); i++) {
        size_t length;
        const char *key = store_key_at(office.device->store, i, &length);

        ck_assert_msg(!(key[0] == 't' && length == 17) && !(key[0] == 'q' && length == 9),
                      "%.*s is left", (int)length, key);
    }
}

START_TEST(runs_without_a_cut)
{
    (void)play(1000000);
    check();
    ck_assert_uint_eq(office.transactions_count, 4);
    office_close(&office);
}
END_TEST

START_TEST(survives_a_cut)
{
    uint64_t whole = play(1000000);

    office_close(&office);
    ck_assert_uint_gt(whole, 1000);
    for (uint64_t bytes = (uint64_t)_i * BYTES_STEP; bytes < whole; bytes += BYTES_STEP * LOOPS) {
        (void)play(bytes);
        check();
        office_close(&office);
    }
}
END_TEST

Suite *transactions_cut_suite(void)
{
    Suite *suite = suite_create("transactions_cut");
    TCase *tcase = tcase_create("transactions_cut");

    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, runs_without_a_cut);
    tcase_add_loop_test(tcase, survives_a_cut, 0, LOOPS);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// What a station says by itself, one CALL after the other (OCPP-J 1.6 4.1.1): first that it has
// started and nothing else before it is accepted (OCPP 1.6 4.2), then the states of its connectors,
// the tags it asks about, the messages of its transactions in their order, and that it lives.
//
// Not modelled: BootNotification by TriggerMessage changes nothing that was accepted before.
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/device/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define KEY_BOOTS "boots"
#define MODEL_CHARACTERS 20
#define NS_PER_DAY (86400 * SIM_NS_PER_S)

static int64_t fact_ns(const struct charger *charger, const char *path, int64_t otherwise)
{
    return profile_fact_time_ns(charger->device->profile, path, otherwise);
}

static const char *fact_text(const struct charger *charger, const char *path, const char *otherwise)
{
    return profile_fact_text(charger->device->profile, path, otherwise);
}

// ---- Calls ----

static const struct ocpp_action *begin(const char *name, struct ocpp_build *build, struct str *out)
{
    const struct ocpp_action *action = ocpp_action_find(name);

    assert(action);
    ocpp_build_begin(build, action->request, out);
    return action;
}

static void call(struct charger *charger, const struct ocpp_action *action,
                 struct ocpp_build *build, struct str *payload, enum charger_errand errand)
{
    ocpp_build_end(build);
    (void)ocpp_session_call(charger->session, action, NULL, str_text(payload), payload->length,
                            timers_now(charger->device->world.timers) +
                                fact_ns(charger, "ocpp.call_timeout", 30 * SIM_NS_PER_S),
                            errand);
    str_done(payload);
}

// A text of the profile or the site, cut to what its field takes.
static void put_cut(struct ocpp_build *build, const char *name, const char *text, size_t characters)
{
    char cut[64];

    snprintf(cut, sizeof(cut), "%.*s", (int)ocpp_cut(text, characters), text);
    if (cut[0])
        ocpp_put_text(build, name, cut);
}

// ---- Each errand: whether something is due, and sent if so ----

static bool send_boot(struct charger *charger)
{
    struct str payload = {0};
    struct ocpp_build build;
    const struct ocpp_action *action;

    if (!charger->boot_due)
        return false;
    charger->boot_due = false;
    timer_stop(&charger->boot_timer);
    action = begin("BootNotification", &build, &payload);
    put_cut(&build, "chargePointVendor", fact_text(charger, "ocpp.vendor", "testbay"), 20);
    put_cut(&build, "chargePointModel", charger->device->model->name, MODEL_CHARACTERS);
    put_cut(&build, "chargePointSerialNumber", charger->serial, 25);
    put_cut(&build, "firmwareVersion", fact_text(charger, "firmware.version", ""), 50);
    put_cut(&build, "meterType", fact_text(charger, "ocpp.meter_type", ""), 25);
    call(charger, action, &build, &payload, CHARGER_ERRAND_BOOT);
    return true;
}

static enum charger_status station_status(const struct charger *charger)
{
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (!charger->connectors[i].inoperative)
            return CHARGER_AVAILABLE;
    return CHARGER_UNAVAILABLE;
}

static void call_status(struct charger *charger, uint8_t number, enum charger_status status)
{
    struct str payload = {0};
    struct ocpp_build build;
    const struct ocpp_action *action = begin("StatusNotification", &build, &payload);

    ocpp_put_integer(&build, "connectorId", number);
    ocpp_put_text(&build, "errorCode", status == CHARGER_FAULTED ? "InternalError" : "NoError");
    ocpp_put_text(&build, "status", charger_status_text(status));
    ocpp_put_time(&build, "timestamp", device_utc_ns(charger->device));
    charger->errand_connector = number;
    call(charger, action, &build, &payload, CHARGER_ERRAND_STATUS);
}

static bool send_status(struct charger *charger)
{
    enum charger_status status = station_status(charger);

    if (charger->tell_station || charger->told_station != status) {
        charger->tell_station = false;
        charger->told_station = status;
        call_status(charger, 0, status);
        return true;
    }
    for (unsigned i = 0; i < charger->connectors_count; i++) {
        struct charger_connector *connector = &charger->connectors[i];

        status = charger_connector_status(connector);
        if (!connector->tell && connector->told == status)
            continue;
        connector->tell = false;
        connector->told = status;
        call_status(charger, connector->number, status);
        return true;
    }
    return false;
}

static bool send_authorize(struct charger *charger)
{
    for (unsigned i = 0; i < charger->connectors_count; i++) {
        struct charger_connector *connector = &charger->connectors[i];
        struct str payload = {0};
        struct ocpp_build build;
        const struct ocpp_action *action;

        if (connector->permission != CHARGER_ASKING)
            continue;
        action = begin("Authorize", &build, &payload);
        ocpp_put_text(&build, "idTag", connector->tag);
        charger->errand_connector = connector->number;
        call(charger, action, &build, &payload, CHARGER_ERRAND_AUTHORIZE);
        return true;
    }
    return false;
}

static bool send_queue(struct charger *charger)
{
    if (!charger->queue_count || timer_running(&charger->retry_timer))
        return false;
    return charger_queue_send(charger) == 0;
}

// Values outside a transaction, or asked for: nobody waits for them when they are lost.
static bool send_meter(struct charger *charger)
{
    for (unsigned i = 0; i < charger->connectors_count; i++) {
        struct charger_connector *connector = &charger->connectors[i];
        struct str payload = {0}, measurands = {0};
        struct ocpp_build build;
        const struct ocpp_action *action;
        struct charger_key key;

        if (!connector->tell_meter)
            continue;
        connector->tell_meter = false;
        if (charger_key_find(charger, "MeterValuesSampledData", &key))
            charger_key_add_value(charger, &key, &measurands);
        action = begin("MeterValues", &build, &payload);
        ocpp_put_integer(&build, "connectorId", connector->number);
        if (connector->transaction.known)
            ocpp_put_integer(&build, "transactionId", connector->transaction.id);
        ocpp_put_list(&build, "meterValue");
        charger_put_meter_value(connector, &build, "Trigger", str_text(&measurands),
                                device_utc_ns(charger->device));
        ocpp_put_end(&build);
        str_done(&measurands);
        call(charger, action, &build, &payload, CHARGER_ERRAND_METER);
        return true;
    }
    return false;
}

static bool send_heartbeat(struct charger *charger)
{
    struct str payload = {0};
    struct ocpp_build build;
    const struct ocpp_action *action;

    if (!charger->heartbeat_due)
        return false;
    charger->heartbeat_due = false;
    action = begin("Heartbeat", &build, &payload);
    call(charger, action, &build, &payload, CHARGER_ERRAND_HEARTBEAT);
    return true;
}

static bool (*const sends[])(struct charger *charger) = {
    send_status, send_authorize, send_queue, send_meter, send_heartbeat,
};

void charger_pump(struct charger *charger)
{
    if (charger->link != CHARGER_LINK_STANDS || charger->answering ||
        !device_alive(charger->device) || ocpp_session_calling(charger->session))
        return;
    if (!send_boot(charger) && charger->registration == CHARGER_REGISTERED)
        for (size_t i = 0; i < COUNT_OF(sends); i++)
            if (sends[i](charger))
                break;
    if (charger->link == CHARGER_LINK_STANDS && ocpp_session_calling(charger->session))
        timer_start_at(&charger->call_timer, ocpp_session_deadline_ns(charger->session));
}

bool charger_registered(const struct charger *charger)
{
    return charger->link == CHARGER_LINK_STANDS && charger->registration == CHARGER_REGISTERED;
}

// ---- Meter values ----

static const struct {
    const char *name;
    const char *unit;
    unsigned decimals;
} measurands_table[] = {
    {"Energy.Active.Import.Register", "Wh", 0},
    {"Power.Active.Import", "W", 1},
    {"Current.Import", "A", 2},
    {"Voltage", "V", 1},
};

static double measure(const struct charger_connector *connector, size_t which)
{
    const double values[] = {charger_meter_Wh(connector), connector->power_W, connector->current_A,
                             connector->charger->live ? connector->charger->voltage_V : 0};

    return values[which];
}

void charger_put_meter_value(struct charger_connector *connector, struct ocpp_build *build,
                             const char *context, const char *measurands, int64_t utc_ns)
{
    ocpp_put_object(build, NULL);
    ocpp_put_time(build, "timestamp", utc_ns);
    ocpp_put_list(build, "sampledValue");
    for (size_t i = 0; i < COUNT_OF(measurands_table); i++) {
        char value[32];

        if (measurands[0] && !strstr(measurands, measurands_table[i].name))
            continue;
        snprintf(value, sizeof(value), "%.*f", measurands_table[i].decimals, measure(connector, i));
        ocpp_put_object(build, NULL);
        ocpp_put_text(build, "value", value);
        ocpp_put_text(build, "context", context);
        ocpp_put_text(build, "measurand", measurands_table[i].name);
        ocpp_put_text(build, "unit", measurands_table[i].unit);
        ocpp_put_end(build);
    }
    ocpp_put_end(build);
    ocpp_put_end(build);
}

// ---- Answers ----

static void set_clock(struct charger *charger, const struct json *payload)
{
    const char *text = json_text(json_get(payload, "currentTime"), "");
    int64_t tolerance_ns = fact_ns(charger, "ocpp.clock_tolerance", 2 * SIM_NS_PER_S);
    int64_t utc_ns, error_ns;

    if (ocpp_parse_time(text, &utc_ns) < 0)
        return;
    error_ns = device_utc_ns(charger->device) - utc_ns;
    if (error_ns > -tolerance_ns && error_ns < tolerance_ns)
        return;
    device_set_utc(charger->device, utc_ns);
    charger_audit(charger, "SettingSystemTime", true);
    charger_messages_config(charger);
}

static int64_t boot_interval_ns(const struct charger *charger, const struct json *payload)
{
    int64_t interval_s = json_integer(json_get(payload, "interval"), 0);

    if (interval_s < 1 || interval_s > NS_PER_DAY / SIM_NS_PER_S)
        return fact_ns(charger, "ocpp.boot_retry", 60 * SIM_NS_PER_S);
    return interval_s * SIM_NS_PER_S;
}

static void register_station(struct charger *charger, const struct json *payload)
{
    int64_t interval_s = json_integer(json_get(payload, "interval"), 0);
    char text[24];

    if (charger->registration != CHARGER_REGISTERED)
        device_event(charger->device, "ocpp=registered");
    charger->registration = CHARGER_REGISTERED;
    set_clock(charger, payload);
    if (interval_s > 0 && interval_s != charger->config.heartbeat_s) {
        snprintf(text, sizeof(text), "%" PRId64, interval_s);
        (void)charger_keys_change(charger, "HeartbeatInterval", text);
    }
    charger_messages_config(charger);
}

static void boot_answered(struct charger *charger, const struct ocpp_result *result)
{
    const char *status = json_text(json_get(result->payload, "status"), "");

    if (result->err == ERR_CLOSED || result->err == ERR_TIMEOUT) {
        charger->boot_due = true;
        return;
    }
    if (result->err < 0) {
        timer_start(&charger->boot_timer, fact_ns(charger, "ocpp.boot_retry", SIM_NS_PER_S));
        return;
    }
    if (strcmp(status, "Accepted") == 0) {
        register_station(charger, result->payload);
        return;
    }
    charger->registration = strcmp(status, "Pending") == 0 ? CHARGER_PENDING : CHARGER_UNREGISTERED;
    device_event(charger->device, "ocpp=%s", status);
    if (charger->registration == CHARGER_PENDING) {
        timer_start(&charger->boot_timer, boot_interval_ns(charger, result->payload));
        return;
    }
    // Rejected: silence, and nobody need hold a connection meanwhile (OCPP 1.6 4.2).
    charger->boot_due = true;
    charger_link_drop(charger, boot_interval_ns(charger, result->payload));
}

static void status_answered(struct charger *charger, const struct ocpp_result *result)
{
    if (result->err != ERR_CLOSED && result->err != ERR_TIMEOUT)
        return;
    if (charger->errand_connector == 0)
        charger->told_station = CHARGER_STATUS_UNKNOWN;
    else
        charger->connectors[charger->errand_connector - 1].told = CHARGER_STATUS_UNKNOWN;
}

static void authorize_answered(struct charger *charger, const struct ocpp_result *result)
{
    struct charger_connector *connector = &charger->connectors[charger->errand_connector - 1];
    const char *status =
        json_text(json_get(json_get(result->payload, "idTagInfo"), "status"), "Invalid");

    if (result->err == ERR_CLOSED || result->err == ERR_TIMEOUT)
        return; // Decided alone, when the link is down.
    charger_connector_answer(connector, strcmp(status, "Accepted") == 0);
}

static void heartbeat_answered(struct charger *charger, const struct ocpp_result *result)
{
    if (result->err == 0)
        set_clock(charger, result->payload);
}

static void nothing_to_do(struct charger *charger, const struct ocpp_result *result)
{
    (void)charger;
    (void)result;
}

static void (*const answers[])(struct charger *charger, const struct ocpp_result *result) = {
    [CHARGER_ERRAND_NONE] = nothing_to_do,
    [CHARGER_ERRAND_BOOT] = boot_answered,
    [CHARGER_ERRAND_STATUS] = status_answered,
    [CHARGER_ERRAND_AUTHORIZE] = authorize_answered,
    [CHARGER_ERRAND_QUEUE] = charger_queue_answered,
    [CHARGER_ERRAND_METER] = nothing_to_do,
    [CHARGER_ERRAND_HEARTBEAT] = heartbeat_answered,
};

void charger_on_result(struct ocpp_session *session, uint64_t tag, const struct ocpp_result *result,
                       void *user)
{
    struct charger *charger = user;

    (void)session;
    assert(tag < COUNT_OF(answers));
    timer_stop(&charger->call_timer);
    if (!device_alive(charger->device))
        return;
    answers[tag](charger, result);
    // Whoever says nothing for so long is gone, whatever the connection believes.
    if (result->err == ERR_TIMEOUT)
        charger_link_drop(charger, -1);
    charger_pump(charger);
}

static void call_expired(struct timer *timer, void *user)
{
    struct charger *charger = user;

    (void)timer;
    ocpp_session_expire(charger->session, timers_now(charger->device->world.timers));
}

// ---- Intervals ----

static void boot_or_heartbeat(struct timer *timer, void *user)
{
    struct charger *charger = user;

    if (charger->registration == CHARGER_REGISTERED) {
        charger->heartbeat_due = true;
        if (charger->config.heartbeat_s > 0)
            timer_start(timer, charger->config.heartbeat_s * SIM_NS_PER_S);
    } else {
        charger->boot_due = true;
    }
    charger_pump(charger);
}

static void retry_queue(struct timer *timer, void *user)
{
    (void)timer;
    charger_pump(user);
}

// Full quarters, hours and the like of the station's own clock (OCPP 1.6 ClockAlignedDataInterval).
static void start_aligned(struct charger *charger)
{
    int64_t interval_ns = charger->config.aligned_s * SIM_NS_PER_S;
    int64_t of_day_ns = device_utc_ns(charger->device) % NS_PER_DAY;

    timer_stop(&charger->aligned_timer);
    if (interval_ns <= 0)
        return;
    of_day_ns += of_day_ns < 0 ? NS_PER_DAY : 0;
    timer_start(&charger->aligned_timer, interval_ns - of_day_ns % interval_ns);
}

static void aligned_due(struct timer *timer, void *user)
{
    struct charger *charger = user;

    (void)timer;
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (charger->connectors[i].transaction.local)
            charger_transaction_sample(&charger->connectors[i], "Sample.Clock");
        else
            charger->connectors[i].tell_meter = charger_registered(charger);
    start_aligned(charger);
    charger_pump(charger);
}

static void restart_samples(struct charger_connector *connector)
{
    timer_stop(&connector->sample_timer);
    if (connector->transaction.local && connector->charger->config.sample_s > 0)
        timer_start(&connector->sample_timer, connector->charger->config.sample_s * SIM_NS_PER_S);
}

void charger_messages_config(struct charger *charger)
{
    if (charger->registration == CHARGER_REGISTERED) {
        timer_stop(&charger->boot_timer);
        if (charger->config.heartbeat_s > 0)
            timer_start(&charger->boot_timer, charger->config.heartbeat_s * SIM_NS_PER_S);
    }
    for (unsigned i = 0; i < charger->connectors_count; i++)
        restart_samples(&charger->connectors[i]);
    start_aligned(charger);
}

// ---- Its life ----

void charger_messages_init(struct charger *charger)
{
    struct device *device = charger->device;

    device_timer_init(device, &charger->call_timer, call_expired, charger);
    device_timer_init(device, &charger->boot_timer, boot_or_heartbeat, charger);
    device_timer_init(device, &charger->retry_timer, retry_queue, charger);
    device_timer_init(device, &charger->aligned_timer, aligned_due, charger);
}

// Starts are counted, so that ids of messages and transactions never come again.
void charger_messages_power(struct charger *charger, bool on)
{
    if (on) {
        struct store *store = charger->device->store;

        charger->boots = (uint32_t)store_get_integer(store, KEY_BOOTS, 0) + 1;
        charger->drawn = 0;
        (void)store_put_integer(store, KEY_BOOTS, charger->boots);
        charger->registration = CHARGER_UNREGISTERED;
        charger->boot_due = true;
        charger->told_station = CHARGER_STATUS_UNKNOWN;
        start_aligned(charger);
        return;
    }
    timer_stop(&charger->call_timer);
    timer_stop(&charger->boot_timer);
    timer_stop(&charger->retry_timer);
    timer_stop(&charger->aligned_timer);
    charger->heartbeat_due = charger->tell_station = false;
}

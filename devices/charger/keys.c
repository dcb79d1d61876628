// SPDX-License-Identifier: Apache-2.0
// Configuration keys (OCPP 1.6 section 9; security white paper edition 3 section 3.3 for
// AuthorizationKey). Which there are, who may write them, their bounds and what they are at factory
// state is the profile's table; the store holds what differs, as lines `key=value` of one record.
// The password has a record of its own and is never shown.
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/units.h"
#include "sim/device/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RECORD_KEYS "keys"
#define RECORD_PASSWORD "password"
#define VALUE_CHARACTERS_MAX 500 // CiString500Type

// ---- The table ----

static const struct yaml_node *rows(const struct charger *charger)
{
    return profile_fact(charger->device->profile, "ocpp.keys.rows");
}

static const char *cell(const struct yaml_node *row, size_t index)
{
    return index < row->count && row->items[index]->text ? row->items[index]->text : "";
}

static int64_t cell_integer(const struct yaml_node *row, size_t index)
{
    int64_t value;

    return units_parse_integer(cell(row, index), &value) == 0 ? value : 0;
}

size_t charger_keys_count(const struct charger *charger)
{
    const struct yaml_node *node = rows(charger);

    return node ? node->count : 0;
}

static struct charger_key key_of(const struct yaml_node *row)
{
    return (struct charger_key){
        .name = cell(row, 0),
        .access = cell(row, 1),
        .type = cell(row, 2),
        .value = cell(row, 3),
        .low = cell_integer(row, 4),
        .high = cell_integer(row, 5),
    };
}

bool charger_key_at(const struct charger *charger, size_t index, struct charger_key *ret)
{
    const struct yaml_node *node = rows(charger);

    if (!node || index >= node->count)
        return false;
    *ret = key_of(node->items[index]);
    return true;
}

// Names of keys are CiStrings: case does not count. Asked for each sample of a meter, so that rows
// are looked up once and read only when they are meant.
bool charger_key_find(const struct charger *charger, const char *name, struct charger_key *ret)
{
    const struct yaml_node *node = rows(charger);

    for (size_t i = 0; node && i < node->count; i++)
        if (strcasecmp(cell(node->items[i], 0), name) == 0) {
            *ret = key_of(node->items[i]);
            return true;
        }
    return false;
}

// ---- What differs from the profile ----

// The value of `name` among the lines `text`, or NULL.
static const char *line_of(const char *text, size_t length, const char *name, size_t *ret_length)
{
    size_t name_length = strlen(name);
    const char *end = text ? text + length : NULL;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        assert(stop);
        if ((size_t)(stop - text) > name_length && text[name_length] == '=' &&
            memcmp(text, name, name_length) == 0) {
            *ret_length = (size_t)(stop - text) - name_length - 1;
            return text + name_length + 1;
        }
        text = stop + 1;
    }
    return NULL;
}

static void add_value(const struct charger *charger, const struct charger_key *key, struct str *out)
{
    size_t length = 0, value_length = 0;
    const char *text = store_get(charger->device->store, RECORD_KEYS, &length);
    const char *value = line_of(text, length, key->name, &value_length);

    if (value)
        str_add(out, value, value_length);
    else if (strcmp(key->type, "connectors") == 0)
        str_addf(out, "%u", charger->connectors_count);
    else if (strcmp(key->type, "security") == 0)
        str_addf(out, "%d", charger->site.security);
    else
        str_adds(out, key->value);
}

void charger_key_add_value(const struct charger *charger, const struct charger_key *key,
                           struct str *out)
{
    if (strchr(key->access, 'R'))
        add_value(charger, key, out);
}

static int keep(struct charger *charger, const char *name, const char *value)
{
    struct store *store = charger->device->store;
    size_t length = 0, old_length = 0;
    const char *text = store_get(store, RECORD_KEYS, &length);
    const char *old = line_of(text, length, name, &old_length);
    struct str lines = {0};
    int err;

    if (old) {
        const char *begin = old - strlen(name) - 1;
        const char *after = old + old_length + 1;

        str_add(&lines, text, (size_t)(begin - text));
        str_add(&lines, after, (size_t)(text + length - after));
    } else if (text) {
        str_add(&lines, text, length);
    }
    str_addf(&lines, "%s=%s\n", name, value);
    err = store_put(store, RECORD_KEYS, str_text(&lines), lines.length);
    str_done(&lines);
    return err;
}

// ---- Whether a value fits ----

// Measurands that this station knows how to take (OCPP 1.6 7.31).
static const char *const measurands[] = {"Energy.Active.Import.Register", "Power.Active.Import",
                                         "Current.Import", "Voltage"};

static bool is_measurand(const char *text, size_t length)
{
    for (size_t i = 0; i < COUNT_OF(measurands); i++)
        if (strlen(measurands[i]) == length && memcmp(measurands[i], text, length) == 0)
            return true;
    return false;
}

static bool fits_measurands(const struct charger_key *key, const char *value)
{
    int64_t count = 0;

    while (*value) {
        size_t length = strcspn(value, ",");

        if (!is_measurand(value, length) || ++count > key->high)
            return false;
        value += length;
        if (*value == ',' && !*++value)
            return false;
    }
    return true;
}

static bool fits_integer(const struct charger_key *key, const char *value)
{
    int64_t number;

    return units_parse_integer(value, &number) == 0 && number >= key->low && number <= key->high;
}

static bool fits_boolean(const struct charger_key *key, const char *value)
{
    (void)key;
    return strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0;
}

static bool fits_text(const struct charger_key *key, const char *value)
{
    size_t length = strlen(value);

    return (int64_t)length >= key->low && (int64_t)length <= key->high &&
           strcspn(value, "\r\n") == length;
}

// A password of 16 to 20 bytes as digits (white paper A01).
static bool fits_hex(const struct charger_key *key, const char *value)
{
    return fits_text(key, value) && strlen(value) % 2 == 0 &&
           strspn(value, "0123456789abcdefABCDEF") == strlen(value);
}

static const struct {
    const char *type;
    bool (*fits)(const struct charger_key *key, const char *value);
} types[] = {
    {"boolean", fits_boolean},       {"hex", fits_hex},   {"integer", fits_integer},
    {"measurands", fits_measurands}, {"text", fits_text},
};

static bool fits(const struct charger_key *key, const char *value)
{
    if (strlen(value) > VALUE_CHARACTERS_MAX)
        return false;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (strcmp(types[i].type, key->type) == 0)
            return types[i].fits(key, value);
    return false;
}

// ---- The password ----

void charger_password(const struct charger *charger, char ret[CHARGER_KEY_ROOM])
{
    size_t length = 0;
    const char *kept = store_get(charger->device->store, RECORD_PASSWORD, &length);

    if (!kept) {
        kept = charger->site.password;
        length = strlen(kept);
    }
    assert(length < CHARGER_KEY_ROOM);
    memcpy(ret, kept, length);
    ret[length] = '\0';
}

// Accepted: the old one is dead at once, and the connection is made anew with the new one.
static const char *change_password(struct charger *charger, const char *value)
{
    if (store_put(charger->device->store, RECORD_PASSWORD, value, strlen(value)) < 0)
        return "Rejected";
    charger_audit(charger, "ReconfigurationOfSecurityParameters", true);
    charger->resets = false;
    timer_start(&charger->restart_timer,
                profile_fact_time_ns(charger->device->profile, "ocpp.reset_delay", SIM_NS_PER_S));
    return "Accepted";
}

// ---- Numbers ----

static const struct {
    const char *name;
    bool boolean;
    size_t offset;
} numbers[] = {
#define NUMBER(key, field)                                                                         \
    {                                                                                              \
        key, false, offsetof(struct charger_config, field)                                         \
    }
#define SWITCH(key, field)                                                                         \
    {                                                                                              \
        key, true, offsetof(struct charger_config, field)                                          \
    }
    SWITCH("AllowOfflineTxForUnknownId", offline_unknown),
    SWITCH("AuthorizeRemoteTxRequests", authorize_remote),
    SWITCH("LocalAuthorizeOffline", authorize_offline),
    SWITCH("StopTransactionOnEVSideDisconnect", stop_on_disconnect),
    SWITCH("StopTransactionOnInvalidId", stop_on_invalid),
    NUMBER("ClockAlignedDataInterval", aligned_s),
    NUMBER("ConnectionTimeOut", connection_s),
    NUMBER("HeartbeatInterval", heartbeat_s),
    NUMBER("MeterValueSampleInterval", sample_s),
    NUMBER("TransactionMessageAttempts", attempts),
    NUMBER("TransactionMessageRetryInterval", retry_s),
    NUMBER("WebSocketPingInterval", ping_s),
#undef NUMBER
#undef SWITCH
};

void charger_keys_load(struct charger *charger)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char *field = (char *)&charger->config + numbers[i].offset;
        struct charger_key key;
        struct str value = {0};
        int64_t number = 0;

        if (!charger_key_find(charger, numbers[i].name, &key))
            continue;
        add_value(charger, &key, &value);
        if (numbers[i].boolean)
            *(bool *)field = strcasecmp(str_text(&value), "true") == 0;
        else if (units_parse_integer(str_text(&value), &number) == 0)
            *(int32_t *)field = (int32_t)number;
        str_done(&value);
    }
}

const char *charger_keys_change(struct charger *charger, const char *name, const char *value)
{
    struct charger_key key;

    if (!charger_key_find(charger, name, &key))
        return "NotSupported";
    if (!strchr(key.access, 'W') || !fits(&key, value))
        return "Rejected";
    if (strcmp(key.type, "hex") == 0)
        return change_password(charger, value);
    if (keep(charger, key.name, value) < 0)
        return "Rejected";
    device_event(charger->device, "key %s=%s", key.name, value);
    charger_keys_load(charger);
    charger_messages_config(charger);
    return "Accepted";
}

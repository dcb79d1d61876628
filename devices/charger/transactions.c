// SPDX-License-Identifier: Apache-2.0
// Transactions, from the first record in the store to the last answer of the central system. At
// every byte at which the supply may go, what stands in the store tells what has to follow:
//
//   record   its StartTransaction   its StopTransaction   so
//   new      not in the queue       -                     the start is queued again, same bytes
//   new      in the queue           not there             it was running: stopped, PowerLoss
//   known    gone (answered)        not there             the same
//   any      -                      in the queue          it has ended
//   stopped  -                      not there (answered)  the record is forgotten
//
// Not modelled: transactionData in StopTransaction (its key holds no measurand here).
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/device/store.h"

#define NAME_ROOM 18
#define RECORD_ROOM 192
#define NS_PER_MS 1000000
enum { RECORD_KNOWN = 1, RECORD_STOPPED = 2 };

// Every message of a running transaction begins so, with the id of the central system in place of
// the 0.
static const char id_prefix[] = "{\"transactionId\":";

static int64_t now_utc_ns(const struct charger *charger)
{
    int64_t utc_ns = device_utc_ns(charger->device);

    return utc_ns - utc_ns % NS_PER_MS;
}

// ---- Records of transactions ----

static const char *name_of(uint64_t local, char ret[NAME_ROOM])
{
    snprintf(ret, NAME_ROOM, "t%016" PRIx64, local);
    return ret;
}

static void put_text(struct bytes_out *out, const char *text)
{
    bytes_put_u8(out, (uint8_t)strlen(text));
    bytes_put_span(out, text, strlen(text));
}

static bool get_text(struct bytes_in *in, char *ret, size_t room)
{
    const uint8_t *text;
    uint8_t length;

    if (!bytes_get_u8(in, &length) || length >= room || !bytes_get_span(in, length, &text))
        return false;
    memcpy(ret, text, length);
    ret[length] = '\0';
    return true;
}

static bool get_i64(struct bytes_in *in, int64_t *ret)
{
    uint32_t high, low;

    if (!bytes_get_u32(in, &high) || !bytes_get_u32(in, &low))
        return false;
    *ret = (int64_t)((uint64_t)high << 32 | low);
    return true;
}

static int keep(struct charger *charger, const struct charger_transaction *transaction)
{
    uint8_t record[RECORD_ROOM];
    struct bytes_out out = bytes_out(record, sizeof(record));
    char name[NAME_ROOM];

    bytes_put_u8(&out, (uint8_t)((transaction->known ? RECORD_KNOWN : 0) |
                                 (transaction->stopped ? RECORD_STOPPED : 0)));
    bytes_put_u8(&out, transaction->connector);
    bytes_put_u64(&out, (uint64_t)transaction->id);
    bytes_put_u64(&out, (uint64_t)transaction->start_utc_ns);
    bytes_put_u64(&out, (uint64_t)transaction->meter_start_Wh);
    put_text(&out, transaction->tag);
    put_text(&out, transaction->message_id);
    return store_put(charger->device->store, name_of(transaction->local, name), record,
                     bytes_written(&out));
}

static bool read_record(const struct charger *charger, uint64_t local,
                        struct charger_transaction *ret)
{
    struct charger_transaction transaction = {.local = local};
    char name[NAME_ROOM];
    size_t length = 0;
    const void *data = store_get(charger->device->store, name_of(local, name), &length);
    struct bytes_in in = bytes_in(data, length);
    uint8_t flags;

    if (!data || !bytes_get_u8(&in, &flags) || !bytes_get_u8(&in, &transaction.connector) ||
        !get_i64(&in, &transaction.id) || !get_i64(&in, &transaction.start_utc_ns) ||
        !get_i64(&in, &transaction.meter_start_Wh) ||
        !get_text(&in, transaction.tag, sizeof(transaction.tag)) ||
        !get_text(&in, transaction.message_id, sizeof(transaction.message_id)))
        return false;
    transaction.known = flags & RECORD_KNOWN;
    transaction.stopped = flags & RECORD_STOPPED;
    if (transaction.connector < 1 || transaction.connector > charger->connectors_count)
        return false;
    *ret = transaction;
    return true;
}

static void forget(struct charger *charger, uint64_t local)
{
    char name[NAME_ROOM];

    (void)store_remove(charger->device->store, name_of(local, name));
}

// ---- History ----

// The oldest one that has ended gives way.
static void history_make_room(struct charger *charger)
{
    size_t most =
        (size_t)profile_fact_integer(charger->device->profile, "ocpp.queue.transactions_max", 1000);
    size_t oldest = 0;

    if (charger->records_count < most)
        return;
    while (oldest < charger->records_count - 1 && !charger->records[oldest].ended)
        oldest++;
    memmove(&charger->records[oldest], &charger->records[oldest + 1],
            (charger->records_count - oldest - 1) * sizeof(charger->records[0]));
    charger->records_count--;
}

static void history_begin(struct charger *charger, const struct charger_transaction *transaction)
{
    struct charger_record *record;

    history_make_room(charger);
    MEM_PUSH_ROOM(charger->records, charger->records_count, charger->records_room);
    record = &charger->records[charger->records_count++];
    *record = (struct charger_record){
        .local = transaction->local,
        .connector = transaction->connector,
        .start_utc_ns = transaction->start_utc_ns,
        .meter_start_Wh = transaction->meter_start_Wh,
        .reason = "",
    };
    memcpy(record->tag, transaction->tag, sizeof(record->tag));
}

static void history_end(struct charger *charger, uint64_t local, int64_t utc_ns, int64_t meter_Wh,
                        const char *reason)
{
    for (size_t i = charger->records_count; i-- > 0;) {
        struct charger_record *record = &charger->records[i];

        if (record->local != local)
            continue;
        record->ended = true;
        record->stop_utc_ns = utc_ns;
        record->meter_stop_Wh = meter_Wh;
        record->reason = reason;
        return;
    }
}

// ---- Messages ----

static const struct ocpp_action *action_of(enum charger_kind kind)
{
    static const char *const names[] = {"StartTransaction", "MeterValues", "StopTransaction"};
    size_t which = kind == CHARGER_START ? 0 : kind == CHARGER_METER ? 1 : 2;

    return ocpp_action_find(names[which]);
}

// The id is drawn by who knows it again (a start that is queued once more); NULL: here.
static int queue(struct charger *charger, enum charger_kind kind, uint64_t local, const char *id,
                 const struct str *payload)
{
    size_t skip = kind == CHARGER_START ? 0 : sizeof(id_prefix); // With the 0.
    struct charger_message message = {
        .kind = kind,
        .local = local,
        .payload = str_text(payload) + skip,
        .length = payload->length - skip,
    };

    assert(!skip || memcmp(str_text(payload), id_prefix, sizeof(id_prefix) - 1) == 0);
    if (id)
        memcpy(message.id, id, strlen(id) + 1);
    else
        ocpp_session_draw_id(charger->session, message.id);
    return charger_queue_put(charger, &message);
}

static int queue_start(struct charger *charger, const struct charger_transaction *transaction)
{
    struct str payload = {0};
    struct ocpp_build build;
    int err;

    ocpp_build_begin(&build, action_of(CHARGER_START)->request, &payload);
    ocpp_put_integer(&build, "connectorId", transaction->connector);
    ocpp_put_text(&build, "idTag", transaction->tag);
    ocpp_put_integer(&build, "meterStart", transaction->meter_start_Wh);
    ocpp_put_time(&build, "timestamp", transaction->start_utc_ns);
    ocpp_build_end(&build);
    err = queue(charger, CHARGER_START, transaction->local, transaction->message_id, &payload);
    str_done(&payload);
    return err;
}

// Queues the end and then marks the record, in this order (see the table above).
static void finish(struct charger *charger, struct charger_transaction *transaction,
                   const char *reason)
{
    int64_t meter_Wh = llround(charger_meter_Wh(&charger->connectors[transaction->connector - 1]));
    int64_t utc_ns = now_utc_ns(charger);
    struct str payload = {0};
    struct ocpp_build build;
    int err;

    ocpp_build_begin(&build, action_of(CHARGER_STOP)->request, &payload);
    ocpp_put_integer(&build, "transactionId", 0);
    ocpp_put_text(&build, "idTag", transaction->tag);
    ocpp_put_integer(&build, "meterStop", meter_Wh);
    ocpp_put_time(&build, "timestamp", utc_ns);
    ocpp_put_text(&build, "reason", reason);
    ocpp_build_end(&build);
    err = queue(charger, CHARGER_STOP, transaction->local, NULL, &payload);
    str_done(&payload);
    if (err == ERR_CANCELLED)
        return;
    history_end(charger, transaction->local, utc_ns, meter_Wh, reason);
    device_event(charger->device, "transaction stop %u %" PRId64 " Wh %s", transaction->connector,
                 meter_Wh, reason);
    transaction->stopped = true;
    (void)keep(charger, transaction);
}

int charger_transaction_begin(struct charger_connector *connector)
{
    struct charger *charger = connector->charger;
    struct charger_transaction transaction = {
        .local = (uint64_t)charger->boots << 32 | ++charger->drawn,
        .connector = connector->number,
        .start_utc_ns = now_utc_ns(charger),
        .meter_start_Wh = llround(charger_meter_Wh(connector)),
    };
    int err;

    memcpy(transaction.tag, connector->tag, sizeof(transaction.tag));
    ocpp_session_draw_id(charger->session, transaction.message_id);
    err = keep(charger, &transaction);
    if (err < 0)
        return err;
    history_begin(charger, &transaction);
    err = queue_start(charger, &transaction);
    if (err == ERR_CANCELLED)
        return err;
    if (err < 0) {
        charger->records_count--;
        forget(charger, transaction.local);
        return err;
    }
    device_event(charger->device, "transaction start %u %s", connector->number, transaction.tag);
    connector->transaction = transaction;
    return 0;
}

void charger_transaction_end(struct charger_connector *connector, const char *reason)
{
    struct charger_transaction transaction = connector->transaction;

    assert(transaction.local);
    connector->transaction = (struct charger_transaction){0};
    finish(connector->charger, &transaction, reason);
}

void charger_transaction_sample(struct charger_connector *connector, const char *context)
{
    struct charger *charger = connector->charger;
    bool clock = strcmp(context, "Sample.Clock") == 0;
    struct charger_key key;
    struct str payload = {0}, measurands = {0};
    struct ocpp_build build;

    assert(connector->transaction.local);
    if (charger_key_find(charger, clock ? "MeterValuesAlignedData" : "MeterValuesSampledData",
                         &key))
        charger_key_add_value(charger, &key, &measurands);
    if (measurands.length) {
        ocpp_build_begin(&build, action_of(CHARGER_METER)->request, &payload);
        ocpp_put_integer(&build, "transactionId", 0);
        ocpp_put_integer(&build, "connectorId", connector->number);
        ocpp_put_list(&build, "meterValue");
        charger_put_meter_value(connector, &build, context, str_text(&measurands),
                                now_utc_ns(charger));
        ocpp_put_end(&build);
        ocpp_build_end(&build);
        (void)queue(charger, CHARGER_METER, connector->transaction.local, NULL, &payload);
    }
    str_done(&measurands);
    str_done(&payload);
}

// ---- Sending ----

// What the central system will never take goes with all that belongs to it, the record last.
static void give_up(struct charger *charger, const struct charger_message *head)
{
    struct charger_message message = *head;
    uint64_t local = head->local;
    bool whole = head->kind == CHARGER_START;

    do {
        if (message.local == local || message.number == head->number) {
            if (charger_queue_remove(charger, message.number) < 0)
                return;
            charger->given_up++;
        }
    } while (whole && charger_queue_next(charger, message.number + 1, &message));
    if (whole)
        for (unsigned i = 0; i < charger->connectors_count; i++)
            if (charger->connectors[i].transaction.local == local)
                return; // It goes on; its end will find no id and go as well.
    if (whole || head->kind == CHARGER_STOP)
        forget(charger, local);
}

int charger_queue_send(struct charger *charger)
{
    struct charger_message message;
    struct charger_transaction transaction;
    struct str payload = {0};
    int err;

    for (;;) {
        if (!device_alive(charger->device) ||
            !charger_queue_next(charger, charger->queue_first, &message))
            return ERR_NOT_FOUND;
        if (message.kind == CHARGER_START)
            break;
        if (read_record(charger, message.local, &transaction) && transaction.known)
            break;
        give_up(charger, &message);
    }
    if (message.kind != CHARGER_START)
        str_addf(&payload, "%s%" PRId64, id_prefix, transaction.id);
    str_add(&payload, message.payload, message.length);
    err = ocpp_session_call(
        charger->session, action_of(message.kind), message.id, str_text(&payload), payload.length,
        timers_now(charger->device->world.timers) +
            profile_fact_time_ns(charger->device->profile, "ocpp.call_timeout", 30 * SIM_NS_PER_S),
        CHARGER_ERRAND_QUEUE);
    str_done(&payload);
    return err;
}

static struct charger_connector *connector_of(struct charger *charger, uint64_t local)
{
    for (unsigned i = 0; i < charger->connectors_count; i++)
        if (charger->connectors[i].transaction.local == local)
            return &charger->connectors[i];
    return NULL;
}

// The id stands in the store before the start leaves the queue.
static void start_answered(struct charger *charger, const struct charger_message *message,
                           const struct json *payload)
{
    struct charger_connector *connector = connector_of(charger, message->local);
    uint32_t number = message->number;
    struct charger_transaction transaction;
    const char *status = json_text(json_get(json_get(payload, "idTagInfo"), "status"), "Invalid");

    if (!read_record(charger, message->local, &transaction)) {
        (void)charger_queue_remove(charger, number); // Its end found no room in the queue.
        return;
    }
    transaction.id = json_integer(json_get(payload, "transactionId"), 0);
    transaction.known = true;
    if (keep(charger, &transaction) < 0 || charger_queue_remove(charger, number) < 0 || !connector)
        return;
    connector->transaction.id = transaction.id;
    connector->transaction.known = true;
    if (strcmp(status, "Accepted") != 0 && charger->config.stop_on_invalid)
        charger_connector_stop(connector, "DeAuthorized");
}

static void try_again(struct charger *charger, const struct charger_message *message)
{
    if (++charger->queue_attempts >= charger->config.attempts) {
        give_up(charger, message);
        return;
    }
    timer_start(&charger->retry_timer,
                (int64_t)charger->config.retry_s * charger->queue_attempts * SIM_NS_PER_S);
}

void charger_queue_answered(struct charger *charger, const struct ocpp_result *result)
{
    struct charger_message message;

    if (!device_alive(charger->device) ||
        !charger_queue_next(charger, charger->queue_first, &message))
        return;
    if (result->err == ERR_EXCEPTION || result->err == ERR_MALFORMED) {
        try_again(charger, &message);
        return;
    }
    if (result->err < 0)
        return; // The connection was lost: the same bytes again on the next one.
    if (message.kind == CHARGER_START) {
        start_answered(charger, &message, result->payload);
        return;
    }
    if (charger_queue_remove(charger, message.number) == 0 && message.kind == CHARGER_STOP)
        forget(charger, message.local);
}

// ---- After a start ----

static void find_messages(const struct charger *charger, uint64_t local, bool *ret_start,
                          bool *ret_stop)
{
    struct charger_message message;
    uint32_t from = charger->queue_first;

    *ret_start = *ret_stop = false;
    for (; charger_queue_next(charger, from, &message); from = message.number + 1) {
        if (message.local != local)
            continue;
        *ret_start |= message.kind == CHARGER_START;
        *ret_stop |= message.kind == CHARGER_STOP;
    }
}

static void recover(struct charger *charger, uint64_t local)
{
    struct charger_transaction transaction;
    bool start, stop;

    if (!read_record(charger, local, &transaction)) {
        forget(charger, local);
        return;
    }
    find_messages(charger, local, &start, &stop);
    if (transaction.stopped && !stop && !start) {
        forget(charger, local);
        return;
    }
    if (stop || transaction.stopped) {
        transaction.stopped = true;
        (void)keep(charger, &transaction);
        return;
    }
    if (!transaction.known && !start && queue_start(charger, &transaction) < 0)
        return;
    finish(charger, &transaction, "PowerLoss");
}

static int compare_locals(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static bool local_of(const char *key, size_t length, uint64_t *ret)
{
    char text[NAME_ROOM];

    if (length != NAME_ROOM - 1 || key[0] != 't')
        return false;
    memcpy(text, key + 1, length - 1);
    text[length - 1] = '\0';
    return sscanf(text, "%16" SCNx64, ret) == 1;
}

void charger_transactions_load(struct charger *charger)
{
    const struct store *store = charger->device->store;
    uint64_t *locals = NULL;
    size_t count = 0, room = 0;

    charger_queue_load(charger);
    for (size_t i = 0; i < store_count(store); i++) {
        size_t length;
        const char *key = store_key_at(store, i, &length);
        uint64_t local;

        if (!local_of(key, length, &local))
            continue;
        MEM_PUSH_ROOM(locals, count, room);
        locals[count++] = local;
    }
    if (count)
        qsort(locals, count, sizeof(locals[0]), compare_locals);
    for (size_t i = 0; i < count && device_alive(charger->device); i++)
        recover(charger, locals[i]);
    free(locals);
}

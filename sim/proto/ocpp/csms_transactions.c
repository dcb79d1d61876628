// SPDX-License-Identifier: Apache-2.0
// Transactions as a central system keeps them. OCPP 1.6 delivers at least once (edition 2 section
// 3.7.1): a StartTransaction whose confirmation was lost comes again, and must get the number it
// got the first time. The same station, connector, time and meter is the same transaction; whether
// a repeat is the same bytes is remembered.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/proto/ocpp/csms_parts.h"

#define ENTRY_BUCKETS_FROM 1024

struct start_key {
    const struct csms_station *station;
    int64_t connector;
    int64_t utc_ns;
    int64_t meter_Wh;
};

static struct start_key key_of(const struct csms_station *station, const struct json *payload)
{
    const char *time = json_text(json_get(payload, "timestamp"), "");
    struct start_key key = {
        .station = station,
        .connector = json_integer(json_get(payload, "connectorId"), 0),
        .meter_Wh = json_integer(json_get(payload, "meterStart"), 0),
    };

    if (ocpp_parse_time(time, &key.utc_ns) < 0)
        key.utc_ns = 0;
    return key;
}

// By what the station said, never by where it lies in memory: the order of buckets is nobody's
// business, but runs repeat to the last detail.
static uint64_t hash_key(const struct start_key *key)
{
    const int64_t numbers[] = {key->connector, key->utc_ns, key->meter_Wh};

    return csms_hash(key->station->identity, strlen(key->station->identity)) * 31 +
           csms_hash(numbers, sizeof(numbers));
}

static bool is_key(const struct csms_entry *entry, const struct start_key *key)
{
    return entry->facts.station == key->station && entry->facts.connector == key->connector &&
           entry->facts.start_utc_ns == key->utc_ns && entry->facts.meter_start_Wh == key->meter_Wh;
}

static uint64_t hash_entry(const struct csms_entry *entry)
{
    return hash_key(&(struct start_key){.station = entry->facts.station,
                                        .connector = entry->facts.connector,
                                        .utc_ns = entry->facts.start_utc_ns,
                                        .meter_Wh = entry->facts.meter_start_Wh});
}

static struct csms_entry **bucket_of(struct csms *csms, uint64_t hash)
{
    return &csms->entry_buckets[hash & (csms->entry_buckets_count - 1)];
}

static void link_entry(struct csms *csms, struct csms_entry *entry)
{
    struct csms_entry **bucket = bucket_of(csms, hash_entry(entry));

    entry->next_in_bucket = *bucket;
    *bucket = entry;
}

static void grow_buckets(struct csms *csms)
{
    size_t count = csms->entry_buckets_count ? csms->entry_buckets_count * 2 : ENTRY_BUCKETS_FROM;

    free(csms->entry_buckets);
    csms->entry_buckets = mem_new(count, sizeof(struct csms_entry *));
    csms->entry_buckets_count = count;
    for (size_t i = csms->entries_head; i < csms->entries_end; i++)
        link_entry(csms, csms->entries[i]);
}

static struct csms_entry *find_start(struct csms *csms, const struct start_key *key)
{
    struct csms_entry *entry;

    if (!csms->entry_buckets)
        return NULL;
    entry = *bucket_of(csms, hash_key(key));
    while (entry && !is_key(entry, key))
        entry = entry->next_in_bucket;
    return entry;
}

// ---- Room ----

static void unlink_entry(struct csms *csms, struct csms_entry *entry)
{
    struct csms_entry **at = bucket_of(csms, hash_entry(entry));

    while (*at != entry)
        at = &(*at)->next_in_bucket;
    *at = entry->next_in_bucket;
}

// Forgets the oldest one that has ended; false when all of them run.
static bool forget_oldest(struct csms *csms)
{
    size_t at = csms->entries_head;

    while (at < csms->entries_end && csms->entries[at]->facts.stops == 0)
        at++;
    if (at == csms->entries_end)
        return false;
    unlink_entry(csms, csms->entries[at]);
    free(csms->entries[at]);
    memmove(&csms->entries[csms->entries_head + 1], &csms->entries[csms->entries_head],
            (at - csms->entries_head) * sizeof(struct csms_entry *));
    csms->entries_head++;
    return true;
}

bool csms_has_room(struct csms_station *station, const struct json *payload)
{
    struct csms *csms = station->csms;
    struct start_key key = key_of(station, payload);

    return csms_transactions(csms) < csms->options.transactions_max || find_start(csms, &key) ||
           forget_oldest(csms);
}

static void append(struct csms *csms, struct csms_entry *entry)
{
    if (csms->entries_end == csms->entries_room && csms->entries_head > csms->entries_room / 2) {
        memmove(csms->entries, &csms->entries[csms->entries_head],
                (csms->entries_end - csms->entries_head) * sizeof(struct csms_entry *));
        csms->entries_end -= csms->entries_head;
        csms->entries_head = 0;
    }
    MEM_PUSH_ROOM(csms->entries, csms->entries_end, csms->entries_room);
    csms->entries[csms->entries_end++] = entry;
    if (csms_transactions(csms) > csms->entry_buckets_count)
        grow_buckets(csms);
    else
        link_entry(csms, entry);
}

// ---- Starts ----

static void digest_frame(const struct csms *csms, uint8_t ret[CRYPTO_SHA256_BYTES])
{
    crypto_sha256(csms->frame, csms->frame_length, ret);
}

static int64_t *running_on(struct csms_station *station, int64_t connector)
{
    return connector >= 1 && connector <= CSMS_CONNECTORS_MAX ? &station->running[connector] : NULL;
}

static void begin_on_connector(struct csms_station *station, const struct csms_entry *entry)
{
    int64_t *running = running_on(station, entry->facts.connector);

    if (!running)
        return;
    if (*running)
        csms_note_violation(station,
                            "a transaction begins on connector %lld while transaction %lld runs",
                            (long long)entry->facts.connector, (long long)*running);
    *running = entry->facts.id;
}

struct csms_entry *csms_start_transaction(struct csms_station *station, const struct json *payload)
{
    struct csms *csms = station->csms;
    struct start_key key = key_of(station, payload);
    struct csms_entry *entry = find_start(csms, &key);
    uint8_t digest[CRYPTO_SHA256_BYTES];

    digest_frame(csms, digest);
    if (entry) {
        entry->facts.starts++;
        if (memcmp(digest, entry->start_digest, sizeof(digest)) != 0) {
            entry->facts.differed = true;
            csms_note_violation(station, "the repeat of StartTransaction %lld differs",
                                (long long)entry->facts.id);
        }
        return entry;
    }
    assert(csms_transactions(csms) < csms->options.transactions_max);
    entry = mem_new(1, sizeof(*entry));
    entry->facts = (struct csms_transaction){
        .station = station,
        .id = ++csms->last_id,
        .connector = key.connector,
        .meter_start_Wh = key.meter_Wh,
        .start_utc_ns = key.utc_ns,
        .starts = 1,
        .order = ++station->starts,
    };
    snprintf(entry->facts.tag, sizeof(entry->facts.tag), "%s",
             json_text(json_get(payload, "idTag"), ""));
    memcpy(entry->start_digest, digest, sizeof(digest));
    append(csms, entry);
    begin_on_connector(station, entry);
    return entry;
}

// ---- Stops ----

static void end_transaction(struct csms_station *station, struct csms_entry *entry,
                            const struct json *payload)
{
    struct csms_transaction *facts = &entry->facts;
    int64_t *running = running_on(station, facts->connector);

    facts->meter_stop_Wh = json_integer(json_get(payload, "meterStop"), 0);
    if (ocpp_parse_time(json_text(json_get(payload, "timestamp"), ""), &facts->stop_utc_ns) < 0)
        facts->stop_utc_ns = 0;
    snprintf(facts->reason, sizeof(facts->reason), "%s",
             json_text(json_get(payload, "reason"), "Local")); // Left out it means Local (5.49).
    if (running && *running == facts->id)
        *running = 0;
    if (facts->meter_stop_Wh < facts->meter_start_Wh)
        csms_note_violation(station, "transaction %lld: its meter went back", (long long)facts->id);
    if (facts->stop_utc_ns < facts->start_utc_ns)
        csms_note_violation(station, "transaction %lld stops before it began",
                            (long long)facts->id);
}

void csms_stop_transaction(struct csms_station *station, const struct json *payload)
{
    struct csms *csms = station->csms;
    int64_t id = json_integer(json_get(payload, "transactionId"), 0);
    struct csms_entry *entry = csms_find_transaction(csms, id);
    uint8_t digest[CRYPTO_SHA256_BYTES];

    if (!entry || entry->facts.station != station) {
        csms_note_violation(station, "StopTransaction of transaction %lld, which is not its own",
                            (long long)id);
        return;
    }
    digest_frame(csms, digest);
    if (entry->facts.stops++ == 0) {
        memcpy(entry->stop_digest, digest, sizeof(digest));
        end_transaction(station, entry, payload);
    } else if (memcmp(digest, entry->stop_digest, sizeof(digest)) != 0) {
        entry->facts.differed = true;
        csms_note_violation(station, "the repeat of StopTransaction %lld differs", (long long)id);
    }
}

// ---- Reading them ----

size_t csms_transactions(const struct csms *csms)
{
    return csms->entries_end - csms->entries_head;
}

const struct csms_transaction *csms_transaction_at(const struct csms *csms, size_t index)
{
    assert(index < csms_transactions(csms));
    return &csms->entries[csms->entries_head + index]->facts;
}

// They stand in the order of their numbers.
struct csms_entry *csms_find_transaction(struct csms *csms, int64_t id)
{
    size_t low = csms->entries_head;
    size_t high = csms->entries_end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (csms->entries[middle]->facts.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < csms->entries_end && csms->entries[low]->facts.id == id ? csms->entries[low]
                                                                         : NULL;
}

void csms_transactions_free(struct csms *csms)
{
    for (size_t i = csms->entries_head; i < csms->entries_end; i++)
        free(csms->entries[i]);
    free(csms->entries);
    free(csms->entry_buckets);
}

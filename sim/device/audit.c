// SPDX-License-Identifier: Apache-2.0
// The audit log in the store, so that an entry costs a constant number of bytes and is never in one
// place only while it moves:
//
//   at<0-f>   the newest entries, one record each; entry n lies in slot (n - 1) mod 16
//   ab<00-3e> sixteen entries that lay in the slots, in one record; block (n - 1) / 16, modulo as
//             many blocks as entries_max needs
//
// When the sixteen slots are full their entries are written as a block, in place of the oldest one;
// only then is the first slot used again. An entry: number:8 utc:8 category:1 result:1 and three
// texts with their NUL. Nothing is held in memory but the newest number and the count: texts are
// read where they lie in the store. Not modelled: a signature of the log, a reader's own mark.
#include "sim/device/audit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/units.h"
#include "sim/device/device.h"
#include "sim/device/store.h"

enum {
    SLOTS = 16,
    HEAD_BYTES = 18, // Of an entry, without its texts.
    TYPE_BYTES_MAX = 15,
    EVENT_BYTES_MAX = 40,  // The longest security event of OCPP has 37.
    SOURCE_BYTES_MAX = 45, // An IPv4 address mapped into IPv6 (INET6_ADDRSTRLEN).
    ENTRY_BYTES_MAX = HEAD_BYTES + TYPE_BYTES_MAX + EVENT_BYTES_MAX + SOURCE_BYTES_MAX + 3,
    KEY_ROOM = 5,
    ENTRIES_MAX = 1000, // What a flash surely holds; the schema of profiles says so too.
};
#define NUMBER_MAX (UINT64_C(1) << 53) // No log gets so far; a damaged one must not wrap.
_Static_assert(SLOTS *ENTRY_BYTES_MAX <= STORE_VALUE_BYTES_MAX, "a block fits a record");
_Static_assert(ENTRIES_MAX *ENTRY_BYTES_MAX < STORE_BYTES_MAX / 2 - 8192, "a log fits a half");

struct audit {
    struct device *device;
    uint64_t last;
    size_t count;
    size_t entries_max;
};

static const char *const categories[] = {
    [AUDIT_ACCESS] = "access",
    [AUDIT_CONFIGURATION] = "configuration",
    [AUDIT_SYSTEM] = "system",
    [AUDIT_FIRMWARE] = "firmware",
};
static const char *const results[] = {[AUDIT_SUCCESS] = "success", [AUDIT_FAILURE] = "failure"};
#define CATEGORIES (sizeof(categories) / sizeof(categories[0]))
#define RESULTS (sizeof(results) / sizeof(results[0]))

const char *audit_category_text(enum audit_category category)
{
    assert((size_t)category < CATEGORIES);
    return categories[category];
}

const char *audit_result_text(enum audit_result result)
{
    assert((size_t)result < RESULTS);
    return results[result];
}

// ---- Places ----

static size_t blocks_count(const struct audit *audit)
{
    return (audit->entries_max + SLOTS - 1) / SLOTS;
}

static const char digits[] = "0123456789abcdef";

static const char *slot_key(uint64_t number, char ret_key[KEY_ROOM])
{
    memcpy(ret_key, "at", 2);
    ret_key[2] = digits[(number - 1) % SLOTS];
    ret_key[3] = '\0';
    return ret_key;
}

static const char *block_key(const struct audit *audit, uint64_t number, char ret_key[KEY_ROOM])
{
    size_t block = (number - 1) / SLOTS % blocks_count(audit);

    memcpy(ret_key, "ab", 2);
    ret_key[2] = digits[block >> 4];
    ret_key[3] = digits[block & 0xF];
    ret_key[4] = '\0';
    return ret_key;
}

// ---- Entries as bytes ----

static void put_text(struct bytes_out *out, const char *text)
{
    bytes_put_span(out, text, strlen(text) + 1);
}

static void entry_put(struct bytes_out *out, const struct audit_entry *entry)
{
    bytes_put_u64(out, entry->number);
    bytes_put_u64(out, (uint64_t)entry->utc_ns);
    bytes_put_u8(out, (uint8_t)entry->category);
    bytes_put_u8(out, (uint8_t)entry->result);
    put_text(out, entry->type);
    put_text(out, entry->event);
    put_text(out, entry->source);
}

static bool get_u64(struct bytes_in *in, uint64_t *ret)
{
    uint32_t high, low;

    if (!bytes_get_u32(in, &high) || !bytes_get_u32(in, &low))
        return false;
    *ret = (uint64_t)high << 32 | low;
    return true;
}

// Letters, digits and what addresses are written with.
static bool is_plain(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || (letter && strchr(".:-[]%_/?", letter));
}

static bool get_text(struct bytes_in *in, size_t length_max, const char **ret)
{
    const uint8_t *end = memchr(in->at, '\0', bytes_left(in));

    if (!end || (size_t)(end - in->at) > length_max)
        return false;
    for (const uint8_t *at = in->at; at < end; at++)
        if (!is_plain((char)*at))
            return false;
    *ret = (const char *)in->at;
    in->at = end + 1;
    return true;
}

// The entry at the cursor, its texts where they lie. False when it is none that this log wrote.
static bool entry_get(struct bytes_in *in, struct audit_entry *ret)
{
    struct audit_entry entry;
    uint64_t utc_ns;
    uint8_t category, result;

    if (!get_u64(in, &entry.number) || !get_u64(in, &utc_ns) || !bytes_get_u8(in, &category) ||
        !bytes_get_u8(in, &result) || !get_text(in, TYPE_BYTES_MAX, &entry.type) ||
        !get_text(in, EVENT_BYTES_MAX, &entry.event) ||
        !get_text(in, SOURCE_BYTES_MAX, &entry.source))
        return false;
    if (entry.number == 0 || entry.number > NUMBER_MAX || category >= CATEGORIES ||
        result >= RESULTS)
        return false;
    entry.utc_ns = (int64_t)utc_ns;
    entry.category = category;
    entry.result = result;
    *ret = entry;
    return true;
}

static struct bytes_in record_of(const struct audit *audit, const char *key)
{
    size_t length = 0;
    const void *data = store_get(audit->device->store, key, &length);

    return bytes_in(data, data ? length : 0);
}

static bool find_in(const struct audit *audit, const char *key, uint64_t number,
                    struct audit_entry *ret)
{
    struct bytes_in in = record_of(audit, key);
    struct audit_entry entry;

    while (bytes_left(&in) && entry_get(&in, &entry))
        if (entry.number == number) {
            *ret = entry;
            return true;
        }
    return false;
}

// Entry `number`: the newest up to sixteen lie in their slots, the others in their blocks.
static bool find(const struct audit *audit, uint64_t number, struct audit_entry *ret)
{
    char key[KEY_ROOM];
    bool newest = (number - 1) / SLOTS == (audit->last - 1) / SLOTS;

    return find_in(audit, newest ? slot_key(number, key) : block_key(audit, number, key), number,
                   ret);
}

// ---- Load ----

// The highest number in a record, where it lies in the place of its number; else 0.
static uint64_t last_in(const struct audit *audit, const char *key, bool slot)
{
    struct bytes_in in = record_of(audit, key);
    struct audit_entry entry;
    uint64_t last = 0;

    while (bytes_left(&in) && entry_get(&in, &entry)) {
        char own[KEY_ROOM];

        if (entry.number > last &&
            !strcmp(key, slot ? slot_key(entry.number, own) : block_key(audit, entry.number, own)))
            last = entry.number;
    }
    return last;
}

static uint64_t last_of(const struct audit *audit)
{
    char key[KEY_ROOM];
    uint64_t last = 0;

    for (uint64_t slot = 1; slot <= SLOTS; slot++) {
        uint64_t found = last_in(audit, slot_key(slot, key), true);

        last = found > last ? found : last;
    }
    for (size_t block = 0; block < blocks_count(audit); block++) {
        uint64_t found = last_in(audit, block_key(audit, block * SLOTS + 1, key), false);

        last = found > last ? found : last;
    }
    return last;
}

static const char *start_event(const struct device *device)
{
    switch (device->start) {
    case DEVICE_START_SUPPLY:
        return "startup";
    case DEVICE_START_RESTART:
        return "restart";
    case DEVICE_START_CRASH:
        return "restart-after-crash";
    }
    return "startup";
}

void audit_load(struct audit *audit)
{
    struct audit_entry entry;

    audit->last = store_count(audit->device->store) ? last_of(audit) : 0;
    audit->count = 0;
    while (audit->count < audit->entries_max && audit->count < audit->last &&
           find(audit, audit->last - audit->count, &entry))
        audit->count++;
    (void)audit_add(audit, AUDIT_SYSTEM, "device", start_event(audit->device), AUDIT_SUCCESS,
                    "local");
}

// ---- Append ----

// The full slots, before `number`, as a block.
static int write_block(struct audit *audit, uint64_t number)
{
    uint8_t block[SLOTS * ENTRY_BYTES_MAX];
    struct bytes_out out = bytes_out(block, sizeof(block));
    char key[KEY_ROOM];

    for (uint64_t at = number > SLOTS ? number - SLOTS : 1; at < number; at++) {
        struct audit_entry entry;

        if (find(audit, at, &entry))
            entry_put(&out, &entry);
    }
    return store_put(audit->device->store, block_key(audit, number - 1, key), block,
                     bytes_written(&out));
}

// Addresses and names of ours, whatever the caller was told: nothing that a table program or a
// terminal takes for more than text.
static const char *clean_text(const char *text, size_t length_max, char *ret)
{
    size_t length = 0;

    for (; *text && length < length_max; text++)
        ret[length++] = is_plain(*text) ? *text : '?';
    ret[length] = '\0';
    if (ret[0] == '-')
        ret[0] = '?'; // No formula.
    return ret;
}

int audit_add(struct audit *audit, enum audit_category category, const char *type,
              const char *event, enum audit_result result, const char *source)
{
    char texts[3][EVENT_BYTES_MAX + SOURCE_BYTES_MAX];
    struct audit_entry entry = {
        .number = audit->last + 1,
        .utc_ns = device_utc_ns(audit->device),
        .category = category,
        .result = result,
        .type = clean_text(type, TYPE_BYTES_MAX, texts[0]),
        .event = clean_text(event, EVENT_BYTES_MAX, texts[1]),
        .source = clean_text(source ? source : "local", SOURCE_BYTES_MAX, texts[2]),
    };
    uint8_t bytes[ENTRY_BYTES_MAX];
    struct bytes_out out = bytes_out(bytes, sizeof(bytes));
    char key[KEY_ROOM];
    int err = 0;

    assert((size_t)category < CATEGORIES && (size_t)result < RESULTS);
    if (audit->last >= NUMBER_MAX)
        return ERR_FULL;
    if (audit->last > 0 && audit->last % SLOTS == 0)
        err = write_block(audit, entry.number);
    entry_put(&out, &entry);
    if (err == 0)
        err = store_put(audit->device->store, slot_key(entry.number, key), bytes,
                        bytes_written(&out));
    if (err < 0) {
        if (err != ERR_CANCELLED)
            log_warn(audit->device->id, "no audit entry for %s: %s", entry.event, err_text(err));
        return err;
    }
    audit->last = entry.number;
    if (audit->count < audit->entries_max)
        audit->count++;
    device_event(audit->device, "audit=%s %s", entry.event, results[result]);
    return 0;
}

// ---- Read ----

size_t audit_count(const struct audit *audit)
{
    return audit->count;
}

uint64_t audit_last(const struct audit *audit)
{
    return audit->last;
}

void audit_at(const struct audit *audit, size_t index, struct audit_entry *ret)
{
    bool found;

    assert(index < audit->count);
    found = find(audit, audit->last - audit->count + 1 + index, ret);
    assert(found); // It was counted when it was added or loaded.
    (void)found;
}

void audit_add_csv(const struct audit *audit, struct str *out)
{
    str_adds(out, "number,time,source,category,type,event,result\r\n");
    for (size_t i = 0; i < audit->count; i++) {
        struct audit_entry entry;
        char time[UNITS_TEXT_ROOM];

        audit_at(audit, i, &entry);
        str_addf(out, "%llu,%s,%s,%s,%s,%s,%s\r\n", (unsigned long long)entry.number,
                 units_utc_text(entry.utc_ns, time), entry.source, categories[entry.category],
                 entry.type, entry.event, results[entry.result]);
    }
}

// ---- Life ----

struct audit *audit_new(struct device *device)
{
    struct audit *audit = mem_new(1, sizeof(*audit));
    int64_t most = profile_fact_integer(device->profile, "audit.entries_max", ENTRIES_MAX);

    audit->device = device;
    audit->entries_max = most < SLOTS ? SLOTS : most > ENTRIES_MAX ? ENTRIES_MAX : (size_t)most;
    return audit;
}

void audit_free(struct audit **audit)
{
    free(*audit);
    *audit = NULL;
}

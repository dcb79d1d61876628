// SPDX-License-Identifier: Apache-2.0
// A log in a flash of two halves. A record is appended with its CRC-32 (IEEE 802.3); boot reads
// records until one does not check. When a half is full, or ends in a torn record, the living
// records are copied into the other half and its header, which makes it the valid one, is written
// last. So a cut anywhere leaves the old state or the new one.
//
//   half    "TBS1" sequence:4 crc:4 record...
//   record  0xA5 key_length:1 value_length:2 crc:4 key value     value_length 0xFFFF: the key is
//   removed
//
// Halves are as long as what is in them, up to STORE_BYTES_MAX / 2; a fleet pays for what it
// stores. Not modelled: wear, erase time, bit rot.
#include "sim/device/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

enum {
    HALF_BYTES_MAX = STORE_BYTES_MAX / 2,
    HALF_BYTES_MIN = 1024, // A half is not copied before it has grown so far.
    HEADER_BYTES = 12,
    RECORD_BYTES = 8, // Without key and value.
    RECORD_MARK = 0xA5,
    REMOVED = 0xFFFF,
    ERASED = 0xFF,
    KEYS_MAX = 1024,
};
static const uint8_t magic[4] = {'T', 'B', 'S', '1'};

struct half {
    uint8_t *data;
    size_t length; // Bytes that are not erased, or were written in part.
    size_t room;
};

// A living record: offsets into the valid half.
struct entry {
    uint32_t at; // Of its key.
    uint8_t key_length;
    uint16_t value_length;
};

struct store {
    struct half halves[2];
    int valid; // Which half counts.
    uint32_t sequence;
    bool torn; // The valid half ends in bytes that are no record.
    struct entry *entries;
    size_t entries_count, entries_room;
    uint64_t written;
    uint64_t cut_at; // Of `written`; UINT64_MAX: never.
    bool dead;       // Supply is gone until store_boot().
    store_cut_fn *on_cut;
    void *cut_user;
};

// Four bits at a time.
static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t length)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

    crc = ~crc;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 0xF];
        crc = crc >> 4 ^ table[crc & 0xF];
    }
    return ~crc;
}

// ---- Flash ----

static void half_reserve(struct half *half, size_t length)
{
    size_t room = half->room ? half->room : 256;

    while (room < length)
        room *= 2;
    if (room == half->room)
        return;
    half->data = mem_grow(half->data, room, 1);
    memset(half->data + half->room, ERASED, room - half->room);
    half->room = room;
}

// Writes bytes as flash does, one after the other, until the supply goes. Returns 0 or
// ERR_CANCELLED.
static int flash_write(struct store *store, struct half *half, size_t at, const uint8_t *data,
                       size_t length)
{
    uint64_t left = store->cut_at - store->written;
    bool cut = store->cut_at != UINT64_MAX && left < length;
    size_t count = cut ? (size_t)left : length;

    if (store->dead)
        return ERR_CANCELLED;
    half_reserve(half, at + length);
    memcpy(half->data + at, data, count);
    store->written += count;
    if (half->length < at + count)
        half->length = at + count;
    if (!cut)
        return 0;
    store->dead = true;
    store->cut_at = UINT64_MAX;
    if (store->on_cut)
        store->on_cut(store->cut_user);
    return ERR_CANCELLED;
}

static void half_erase(struct half *half)
{
    if (half->room)
        memset(half->data, ERASED, half->room);
    half->length = 0;
}

static void half_free(struct half *half)
{
    free(half->data);
    *half = (struct half){.data = NULL};
}

static int header_write(struct store *store, int which, uint32_t sequence)
{
    uint8_t header[HEADER_BYTES];
    struct bytes_out out = bytes_out(header, sizeof(header));

    bytes_put_span(&out, magic, sizeof(magic));
    bytes_put_u32(&out, sequence);
    bytes_put_u32(&out, crc32(0, header, 8));
    return flash_write(store, &store->halves[which], 0, header, sizeof(header));
}

static bool header_read(const struct half *half, uint32_t *ret_sequence)
{
    struct bytes_in in;
    const uint8_t *mark;
    uint32_t sequence, crc;

    if (half->length < HEADER_BYTES)
        return false;
    in = bytes_in(half->data, half->length);
    if (!bytes_get_span(&in, sizeof(magic), &mark) || !bytes_get_u32(&in, &sequence) ||
        !bytes_get_u32(&in, &crc))
        return false;
    if (memcmp(mark, magic, sizeof(magic)) != 0 || crc != crc32(0, half->data, 8))
        return false;
    *ret_sequence = sequence;
    return true;
}

// ---- Records ----

static size_t value_bytes(uint16_t value_length)
{
    return value_length == REMOVED ? 0 : value_length;
}

static uint32_t record_crc(const uint8_t lengths[3], const void *key, size_t key_length,
                           const void *value, size_t value_length)
{
    uint32_t crc = crc32(0, lengths, 3);

    crc = crc32(crc, key, key_length);
    return value_length ? crc32(crc, value, value_length) : crc;
}

static int record_write(struct store *store, int which, size_t at, const char *key,
                        size_t key_length, const void *value, uint16_t value_length)
{
    uint8_t record[RECORD_BYTES + STORE_KEY_BYTES_MAX + STORE_VALUE_BYTES_MAX];
    struct bytes_out out = bytes_out(record, sizeof(record));
    size_t length = value_bytes(value_length);

    bytes_put_u8(&out, RECORD_MARK);
    bytes_put_u8(&out, (uint8_t)key_length);
    bytes_put_u16(&out, value_length);
    bytes_put_u32(&out, record_crc(record + 1, key, key_length, value, length));
    bytes_put_span(&out, key, key_length);
    bytes_put_span(&out, value, length);
    return flash_write(store, &store->halves[which], at, record, bytes_written(&out));
}

static const char *entry_key(const struct store *store, const struct entry *entry)
{
    return (const char *)store->halves[store->valid].data + entry->at;
}

static struct entry *entry_of(const struct store *store, const char *key, size_t key_length)
{
    for (size_t i = 0; i < store->entries_count; i++) {
        struct entry *entry = &store->entries[i];

        if (entry->key_length == key_length &&
            memcmp(entry_key(store, entry), key, key_length) == 0)
            return entry;
    }
    return NULL;
}

// A record that stands in the valid half takes the place of its predecessor in the index.
static void index_record(struct store *store, size_t at, size_t key_length, uint16_t value_length)
{
    const char *key = (const char *)store->halves[store->valid].data + at;
    struct entry *entry = entry_of(store, key, key_length);

    if (value_length == REMOVED) {
        if (entry)
            *entry = store->entries[--store->entries_count];
        return;
    }
    if (!entry) {
        MEM_PUSH_ROOM(store->entries, store->entries_count, store->entries_room);
        entry = &store->entries[store->entries_count++];
    }
    *entry = (struct entry){(uint32_t)at, (uint8_t)key_length, value_length};
}

// The record at the cursor: false when there is none that checks.
static bool record_read(struct bytes_in *in, size_t *ret_key_length, uint16_t *ret_value_length,
                        const uint8_t **ret_key)
{
    struct bytes_in at = *in;
    const uint8_t *lengths = in->at + 1, *key, *value;
    uint8_t mark, key_length;
    uint16_t value_length;
    uint32_t crc;

    if (!bytes_get_u8(&at, &mark) || mark != RECORD_MARK || !bytes_get_u8(&at, &key_length) ||
        !bytes_get_u16(&at, &value_length) || !bytes_get_u32(&at, &crc))
        return false;
    if (key_length == 0 || key_length > STORE_KEY_BYTES_MAX ||
        value_bytes(value_length) > STORE_VALUE_BYTES_MAX ||
        !bytes_get_span(&at, key_length, &key) ||
        !bytes_get_span(&at, value_bytes(value_length), &value))
        return false;
    if (crc != record_crc(lengths, key, key_length, value, value_bytes(value_length)))
        return false;
    *in = at;
    *ret_key_length = key_length;
    *ret_value_length = value_length;
    *ret_key = key;
    return true;
}

void store_boot(struct store *store)
{
    uint32_t sequences[2];
    bool stands[2] = {header_read(&store->halves[0], &sequences[0]),
                      header_read(&store->halves[1], &sequences[1])};
    const struct half *half;
    struct bytes_in in;
    const uint8_t *key;
    uint16_t value_length;
    size_t key_length;

    store->dead = false;
    store->entries_count = 0;
    store->torn = false;
    if (!stands[0] && !stands[1]) {
        half_erase(&store->halves[0]);
        half_erase(&store->halves[1]);
        store->valid = 0;
        store->sequence = 0;
        return;
    }
    // Numbers are given out one by one, so the difference tells which is later.
    store->valid = !stands[0] || (stands[1] && (int32_t)(sequences[1] - sequences[0]) > 0);
    store->sequence = sequences[store->valid];
    half = &store->halves[store->valid];
    in = bytes_in(half->data + HEADER_BYTES, half->length - HEADER_BYTES);
    while (store->entries_count <= KEYS_MAX && record_read(&in, &key_length, &value_length, &key))
        index_record(store, (size_t)(key - half->data), key_length, value_length);
    store->torn = bytes_left(&in) > 0;
}

// ---- Writing ----

static size_t living_bytes(const struct store *store)
{
    size_t bytes = HEADER_BYTES;

    for (size_t i = 0; i < store->entries_count; i++)
        bytes += RECORD_BYTES + store->entries[i].key_length + store->entries[i].value_length;
    return bytes;
}

// Copies what lives, with the new record in place of its predecessor, into the other half.
static int copy_over(struct store *store, const char *key, size_t key_length, const void *value,
                     uint16_t value_length)
{
    int other = !store->valid;
    const struct entry *replaced = entry_of(store, key, key_length);
    size_t at = HEADER_BYTES;
    int err = 0;

    half_erase(&store->halves[other]);
    for (size_t i = 0; i < store->entries_count && err == 0; i++) {
        const struct entry *entry = &store->entries[i];
        const char *old = entry_key(store, entry);

        if (entry == replaced)
            continue;
        err = record_write(store, other, at, old, entry->key_length, old + entry->key_length,
                           entry->value_length);
        at += RECORD_BYTES + entry->key_length + entry->value_length;
    }
    if (err == 0 && value_length != REMOVED)
        err = record_write(store, other, at, key, key_length, value, value_length);
    if (err == 0)
        err = header_write(store, other, store->sequence + 1);
    if (err < 0)
        return err;
    // Nothing reads the old half again: erased here instead of before the next copy, so that a
    // fleet does not hold its memory.
    half_free(&store->halves[!other]);
    store_boot(store);
    return 0;
}

static int append(struct store *store, const char *key, const void *value, uint16_t value_length)
{
    size_t key_length = strlen(key), length = value_bytes(value_length);
    struct half *half = &store->halves[store->valid];
    size_t grown = half->length + RECORD_BYTES + key_length + length;
    size_t limit = 2 * living_bytes(store);
    int err;

    assert(key_length > 0);
    if (store->dead)
        return ERR_CANCELLED;
    if (half->length == 0) {
        err = header_write(store, store->valid, store->sequence);
        if (err < 0)
            return err;
        grown += HEADER_BYTES;
    }
    if (limit < HALF_BYTES_MIN)
        limit = HALF_BYTES_MIN;
    if (store->torn || grown > limit || grown > HALF_BYTES_MAX)
        return copy_over(store, key, key_length, value, value_length);
    err = record_write(store, store->valid, half->length, key, key_length, value, value_length);
    if (err == 0)
        index_record(store, half->length - length - key_length, key_length, value_length);
    return err;
}

int store_put(struct store *store, const char *key, const void *value, size_t length)
{
    const struct entry *old = entry_of(store, key, strlen(key));
    size_t bytes = living_bytes(store) + RECORD_BYTES + strlen(key) + length;

    if (strlen(key) > STORE_KEY_BYTES_MAX || length > STORE_VALUE_BYTES_MAX)
        return ERR_TOO_LONG;
    if (old)
        bytes -= RECORD_BYTES + (size_t)old->key_length + old->value_length;
    if (bytes > HALF_BYTES_MAX || (!old && store->entries_count == KEYS_MAX))
        return ERR_FULL;
    return append(store, key, value, (uint16_t)length);
}

int store_remove(struct store *store, const char *key)
{
    if (!entry_of(store, key, strlen(key)))
        return 0;
    return append(store, key, NULL, REMOVED);
}

const void *store_get(const struct store *store, const char *key, size_t *ret_length)
{
    const struct entry *entry = entry_of(store, key, strlen(key));

    if (!entry)
        return NULL;
    if (ret_length)
        *ret_length = entry->value_length;
    return entry_key(store, entry) + entry->key_length;
}

int store_put_integer(struct store *store, const char *key, int64_t value)
{
    uint8_t bytes[8];
    struct bytes_out out = bytes_out(bytes, sizeof(bytes));

    bytes_put_u64(&out, (uint64_t)value);
    return store_put(store, key, bytes, sizeof(bytes));
}

int64_t store_get_integer(const struct store *store, const char *key, int64_t otherwise)
{
    size_t length = 0;
    const void *bytes = store_get(store, key, &length);
    struct bytes_in in;
    uint32_t high, low;

    if (!bytes || length != 8)
        return otherwise;
    in = bytes_in(bytes, length);
    if (!bytes_get_u32(&in, &high) || !bytes_get_u32(&in, &low))
        return otherwise;
    return (int64_t)((uint64_t)high << 32 | low);
}

void store_cut_after(struct store *store, uint64_t bytes, store_cut_fn *on_cut, void *user)
{
    store->cut_at = bytes == UINT64_MAX ? UINT64_MAX : store->written + bytes;
    store->on_cut = on_cut;
    store->cut_user = user;
}

void store_erase(struct store *store)
{
    half_erase(&store->halves[0]);
    half_erase(&store->halves[1]);
    store_boot(store);
}

size_t store_count(const struct store *store)
{
    return store->entries_count;
}

const char *store_key_at(const struct store *store, size_t index, size_t *ret_length)
{
    assert(index < store->entries_count);
    *ret_length = store->entries[index].key_length;
    return entry_key(store, &store->entries[index]);
}

uint64_t store_bytes_written(const struct store *store)
{
    return store->written;
}

const uint8_t *store_flash(const struct store *store, size_t *ret_length)
{
    *ret_length = store->halves[store->valid].length;
    return store->halves[store->valid].data;
}

int store_load_flash(struct store *store, const void *data, size_t length)
{
    if (length > HALF_BYTES_MAX)
        return ERR_TOO_LONG;
    half_erase(&store->halves[0]);
    half_erase(&store->halves[1]);
    if (length) {
        half_reserve(&store->halves[0], length);
        memcpy(store->halves[0].data, data, length);
        store->halves[0].length = length;
    }
    store_boot(store);
    return 0;
}

struct store *store_new(void)
{
    struct store *store = mem_new(1, sizeof(*store));

    store->cut_at = UINT64_MAX;
    return store;
}

void store_free(struct store **store)
{
    if (!*store)
        return;
    half_free(&(*store)->halves[0]);
    half_free(&(*store)->halves[1]);
    free((*store)->entries);
    free(*store);
    *store = NULL;
}

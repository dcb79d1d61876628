// SPDX-License-Identifier: Apache-2.0
// Lock-out as data (PS-203, PS-204, X-18). A place counts the wrong attempts of one subject (an
// account, an address, the whole server); subjects are kept as a keyed hash, so that the store does
// not tell what somebody typed as a name. Names that no account has are counted like accounts, in
// the places that are left: nobody learns from a lock which accounts exist.
//
// A lock ends by the device's monotonic time, which no setting of the clock moves and which stands
// without supply: after a power cut the time that was left goes on (`unpowered: stands`, the
// reading of DOCA0172EN "survives reboot and power loss"). With `unpowered: runs` it ends by the
// RTC's own count, supply or not. When the RTC has run out the count is gone: the lock begins anew
// with the time that it had left when it was last written down.
#include "sim/device/lockout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/crypto.h"
#include "sim/base/str.h"
#include "sim/device/accounts.h"
#include "sim/device/chip.h"
#include "sim/device/device.h"
#include "sim/device/store.h"

enum {
    STAGES_MAX = 8,
    PLACES = 2 * ACCOUNTS_MAX, // So that accounts always find one.
    TAG_BYTES = 8,
    SALT_BYTES = 16,
    RECORD_BYTES = TAG_BYTES + 2 + 4 + 4 + 3 * 8,
    KEY_ROOM = 5,
    PATH_ROOM = 64,
};
#define SALT_KEY "lks"
#define LOCK_MOST_NS (1000 * INT64_C(86400) * SIM_NS_PER_S)

struct stage {
    uint32_t failures;
    int64_t lock_ns;
    bool again;
};

enum scope { SCOPE_ACCOUNT, SCOPE_SOURCE, SCOPE_SERVER };

struct policy {
    enum scope scope;
    struct stage stages[STAGES_MAX];
    size_t stages_count;
    bool counts, extends; // While locked.
    bool success_resets;
    bool runs; // Without supply.
};

// What is known of one subject. A place without failures, stage and lock is free.
struct place {
    uint8_t tag[TAG_BYTES];
    bool known; // An account's: never given up for another subject.
    uint8_t stage;
    uint32_t failures; // In this stage.
    uint32_t count;    // device->monotonic_count that the times belong to.
    int64_t at_ns;     // When it was written down,
    int64_t until_ns;  // when the lock ends, both by the policy's clock.
    int64_t lock_ns;   // How long the newest lock lasts in all.
};

// What somebody who fails costs; an idle fleet has none.
struct counts {
    struct policy policy;
    struct place places[PLACES];
};

struct lockout {
    struct device *device;
    struct chip *chip;
    struct counts *counts; // NULL until there is something to count.
};

// ---- The policy ----

static const struct yaml_node *fact(const struct lockout *lockout, const char *name)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "policies.lockout.%s", name);
    return profile_fact(lockout->device->profile, path);
}

static bool is_text(const struct yaml_node *node, const char *text)
{
    return node && node->kind == YAML_SCALAR && strcmp(node->text, text) == 0;
}

static void read_stage(const struct lockout *lockout, size_t index, struct stage *ret)
{
    static const char *const names[] = {"failures", "lock", "again"};
    const struct yaml_node *nodes[3];

    for (size_t i = 0; i < 3; i++) {
        char name[PATH_ROOM / 2];

        snprintf(name, sizeof(name), "stages.%zu.%s", index, names[i]);
        nodes[i] = fact(lockout, name);
    }
    ret->failures = (uint32_t)schema_integer(nodes[0], 1);
    ret->lock_ns = schema_time_ns(nodes[1], 0);
    ret->again = schema_bool(nodes[2], false);
    if (ret->lock_ns < 0 || ret->lock_ns > LOCK_MOST_NS)
        ret->lock_ns = LOCK_MOST_NS;
}

// False when the profile locks nobody.
static bool read_policy(const struct lockout *lockout, struct policy *ret)
{
    const struct yaml_node *stages = fact(lockout, "stages");
    const struct yaml_node *scope = fact(lockout, "scope");

    if (!stages || stages->kind != YAML_SEQUENCE || stages->count == 0)
        return false;
    *ret = (struct policy){
        .scope = is_text(scope, "source")   ? SCOPE_SOURCE
                 : is_text(scope, "server") ? SCOPE_SERVER
                                            : SCOPE_ACCOUNT,
        .stages_count = stages->count < STAGES_MAX ? stages->count : STAGES_MAX,
        .counts = schema_bool(fact(lockout, "while_locked.counts"), false),
        .extends = schema_bool(fact(lockout, "while_locked.extends"), false),
        .success_resets = schema_bool(fact(lockout, "success_resets"), true),
        .runs = is_text(fact(lockout, "unpowered"), "runs"),
    };
    for (size_t i = 0; i < ret->stages_count; i++)
        read_stage(lockout, i, &ret->stages[i]);
    return true;
}

static bool survives(const struct lockout *lockout)
{
    const struct yaml_node *node = fact(lockout, "survives");
    const char *what = lockout->device->start == DEVICE_START_SUPPLY ? "power-loss" : "reboot";

    if (!node)
        return true;
    for (size_t i = 0; node->kind == YAML_SEQUENCE && i < node->count; i++)
        if (is_text(node->items[i], what))
            return true;
    return is_text(node, what);
}

// False when the profile locks nobody.
static bool start_counting(struct lockout *lockout)
{
    struct policy policy;

    if (lockout->counts)
        return true;
    if (!read_policy(lockout, &policy))
        return false;
    lockout->counts = mem_new(1, sizeof(*lockout->counts));
    lockout->counts->policy = policy;
    return true;
}

// By the policy's clock.
static int64_t now_ns(const struct lockout *lockout)
{
    return lockout->counts->policy.runs ? timers_now(lockout->device->world.timers)
                                        : device_monotonic_ns(lockout->device);
}

// ---- Places ----

static bool is_free(const struct place *place)
{
    return place->failures == 0 && place->stage == 0 && place->until_ns == 0;
}

// The ns that the lock on a place still lasts.
static int64_t left_ns(const struct lockout *lockout, const struct place *place)
{
    int64_t left = place->until_ns - now_ns(lockout);

    return left > 0 ? left : 0;
}

// The salt of the tags; made when it is first needed. Returns 0 or what the store said.
static int tag_salt(struct lockout *lockout, uint8_t ret_salt[SALT_BYTES])
{
    size_t length = 0;
    const void *salt = store_get(lockout->device->store, SALT_KEY, &length);

    if (salt && length == SALT_BYTES) {
        memcpy(ret_salt, salt, SALT_BYTES);
        return 0;
    }
    chip_random(lockout->chip, ret_salt, SALT_BYTES);
    return store_put(lockout->device->store, SALT_KEY, ret_salt, SALT_BYTES);
}

static void make_tag(const struct policy *policy, const struct lockout_who *who,
                     const uint8_t salt[SALT_BYTES], uint8_t ret_tag[TAG_BYTES])
{
    const char *subject = "server";
    uint8_t mac[CRYPTO_SHA256_BYTES];

    if (policy->scope == SCOPE_ACCOUNT)
        subject = who->user;
    if (policy->scope == SCOPE_SOURCE)
        subject = who->source ? who->source : "local";
    crypto_hmac(salt, SALT_BYTES, subject, strlen(subject), mac);
    memcpy(ret_tag, mac, TAG_BYTES);
}

// The place of a subject, or NULL.
static struct place *place_of(const struct lockout *lockout, const struct lockout_who *who)
{
    struct counts *counts = lockout->counts;
    size_t length = 0;
    const void *salt = store_get(lockout->device->store, SALT_KEY, &length);
    uint8_t tag[TAG_BYTES];

    if (!counts || !salt || length != SALT_BYTES)
        return NULL;
    make_tag(&counts->policy, who, salt, tag);
    for (size_t i = 0; i < PLACES; i++)
        if (!is_free(&counts->places[i]) && memcmp(counts->places[i].tag, tag, TAG_BYTES) == 0)
            return &counts->places[i];
    return NULL;
}

// A free place; else the one, not an account's, whose lock ends first or has ended longest ago.
static struct place *place_to_use(struct lockout *lockout)
{
    struct place *found = NULL;

    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &lockout->counts->places[i];

        if (is_free(place))
            return place;
        if (!place->known && (!found || place->until_ns < found->until_ns ||
                              (place->until_ns == found->until_ns && place->at_ns < found->at_ns)))
            found = place;
    }
    assert(found); // There are twice as many places as accounts.
    return found;
}

// ---- Records ----

static const char *place_key(size_t index, char ret_key[KEY_ROOM])
{
    static const char digits[] = "0123456789abcdef";

    memcpy(ret_key, "lk", 2);
    ret_key[2] = digits[index >> 4];
    ret_key[3] = digits[index & 0xF];
    ret_key[4] = '\0';
    return ret_key;
}

static int write_place(struct lockout *lockout, const struct place *place, size_t index)
{
    uint8_t record[RECORD_BYTES];
    struct bytes_out out = bytes_out(record, sizeof(record));
    char key[KEY_ROOM];

    bytes_put_span(&out, place->tag, TAG_BYTES);
    bytes_put_u8(&out, place->known);
    bytes_put_u8(&out, place->stage);
    bytes_put_u32(&out, place->failures);
    bytes_put_u32(&out, place->count);
    bytes_put_u64(&out, (uint64_t)place->at_ns);
    bytes_put_u64(&out, (uint64_t)place->until_ns);
    bytes_put_u64(&out, (uint64_t)place->lock_ns);
    return store_put(lockout->device->store, place_key(index, key), record, bytes_written(&out));
}

// Writes `changed` down, then takes it over: what could not be written has not happened.
static int change_place(struct lockout *lockout, struct place *place, struct place changed)
{
    size_t index = (size_t)(place - lockout->counts->places);
    char key[KEY_ROOM];
    int err;

    changed.at_ns = now_ns(lockout);
    changed.count = lockout->device->monotonic_count;
    err = is_free(&changed) ? store_remove(lockout->device->store, place_key(index, key))
                            : write_place(lockout, &changed, index);
    if (err == 0)
        *place = changed;
    return err;
}

static bool get_time(struct bytes_in *in, int64_t *ret)
{
    uint32_t high, low;

    if (!bytes_get_u32(in, &high) || !bytes_get_u32(in, &low))
        return false;
    *ret = (int64_t)((uint64_t)high << 32 | low);
    return true;
}

// What a record holds, brought into the bounds of the policy. False when it is none.
static bool read_place(const struct policy *policy, struct bytes_in in, struct place *ret)
{
    struct place place = {.known = false};
    const uint8_t *tag;
    uint8_t known;

    if (!bytes_get_span(&in, TAG_BYTES, &tag) || !bytes_get_u8(&in, &known) ||
        !bytes_get_u8(&in, &place.stage) || !bytes_get_u32(&in, &place.failures) ||
        !bytes_get_u32(&in, &place.count) || !get_time(&in, &place.at_ns) ||
        !get_time(&in, &place.until_ns) || !get_time(&in, &place.lock_ns))
        return false;
    if (place.at_ns < 0 || place.until_ns < 0 || place.lock_ns < 0 ||
        place.lock_ns > LOCK_MOST_NS || place.at_ns > INT64_MAX - LOCK_MOST_NS ||
        place.until_ns > place.at_ns + place.lock_ns)
        return false;
    memcpy(place.tag, tag, TAG_BYTES);
    place.known = known == 1;
    if (place.stage >= policy->stages_count)
        place.stage = (uint8_t)(policy->stages_count - 1);
    if (place.failures >= policy->stages[place.stage].failures)
        place.failures = policy->stages[place.stage].failures - 1;
    *ret = place;
    return true;
}

static void load_place(struct lockout *lockout, size_t index)
{
    struct counts *counts = lockout->counts;
    char key[KEY_ROOM];
    size_t length = 0, known = 0;
    const void *record = store_get(lockout->device->store, place_key(index, key), &length);
    struct place place;

    if (!record || !read_place(&counts->policy, bytes_in(record, length), &place) ||
        is_free(&place))
        return;
    for (size_t i = 0; i < PLACES; i++)
        known += counts->places[i].known;
    place.known = place.known && known < ACCOUNTS_MAX;
    counts->places[index] = place;
    if (place.count == lockout->device->monotonic_count && place.at_ns <= now_ns(lockout))
        return;
    // The count it was written by is gone: what was left then is left now.
    place.until_ns =
        place.until_ns > place.at_ns ? now_ns(lockout) + (place.until_ns - place.at_ns) : 0;
    counts->places[index] = place;
    (void)change_place(lockout, &counts->places[index], place);
}

void lockout_load(struct lockout *lockout)
{
    bool survive = survives(lockout);

    free(lockout->counts);
    lockout->counts = NULL;
    if (!store_get(lockout->device->store, SALT_KEY, NULL) || !start_counting(lockout))
        return;
    for (size_t i = 0; i < PLACES; i++) {
        char key[KEY_ROOM];

        if (survive)
            load_place(lockout, i);
        else
            (void)store_remove(lockout->device->store, place_key(i, key));
    }
}

// ---- Attempts ----

int64_t lockout_left_ns(const struct lockout *lockout, const struct lockout_who *who)
{
    const struct place *place = place_of(lockout, who);

    return place ? left_ns(lockout, place) : 0;
}

// One failure more; with the last one of a stage a lock begins, never shorter than the one that
// stands.
static bool count_failure(const struct lockout *lockout, struct place *place)
{
    const struct policy *policy = &lockout->counts->policy;
    const struct stage *stage = &policy->stages[place->stage];
    int64_t until_ns = now_ns(lockout) + stage->lock_ns;

    place->failures++;
    if (place->failures < stage->failures)
        return false;
    place->failures = 0;
    if (until_ns > place->until_ns) {
        place->until_ns = until_ns;
        place->lock_ns = stage->lock_ns;
    }
    if (!stage->again)
        place->stage = (uint8_t)((place->stage + 1u) % policy->stages_count);
    return true;
}

int lockout_tried(struct lockout *lockout, const struct lockout_who *who)
{
    struct place *place = place_of(lockout, who), changed;

    if (!place || (!lockout->counts->policy.counts && !lockout->counts->policy.extends))
        return 0;
    changed = *place;
    if (lockout->counts->policy.extends)
        changed.until_ns = now_ns(lockout) + changed.lock_ns;
    if (lockout->counts->policy.counts)
        (void)count_failure(lockout, &changed);
    return change_place(lockout, place, changed);
}

int lockout_failed(struct lockout *lockout, const struct lockout_who *who, bool *ret_locked)
{
    struct place *place, changed = {.known = false};
    uint8_t salt[SALT_BYTES];
    bool locked;
    int err;

    *ret_locked = false;
    if (!start_counting(lockout))
        return 0;
    err = tag_salt(lockout, salt);
    if (err < 0)
        return err;
    place = place_of(lockout, who);
    if (place) {
        changed = *place;
    } else {
        place = place_to_use(lockout);
        make_tag(&lockout->counts->policy, who, salt, changed.tag);
        changed.known = who->known && lockout->counts->policy.scope == SCOPE_ACCOUNT;
    }
    locked = count_failure(lockout, &changed);
    err = change_place(lockout, place, changed);
    if (err == 0)
        *ret_locked = locked;
    return err;
}

int lockout_succeeded(struct lockout *lockout, const struct lockout_who *who)
{
    struct place *place = place_of(lockout, who), changed;

    if (!place || !lockout->counts->policy.success_resets)
        return 0;
    changed = *place;
    changed.stage = 0;
    changed.failures = 0;
    changed.until_ns = 0;
    return change_place(lockout, place, changed);
}

// ---- Life ----

struct lockout *lockout_new(struct device *device, struct chip *chip)
{
    struct lockout *lockout = mem_new(1, sizeof(*lockout));

    lockout->device = device;
    lockout->chip = chip;
    return lockout;
}

void lockout_free(struct lockout **lockout)
{
    if (!*lockout)
        return;
    free((*lockout)->counts);
    free(*lockout);
    *lockout = NULL;
}

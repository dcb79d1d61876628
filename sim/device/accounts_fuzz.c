// SPDX-License-Identifier: Apache-2.0
// Any bytes as what the store of a device holds: accounts, locks and audit log load what fits,
// answer, go on writing, and never grow beyond their bounds. The first byte chooses why the device
// starts and whether the rest is flash, or records (key:1 length:2 value) whose checks are right.
#include "sim/device/accounts.h"

#include <assert.h>

#include "sim/device/bed_test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROFILE                                                                                    \
    BED_PROFILE                                                                                    \
    "policies:\n  password.user: {length: 4..20}\n"                                                \
    "  lockout:\n"                                                                                 \
    "    stages: [{failures: 3, lock: 10m}, {failures: 2, lock: 60m, again: yes}]\n"               \
    "    survives: [reboot, power-loss]\n"                                                         \
    "audit: {entries_max: 40}\n"

enum { ENTRIES_MAX = 40, KEYS_OF_OURS = 16 + 3 + 32 + 1 + 3 };

static void check_log(const struct bed *bed)
{
    size_t count = audit_count(bed->audit);
    struct audit_entry entry;

    assert(count <= ENTRIES_MAX);
    for (size_t i = 0; i < count; i++) {
        audit_at(bed->audit, i, &entry);
        assert(entry.number == audit_last(bed->audit) - count + 1 + i);
        assert(strlen(entry.event) < 41 && strlen(entry.source) < 46);
    }
}

static void use(struct bed *bed)
{
    const char *why;
    struct str out = {0};

    (void)accounts_login(bed->accounts, "Admin", "wrong", "10.0.0.1");
    (void)accounts_login(bed->accounts, "nobody", "wrong", "10.0.0.1");
    assert(accounts_locked_ns(bed->accounts, "Admin") >= 0);
    (void)accounts_set_password(bed->accounts, "Support", "12345", "10.0.0.1", &why);
    check_log(bed);
    audit_add_csv(bed->audit, &out);
    str_done(&out);
}

// The keys of accounts.c, lockout.c and audit.c by number.
static const char *key_of(unsigned number, char ret_key[16])
{
    static const char *const others[] = {"lks", "pw", "pwc1c224b03cd9", "pwbe91940b79f4"};

    if (number < 16)
        snprintf(ret_key, 16, "at%x", number);
    else if (number < 20)
        snprintf(ret_key, 16, "ab%02x", number - 16);
    else if (number < 52)
        snprintf(ret_key, 16, "lk%02x", number - 20);
    else
        snprintf(ret_key, 16, "%s", others[number % 4]);
    return ret_key;
}

static void put_records(struct store *store, const uint8_t *data, size_t size)
{
    while (size >= 3) {
        size_t length = (size_t)data[1] << 8 | data[2];
        char key[16];

        if (length > size - 3)
            length = size - 3;
        (void)store_put(store, key_of(data[0], key), data + 3, length);
        data += 3 + length;
        size -= 3 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bed bed = {.secret = "First-1"};
    size_t before;

    if (!bed.diag) { // One profile for all inputs.
        bed_start(&bed, "d1", PROFILE, false);
        bed_free_device(&bed);
    }
    if (size == 0)
        return 0;
    bed_make_device(&bed, "d1", bed.own);
    bed.device->start = data[0] % 3;
    if (data[0] & 0x80)
        put_records(bed.device->store, data + 1, size - 1);
    if (data[0] & 0x80 || store_load_flash(bed.device->store, data + 1, size - 1) == 0) {
        before = store_count(bed.device->store);
        device_set_power(bed.device, true);
        check_log(&bed);
        for (int i = 0; i < 2; i++)
            use(&bed);
        assert(store_count(bed.device->store) <= before + KEYS_OF_OURS);
        device_set_power(bed.device, false);
        device_set_power(bed.device, true);
        check_log(&bed);
    }
    bed_free_device(&bed);
    return 0;
}

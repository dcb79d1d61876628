// SPDX-License-Identifier: Apache-2.0
// A recorded run of accounts, locks, settings and audit log, cut at every byte that it writes.
// After each cut the device starts again and is compared with the recording:
//
//   log        the recorded entries up to one that is not before the last acknowledged one and not
//              after the step that was cut, none missing, none twice, none changed; then the start
//   password   that before the step or that after it
//   lock       its rest, the failures that are left, the next lock: those before or those after
//   setting    the value before or the value after
#include "sim/device/accounts.h"

#include <check.h>

#include "sim/device/bed_test.h"

enum { STEPS_MAX = 40, ENTRIES_ALL_MAX = 200, IMAGE_BYTES_MAX = 8192 };

#define PROFILE                                                                                    \
    BED_PROFILE                                                                                    \
    "policies:\n  password.user: {length: 4..20}\n"                                                \
    "  lockout:\n"                                                                                 \
    "    stages: [{failures: 3, lock: 10m}, {failures: 2, lock: 60m, again: yes}]\n"               \
    "    survives: [reboot, power-loss]\n"                                                         \
    "audit: {entries_max: 20}\n"

// A step's letter, and what it means:
//   w  a wrong password        s  a setting is changed and audited
//   r  the password as it is   p  the password is changed
//   u  a name nobody has       m  ten minutes pass      h  an hour passes
//   o  the supply goes and comes
struct scene {
    const char *name;
    const char *before; // Makes the flash that the run begins with; not cut.
    const char *steps;
};

static const struct scene scenes[] = {
    {"commissioning", "", "wwrpwrss"},
    {"lock-out", "ssssssssssssssssssssssssssssssssssss", "wwwrmwwwrouushwrpwrws"},
    {"log", "ssssssssssssssssssssssssssssssssssssssssss", "ssssssssssosssssssss"},
    {"passwords", "wsssssssswr", "pwrpwrpwrprwr"},
};

static const char *const passwords[] = {"First-1", "Second-2", "Third-3", "Fourth-4", "Fifth-5"};
enum { PASSWORDS = sizeof(passwords) / sizeof(passwords[0]) };

// What a start after so many steps finds.
struct state {
    size_t password;
    int64_t setting;
    int64_t locked_ns;     // The rest of the lock,
    int failures;          // then wrong attempts up to the next one,
    int64_t next_ns;       // and how long that lasts.
    uint64_t entries_last; // Acknowledged.
};

struct entry {
    int64_t utc_ns;
    char event[32];
    char source[16];
};

struct recording {
    struct state states[STEPS_MAX + 2]; // [0]: not even started.
    struct entry entries[ENTRIES_ALL_MAX];
    uint64_t bytes;
    uint8_t image[IMAGE_BYTES_MAX];
    size_t image_length;
};

static struct bed bed;
static size_t password; // As it should be.
static int64_t setting;

// ---- The run ----

static bool change_setting(void)
{
    if (store_put_integer(bed.device->store, "setting", setting + 1) < 0)
        return false;
    setting++;
    return audit_add(bed.audit, AUDIT_CONFIGURATION, "web", "setting-changed", AUDIT_SUCCESS,
                     "10.0.0.2") == 0;
}

static bool change_password(void)
{
    const char *why = NULL;

    if (accounts_set_password(bed.accounts, "Admin", passwords[(password + 1) % PASSWORDS],
                              "10.0.0.3", &why) < 0)
        return false;
    password = (password + 1) % PASSWORDS;
    return true;
}

static bool is_acknowledged(enum login_result result)
{
    return result != LOGIN_STORE_FAILED;
}

// Carries a step out; false when it was not acknowledged.
static bool run_step(char step)
{
    switch (step) {
    case 'w':
        return is_acknowledged(accounts_login(bed.accounts, "Admin", "wrong", "10.0.0.1"));
    case 'u':
        return is_acknowledged(accounts_login(bed.accounts, "nobody", "wrong", "10.0.0.1"));
    case 'r':
        return is_acknowledged(
            accounts_login(bed.accounts, "Admin", passwords[password], "10.0.0.1"));
    case 's':
        return change_setting();
    case 'p':
        return change_password();
    case 'm':
        bed_advance(&bed, 10 * BED_MINUTE);
        return true;
    case 'h':
        bed_advance(&bed, 60 * BED_MINUTE);
        return true;
    default:
        ck_assert_int_eq(step, 'o');
        device_set_power(bed.device, false);
        device_set_power(bed.device, true);
        return !bed.device->dying;
    }
}

static void on_cut(void *user)
{
    (void)user;
    bed.device->dying = true;
}

// A device with the flash of a recording, about to run; the supply is cut after `bytes`.
static void begin(const struct recording *recording, uint64_t bytes)
{
    if (bed.device)
        bed_free_device(&bed);
    bed_make_device(&bed, "d1", bed.own);
    ck_assert_int_eq(store_load_flash(bed.device->store, recording->image, recording->image_length),
                     0);
    password = 0;
    setting = store_get_integer(bed.device->store, "setting", 0);
    store_cut_after(bed.device->store, bytes, on_cut, NULL);
}

// Runs the start and then at most `count` steps; returns how many were acknowledged, the start as
// the first.
static size_t run_steps(const char *steps, size_t count)
{
    size_t done = 0;

    device_set_power(bed.device, true);
    if (bed.device->dying)
        return 0;
    while (done < count && run_step(steps[done]))
        done++;
    return done + 1;
}

static void start_again(void)
{
    device_set_power(bed.device, false);
    device_set_power(bed.device, true);
}

// What the device answers now that it runs; changes it. The log is somebody else's.
static struct state probe(void)
{
    struct state state = {.password = PASSWORDS,
                          .setting = store_get_integer(bed.device->store, "setting", 0),
                          .locked_ns = accounts_locked_ns(bed.accounts, "Admin")};

    bed_advance(&bed, state.locked_ns);
    while (accounts_locked_ns(bed.accounts, "Admin") == 0) {
        ck_assert_int_eq(accounts_login(bed.accounts, "Admin", "wrong", "10.0.0.1"), LOGIN_REFUSED);
        state.failures++;
    }
    state.next_ns = accounts_locked_ns(bed.accounts, "Admin");
    for (size_t i = 0; i < PASSWORDS; i++) {
        bed_advance(&bed, 61 * BED_MINUTE);
        if (accounts_login(bed.accounts, "Admin", passwords[i], "10.0.0.1") == LOGIN_GRANTED) {
            ck_assert_uint_eq(state.password, PASSWORDS); // One password, not two.
            state.password = i;
        }
    }
    return state;
}

// ---- The recording ----

static void record_entries(struct recording *recording)
{
    for (size_t i = 0; i < audit_count(bed.audit); i++) {
        struct audit_entry entry;
        struct entry *copy;

        audit_at(bed.audit, i, &entry);
        ck_assert_uint_lt(entry.number, ENTRIES_ALL_MAX);
        copy = &recording->entries[entry.number];
        copy->utc_ns = entry.utc_ns;
        snprintf(copy->event, sizeof(copy->event), "%s", entry.event);
        snprintf(copy->source, sizeof(copy->source), "%s", entry.source);
    }
}

static void record(const struct scene *scene, struct recording *ret)
{
    size_t steps = strlen(scene->steps);
    const uint8_t *flash;

    *ret = (struct recording){.bytes = 0};
    if (*scene->before) {
        begin(ret, UINT64_MAX);
        ck_assert_uint_eq(run_steps(scene->before, strlen(scene->before)),
                          strlen(scene->before) + 1);
        flash = store_flash(bed.device->store, &ret->image_length);
        ck_assert_uint_le(ret->image_length, sizeof(ret->image));
        memcpy(ret->image, flash, ret->image_length);
        record_entries(ret);
        ret->states[0].entries_last = audit_last(bed.audit);
        ret->states[0].setting = setting;
    }
    for (size_t count = 0; count <= steps; count++) {
        uint64_t last, bytes;

        begin(ret, UINT64_MAX);
        bytes = store_bytes_written(bed.device->store);
        ck_assert_uint_eq(run_steps(scene->steps, count), count + 1);
        record_entries(ret);
        last = audit_last(bed.audit);
        ret->bytes = store_bytes_written(bed.device->store) - bytes;
        start_again();
        ret->states[count + 1] = probe();
        ret->states[count + 1].entries_last = last;
    }
    // A device that never got through its first start is commissioned at the next one.
    ret->states[0].password = ret->states[1].password;
    ret->states[0].failures = ret->states[1].failures;
    ret->states[0].next_ns = ret->states[1].next_ns;
}

// ---- The comparison ----

// The log after the start that followed the cut.
static void check_log(const struct recording *recording, const struct state *before,
                      const struct state *after)
{
    uint64_t last = audit_last(bed.audit) - 1; // Without the start.
    struct audit_entry entry;
    size_t count = audit_count(bed.audit);

    ck_assert_uint_ge(last, before->entries_last);
    ck_assert_uint_le(last, after->entries_last);
    ck_assert_uint_eq(count, last + 1 < 20 ? last + 1 : 20);
    for (size_t i = 0; i < count; i++) {
        const struct entry *recorded;

        audit_at(bed.audit, i, &entry);
        ck_assert_uint_eq(entry.number, last + 2 - count + i);
        recorded = &recording->entries[entry.number];
        if (i + 1 == count) {
            ck_assert_str_eq(entry.event, "startup");
            break;
        }
        ck_assert_str_eq(entry.event, recorded->event);
        ck_assert_str_eq(entry.source, recorded->source);
        ck_assert(entry.utc_ns == recorded->utc_ns);
    }
}

static bool same_lock(const struct state *one, const struct state *two)
{
    return one->locked_ns == two->locked_ns && one->failures == two->failures &&
           one->next_ns == two->next_ns;
}

static void check_cut(const struct recording *recording, const char *name, uint64_t at, size_t done)
{
    const struct state *before = &recording->states[done], *after = before + 1;
    struct state now;

    check_log(recording, before, after);
    now = probe();
    ck_assert_msg(now.password == before->password || now.password == after->password,
                  "%s cut at byte %llu: password %zu", name, (unsigned long long)at, now.password);
    ck_assert_msg(same_lock(&now, before) || same_lock(&now, after),
                  "%s cut at byte %llu: locked %lld s, %d failures, then %lld s", name,
                  (unsigned long long)at, (long long)(now.locked_ns / SIM_NS_PER_S), now.failures,
                  (long long)(now.next_ns / SIM_NS_PER_S));
    ck_assert_msg(now.setting == before->setting || now.setting == after->setting,
                  "%s cut at byte %llu: setting %lld", name, (unsigned long long)at,
                  (long long)now.setting);
}

START_TEST(cut_at_every_byte)
{
    const struct scene *scene = &scenes[_i];
    static struct recording recording;

    record(scene, &recording);
    ck_assert_uint_gt(recording.bytes, 500);
    for (uint64_t at = 0; at < recording.bytes; at++) {
        size_t done;

        begin(&recording, at);
        done = run_steps(scene->steps, strlen(scene->steps));
        ck_assert_msg(bed.device->dying, "%s was not cut at byte %llu", scene->name,
                      (unsigned long long)at);
        start_again();
        ck_assert(!bed.device->dying);
        check_cut(&recording, scene->name, at, done);
    }
}
END_TEST

static void setup(void)
{
    bed.secret = passwords[0];
    bed_start(&bed, "d1", PROFILE, false);
}

static void teardown(void)
{
    bed_end(&bed);
}

Suite *accounts_cut_suite(void)
{
    Suite *suite = suite_create("accounts_cut");
    TCase *tests = tcase_create("accounts_cut");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, cut_at_every_byte, 0, sizeof(scenes) / sizeof(scenes[0]));
    suite_add_tcase(suite, tests);
    return suite;
}

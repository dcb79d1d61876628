// SPDX-License-Identifier: Apache-2.0
// Accounts with salted SHA-256 passwords (PS-206: this and nothing slower), each a record of its
// own in the store:
//
//   pw          written last when the device is commissioned: from then on the store decides
//   pw<12 hex>  salt:16 digest:32 of the account whose name has that SHA-256
//
// A login hashes one password and asks for one lock, whether the name exists or not. Rules are in
// password.c, lock-out in lockout.c. Not modelled: accounts made on the device, roles with rights
// of their own (a family's pages decide by the role).
#include "sim/device/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/device/audit.h"
#include "sim/device/chip.h"
#include "sim/device/device.h"
#include "sim/device/lockout.h"
#include "sim/device/password.h"
#include "sim/device/store.h"

enum {
    SALT_BYTES = 16,
    RECORD_BYTES = SALT_BYTES + CRYPTO_SHA256_BYTES,
    KEY_ROOM = 15,
    ROLE_BYTES_MAX = 31, // As much as a session holds.
};
#define COMMISSIONED_KEY "pw"
// What no lock bounds (attempts while one stands, names that nobody has, an account without a
// password) may write so many entries in a time; more would push the older ones out of the log.
// UNVERIFIED(no source): whether a device bounds them at all.
#define UNBOUND_NOTES_MAX 32
#define UNBOUND_NOTES_NS (600 * SIM_NS_PER_S)
#define DEVICE_CODE "device-code" // A factory password that is drawn for each device.

struct account {
    const char *name;
    const char *role;
    const char *rule; // Under `policies`, or NULL.
    bool set;
    uint8_t salt[SALT_BYTES];
    uint8_t digest[CRYPTO_SHA256_BYTES];
};

struct accounts {
    struct device *device;
    struct chip *chip;
    struct audit *audit;
    struct lockout *lockout;
    struct account *table;
    size_t count;
    unsigned unbound_notes; // Since then.
    sim_time_ns unbound_since_ns;
};

// ---- The profile ----

static size_t column_of(const struct yaml_node *columns, const char *name)
{
    for (size_t i = 0; columns && i < columns->count; i++)
        if (columns->items[i]->text && strcmp(columns->items[i]->text, name) == 0)
            return i;
    return SIZE_MAX;
}

static const char *cell_of(const struct yaml_node *row, size_t column)
{
    const struct yaml_node *cell = column < row->count ? row->items[column] : NULL;

    return cell && cell->kind == YAML_SCALAR ? cell->text : NULL;
}

static void read_table(struct accounts *accounts)
{
    const struct profile *profile = accounts->device->profile;
    const struct yaml_node *columns = profile_fact(profile, "accounts.columns");
    const struct yaml_node *rows = profile_fact(profile, "accounts.rows");
    size_t name = column_of(columns, "name"), role = column_of(columns, "role");
    size_t rule = column_of(columns, "password");

    if (!rows || rows->count == 0)
        return;
    accounts->table = mem_new(rows->count, sizeof(*accounts->table));
    for (size_t i = 0; i < rows->count && accounts->count < ACCOUNTS_MAX; i++) {
        struct account account = {.name = cell_of(rows->items[i], name),
                                  .role = cell_of(rows->items[i], role),
                                  .rule = cell_of(rows->items[i], rule)};

        if (!account.role)
            account.role = "";
        if (account.name && strlen(account.name) <= ACCOUNT_NAME_BYTES_MAX &&
            strlen(account.role) <= ROLE_BYTES_MAX)
            accounts->table[accounts->count++] = account;
        else
            log_warn(accounts->device->id, "account %zu of its profile has no usable name", i + 1);
    }
}

struct accounts *accounts_new(struct device *device, struct chip *chip, struct audit *audit)
{
    struct accounts *accounts = mem_new(1, sizeof(*accounts));

    accounts->device = device;
    accounts->chip = chip;
    accounts->audit = audit;
    accounts->lockout = lockout_new(device, chip);
    read_table(accounts);
    return accounts;
}

void accounts_free(struct accounts **accounts)
{
    if (!*accounts)
        return;
    lockout_free(&(*accounts)->lockout);
    free((*accounts)->table);
    free(*accounts);
    *accounts = NULL;
}

// ---- Passwords at rest ----

static struct account *account_of(const struct accounts *accounts, const char *user)
{
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->table[i].name, user) == 0)
            return &accounts->table[i];
    return NULL;
}

static const char *record_key(const struct account *account, char ret_key[KEY_ROOM])
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    char hex[CRYPTO_SHA256_HEX_ROOM];

    crypto_sha256(account->name, strlen(account->name), digest);
    crypto_hex(digest, hex);
    memcpy(ret_key, COMMISSIONED_KEY, 2);
    memcpy(ret_key + 2, hex, KEY_ROOM - 3);
    ret_key[KEY_ROOM - 1] = '\0';
    return ret_key;
}

// Of a password that is too long to be anybody's, a beginning that nobody's can equal.
static void hash_password(const uint8_t salt[SALT_BYTES], const char *password,
                          uint8_t ret_digest[CRYPTO_SHA256_BYTES])
{
    uint8_t text[SALT_BYTES + ACCOUNT_PASSWORD_BYTES_MAX + 1];
    size_t length = strnlen(password, ACCOUNT_PASSWORD_BYTES_MAX + 1);

    memcpy(text, salt, SALT_BYTES);
    memcpy(text + SALT_BYTES, password, length);
    crypto_sha256(text, SALT_BYTES + length, ret_digest);
    crypto_wipe(text, sizeof(text));
}

// Writes a new password down, then takes it over. Returns 0 or what the store said.
static int store_password(struct accounts *accounts, struct account *account, const char *password)
{
    uint8_t record[RECORD_BYTES];
    char key[KEY_ROOM];
    int err;

    chip_random(accounts->chip, record, SALT_BYTES);
    hash_password(record, password, record + SALT_BYTES);
    err = store_put(accounts->device->store, record_key(account, key), record, sizeof(record));
    if (err < 0)
        return err;
    memcpy(account->salt, record, SALT_BYTES);
    memcpy(account->digest, record + SALT_BYTES, CRYPTO_SHA256_BYTES);
    account->set = true;
    return 0;
}

static bool is_password(const struct account *account, const char *password)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    bool equal;

    hash_password(account->salt, password, digest);
    equal = crypto_equal(digest, account->digest, sizeof(digest));
    crypto_wipe(digest, sizeof(digest));
    return equal && account->set;
}

static void load_account(struct accounts *accounts, struct account *account)
{
    char key[KEY_ROOM];
    size_t length = 0;
    const uint8_t *record = store_get(accounts->device->store, record_key(account, key), &length);

    account->set = record && length == RECORD_BYTES;
    if (!account->set)
        return;
    memcpy(account->salt, record, SALT_BYTES);
    memcpy(account->digest, record + SALT_BYTES, CRYPTO_SHA256_BYTES);
}

static const char *factory_password(const struct accounts *accounts, const struct account *account)
{
    char path[128];
    const char *text;

    if (!account->rule)
        return NULL;
    snprintf(path, sizeof(path), "policies.%s.factory", account->rule);
    text = profile_fact_text(accounts->device->profile, path, NULL);
    return text && strcmp(text, DEVICE_CODE) != 0 ? text : NULL;
}

// What somebody set at the bench before the device was hung up, or the maker did. The mark comes
// last: a cut before it starts again.
static void commission(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->count; i++) {
        struct account *account = &accounts->table[i];
        const char *password = device_secret(accounts->device, account->name);

        if (!password)
            password = factory_password(accounts, account);
        if (password && !account->set && store_password(accounts, account, password) < 0)
            return;
    }
    (void)store_put(accounts->device->store, COMMISSIONED_KEY, "1", 1);
}

void accounts_load(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->count; i++)
        load_account(accounts, &accounts->table[i]);
    if (accounts->count && !store_get(accounts->device->store, COMMISSIONED_KEY, NULL))
        commission(accounts);
    lockout_load(accounts->lockout);
}

// ---- Login ----

static int note(const struct accounts *accounts, const char *event, enum audit_result result,
                const char *source)
{
    return audit_add(accounts->audit, AUDIT_ACCESS, "web", event, result, source);
}

static int note_unbound(struct accounts *accounts, const char *event, const char *source)
{
    sim_time_ns now_ns = timers_now(accounts->device->world.timers);

    if (now_ns - accounts->unbound_since_ns >= UNBOUND_NOTES_NS) {
        accounts->unbound_since_ns = now_ns;
        accounts->unbound_notes = 0;
    }
    if (accounts->unbound_notes >= UNBOUND_NOTES_MAX)
        return 0;
    accounts->unbound_notes++;
    return note(accounts, event, AUDIT_FAILURE, source);
}

static int note_failure(struct accounts *accounts, const struct lockout_who *who, const char *event)
{
    return who->known ? note(accounts, event, AUDIT_FAILURE, who->source)
                      : note_unbound(accounts, event, who->source);
}

static enum login_result refuse(struct accounts *accounts, const struct lockout_who *who)
{
    bool locked;
    int err = lockout_failed(accounts->lockout, who, &locked);

    if (err == 0)
        err = note_failure(accounts, who, "login-failed");
    if (err == 0 && locked)
        err = note_failure(accounts, who, "account-locked");
    return err == 0 ? LOGIN_REFUSED : LOGIN_STORE_FAILED;
}

static enum login_result grant(struct accounts *accounts, const struct lockout_who *who)
{
    int err = lockout_succeeded(accounts->lockout, who);

    if (err == 0)
        err = note(accounts, "login-ok", AUDIT_SUCCESS, who->source);
    return err == 0 ? LOGIN_GRANTED : LOGIN_STORE_FAILED;
}

enum login_result accounts_login(struct accounts *accounts, const char *user, const char *password,
                                 const char *source)
{
    static const struct account nobody = {.name = ""};
    const struct account *account = account_of(accounts, user);
    struct lockout_who who = {.user = user, .known = account != NULL, .source = source};
    bool right;
    int err;

    if (lockout_left_ns(accounts->lockout, &who) > 0) {
        err = lockout_tried(accounts->lockout, &who);
        if (err == 0)
            err = note_unbound(accounts, "login-locked", source);
        return err == 0 ? LOGIN_LOCKED : LOGIN_STORE_FAILED;
    }
    right = is_password(account ? account : &nobody, password);
    if (account && !account->set) {
        err = note_unbound(accounts, "login-failed", source);
        return err == 0 ? LOGIN_PASSWORD_UNSET : LOGIN_STORE_FAILED;
    }
    return right ? grant(accounts, &who) : refuse(accounts, &who);
}

int64_t accounts_locked_from_ns(const struct accounts *accounts, const char *user,
                                const char *source)
{
    struct lockout_who who = {.user = user, .source = source};

    return lockout_left_ns(accounts->lockout, &who);
}

int64_t accounts_locked_ns(const struct accounts *accounts, const char *user)
{
    return accounts_locked_from_ns(accounts, user, NULL);
}

bool accounts_password_unset(const struct accounts *accounts, const char *user)
{
    const struct account *account = account_of(accounts, user);

    return account && !account->set;
}

// ---- Who there is ----

const char *accounts_first(const struct accounts *accounts)
{
    return accounts->count ? accounts->table[0].name : NULL;
}

const char *accounts_role(const struct accounts *accounts, const char *user)
{
    const struct account *account = account_of(accounts, user);

    return account ? account->role : NULL;
}

size_t accounts_count(const struct accounts *accounts)
{
    return accounts->count;
}

const char *accounts_name_at(const struct accounts *accounts, size_t index)
{
    return index < accounts->count ? accounts->table[index].name : NULL;
}

// ---- Setting a password ----

static bool rule_says(const struct accounts *accounts, const struct account *account,
                      const char *name)
{
    char path[128];

    if (!account->rule)
        return false;
    snprintf(path, sizeof(path), "policies.%s.%s", account->rule, name);
    return schema_bool(profile_fact(accounts->device->profile, path), false);
}

// Whether `name` occurs in `text`, whatever the case.
static bool contains(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (; *text; text++)
        if (strncasecmp(text, name, length) == 0)
            return true;
    return false;
}

static const char *what_is_wrong(const struct accounts *accounts, const struct account *account,
                                 const char *password)
{
    const char *why = NULL;

    if (!*password)
        return "The password is empty.";
    if (strnlen(password, ACCOUNT_PASSWORD_BYTES_MAX + 1) > ACCOUNT_PASSWORD_BYTES_MAX)
        return "The password is too long.";
    if (account->rule &&
        password_check(accounts->device->profile, account->rule, password, &why) == ERR_RANGE)
        return why;
    if (rule_says(accounts, account, "not_user_name") && contains(password, account->name))
        return "The password contains the user name.";
    if (rule_says(accounts, account, "not_previous") && is_password(account, password))
        return "The password is the same as before.";
    return NULL;
}

int accounts_set_password(struct accounts *accounts, const char *user, const char *password,
                          const char *source, const char **ret_why)
{
    struct account *account = account_of(accounts, user);
    bool first;
    const char *why;

    if (!account)
        return ERR_NOT_FOUND;
    why = what_is_wrong(accounts, account, password);
    if (why) {
        *ret_why = why;
        return ERR_RANGE;
    }
    first = !account->set;
    if (store_password(accounts, account, password) < 0)
        return ERR_IO;
    if (audit_add(accounts->audit, AUDIT_CONFIGURATION, "web",
                  first ? "password-set" : "password-changed", AUDIT_SUCCESS, source) < 0)
        return ERR_IO;
    return 0;
}

void accounts_add_rule_text(const struct accounts *accounts, const char *user, struct str *out)
{
    const struct account *account = account_of(accounts, user);

    if (account && account->rule)
        password_add_rule_text(accounts->device->profile, account->rule, out);
}

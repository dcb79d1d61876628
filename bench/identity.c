// SPDX-License-Identifier: Apache-2.0
// Asking a board who it is. Device identification first (Application Protocol V1.1b3 6.21), then
// the registers that the profile has for it; a board that knows neither is taken at its word by
// nobody: what the file wants and the board does not say is another board.
#include "bench/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/profile/points.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/master.h"

#define OBJECT_REQUESTS_MAX 16
#define LEVEL_BASIC 1
#define LEVEL_REGULAR 2
#define WALL_SLACK_NS (5 * SIM_NS_PER_S)
#define NEIGHBOURS "/proc/net/arp"

struct asking {
    struct core *core;
    struct modbus_link *link;
    struct modbus_request request;
    bool done;
    int err;
    uint8_t reply[MODBUS_PDU_BYTES_MAX];
    size_t length;
};

static void on_reply(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    struct asking *asking = user;

    (void)request;
    asking->done = true;
    asking->err = err;
    asking->length = length;
    if (length)
        memcpy(asking->reply, pdu, length);
    if (err == 0 && modbus_exception_of(pdu, length))
        asking->err = ERR_EXCEPTION;
}

static bool is_done(void *user)
{
    return ((const struct asking *)user)->done;
}

static int ask_once(struct asking *asking)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER,
        .wall_ns = asking->link->timeout_ns + WALL_SLACK_NS,
        .done = is_done,
        .user = asking,
    };
    enum core_end end;

    asking->done = false;
    asking->request.unit = asking->link->unit;
    asking->request.timeout_ns = asking->link->timeout_ns;
    asking->request.fn = on_reply;
    asking->request.user = asking;
    modbus_submit(asking->link->master, &asking->request);
    end = core_run(asking->core, &until);
    if (asking->done)
        return asking->err;
    modbus_cancel(&asking->request);
    return end == CORE_STOPPED ? ERR_CANCELLED : ERR_TIMEOUT;
}

// A board that has just been given supply, or a line that was busy, gets a second chance.
static int ask(struct asking *asking)
{
    int err = ask_once(asking);

    return err == 0 || err == ERR_EXCEPTION || err == ERR_CANCELLED ? err : ask_once(asking);
}

// ---- Objects ----

static void keep_text(char **ret, const void *text, size_t length)
{
    free(*ret);
    while (length > 0 &&
           (((const char *)text)[length - 1] == ' ' || ((const char *)text)[length - 1] == '\0'))
        length--;
    *ret = str_format("%.*s", (int)length, (const char *)text);
}

static void take_object(struct board_identity *identity, const struct modbus_object *object)
{
    char **const places[] = {&identity->vendor, &identity->product, &identity->firmware, NULL, NULL,
                             &identity->model};

    if (object->id < sizeof(places) / sizeof(places[0]) && places[object->id] && object->length)
        keep_text(places[object->id], object->text, object->length);
}

static int read_objects(struct asking *asking, uint8_t level, struct board_identity *identity)
{
    struct modbus_identification answer = {.more = true};
    struct modbus_object object;
    int err = 0;

    for (unsigned i = 0; err == 0 && answer.more && i < OBJECT_REQUESTS_MAX; i++) {
        asking->request.length =
            modbus_encode_identification(level, answer.next_id, asking->request.pdu);
        err = ask(asking);
        if (err == 0)
            err = modbus_decode_identification(level, asking->reply, asking->length, &answer);
        while (err == 0 && modbus_next_object(&answer, &object) == 1)
            take_object(identity, &object);
    }
    return err;
}

// ---- Registers ----

static int read_point(struct asking *asking, const struct profile *profile,
                      const struct profile_model *model, const char *name, char **ret_text)
{
    const char *map = asking->link->unit == MODBUS_UNIT_SELF ? "self" : "own";
    int point = point_find(name);
    const struct profile_register *row =
        point < 0 ? NULL : profile_register_of(profile, model, map, (enum point)point);
    char text[POINT_TEXT_BYTES_MAX + 1];
    struct point_value value;
    const uint8_t *data;
    int err;

    if (!row)
        return ERR_NOT_FOUND;
    asking->request.length = modbus_encode_read(MODBUS_READ_HOLDING_REGISTERS, row->address,
                                                row->count, asking->request.pdu);
    err = ask(asking);
    if (err == 0)
        err = modbus_decode_read(MODBUS_READ_HOLDING_REGISTERS, row->count, asking->reply,
                                 asking->length, &data);
    if (err < 0)
        return err;
    profile_decode(row, data, text, &value);
    if (!value.valid)
        return ERR_NOT_FOUND;
    if (value.type == POINT_TEXT)
        keep_text(ret_text, value.text, strlen(value.text));
    else if (value.type == POINT_INTEGER)
        *ret_text = str_format("%lld", (long long)value.integer);
    return *ret_text ? 0 : ERR_TYPE;
}

// ---- The neighbour table ----

// "IP address  HW type  Flags  HW address  Mask  Device": what the kernel learnt while we
// connected.
static void find_mac(const struct address *at, char **ret_mac)
{
    struct address ip = *at;
    char wanted[ADDRESS_TEXT_ROOM];
    char address[ADDRESS_TEXT_ROOM];
    char mac[32];
    char line[256];
    FILE *table = at->family == 4 ? fopen(NEIGHBOURS, "re") : NULL;

    ip.port = 0;
    address_text(&ip, wanted);
    while (table && !*ret_mac && fgets(line, sizeof(line), table))
        if (sscanf(line, "%63s %*s %*s %31s", address, mac) == 2 && strcmp(address, wanted) == 0)
            *ret_mac = str_copy(mac);
    if (table)
        fclose(table);
}

// ---- Judging ----

static void note(struct board_identity *identity, const char *text)
{
    char *notes = str_format("%s%s%s", identity->notes ? identity->notes : "",
                             identity->notes ? "; " : "", text);

    free(identity->notes);
    identity->notes = notes;
}

static int compare(struct board_identity *identity, const struct yaml_node *wanted,
                   const char *path, char **ret_why)
{
    const struct {
        const char *key;
        const char *said;
        bool may_be_silent; // Not every wire tells it: noted, not refused.
    } rows[] = {
        {"vendor", identity->vendor, false},
        {"product", identity->product, false},
        {"model", identity->model, false},
        {"serial", identity->serial, false},
        {"firmware", identity->firmware, true},
        {"mac", identity->mac, true},
        {"certificate", identity->certificate, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *want = yaml_get_text(wanted, rows[i].key, "read");
        char *text;

        if (strcmp(want, "read") == 0 || (rows[i].said && strcasecmp(want, rows[i].said) == 0))
            continue;
        if (rows[i].said) {
            *ret_why = str_format("another board answers at %s: its %s is '%s', expected is '%s'",
                                  path, rows[i].key, rows[i].said, want);
            return ERR_UNEXPECTED;
        }
        if (!rows[i].may_be_silent) {
            *ret_why = str_format("the board at %s does not say its %s; expected is '%s'", path,
                                  rows[i].key, want);
            return ERR_UNEXPECTED;
        }
        text = str_format("%s could not be checked on this wire", rows[i].key);
        note(identity, text);
        free(text);
    }
    return 0;
}

static int ask_all(struct asking *asking, const struct profile *profile,
                   const struct profile_model *model, struct board_identity *ret)
{
    int err = read_objects(asking, LEVEL_REGULAR, ret);

    if (err == ERR_EXCEPTION)
        err = read_objects(asking, LEVEL_BASIC, ret);
    if (err < 0 && err != ERR_EXCEPTION && err != ERR_MALFORMED && err != ERR_UNEXPECTED)
        return err;
    if (!ret->model)
        err = read_point(asking, profile, model, "identity.model", &ret->model);
    if (!ret->firmware && err != ERR_TIMEOUT)
        err = read_point(asking, profile, model, "identity.firmware", &ret->firmware);
    if (err != ERR_TIMEOUT)
        err = read_point(asking, profile, model, "identity.serial", &ret->serial);
    return err == ERR_TIMEOUT || err == ERR_CANCELLED ? err : 0;
}

int identity_check(struct core *core, struct modbus_link *link, struct web_link *web,
                   const struct profile *profile, const struct profile_model *model,
                   const struct address *at, const struct yaml_node *wanted,
                   struct board_identity *ret, char **ret_why)
{
    struct asking asking = {.core = core, .link = link};
    struct board_identity identity = {0};
    const char *path = link ? link->path : web->path;
    int err = link ? ask_all(&asking, profile, model, &identity) : 0;

    // Its pages may be switched off; they are asked only when they are all there is, or are meant.
    if (err == 0 && web && (!link || yaml_get(wanted, "certificate"))) {
        path = web->path;
        err = identity_ask_certificate(core, web, &identity.certificate);
    }
    if (err < 0)
        *ret_why = str_format("no board answers at %s: %s", path, err_text(err));
    if (err == 0) {
        find_mac(at, &identity.mac);
        err = compare(&identity, wanted, path, ret_why);
    }
    if (err < 0)
        identity_done(&identity);
    else
        *ret = identity;
    return err;
}

void identity_done(struct board_identity *identity)
{
    free(identity->vendor);
    free(identity->product);
    free(identity->model);
    free(identity->serial);
    free(identity->firmware);
    free(identity->mac);
    free(identity->certificate);
    free(identity->notes);
    *identity = (struct board_identity){0};
}

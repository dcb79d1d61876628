// SPDX-License-Identifier: Apache-2.0
// A central system of the bench: the mind, the doors, what they show, and the bench's clock.
#include "bench/csms_driver.h"

#include <stdlib.h>
#include <string.h>

#include "bench/authority.h"
#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/edge/sockets.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"
#include "sim/profile/profile.h"
#include "sim/proto/ocpp/face/csms_doors.h"

#define TRANSACTIONS_MAX 20000
#define FRAMES_MAX 20000
#define HEARTBEAT_NS (300 * SIM_NS_PER_S)
#define CALL_TIMEOUT_NS (30 * SIM_NS_PER_S)
#define VALID_FROM_NS (24 * 3600 * SIM_NS_PER_S)
#define VALID_FOR_NS (10 * 365 * 24 * 3600 * SIM_NS_PER_S)
// A bench that follows the process that plays its boards leaps no further than this: the times a
// central system gives its stations are the bench's, and theirs run on while it stands still.
#define TICK_NS SIM_NS_PER_S
#define SECRET "$secret."
#define IDENTITIES 2 // One a kind of key: either pair of suites of the white paper finds one.

struct entrance { // A door of the file.
    struct csms_driver *driver;
    const struct bench_link *link;
    enum csms_door door;
    struct listener *listener;
    struct authority *own; // Of a file; NULL: the bench's.
    struct key *keys[IDENTITIES];
    struct certificate *certificates[IDENTITIES];
    struct identity identities[IDENTITIES];
    const struct certificate *root[1];
};

struct csms_driver {
    struct csms_driver_options options;
    struct csms *csms;
    struct csms_doors *doors;
    struct host *host;
    struct tls *tls;
    struct web *web;
    struct timer deadline;
    struct timer tick;
    struct entrance entrances[BENCH_LINKS_MAX];
    size_t entrances_count;
    unsigned tls_faults;
    char *path;
};

// ---- What the mind and the doors ask ----

static int64_t utc_ns(void *user)
{
    return core_utc_ns(((struct csms_driver *)user)->options.core);
}

static int64_t now_ns(void *user)
{
    return core_now(((struct csms_driver *)user)->options.core);
}

static int send(struct csms_station *station, const char *text, size_t length, void *user)
{
    (void)user;
    return csms_doors_send(station, text, length);
}

static void changed(struct csms_station *station, void *user)
{
    (void)station; // Who waits for something on a bench asks again and again.
    (void)user;
}

static void deadline(int64_t deadline_ns, void *user)
{
    struct csms_driver *driver = user;

    if (!timer_running(&driver->deadline) || driver->deadline.at_ns > deadline_ns)
        timer_start_at(&driver->deadline, deadline_ns);
}

static const struct csms_events csms_events = {
    .utc_ns = utc_ns, .now_ns = now_ns, .send = send, .changed = changed, .deadline = deadline};

static void on_deadline(struct timer *timer, void *user)
{
    struct csms_driver *driver = user;

    (void)timer;
    csms_expire(driver->csms, now_ns(driver));
}

static void on_tick(struct timer *timer, void *user)
{
    (void)user;
    timer_start(timer, TICK_NS);
}

static void on_text(struct csms_station *station, const char *text, size_t length, void *user)
{
    (void)user;
    csms_receive(station, text, length);
}

static void on_refused(int status, const struct tls_report *report, void *user)
{
    struct csms_driver *driver = user;

    (void)status;
    (void)report;
    log_info(driver->options.target->role, "turned away: %s",
             csms_doors_refusals(driver->doors)->text);
}

static const struct csms_doors_events doors_events = {.on_text = on_text, .on_refused = on_refused};

static void on_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct entrance *entrance = user;

    (void)listener;
    csms_doors_take(entrance->driver->doors, entrance->door, conn, entrance->driver->tls_faults);
}

// ---- What a door shows ----

static int certify(struct entrance *entrance, struct authority *authority, size_t i)
{
    static const enum key_kind kinds[IDENTITIES] = {KEY_P256, KEY_RSA2048};
    struct address at = {0};
    char address[ADDRESS_TEXT_ROOM];
    const char *names[] = {entrance->link->host_name, address};
    int64_t from_ns = utc_ns(entrance->driver);
    struct certificate_wish wish = {
        .common_name = names[0],
        .names = names,
        .names_count = 2,
        .not_before_ns = from_ns - VALID_FROM_NS,
        .not_after_ns = from_ns + VALID_FOR_NS,
    };
    int err = key_new(kinds[i], &entrance->keys[i]);

    address_parse(entrance->link->listen, &at);
    at.port = 0;
    address_text(&at, address);
    if (err == 0)
        err = authority_sign(authority, &wish, entrance->keys[i], &entrance->certificates[i]);
    return err;
}

// Returns how many identities it has, or a negative code with *ret_why set.
static int find_identities(struct entrance *entrance, struct authority *authority, char **ret_why)
{
    const struct bench_link *link = entrance->link;
    int err = 0;

    if (link->certificate) {
        err = authority_read_identity(link->certificate, link->key, &entrance->certificates[0],
                                      &entrance->keys[0], ret_why);
        return err < 0 ? err : 1;
    }
    if (!authority_can_sign(authority)) {
        *ret_why = str_format("the authority of %s cannot sign: write its key there too, or "
                              "`certificate:` and `key:` of the central system",
                              link->listen);
        return ERR_UNSUPPORTED;
    }
    for (size_t i = 0; err == 0 && i < IDENTITIES; i++)
        err = certify(entrance, authority, i);
    if (err < 0)
        *ret_why = str_format("no certificate for '%s': %s", link->host_name, err_text(err));
    return err < 0 ? err : IDENTITIES;
}

static int secure(struct entrance *entrance, char **ret_why)
{
    struct csms_driver *driver = entrance->driver;
    struct authority *authority = driver->options.authority;
    struct tls_options options = {
        .identities = entrance->identities, .utc_ns = utc_ns, .user = driver};
    int count = 0;

    if (entrance->link->authority) {
        count = authority_read(entrance->link->authority, &entrance->own, ret_why);
        authority = entrance->own;
    }
    if (count == 0)
        count = find_identities(entrance, authority, ret_why);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++)
        entrance->identities[i] =
            (struct identity){.key = entrance->keys[i], .certificate = entrance->certificates[i]};
    options.identities_count = (size_t)count;
    if (entrance->door == CSMS_DOOR_MUTUAL) {
        entrance->root[0] = authority_root(authority);
        options.authorities = entrance->root;
        options.authorities_count = 1;
    }
    csms_doors_secure(driver->doors, entrance->door, &options);
    return 0;
}

// ---- Who may come ----

static const char *open_secret(const struct csms_driver *driver, const char *text)
{
    size_t mark = strlen(SECRET);

    if (!text || strncmp(text, SECRET, mark) != 0)
        return text;
    return driver->options.secret(driver->options.user, text + mark);
}

static int add_station(struct entrance *entrance, const char *identity,
                       const struct yaml_node *node, char **ret_why)
{
    struct csms_driver *driver = entrance->driver;
    const char *written = yaml_get_text(node, "password", NULL);
    const char *password = open_secret(driver, written);
    const char *common_name = yaml_get_text(node, "common_name", identity);
    int err;

    if (written && !password) {
        *ret_why = str_format("the password of '%s' is not known: %s", identity, written);
        return ERR_NOT_FOUND;
    }
    err = csms_add_station(driver->csms, identity, password,
                           entrance->door == CSMS_DOOR_MUTUAL ? common_name : NULL);
    if (err < 0)
        *ret_why = str_format("the station '%s' cannot be let in at %s: %s", identity,
                              entrance->link->listen, err_text(err));
    else
        csms_set_security(csms_station(driver->csms, identity), entrance->link->security);
    return err;
}

static int add_stations(struct entrance *entrance, char **ret_why)
{
    const struct yaml_node *stations = entrance->link->stations;
    const struct yaml_node *tags = entrance->link->tags;
    int err = 0;

    yaml_for_each(i, stations) {
        err = add_station(entrance, stations->keys[i]->text, stations->items[i], ret_why);
        if (err < 0)
            return err;
    }
    yaml_for_each(i, tags) {
        int status = schema_choice(tags->items[i], csms_tag_statuses);

        err = csms_set_tag(entrance->driver->csms, tags->keys[i]->text, csms_tag_statuses[status]);
        if (err == 0)
            continue;
        *ret_why =
            str_format("the tag '%s' cannot be kept: %s", tags->keys[i]->text, err_text(err));
        return err;
    }
    return 0;
}

// ---- The whole ----

static int open_entrance(struct entrance *entrance, char **ret_why)
{
    struct csms_driver *driver = entrance->driver;
    struct address at;
    int err = address_parse(entrance->link->listen, &at);

    for (const struct entrance *other = driver->entrances; other < entrance; other++) {
        if (other->door != entrance->door || entrance->door == CSMS_DOOR_PLAIN)
            continue;
        *ret_why = str_format("%s has two doors of security profile %d",
                              driver->options.target->role, entrance->link->security);
        return ERR_EXISTS;
    }
    if (err < 0) { // The validator has read it once.
        *ret_why = str_format("'%s' is no address to listen at", entrance->link->listen);
        return err;
    }
    err = add_stations(entrance, ret_why);
    if (err == 0 && entrance->door != CSMS_DOOR_PLAIN)
        err = secure(entrance, ret_why);
    if (err < 0)
        return err;
    err = host_listen(driver->host, &at, on_accept, entrance, &entrance->listener);
    if (err < 0)
        *ret_why = str_format("the central system %s cannot listen at %s: %s",
                              driver->options.target->role, entrance->link->listen, err_text(err));
    return err;
}

static int open_entrances(struct csms_driver *driver, char **ret_why)
{
    const struct bench_target *target = driver->options.target;
    struct str path = {0};
    int err = 0;

    str_addf(&path, "central system %s", target->role);
    for (size_t i = 0; err == 0 && i < target->links_count; i++) {
        struct entrance *entrance = &driver->entrances[driver->entrances_count];

        if (!target->links[i].listen)
            continue;
        driver->entrances_count++;
        *entrance = (struct entrance){.driver = driver,
                                      .link = &target->links[i],
                                      .door = csms_door_of(target->links[i].security)};
        err = open_entrance(entrance, ret_why);
        str_addf(&path, "%s %s", driver->entrances_count > 1 ? "," : " at", entrance->link->listen);
    }
    driver->path = str_take(&path);
    return err;
}

// The first door that says something for all of them.
static struct csms_options mind_of(const struct csms_driver_options *options)
{
    const struct profile *profile = options->profile;
    int64_t heartbeat_ns =
        profile ? profile_fact_time_ns(profile, "ocpp.heartbeat_interval", HEARTBEAT_NS)
                : HEARTBEAT_NS;
    struct csms_options mind = {
        .call_timeout_ns = profile
                               ? profile_fact_time_ns(profile, "ocpp.call_timeout", CALL_TIMEOUT_NS)
                               : CALL_TIMEOUT_NS,
        .accept_unknown_tags = true,
        .accept_unbooted = true,
        .transactions_max = TRANSACTIONS_MAX,
        .frames_max = FRAMES_MAX,
    };

    for (size_t i = options->target->links_count; i-- > 0;) {
        const struct bench_link *link = &options->target->links[i];

        if (link->heartbeat_ns)
            heartbeat_ns = link->heartbeat_ns;
        if (link->tags)
            mind.accept_unknown_tags = false;
    }
    mind.heartbeat_interval_s = heartbeat_ns / SIM_NS_PER_S;
    return mind;
}

int csms_driver_new(const struct csms_driver_options *options, struct csms_driver **ret,
                    char **ret_why)
{
    struct csms_driver *driver = mem_new(1, sizeof(*driver));
    struct csms_options mind = mind_of(options);
    struct csms_doors_options doors = {.timers = core_timers(options->core)};
    int err;

    driver->options = *options;
    driver->csms = csms_new(&mind, &csms_events, driver);
    driver->host = edge_host_new(options->core, NULL);
    driver->tls = edge_tls_new(options->core);
    driver->web = edge_web_new(options->core);
    doors.csms = driver->csms;
    doors.tls = driver->tls;
    doors.web = driver->web;
    driver->doors = csms_doors_new(&doors, &doors_events, driver);
    timer_init(&driver->deadline, doors.timers, NULL, on_deadline, driver);
    timer_init(&driver->tick, doors.timers, NULL, on_tick, driver);
    timer_start(&driver->tick, TICK_NS);
    err = open_entrances(driver, ret_why);
    if (err < 0)
        csms_driver_free(&driver);
    else
        *ret = driver;
    return err;
}

void csms_driver_free(struct csms_driver **base)
{
    struct csms_driver *driver = *base;

    if (!driver)
        return;
    timer_stop(&driver->deadline);
    timer_stop(&driver->tick);
    for (size_t i = 0; i < driver->entrances_count; i++)
        host_unlisten(&driver->entrances[i].listener);
    csms_doors_free(&driver->doors);
    edge_host_free(&driver->host);
    edge_web_free(&driver->web);
    edge_tls_free(&driver->tls);
    csms_free(&driver->csms);
    for (size_t i = 0; i < driver->entrances_count; i++) {
        struct entrance *entrance = &driver->entrances[i];

        for (size_t k = 0; k < IDENTITIES; k++) {
            certificate_free(&entrance->certificates[k]);
            key_free(&entrance->keys[k]);
        }
        authority_free(&entrance->own);
    }
    free(driver->path);
    free(driver);
    *base = NULL;
}

struct csms_desk csms_driver_desk(const struct csms_driver *driver)
{
    return (struct csms_desk){.csms = driver->csms, .doors = driver->doors};
}

const char *csms_driver_path(const struct csms_driver *driver)
{
    return driver->path;
}

void csms_driver_set_tls_faults(struct csms_driver *driver, unsigned tls_faults)
{
    driver->tls_faults = tls_faults;
}

struct address csms_driver_address(const struct csms_driver *driver, size_t index)
{
    if (index >= driver->entrances_count)
        return (struct address){0};
    return edge_listener_address(driver->entrances[index].listener);
}

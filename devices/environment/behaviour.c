// SPDX-License-Identifier: Apache-2.0
// The central system of a site: it knows the stations whose `ocpp:` line names it, with the
// identity, password or certificate name that line gives them, and answers what they say
// (sim/proto/ocpp csms.h). What it knows outlives its supply, as a database does; its connections
// do not.
#include <string.h>

#include "devices/environment/state.h"
#include "sim/base/err.h"

#define TRANSACTIONS_MAX 200000
#define FRAMES_MAX 20000

struct csms *environment_csms(struct device *device)
{
    return device->family == &environment_family ? environment_of(device)->csms : NULL;
}

// ---- What the central system asks of its device ----

static int64_t utc_ns(void *user)
{
    return device_utc_ns(((struct environment *)user)->device);
}

static int64_t now_ns(void *user)
{
    return timers_now(((struct environment *)user)->device->world.timers);
}

static int send(struct csms_station *station, const char *text, size_t length, void *user)
{
    return environment_ocpp_send(station, text, length, user);
}

static void changed(struct csms_station *station, void *user)
{
    struct environment *environment = user;
    struct csms_facts facts;

    csms_facts(station, &facts);
    device_event(environment->device,
                 "%s connected=%d registered=%d transactions=%zu violations=%u",
                 csms_identity(station), facts.connected, facts.registered,
                 csms_transactions(environment->csms), (unsigned)facts.violations);
}

static void on_deadline(struct timer *timer, void *user)
{
    struct environment *environment = user;

    (void)timer;
    csms_expire(environment->csms, now_ns(environment));
}

static void deadline(int64_t deadline_ns, void *user)
{
    struct environment *environment = user;

    if (!timer_running(&environment->deadline_timer) ||
        environment->deadline_timer.at_ns > deadline_ns)
        timer_start_at(&environment->deadline_timer, deadline_ns);
}

static const struct csms_events csms_events = {
    .utc_ns = utc_ns, .now_ns = now_ns, .send = send, .changed = changed, .deadline = deadline};

// ---- Stations of the site ----

// How a profile shows at the door: Basic in 1 and 2, a certificate in 3.
static void add_station(void *context, struct device *device)
{
    struct environment *environment = context;
    struct station_site site;

    if (device_station(device, &site) < 0 || !site.csms ||
        strcmp(site.csms, environment->device->id) != 0)
        return;
    if (csms_add_station(environment->csms, site.identity,
                         site.security == 1 || site.security == 2 ? site.password : NULL,
                         site.security == 3 ? site.common_name : NULL) < 0)
        return;
    csms_set_security(csms_station(environment->csms, site.identity), site.security);
    environment->secure |= site.security >= 2;
}

// ---- The device ----

static void add_tags(struct environment *environment)
{
    const struct yaml_node *tags = yaml_get(environment->device->site, "tags");

    yaml_for_each(i, tags) {
        int status = schema_choice(tags->items[i], csms_tag_statuses);

        csms_set_tag(environment->csms, tags->keys[i]->text, csms_tag_statuses[status]);
    }
}

static int init(struct device *device, struct diag *diag)
{
    struct environment *environment = environment_of(device);
    const struct profile *profile = device->profile;
    const char *accept = yaml_get_text(device->site, "accept", "known");
    struct csms_options options = {
        .heartbeat_interval_s =
            profile_fact_time_ns(profile, "ocpp.heartbeat_interval", 300 * SIM_NS_PER_S) /
            SIM_NS_PER_S,
        .call_timeout_ns = profile_fact_time_ns(profile, "ocpp.call_timeout", 30 * SIM_NS_PER_S),
        .accept_unknown_stations = strcmp(accept, "all") == 0,
        .accept_unknown_tags = !yaml_get(device->site, "tags"),
        .transactions_max = TRANSACTIONS_MAX,
        .frames_max = FRAMES_MAX,
    };

    (void)diag;
    environment->device = device;
    options.heartbeat_interval_s = schema_time_ns(yaml_get(device->site, "heartbeat_interval"),
                                                  options.heartbeat_interval_s * SIM_NS_PER_S) /
                                   SIM_NS_PER_S;
    environment->secure = options.accept_unknown_stations;
    environment->csms = csms_new(&options, &csms_events, environment);
    add_tags(environment);
    device_timer_init(device, &environment->deadline_timer, on_deadline, environment);
    environment_ocpp_init(environment);
    return 0;
}

static void done(struct device *device)
{
    struct environment *environment = environment_of(device);

    timer_stop(&environment->deadline_timer);
    environment_ocpp_done(environment);
    csms_free(&environment->csms);
}

// The site's devices are all made when the supply comes first, not yet when this one is.
static void power(struct device *device, bool on)
{
    struct environment *environment = environment_of(device);

    if (on && !environment->gathered && device->world.each)
        device->world.each(device->world.user, add_station, environment);
    environment->gathered = true;
    environment_ocpp_power(environment, on);
}

// ---- What the site may say, and the descriptor ----

static const char *const accepts[] = {"known", "all", NULL};
static const struct schema_field tag_item = {
    .type = SCHEMA_CHOICE, .choices = csms_tag_statuses, .doc = "What is said of the tag."};

static const struct schema_field site_fields[] = {
    {.name = "accept",
     .type = SCHEMA_CHOICE,
     .choices = accepts,
     .otherwise = "known",
     .doc = "Which stations may come: those of the site whose `ocpp` line names this central "
            "system, or all."},
    {.name = "host_name",
     .type = SCHEMA_TEXT,
     .doc = "The name its certificates carry and stations require; its id and `.test` when left "
            "out.",
     .example = "csms.example.test"},
    {.name = "heartbeat_interval",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .doc = "The interval it tells accepted stations; the profile's when left out.",
     .example = "5m"},
    {.name = "tags",
     .type = SCHEMA_MAP,
     .item = &tag_item,
     .doc = "The idTags it knows; others are invalid then. Without this, every tag is accepted.",
     .example = "{CARD-1: Accepted, CARD-2: Blocked}"},
};
static const struct schema site_options = {
    .name = "environment",
    .doc = "Options of what surrounds the devices.",
    .fields = site_fields,
    .fields_count = sizeof(site_fields) / sizeof(site_fields[0]),
};

const struct device_family environment_family = {
    .name = "environment",
    .title = "Surroundings",
    .doc = "What surrounds the devices of a site: the central system of its charging stations "
           "(OCPP 1.6J, security profiles 0 to 3).",
    .state_size = sizeof(struct environment),
    .site_options = &site_options,
    .init = init,
    .done = done,
    .power = power,
    .verbs = environment_verbs,
    .tables = environment_tables,
    .tables_count = ENVIRONMENT_TABLES,
};

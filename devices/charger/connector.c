// SPDX-License-Identifier: Apache-2.0
// One connector: from the plug and the tag to the transaction and back (OCPP 1.6 4.9, figure of
// status transitions; 4.1, 4.8, 4.10). The status is computed from what is, never kept beside it.
//
// Not modelled: reservations, charging profiles, a lock that sticks, the authorization cache and
// the local list (the station says so in its feature profiles).
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "devices/charger/parts.h"
#include "sim/base/err.h"
#include "sim/device/store.h"

static const char *const status_texts[] = {
    [CHARGER_AVAILABLE] = "Available",
    [CHARGER_PREPARING] = "Preparing",
    [CHARGER_CHARGING] = "Charging",
    [CHARGER_SUSPENDED_EV] = "SuspendedEV",
    [CHARGER_SUSPENDED_EVSE] = "SuspendedEVSE",
    [CHARGER_FINISHING] = "Finishing",
    [CHARGER_UNAVAILABLE] = "Unavailable",
    [CHARGER_FAULTED] = "Faulted",
    [CHARGER_STATUS_UNKNOWN] = "",
};

const char *charger_status_text(enum charger_status status)
{
    return status_texts[status];
}

enum charger_status charger_connector_status(const struct charger_connector *connector)
{
    if (connector->faulted)
        return CHARGER_FAULTED;
    if (connector->transaction.local) {
        if (connector->current_A > 0)
            return CHARGER_CHARGING;
        return connector->car.full || !connector->car.plugged ? CHARGER_SUSPENDED_EV
                                                              : CHARGER_SUSPENDED_EVSE;
    }
    if (connector->inoperative)
        return CHARGER_UNAVAILABLE;
    if (connector->finishing)
        return CHARGER_FINISHING;
    return connector->car.plugged || connector->tag[0] ? CHARGER_PREPARING : CHARGER_AVAILABLE;
}

// ---- Who waits for a session ----

void charger_connector_end_session(struct charger_connector *connector, const char *result)
{
    void (*ended)(struct charger_connector *, const char *, void *) = connector->ended;
    void *user = connector->ended_user;

    connector->ended = NULL;
    connector->ended_user = NULL;
    if (ended)
        ended(connector, result, user);
}

// ---- The tag ----

void charger_connector_forget_tag(struct charger_connector *connector)
{
    connector->tag[0] = '\0';
    connector->permission = CHARGER_NOBODY;
    connector->remote = false;
    timer_stop(&connector->wait_timer);
}

static void refuse(struct charger_connector *connector, const char *result)
{
    charger_connector_forget_tag(connector);
    charger_connector_step(connector);
    charger_connector_end_session(connector, result);
}

// Asks the central system, or decides alone while it cannot be asked (OCPP 1.6 3.5).
static void ask(struct charger_connector *connector)
{
    const struct charger *charger = connector->charger;

    if (connector->remote && !charger->config.authorize_remote)
        connector->permission = CHARGER_ALLOWED;
    else if (charger_registered(charger))
        connector->permission = CHARGER_ASKING;
    else if (charger->config.authorize_offline && charger->config.offline_unknown)
        connector->permission = CHARGER_ALLOWED;
    else
        refuse(connector, "refused");
}

bool charger_connector_present(struct charger_connector *connector, const char *tag, bool remote)
{
    if (!device_alive(connector->charger->device))
        return false;
    if (connector->transaction.local) {
        if (remote || strcmp(connector->transaction.tag, tag) != 0)
            return false;
        charger_connector_stop(connector, "Local");
        return true;
    }
    if (connector->inoperative || connector->faulted || connector->finishing || connector->tag[0])
        return false;
    snprintf(connector->tag, sizeof(connector->tag), "%s", tag);
    connector->remote = remote;
    ask(connector);
    charger_connector_step(connector);
    return true;
}

void charger_connector_answer(struct charger_connector *connector, bool accepted)
{
    if (connector->permission != CHARGER_ASKING)
        return;
    if (!accepted) {
        refuse(connector, "refused");
        return;
    }
    connector->permission = CHARGER_ALLOWED;
    charger_connector_step(connector);
}

void charger_connector_offline(struct charger_connector *connector)
{
    if (connector->permission != CHARGER_ASKING)
        return;
    ask(connector);
    charger_connector_step(connector);
}

// Nobody came with a cable in time.
static void waited(struct timer *timer, void *user)
{
    (void)timer;
    refuse(user, "timeout");
}

// ---- Transactions ----

static void sample_due(struct timer *timer, void *user)
{
    struct charger_connector *connector = user;

    timer_start(timer, connector->charger->config.sample_s * SIM_NS_PER_S);
    charger_transaction_sample(connector, "Sample.Periodic");
    charger_pump(connector->charger);
}

static void begin(struct charger_connector *connector)
{
    int err = charger_transaction_begin(connector);

    if (err < 0) {
        if (device_alive(connector->charger->device))
            refuse(connector, "full");
        return;
    }
    if (connector->charger->config.sample_s > 0)
        timer_start(&connector->sample_timer, connector->charger->config.sample_s * SIM_NS_PER_S);
}

static void keep_operative(struct charger_connector *connector, bool operative)
{
    char key[8];

    snprintf(key, sizeof(key), "out%u", connector->number);
    connector->inoperative = !operative;
    (void)store_put_integer(connector->charger->device->store, key, !operative);
}

void charger_connector_stop(struct charger_connector *connector, const char *reason)
{
    bool done = strcmp(reason, "EVDisconnected") == 0 && connector->car.full;

    if (!connector->transaction.local)
        return;
    timer_stop(&connector->sample_timer);
    charger_transaction_end(connector, reason);
    if (!device_alive(connector->charger->device))
        return;
    charger_connector_forget_tag(connector);
    connector->finishing = connector->car.plugged;
    if (connector->going_out)
        keep_operative(connector, false);
    connector->going_out = false;
    charger_car_draw(connector);
    // Whoever came for a session takes the cable along.
    if (connector->ended && connector->car.plugged)
        charger_car_unplug(connector);
    charger_connector_step(connector);
    charger_connector_end_session(connector, done ? "done" : "stopped");
}

void charger_connector_set_operative(struct charger_connector *connector, bool operative)
{
    if (connector->transaction.local && !operative) {
        connector->going_out = true;
        return;
    }
    connector->going_out = false;
    if (connector->inoperative != !operative)
        keep_operative(connector, operative);
    if (!operative)
        charger_connector_forget_tag(connector);
    charger_connector_step(connector);
}

void charger_connector_set_fault(struct charger_connector *connector, bool faulted)
{
    connector->faulted = faulted;
    if (faulted)
        charger_connector_stop(connector, "Other");
    if (faulted)
        charger_connector_forget_tag(connector);
    charger_connector_step(connector);
}

// ---- The step ----

static bool may_begin(const struct charger_connector *connector)
{
    return !connector->transaction.local && connector->car.plugged && !connector->finishing &&
           connector->permission == CHARGER_ALLOWED && !connector->inoperative &&
           !connector->faulted;
}

static void show(struct charger_connector *connector)
{
    enum charger_status status = charger_connector_status(connector);

    if (status == connector->shown)
        return;
    connector->shown = status;
    device_event(connector->charger->device, "connector %u=%s", connector->number,
                 charger_status_text(status));
}

void charger_connector_step(struct charger_connector *connector)
{
    struct charger *charger = connector->charger;
    bool alone;

    if (!connector->car.plugged)
        connector->finishing = false;
    if (!device_alive(charger->device))
        return;
    if (connector->transaction.local && !connector->car.plugged &&
        charger->config.stop_on_disconnect) {
        charger_connector_stop(connector, "EVDisconnected");
        return;
    }
    if (may_begin(connector))
        begin(connector);
    if (!device_alive(charger->device))
        return;
    charger_car_draw(connector);
    alone = connector->tag[0] && connector->permission == CHARGER_ALLOWED &&
            !connector->car.plugged && !connector->transaction.local;
    if (!alone)
        timer_stop(&connector->wait_timer);
    else if (!timer_running(&connector->wait_timer))
        timer_start(&connector->wait_timer, charger->config.connection_s * SIM_NS_PER_S);
    show(connector);
    charger_pump(charger);
}

// ---- Its life ----

void charger_connector_init(struct charger *charger, uint8_t number)
{
    struct charger_connector *connector = &charger->connectors[number - 1];

    connector->charger = charger;
    connector->number = number;
    connector->told = connector->shown = CHARGER_STATUS_UNKNOWN;
    charger_car_init(connector);
    device_timer_init(charger->device, &connector->sample_timer, sample_due, connector);
    device_timer_init(charger->device, &connector->wait_timer, waited, connector);
}

void charger_connector_done(struct charger_connector *connector)
{
    timer_stop(&connector->car_timer);
    timer_stop(&connector->sample_timer);
    timer_stop(&connector->wait_timer);
}

void charger_connector_power(struct charger_connector *connector, bool on)
{
    char key[8];

    if (on) {
        snprintf(key, sizeof(key), "out%u", connector->number);
        connector->inoperative = store_get_integer(connector->charger->device->store, key, 0) != 0;
        connector->told = CHARGER_STATUS_UNKNOWN;
        return;
    }
    charger_connector_done(connector);
    charger_car_draw(connector);
    connector->transaction = (struct charger_transaction){0};
    charger_connector_forget_tag(connector);
    connector->finishing = connector->going_out = connector->faulted = false;
    connector->tell = connector->tell_meter = false;
    if (connector->ended) {
        connector->car.plugged = false;
        charger_connector_end_session(connector, "power-lost");
    }
}

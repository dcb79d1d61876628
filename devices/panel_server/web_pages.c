// SPDX-License-Identifier: Apache-2.0
// The files of pages/ as the build wove them in. In HTML `{{name}}` stands for a fact of the device
// or of who asks, escaped, and `{{>file}}` for another file of pages/, so that a page is whole when
// it arrives: what the device is called, whether the login is locked and for how long.
#include "devices/panel_server/web_assets.h"

#include <stdio.h>
#include <string.h>

#include "devices/panel_server/web.h"
#include "sim/base/units.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_BYTES_MAX 32

static const struct web_asset *find(const char *name)
{
    for (size_t i = 0; i < web_assets_count; i++)
        if (strcmp(web_assets[i].name, name) == 0)
            return &web_assets[i];
    return NULL;
}

// ---- Facts ----

static const char *account_of(const struct web_call *call)
{
    return call->who ? call->who->user : accounts_first(call->panel->accounts);
}

static void add_escaped(struct str *out, const char *text)
{
    str_add_xml(out, text ? text : "");
}

static void add_product(const struct web_call *call, struct str *out)
{
    add_escaped(out, call->panel->device->family->title);
}

static void add_model(const struct web_call *call, struct str *out)
{
    const struct device *device = call->panel->device;

    add_escaped(out, device->model ? device->model->name : NULL);
}

static void add_label(const struct web_call *call, struct str *out)
{
    const struct device *device = call->panel->device;

    add_escaped(out, device->label && *device->label ? device->label : device->family->title);
}

static void add_user(const struct web_call *call, struct str *out)
{
    add_escaped(out, account_of(call));
}

static void add_csrf(const struct web_call *call, struct str *out)
{
    add_escaped(out, call->who ? call->who->csrf : NULL);
}

static void add_clock(const struct web_call *call, struct str *out)
{
    char time[UNITS_TEXT_ROOM];

    add_escaped(out, units_utc_text(device_utc_ns(call->panel->device), time));
}

static void add_remaining(const struct web_call *call, struct str *out)
{
    str_addf(out, "%lld", (long long)web_locked_s(call, NULL));
}

// How the login page begins: "locked", "first" (no password yet) or "open".
static void add_state(const struct web_call *call, struct str *out)
{
    const struct accounts *accounts = call->panel->accounts;

    str_adds(out, accounts_password_unset(accounts, accounts_first(accounts)) ? "first"
                  : web_locked_s(call, NULL) > 0                              ? "locked"
                                                                              : "open");
}

static void add_rule(const struct web_call *call, struct str *out)
{
    struct str rule = {0};

    accounts_add_rule_text(call->panel->accounts, account_of(call), &rule);
    add_escaped(out, str_text(&rule));
    str_done(&rule);
}

static void add_next(const struct web_call *call, struct str *out)
{
    char next[128];

    if (web_query(call->request, "next", next, sizeof(next)) && web_is_local_path(next))
        add_escaped(out, next);
    else
        str_adds(out, "/");
}

static const struct {
    const char *name;
    void (*add)(const struct web_call *call, struct str *out);
} facts[] = {
    {"account", add_user},    {"clock", add_clock},         {"csrf", add_csrf},
    {"label", add_label},     {"model", add_model},         {"next", add_next},
    {"product", add_product}, {"remaining", add_remaining}, {"rule", add_rule},
    {"state", add_state},
};

// ---- Filling in ----

static void fill(const struct web_call *call, const struct web_asset *asset, struct str *out);

static void fill_one(const struct web_call *call, const char *name, struct str *out)
{
    const struct web_asset *part = name[0] == '>' ? find(name + 1) : NULL;

    if (part)
        fill(call, part, out);
    for (size_t i = 0; i < COUNT_OF(facts); i++)
        if (strcmp(facts[i].name, name) == 0)
            facts[i].add(call, out);
}

static void fill(const struct web_call *call, const struct web_asset *asset, struct str *out)
{
    const char *at = (const char *)asset->bytes, *end = at + asset->length;

    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        char name[NAME_BYTES_MAX + 1];

        if (!close || close - open - 2 > NAME_BYTES_MAX)
            break;
        str_add(out, at, (size_t)(open - at));
        memcpy(name, open + 2, (size_t)(close - open - 2));
        name[close - open - 2] = '\0';
        fill_one(call, name, out);
        at = close + 2;
    }
    str_add(out, at, (size_t)(end - at));
}

void web_answer_page(struct web_call *call, const char *name)
{
    const struct web_asset *asset = find(name);
    const struct http_header type = {"content-type", asset->type};
    struct str page = {0};

    if (strncmp(asset->type, "text/html", 9) != 0) {
        http_respond(call->exchange, 200, &type, 1, asset->bytes, asset->length);
        return;
    }
    fill(call, asset, &page);
    http_respond(call->exchange, 200, &type, 1, str_text(&page), page.length);
    str_done(&page);
}

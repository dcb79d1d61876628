// SPDX-License-Identifier: Apache-2.0
// Refused requests in the audit log: forged tokens, other sites' requests, malformed ones. A log
// that takes an entry for each would let anybody push the older entries out, so a source is heard
// once in ten minutes, and of the sources at most a handful in that time; those who log in are
// bounded by the lock-out instead.
#include "devices/panel_server/web.h"

// UNVERIFIED(no source): whether a device notes such requests at all.
#define SILENT_NS (600 * SIM_NS_PER_S)

// The slot of this source, or a free one, or NULL: others have been noted lately.
static struct web_refusal *slot_of(struct panel_web *web, const struct address *source,
                                   sim_time_ns now_ns)
{
    struct web_refusal *free_slot = NULL;

    for (size_t i = 0; i < WEB_REFUSAL_SOURCES_MAX; i++) {
        struct web_refusal *slot = &web->refusals[i];

        if (slot->source.family && address_same_ip(&slot->source, source))
            return slot;
        if (!free_slot && (!slot->source.family || now_ns >= slot->silent_until_ns))
            free_slot = slot;
    }
    return free_slot;
}

void web_refused(struct panel *panel, const struct conn *conn)
{
    sim_time_ns now_ns = timers_now(panel->device->world.timers);
    struct address source = conn->remote;
    struct web_refusal *slot = slot_of(panel->web, &source, now_ns);
    char text[ADDRESS_TEXT_ROOM];

    source.port = 0;
    if (!slot || (address_same_ip(&slot->source, &source) && now_ns < slot->silent_until_ns))
        return;
    *slot = (struct web_refusal){.source = source, .silent_until_ns = now_ns + SILENT_NS};
    (void)audit_add(panel->audit, AUDIT_ACCESS, "web", "access-refused", AUDIT_FAILURE,
                    address_text(&source, text));
}

// SPDX-License-Identifier: Apache-2.0
// What a central system remembers for those who ask it later: rules that stations broke, security
// events they told, frames that crossed. Each is a ring; the oldest goes.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/str.h"
#include "sim/proto/ocpp/csms_parts.h"

// The place for one more in a ring of `max`.
static size_t ring_take(size_t *count, size_t *next, size_t max)
{
    size_t place = *next;

    *next = (*next + 1) % max;
    *count += *count < max;
    return place;
}

static size_t ring_at(size_t count, size_t next, size_t max, size_t index)
{
    return (next + max - count + index) % max;
}

// ---- Violations ----

void csms_note_violation(struct csms_station *station, const char *format, ...)
{
    struct csms *csms = station->csms;
    size_t place = ring_take(&csms->violations_count, &csms->violations_next, CSMS_VIOLATIONS_MAX);
    struct str text = {0};
    va_list arguments;

    str_addf(&text, "%s: ", station->identity);
    va_start(arguments, format);
    str_addv(&text, format, arguments);
    va_end(arguments);
    snprintf(csms->violations[place], CSMS_VIOLATION_ROOM, "%s", str_text(&text));
    str_done(&text);
    csms->violations_total++;
    station->violations++;
    csms->events->changed(station, csms->user);
}

size_t csms_violations(const struct csms *csms)
{
    return csms->violations_count;
}

uint64_t csms_violations_total(const struct csms *csms)
{
    return csms->violations_total;
}

const char *csms_violation_at(const struct csms *csms, size_t index)
{
    return csms->violations[ring_at(csms->violations_count, csms->violations_next,
                                    CSMS_VIOLATIONS_MAX, index)];
}

// ---- Security events ----

void csms_note_security_event(struct csms_station *station, const char *type, int64_t utc_ns)
{
    struct csms *csms = station->csms;
    struct csms_security_event *event;

    if (!csms->security_events)
        csms->security_events = mem_new(CSMS_SECURITY_EVENTS_MAX, sizeof(*csms->security_events));
    event = &csms->security_events[ring_take(
        &csms->security_events_count, &csms->security_events_next, CSMS_SECURITY_EVENTS_MAX)];
    event->station = station;
    event->utc_ns = utc_ns;
    snprintf(event->type, sizeof(event->type), "%s", type);
}

size_t csms_security_events(const struct csms *csms)
{
    return csms->security_events_count;
}

const struct csms_security_event *csms_security_event_at(const struct csms *csms, size_t index)
{
    return &csms->security_events[ring_at(csms->security_events_count, csms->security_events_next,
                                          CSMS_SECURITY_EVENTS_MAX, index)];
}

// ---- Frames ----

void csms_note_frame(struct csms_station *station, bool sent, const char *text, size_t length)
{
    struct csms *csms = station->csms;
    struct csms_kept_frame *frame;

    if (csms->options.frames_max == 0)
        return;
    if (!csms->frames)
        csms->frames = mem_new(csms->options.frames_max, sizeof(*csms->frames));
    frame =
        &csms->frames[ring_take(&csms->frames_count, &csms->frames_next, csms->options.frames_max)];
    frame->station = station;
    frame->now_ns = csms->events->now_ns(csms->user);
    frame->sent = sent;
    str_clear(&frame->text);
    str_add(&frame->text, text, length);
}

size_t csms_frames(const struct csms *csms)
{
    return csms->frames_count;
}

struct csms_frame csms_frame_at(const struct csms *csms, size_t index)
{
    const struct csms_kept_frame *frame = &csms->frames[ring_at(
        csms->frames_count, csms->frames_next, csms->options.frames_max, index)];

    return (struct csms_frame){.station = frame->station,
                               .now_ns = frame->now_ns,
                               .sent = frame->sent,
                               .text = str_text(&frame->text),
                               .length = frame->text.length};
}

void csms_notes_free(struct csms *csms)
{
    for (size_t i = 0; i < csms->frames_count; i++)
        str_done(&csms->frames[i].text);
    free(csms->frames);
    free(csms->security_events);
    free(csms->violations);
}

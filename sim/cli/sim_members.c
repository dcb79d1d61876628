// SPDX-License-Identifier: Apache-2.0
// A hash table from devices to targets, never walked in its own order, and what each standing fault
// names. A device fault without a duration of its own stands here until it is cleared, too.
#include "sim/cli/sim_members.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

struct member {
    const struct device *device;
    struct target *target;
    size_t next; // In its bucket, from 1; 0 ends it.
};

struct note { // A standing fault.
    struct note *next;
    char *id;
    bool everybody;
    size_t count;
    const struct device *devices[];
};

struct sim_members {
    struct member *members;
    size_t count, room;
    size_t *buckets;
    size_t buckets_count; // A power of two.
    struct note *notes;
};

struct sim_members *sim_members_new(size_t count)
{
    struct sim_members *members = mem_new(1, sizeof(*members));

    members->room = count;
    members->members = mem_new(count ? count : 1, sizeof(*members->members));
    members->buckets_count = 64;
    while (members->buckets_count < count)
        members->buckets_count *= 2;
    members->buckets = mem_new(members->buckets_count, sizeof(*members->buckets));
    return members;
}

static void free_note(struct note *note)
{
    free(note->id);
    free(note);
}

void sim_members_free(struct sim_members **members)
{
    struct sim_members *old = *members;

    if (!old)
        return;
    while (old->notes) {
        struct note *note = old->notes;

        old->notes = note->next;
        free_note(note);
    }
    free(old->members);
    free(old->buckets);
    free(old);
    *members = NULL;
}

static size_t *bucket_of(struct sim_members *members, const struct device *device)
{
    uint64_t hash = (uint64_t)(uintptr_t)device * 0x9E3779B97F4A7C15u;

    return &members->buckets[(hash >> 32) & (members->buckets_count - 1)];
}

void sim_members_add(struct sim_members *members, const struct device *device,
                     struct target *target)
{
    size_t *bucket = bucket_of(members, device);

    assert(members->count < members->room);
    members->members[members->count] =
        (struct member){.device = device, .target = target, .next = *bucket};
    *bucket = ++members->count;
}

void sim_members_changed(struct sim_members *members, const struct device *device)
{
    size_t at = members ? *bucket_of(members, device) : 0;

    for (; at; at = members->members[at - 1].next)
        if (members->members[at - 1].device == device)
            members->members[at - 1].target->changes++;
}

void sim_members_changed_all(struct sim_members *members)
{
    for (size_t i = 0; members && i < members->count; i++)
        members->members[i].target->changes++;
}

static void tell(struct sim_members *members, const struct note *note)
{
    if (note->everybody)
        sim_members_changed_all(members);
    for (size_t i = 0; !note->everybody && i < note->count; i++)
        sim_members_changed(members, note->devices[i]);
}

void sim_members_faulted(struct sim_members *members, const struct stage_fault *fault,
                         struct device *const *left, struct device *const *right)
{
    size_t count = fault->left_count + fault->right_count;
    struct note *note = mem_new(1, sizeof(*note) + count * sizeof(struct device *));

    note->id = str_copy(fault->id);
    note->everybody = fault->network || count == 0;
    for (size_t i = 0; i < fault->left_count; i++)
        note->devices[note->count++] = left[i];
    for (size_t i = 0; i < fault->right_count; i++)
        note->devices[note->count++] = right[i];
    note->next = members->notes;
    members->notes = note;
    tell(members, note);
}

void sim_members_cleared(struct sim_members *members, const char *id)
{
    struct note **at = &members->notes;
    struct note *note;

    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    note = *at;
    if (!note) {
        sim_members_changed_all(members);
        return;
    }
    *at = note->next;
    tell(members, note);
    free_note(note);
}

// SPDX-License-Identifier: Apache-2.0
// The registry of the faults that are on. A fault and the places it lies between are tied by
// members, so that a wire finds its faults from the shorter end: a fleet of thousands may be torn
// apart one by one.
#include "sim/vnet/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/vnet/path.h"

struct fault_member {
    struct fault *fault;
    struct fault_anchor *anchor; // NULL once the place is gone.
    bool right;
    struct fault_member *next; // Of the same anchor.
};

struct fault {
    struct faults *faults;
    struct fault *next;
    char *name;
    enum fault_id id;
    uint64_t sequence;
    double values[FAULT_PARAMS_MAX];
    struct rng rng;
    sim_time_ns free_at_ns[2]; // rate: when the link is free again, forward and backward.
    size_t left_count;
    size_t count; // Members: the left ones first.
    struct fault_member *members;
};

struct faults {
    struct timers *timers;
    uint64_t seed;
    uint64_t sequence;
    size_t count;
    struct fault *first;
    struct fault *last;
    faults_hook_fn *hook;
    void *hook_user;
};

struct faults *faults_new(struct timers *timers, uint64_t seed)
{
    struct faults *faults = mem_new(1, sizeof(*faults));

    faults->timers = timers;
    faults->seed = seed;
    return faults;
}

void faults_free(struct faults **faults)
{
    if (!*faults)
        return;
    (*faults)->hook = NULL;
    fault_clear_all(*faults);
    free(*faults);
    *faults = NULL;
}

void faults_set_hook(struct faults *faults, faults_hook_fn *fn, void *user)
{
    faults->hook = fn;
    faults->hook_user = user;
}

// ---- Members ---------------------------------------------------------------------------

static struct fault_member **anchor_list(struct fault_anchor *anchor, const struct fault *fault)
{
    return fault->left_count == fault->count ? &anchor->alone : &anchor->between;
}

static void member_link(struct fault_member *member)
{
    struct fault_member **list = anchor_list(member->anchor, member->fault);

    member->next = *list;
    *list = member;
    if (list == &member->anchor->between)
        member->anchor->count++;
}

static void member_unlink(struct fault_member *member)
{
    struct fault_member **at;

    if (!member->anchor)
        return;
    at = anchor_list(member->anchor, member->fault);
    if (at == &member->anchor->between)
        member->anchor->count--;
    while (*at != member)
        at = &(*at)->next;
    *at = member->next;
    member->anchor = NULL;
}

void fault_anchor_init(struct fault_anchor *anchor, enum fault_where where)
{
    *anchor = (struct fault_anchor){.where = where};
}

void fault_anchor_done(struct fault_anchor *anchor)
{
    while (anchor->alone)
        member_unlink(anchor->alone);
    while (anchor->between)
        member_unlink(anchor->between);
}

// ---- On and off ------------------------------------------------------------------------

static int check_places(const struct fault_kind *kind, struct fault_anchor *const *places,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(places[i]->where & kind->where))
            return ERR_TYPE;
    return 0;
}

static int check_place(const struct fault_kind *kind, const struct fault_place *place)
{
    int err;

    if (!(kind->where & (FAULT_LINK | FAULT_LINE)))
        return ERR_UNSUPPORTED;
    if (place->left_count == 0)
        return ERR_RANGE;
    if (place->left_count > FAULT_ANCHORS_MAX || place->right_count > FAULT_ANCHORS_MAX)
        return ERR_TOO_MANY;
    err = check_places(kind, place->left, place->left_count);
    return err ? err : check_places(kind, place->right, place->right_count);
}

static struct fault *fault_find(const struct faults *faults, const char *id)
{
    for (struct fault *fault = faults->first; fault; fault = fault->next)
        if (strcmp(fault->name, id) == 0)
            return fault;
    return NULL;
}

static void fault_join(struct fault *fault, const struct fault_place *place)
{
    fault->left_count = place->left_count;
    fault->count = place->left_count + place->right_count;
    fault->members = mem_new(fault->count, sizeof(*fault->members));
    for (size_t i = 0; i < fault->count; i++) {
        struct fault_member *member = &fault->members[i];

        member->fault = fault;
        member->right = i >= place->left_count;
        member->anchor = member->right ? place->right[i - place->left_count] : place->left[i];
        member_link(member);
    }
}

int fault_add(struct faults *faults, const char *id, const struct fault_kind *kind,
              const double values[FAULT_PARAMS_MAX], const struct fault_place *place)
{
    struct fault *fault;
    char *stream;
    int err = check_place(kind, place);

    if (err == 0)
        err = fault_values_check(kind, values, NULL);
    if (err == 0 && fault_find(faults, id))
        err = ERR_EXISTS;
    if (err == 0 && faults->count == FAULTS_MAX)
        err = ERR_TOO_MANY;
    if (err)
        return err;
    fault = mem_new(1, sizeof(*fault));
    fault->faults = faults;
    fault->name = str_copy(id);
    fault->id = fault_kind_id(kind);
    fault->sequence = faults->sequence++;
    memcpy(fault->values, values, sizeof(fault->values));
    stream = str_format("fault/%s", id);
    rng_init(&fault->rng, faults->seed, stream);
    free(stream);
    fault_join(fault, place);
    if (faults->last)
        faults->last->next = fault;
    else
        faults->first = fault;
    faults->last = fault;
    faults->count++;
    if (faults->hook)
        faults->hook(fault, true, faults->hook_user);
    return 0;
}

static void fault_remove(struct fault *fault, struct fault *previous)
{
    struct faults *faults = fault->faults;

    if (previous)
        previous->next = fault->next;
    else
        faults->first = fault->next;
    if (faults->last == fault)
        faults->last = previous;
    faults->count--;
    for (size_t i = 0; i < fault->count; i++)
        member_unlink(&fault->members[i]);
    if (faults->hook)
        faults->hook(fault, false, faults->hook_user);
    free(fault->members);
    free(fault->name);
    free(fault);
}

int fault_clear(struct faults *faults, const char *id)
{
    struct fault *previous = NULL;

    for (struct fault *fault = faults->first; fault; previous = fault, fault = fault->next)
        if (strcmp(fault->name, id) == 0) {
            fault_remove(fault, previous);
            return 0;
        }
    return ERR_NOT_FOUND;
}

void fault_clear_all(struct faults *faults)
{
    while (faults->first)
        fault_remove(faults->first, NULL);
}

const struct fault *fault_next(const struct faults *faults, const struct fault *after)
{
    return after ? after->next : faults->first;
}

const char *fault_name(const struct fault *fault)
{
    return fault->name;
}

const struct fault_kind *fault_kind_of(const struct fault *fault)
{
    return &fault_kinds[fault->id];
}

double fault_value(const struct fault *fault, size_t param)
{
    assert(param < FAULT_PARAMS_MAX);
    return fault->values[param];
}

struct rng *fault_rng(struct fault *fault)
{
    return &fault->rng;
}

enum fault_id fault_id(const struct fault *fault)
{
    return fault->id;
}

sim_time_ns fault_now(const struct fault *fault)
{
    return timers_now(fault->faults->timers);
}

sim_time_ns *fault_free_at(struct fault *fault, bool forward)
{
    return &fault->free_at_ns[forward ? 0 : 1];
}

struct fault_anchor *fault_side(const struct fault *fault, bool right, size_t index)
{
    size_t place = right ? fault->left_count + index : index;

    if (place >= (right ? fault->count : fault->left_count))
        return NULL;
    return fault->members[place].anchor;
}

// ---- Between two places ----------------------------------------------------------------

enum { SIDE_LEFT = 1, SIDE_RIGHT = 2 };

// On which sides of the fault a place stands, seen from whoever has fewer ties.
static unsigned sides(const struct fault *fault, const struct fault_anchor *anchor)
{
    const struct fault_member *member = anchor->between;
    unsigned found = 0;

    if (fault->left_count == fault->count)
        member = anchor->alone;
    else if (fault->count < anchor->count) {
        for (size_t i = 0; i < fault->count; i++)
            if (fault->members[i].anchor == anchor)
                found |= fault->members[i].right ? SIDE_RIGHT : SIDE_LEFT;
        return found;
    }
    for (; member; member = member->next)
        if (member->fault == fault)
            found |= member->right ? SIDE_RIGHT : SIDE_LEFT;
    return found;
}

static struct path_step step_of(struct fault *fault, const struct fault_anchor *from,
                                const struct fault_anchor *to, const struct fault_anchor *segment)
{
    unsigned at_segment = sides(fault, segment);
    unsigned at_from = sides(fault, from) | at_segment;
    unsigned at_to = sides(fault, to) | at_segment;
    struct path_step step = {.fault = fault, .sequence = fault->sequence};

    if (fault->left_count == fault->count) {
        step.forward = at_from & SIDE_LEFT;
        step.backward = at_to & SIDE_LEFT;
    } else {
        step.forward = at_from & SIDE_LEFT && at_to & SIDE_RIGHT;
        step.backward = at_from & SIDE_RIGHT && at_to & SIDE_LEFT;
    }
    return step;
}

bool fault_between(const struct fault *fault, const struct fault_anchor *left,
                   const struct fault_anchor *right, const struct fault_anchor *segment,
                   bool *ret_forward)
{
    struct path_step step = step_of((struct fault *)fault, left, right, segment);

    if (!step.forward && !step.backward)
        return false;
    *ret_forward = step.forward;
    return true;
}

// Keeps the steps sorted by age, each fault once.
static size_t step_insert(struct path_step *steps, size_t count, struct path_step step)
{
    size_t at = count;

    if (!step.forward && !step.backward)
        return count;
    for (size_t i = 0; i < count; i++)
        if (steps[i].fault == step.fault)
            return count;
    if (count == PATH_FAULTS_MAX) {
        log_warn(step.fault->name, "more than %d faults on one way: left out", PATH_FAULTS_MAX);
        return count;
    }
    while (at > 0 && steps[at - 1].fault->sequence > step.fault->sequence) {
        steps[at] = steps[at - 1];
        at--;
    }
    steps[at] = step;
    return count + 1;
}

size_t path_find(const struct fault_anchor *from, const struct fault_anchor *to,
                 const struct fault_anchor *segment, struct path_step ret_steps[PATH_FAULTS_MAX])
{
    const struct fault_member *lists[] = {
        from->count <= to->count ? from->between : to->between,
        segment->between,
        from->alone,
        to->alone,
        segment->alone,
    };
    size_t count = 0;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (const struct fault_member *member = lists[i]; member; member = member->next)
            if (!fault_kinds[member->fault->id].instant)
                count = step_insert(ret_steps, count, step_of(member->fault, from, to, segment));
    return count;
}

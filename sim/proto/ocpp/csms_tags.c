// SPDX-License-Identifier: Apache-2.0
// The idTags a central system knows, with what it says about each (OCPP 1.6 edition 2 section 7.1,
// AuthorizationStatus). Comparison minds no case: an idTag is a CiString20. Not modelled: parents
// and expiry dates; a tag that expired has the status Expired.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/proto/ocpp/csms_parts.h"

#define TAG_BUCKETS 16384

const char *const csms_tag_statuses[] = {"Accepted", "Blocked",      "Expired",
                                         "Invalid",  "ConcurrentTx", NULL};

static struct csms_tag **bucket_of(const struct csms *csms, const char *tag)
{
    char lower[OCPP_TAG_ROOM] = {0};

    for (size_t i = 0; tag[i] && i < sizeof(lower) - 1; i++)
        lower[i] = tag[i] >= 'A' && tag[i] <= 'Z' ? (char)(tag[i] - 'A' + 'a') : tag[i];
    return &csms->tag_buckets[csms_hash(lower, strlen(lower)) & (TAG_BUCKETS - 1)];
}

static struct csms_tag *find(const struct csms *csms, const char *tag)
{
    struct csms_tag *found = csms->tag_buckets ? *bucket_of(csms, tag) : NULL;

    while (found && strcasecmp(found->text, tag) != 0)
        found = found->next_in_bucket;
    return found;
}

int csms_set_tag(struct csms *csms, const char *tag, const char *status)
{
    struct csms_tag *known;

    if (!csms->tag_buckets)
        csms->tag_buckets = mem_new(TAG_BUCKETS, sizeof(struct csms_tag *));
    known = find(csms, tag);
    if (!known) {
        struct csms_tag **bucket = bucket_of(csms, tag);

        if (tag[ocpp_cut(tag, OCPP_TAG_CHARACTERS_MAX)])
            return ERR_TOO_LONG;
        if (csms->tags_count == CSMS_TAGS_MAX)
            return ERR_TOO_MANY;
        known = mem_new(1, sizeof(*known));
        snprintf(known->text, sizeof(known->text), "%s", tag);
        known->next_in_bucket = *bucket;
        *bucket = known;
        csms->tags_count++;
    }
    known->status = status;
    return 0;
}

const char *csms_tag_status(const struct csms *csms, const char *tag)
{
    const struct csms_tag *known = find(csms, tag);

    return known ? known->status : csms->options.accept_unknown_tags ? "Accepted" : "Invalid";
}

void csms_tags_free(struct csms *csms)
{
    for (size_t i = 0; csms->tag_buckets && i < TAG_BUCKETS; i++) {
        while (csms->tag_buckets[i]) {
            struct csms_tag *tag = csms->tag_buckets[i];

            csms->tag_buckets[i] = tag->next_in_bucket;
            free(tag);
        }
    }
    free(csms->tag_buckets);
}

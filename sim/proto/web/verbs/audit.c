// SPDX-License-Identifier: Apache-2.0
// `audit.download`: the security log as its owner takes it home, record by record under the names
// of its header line.
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/units.h"
#include "sim/profile/profile.h"
#include "sim/proto/web/verbs/ask.h"
#include "sim/proto/web/verbs/csv.h"
#include "sim/proto/web/verbs/web_verbs.h"

#define CLOCK_FAR_NS (2 * SIM_NS_PER_S) // Less is what a sane clock and a way to it differ by.

#define SCHEMA_OF(name_, fields_)                                                                  \
    {                                                                                              \
        .name = name_, .fields = fields_, .fields_count = sizeof(fields_) / sizeof(fields_[0])     \
    }

static const char *const download_results[] = {"downloaded", "refused", "none", NULL};
static const struct schema_field download_with_fields[] = {WEB_WITH_FIELDS};
static const struct schema_field download_result_fields[] = {
    WEB_RESULT_FIELDS,
    {.name = "result",
     .type = SCHEMA_CHOICE,
     .expression = true,
     .choices = download_results,
     .doc = "`downloaded`, `refused` (no session, or something else than a log came) or `none` (no "
            "answer)."},
    {.name = "count",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "How many records there are."},
    {.name = "gaps",
     .type = SCHEMA_INTEGER,
     .expression = true,
     .doc = "How many numbers are missing between the first record and the last one."},
};
static const struct schema download_with = SCHEMA_OF("audit.download with", download_with_fields);
static const struct schema download_results_schema =
    SCHEMA_OF("audit.download expect", download_result_fields);

struct download {
    struct web_ask *ask;
    char *names[CSV_FIELDS_MAX];
    size_t names_count;
    int64_t count;
    int64_t first; // Numbers of records.
    int64_t last;
};

static const char *field(const struct download *download, char *const *fields, const char *name)
{
    for (size_t i = 0; i < download->names_count; i++)
        if (strcmp(download->names[i], name) == 0)
            return fields[i];
    return NULL;
}

// When the record was written, as world time: the end of the millisecond that it tells. A device
// whose clock is far off is read by its clock.
static int64_t record_at_ns(const struct download *download, char *const *fields)
{
    const char *time = field(download, fields, "time");
    const struct web_ask *ask = download->ask;
    int64_t at_ns;

    if (!time || units_parse_utc(time, &at_ns) < 0)
        return -1;
    // What is dated later than now was written before the clock was set back.
    if (ask->clock_ns && at_ns > ask->clock_ns + CLOCK_FAR_NS)
        return 0;
    at_ns -= ask->clock_ahead_ns + ask->link->utc_start_ns;
    // And what was written before the world began is old, not undated.
    return at_ns < 0 ? 0 : at_ns + SIM_NS_PER_MS - 1;
}

static void add_record(struct download *download, char *const *fields)
{
    const char *number = field(download, fields, "number");
    const char *keys[CSV_FIELDS_MAX];
    const char *values[CSV_FIELDS_MAX];
    int64_t value;

    for (size_t i = 0; i < download->names_count; i++) {
        keys[i] = download->names[i];
        values[i] = fields[i];
    }
    if (number && units_parse_integer(number, &value) == 0) {
        download->first = download->count ? download->first : value;
        download->last = value;
    }
    download->count++;
    op_add_record(download->ask->op, record_at_ns(download, fields), keys, values,
                  download->names_count);
}

static bool read_csv(struct download *download, char *text, size_t length)
{
    struct csv csv = csv_of(text, length);
    char *fields[CSV_FIELDS_MAX];
    int count = csv_next(&csv, download->names);

    if (count <= 0)
        return false;
    download->names_count = (size_t)count;
    if (!field(download, download->names, "time"))
        return false;
    while ((count = csv_next(&csv, fields)) > 0) {
        if ((size_t)count != download->names_count)
            return false;
        add_record(download, fields);
    }
    return count == 0;
}

static void download_set(struct web_ask *ask, const char *result, const struct download *download)
{
    int64_t span = download->count ? download->last - download->first + 1 : 0;

    op_set_text(ask->op, "result", result);
    op_set_integer(ask->op, "count", download->count);
    op_set_integer(ask->op, "gaps", span > download->count ? span - download->count : 0);
}

static void download_answered(struct web_ask *ask, const struct http_answer *answer,
                              const struct json *json)
{
    struct download download = {.ask = ask};
    bool csv = answer->status == 200 && strncmp(answer->type, "text/csv", 8) == 0;
    char *text;

    (void)json;
    if (!csv) {
        download_set(ask, "refused", &download);
        web_ask_finish(ask);
        return;
    }
    text = mem_new(answer->length + 1, sizeof(*text));
    memcpy(text, answer->body, answer->length);
    csv = read_csv(&download, text, answer->length);
    download_set(ask, csv ? "downloaded" : "refused", &download);
    free(text);
    if (csv)
        web_ask_finish(ask);
    else
        web_ask_malformed(ask);
}

static void download_unanswered(struct web_ask *ask, const struct http_answer *answer)
{
    (void)answer;
    download_set(ask, "none", &(const struct download){0});
}

static void ask_for_log(struct web_ask *ask)
{
    const char *path = web_fact(ask, "paths.logs_csv");

    if (!path)
        return;
    ask->answered = download_answered;
    web_ask_send(ask, "GET", path, NULL);
}

static void clock_answered(struct web_ask *ask, const struct http_answer *answer,
                           const struct json *json)
{
    const char *clock = json ? web_member_text(ask, json, "clock", "") : "";
    int64_t bench_ns = ask->link->utc_start_ns + timers_now(op_timers(ask->op));
    int64_t device_ns;

    (void)answer;
    if (units_parse_utc(clock, &device_ns) == 0) {
        ask->clock_ns = device_ns;
        if (llabs(device_ns - bench_ns) > CLOCK_FAR_NS)
            ask->clock_ahead_ns = device_ns - bench_ns;
    }
    ask_for_log(ask);
}

// First what time it is there, where the profile says how to ask.
static void download_start(struct op *op)
{
    struct web_ask *ask = web_ask_begin(op, clock_answered);
    bool tells = ask && profile_fact_text(op_profile(op), "web.members.clock", NULL);
    const char *path = tells ? web_fact(ask, "paths.login_state") : NULL;

    if (!ask || (tells && !path))
        return;
    ask->unanswered = download_unanswered;
    if (tells)
        web_ask_send(ask, "GET", path, NULL);
    else
        ask_for_log(ask);
}

static const struct verb audit_download = {
    .name = "audit.download",
    .door = VERB_WIRE,
    .use = VERB_BOTH,
    .service = "web",
    .timeout_ns = WEB_VERB_TIMEOUT_NS,
    .doc = "Downloads the security log; needs a login. `save:` keeps the records for `records:`.",
    .with = &download_with,
    .results = &download_results_schema,
    .start = download_start,
    .cancel = web_ask_cancel,
};

const struct verb *const web_audit_verbs[] = {&audit_download, NULL};

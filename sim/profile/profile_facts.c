// SPDX-License-Identifier: Apache-2.0
// Facts by path: what a scenario's `$role.policy...` and the C of a family ask of a profile, and
// the few facts that have a shape of their own (function codes, identification objects, ageing).
#include "sim/profile/parts.h"

#include <assert.h>
#include <string.h>

#define FACT_PATH_BYTES_MAX 256

const struct yaml_node *profile_fact(const struct profile *profile, const char *path)
{
    static const char policy[] = "policy";
    size_t length = sizeof(policy) - 1;
    char whole[FACT_PATH_BYTES_MAX];
    size_t path_length = strlen(path);

    if (path_length + 4 > sizeof(whole))
        return NULL;
    if (!strncmp(path, policy, length) && (path[length] == '.' || path[length] == '\0')) {
        memcpy(whole, "policies", 8);
        memcpy(whole + 8, path + length, path_length - length + 1);
        path = whole;
    }
    return profile_unmark(yaml_path(profile->root, path));
}

const char *profile_fact_text(const struct profile *profile, const char *path,
                              const char *otherwise)
{
    const struct yaml_node *node = profile_fact(profile, path);

    return node && node->kind == YAML_SCALAR ? node->text : otherwise;
}

int64_t profile_fact_integer(const struct profile *profile, const char *path, int64_t otherwise)
{
    const char *text = profile_fact_text(profile, path, NULL);
    int64_t number;

    return text && units_parse_integer(text, &number) == 0 ? number : otherwise;
}

int64_t profile_fact_time_ns(const struct profile *profile, const char *path, int64_t otherwise)
{
    const char *text = profile_fact_text(profile, path, NULL);
    int64_t time_ns;

    return text && units_parse_time(text, &time_ns) == 0 ? time_ns : otherwise;
}

// ---- Function codes ----

bool profile_parse_function(const char *text, int *ret_function, int *ret_sub)
{
    const char *slash = strchr(text, '/');
    char code[16];
    int64_t function;
    int64_t sub = -1;

    if (slash) {
        if ((size_t)(slash - text) >= sizeof(code))
            return false;
        memcpy(code, text, (size_t)(slash - text));
        code[slash - text] = '\0';
        text = code;
        if (units_parse_integer(slash + 1, &sub) < 0 || sub < 0 || sub > 255)
            return false;
    }
    if (units_parse_integer(text, &function) < 0 || function < 1 || function > 127)
        return false;
    *ret_function = (int)function;
    *ret_sub = (int)sub;
    return true;
}

// ---- Identification objects ----

// Modbus Application Protocol V1.1b3 6.21.
static const char *const identity_names[] = {
    "VendorName",  "ProductCode", "MajorMinorRevision",  "VendorUrl",
    "ProductName", "ModelName",   "UserApplicationName",
};
#define IDENTITY_NAMES_COUNT (sizeof(identity_names) / sizeof(identity_names[0]))

int profile_identity_id(const char *name)
{
    int64_t number;

    for (size_t i = 0; i < IDENTITY_NAMES_COUNT; i++)
        if (!strcmp(identity_names[i], name))
            return (int)i;
    if (units_parse_integer(name, &number) == 0 && number >= 0x80 && number <= 0xFF)
        return (int)number;
    return -1;
}

// ---- Ageing ----

// `pattern` is a point, or a prefix that ends in `*`. Returns how many points it names.
static size_t age_points(struct profile *profile, const char *pattern, int64_t period_ns)
{
    size_t length = strlen(pattern);
    bool prefix = length > 0 && pattern[length - 1] == '*';
    size_t count = 0;

    for (size_t i = 0; i < POINT_COUNT; i++) {
        const char *name = point_info((enum point)i)->name;

        if (prefix ? strncmp(name, pattern, length - 1) != 0 : strcmp(name, pattern) != 0)
            continue;
        profile->ageing_ns[i] = period_ns;
        count++;
    }
    return count;
}

static void age_pattern(struct profile_build *build, const struct yaml_node *pattern,
                        int64_t period_ns)
{
    char hint[PROFILE_HINT_ROOM];

    if (!age_points(build->profile, pattern->text, period_ns))
        yaml_error(build->diag, build->profile->document, pattern,
                   profile_hint(point_nearest(pattern->text), hint), "no point is called '%s'",
                   pattern->text);
}

void profile_build_timing(struct profile_build *build)
{
    const struct yaml_node *ageing = profile_fact(build->profile, "timing.ageing");

    yaml_for_each(i, ageing) {
        const struct yaml_node *points = yaml_get(ageing->items[i], "points");
        const struct yaml_node *period = profile_unmark(yaml_get(ageing->items[i], "period"));
        int64_t period_ns = schema_time_ns(period, 0);

        if (points->kind == YAML_SCALAR)
            age_pattern(build, points, period_ns);
        yaml_for_each(j, points)
            age_pattern(build, points->items[j], period_ns);
    }
}

int64_t profile_ageing_ns(const struct profile *profile, enum point point)
{
    assert((unsigned)point < POINT_COUNT);
    return profile->ageing_ns[point];
}

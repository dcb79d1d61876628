// SPDX-License-Identifier: Apache-2.0
// A profile file becomes a profile: read, checked against its schema, built section by section. The
// YAML tree stays, since facts are looked up in it by path.
#include "sim/profile/parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"

static void set_hash(struct profile *profile)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    size_t length;
    const char *bytes = yaml_bytes(profile->document, &length);

    crypto_sha256(bytes, length, digest);
    crypto_hex(digest, profile->hash);
}

static void build(struct profile_build *build)
{
    struct profile *profile = build->profile;
    const struct yaml_node *source = yaml_get(profile->root, "source");

    profile->source.document = yaml_get_text(source, "document", NULL);
    profile->source.confidence = yaml_get_text(source, "confidence", NULL);
    set_hash(profile);
    profile_build_models(build);
    profile_build_registers(build);
    profile_build_timing(build);
    profile_build_commands(build);
}

// Takes the document; *ret is set only when nothing is wrong with it.
static int make(const char *path, struct yaml_document *document, struct diag *diag,
                struct profile **ret)
{
    struct profile *profile = mem_new(1, sizeof(*profile));
    size_t errors = diag_errors(diag);
    int err;

    profile->document = document;
    profile->path = str_copy(path);
    profile->extras = mem_new(1, sizeof(struct profile_extra *));
    profile->root = yaml_root(document);
    err = schema_check(&profile_schema, document, profile->root, diag);
    if (err == 0) {
        build(&(struct profile_build){profile, diag});
        err = diag_errors(diag) > errors ? ERR_SCHEMA : 0;
    }
    if (err < 0)
        profile_free(&profile);
    else
        *ret = profile;
    return err;
}

int profile_load(const char *path, struct diag *diag, struct profile **ret)
{
    struct yaml_document *document;
    int err = yaml_load(path, diag, &document);

    return err < 0 ? err : make(path, document, diag, ret);
}

int profile_parse(const char *name, const char *text, size_t length, struct diag *diag,
                  struct profile **ret)
{
    struct yaml_document *document;
    int err = yaml_parse(name, text, length, diag, &document);

    return err < 0 ? err : make(name, document, diag, ret);
}

void profile_free(struct profile **profile)
{
    struct profile *gone = *profile;

    *profile = NULL;
    if (!gone)
        return;
    while (gone->extras && *gone->extras) {
        struct profile_extra *extra = *gone->extras;

        *gone->extras = extra->next;
        extra->free(extra);
    }
    free(gone->extras);
    free(gone->results);
    free(gone->modules);
    free(gone->accounts);
    free(gone->commands);
    free(gone->layout);
    free(gone->rows);
    free(gone->blocks);
    free(gone->models);
    free(gone->cells);
    free(gone->columns);
    free(gone->path);
    yaml_free(&gone->document);
    free(gone);
}

struct profile_extra *profile_extras(const struct profile *profile)
{
    return *profile->extras;
}

void profile_add_extra(const struct profile *profile, struct profile_extra *extra)
{
    extra->next = *profile->extras;
    *profile->extras = extra;
}

const char *profile_id(const struct profile *profile)
{
    return yaml_get_text(profile->root, "id", "");
}

const char *profile_family(const struct profile *profile)
{
    return yaml_get_text(profile->root, "family", "");
}

const char *profile_title(const struct profile *profile)
{
    return yaml_get_text(profile->root, "title", "");
}

const char *profile_kind(const struct profile *profile)
{
    return yaml_get_text(profile->root, "kind", "");
}

const char *profile_path(const struct profile *profile)
{
    return profile->path;
}

const char *profile_hash(const struct profile *profile)
{
    return profile->hash;
}

struct profile_source profile_default_source(const struct profile *profile)
{
    return profile->source;
}

// ---- What the builders share ----

const struct yaml_node *profile_unmark(const struct yaml_node *node)
{
    const struct yaml_node *value = yaml_get(node, "value");

    return value ? value : node;
}

struct profile_source profile_source_of(const struct yaml_node *entry,
                                        struct profile_source inherited)
{
    const struct yaml_node *source = yaml_get(entry, "source");
    struct profile_source found = inherited;

    found.document = yaml_get_text(source, "document", found.document);
    found.confidence = yaml_get_text(source, "confidence", found.confidence);
    found.confidence = yaml_get_text(entry, "confidence", found.confidence);
    return found;
}

const char *profile_hint(const char *nearest, char room[PROFILE_HINT_ROOM])
{
    if (!nearest)
        return NULL;
    snprintf(room, PROFILE_HINT_ROOM, "did you mean '%s'?", nearest);
    return room;
}

bool profile_parse_range(const char *text, int64_t *ret_low, int64_t *ret_high)
{
    const char *dots = strstr(text, "..");
    char low[32];
    int64_t from;
    int64_t to;

    if (!dots) {
        if (units_parse_integer(text, &from) < 0)
            return false;
        to = from;
    } else {
        if ((size_t)(dots - text) >= sizeof(low))
            return false;
        snprintf(low, sizeof(low), "%.*s", (int)(dots - text), text);
        if (units_parse_integer(low, &from) < 0 || units_parse_integer(dots + 2, &to) < 0)
            return false;
    }
    if (to < from)
        return false;
    *ret_low = from;
    *ret_high = to;
    return true;
}

const struct yaml_node *profile_cell(const struct yaml_node *columns, const struct yaml_node *row,
                                     const char *column)
{
    yaml_for_each(i, columns) {
        if (i < row->count && !strcmp(columns->items[i]->text, column))
            return row->items[i];
    }
    if (columns && row->count == columns->count + 1)
        return yaml_get(row->items[columns->count], column);
    return NULL;
}

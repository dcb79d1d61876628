// SPDX-License-Identifier: Apache-2.0
// A profile as Markdown, for `testbay describe`: every section with its sources, so that a reader
// with the vendor's document can check it line by line.
#include "sim/profile/parts.h"

#include <stdlib.h>
#include <string.h>

// ---- Pieces ----

// A cell of a table and the bar behind it: a pipe or a line's end within would break it.
static void add_cell(struct str *out, const char *text)
{
    str_adds(out, " ");
    for (; *text; text++) {
        if (*text == '|')
            str_adds(out, "\\|");
        else
            str_add(out, *text == '\n' ? " " : text, 1);
    }
    str_adds(out, " |");
}

static void add_rule(struct str *out, size_t columns)
{
    str_adds(out, "\n|");
    for (size_t i = 0; i < columns; i++)
        str_adds(out, "---|");
    str_adds(out, "\n");
}

static void add_head(struct str *out, const char *const *columns, size_t count)
{
    str_adds(out, "|");
    for (size_t i = 0; i < count; i++)
        add_cell(out, columns[i]);
    add_rule(out, count);
}

static void add_node_cell(struct str *out, const struct yaml_node *node)
{
    struct str text = {0};

    if (node && node->kind == YAML_SCALAR)
        str_adds(&text, node->text);
    else if (node)
        yaml_print(node, &text);
    add_cell(out, str_text(&text));
    str_done(&text);
}

static void add_source(struct str *out, struct profile_source source)
{
    str_addf(out, "%s (%s)", source.document ? source.document : "?",
             source.confidence ? source.confidence : "?");
}

// What a path of the file says, leaf by leaf, each with the mark it does not share with those
// above.
static void add_facts(struct str *out, const struct yaml_node *node, const char *path,
                      struct profile_source source)
{
    const struct yaml_node *value = profile_unmark(node);
    struct profile_source own = profile_source_of(node, source);

    if (value->kind != YAML_MAPPING) {
        str_addf(out, "- `%s`: ", path);
        if (value->kind == YAML_SCALAR)
            str_adds(out, value->text);
        else
            yaml_print(value, out);
        if (own.document != source.document || own.confidence != source.confidence) {
            str_adds(out, " - ");
            add_source(out, own);
        }
        str_adds(out, "\n");
        return;
    }
    yaml_for_each(i, value) {
        const char *key = value->keys[i]->text;
        char *below;

        if (!strcmp(key, "source") || !strcmp(key, "confidence"))
            continue;
        below = str_format("%s%s%s", path, path[0] ? "." : "", key);
        add_facts(out, value->items[i], below, own);
        free(below);
    }
}

// ---- Sections ----

static void add_table(struct str *out, const struct yaml_node *table)
{
    const struct yaml_node *columns = yaml_get(table, "columns");
    const struct yaml_node *rows = yaml_get(table, "rows");
    bool more = false;

    yaml_for_each(i, rows)
        more = more || rows->items[i]->count > columns->count;
    str_adds(out, "|");
    yaml_for_each(i, columns)
        add_cell(out, columns->items[i]->text);
    if (more)
        add_cell(out, "more");
    add_rule(out, columns->count + more);
    yaml_for_each(i, rows) {
        str_adds(out, "|");
        for (size_t j = 0; j < columns->count + more; j++)
            add_node_cell(out, j < rows->items[i]->count ? rows->items[i]->items[j] : NULL);
        str_adds(out, "\n");
    }
}

static void add_features(struct str *out, const struct yaml_node *features)
{
    add_head(out, (const char *const[]){"feature", "on"}, 2);
    yaml_for_each(i, features) {
        bool map = features->kind == YAML_MAPPING;

        str_adds(out, "|");
        add_cell(out, map ? features->keys[i]->text : features->items[i]->text);
        if (map && features->items[i]->kind == YAML_MAPPING)
            add_node_cell(out, features->items[i]);
        else
            add_cell(out, !map || schema_bool(features->items[i], false) ? "every model" : "none");
        str_adds(out, "\n");
    }
}

// How often a repeated row stands in its block.
static unsigned times_of(const struct profile_block *block, const struct profile_register *row)
{
    unsigned times = 0;

    for (size_t i = 0; i < block->registers_count; i++) {
        const struct profile_register *other = &block->registers[i];

        times += other->index && other->point == row->point && other->type == row->type &&
                 other->note == row->note;
    }
    return times;
}

// What stands in a register: its point, or a constant.
static void add_content(struct str *out, const struct profile_block *block,
                        const struct profile_register *row)
{
    struct str text = {0};

    if (row->point >= 0)
        str_addf(&text, "`%s`", point_info((enum point)row->point)->name);
    else
        str_addf(&text, "%lld", (long long)row->constant);
    if (row->index)
        str_addf(&text, ", first of %u", times_of(block, row));
    if (row->scale != 1)
        str_addf(&text, " x %g", row->scale);
    if (row->clamps)
        str_addf(&text, ", %lld to %lld", (long long)row->low, (long long)row->high);
    add_cell(out, str_text(&text));
    str_done(&text);
}

static void add_row(struct str *out, const struct profile_block *block,
                    const struct profile_register *row)
{
    const struct point_info *info = row->point >= 0 ? point_info((enum point)row->point) : NULL;

    str_addf(out, "| %u | 0x%04X |", row->address + 1u, row->address);
    if (row->type == PROFILE_FLAG)
        str_addf(out, " %s %u |", profile_type_text(row), row->bit);
    else
        str_addf(out, " %s x%u |", profile_type_text(row), row->count);
    add_cell(out, profile_accesses[row->access]);
    add_content(out, block, row);
    add_cell(out, info ? info->unit : "");
    add_cell(out, profile_invalid_text(row));
    add_cell(out, row->keeps ? "yes" : "no");
    add_cell(out, row->feature ? row->feature : "");
    add_cell(out, row->note ? row->note : "");
    str_adds(out, " ");
    add_source(out, row->source);
    str_adds(out, " |\n");
}

static void add_block(struct str *out, const struct profile_block *block)
{
    static const char *const head[] = {"register", "address", "type",    "access", "point", "unit",
                                       "invalid",  "keeps",   "feature", "note",   "source"};

    str_addf(out, "\n### Unit %s, %s, %u to %u\n\n", block->unit, profile_tables[block->table],
             block->first + 1u, block->first + block->count);
    if (block->feature)
        str_addf(out, "On models with the feature `%s`. ", block->feature);
    str_addf(out, "A hole reads 0x%04X.\n\n", block->filler);
    if (!block->registers_count)
        return;
    add_head(out, head, sizeof(head) / sizeof(head[0]));
    for (size_t i = 0; i < block->registers_count; i++)
        if (block->registers[i].index <= 1)
            add_row(out, block, &block->registers[i]);
}

static void add_commands(struct str *out, const struct yaml_node *section)
{
    static const char *const tables[] = {"modules", "commands", "results"};

    add_facts(out, yaml_get(section, "layout"), "layout", (struct profile_source){NULL, NULL});
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        str_addf(out, "\n### %c%s\n\n", tables[i][0] - 'a' + 'A', tables[i] + 1);
        add_table(out, yaml_get(section, tables[i]));
    }
}

static void add_audit(struct str *out, const struct yaml_node *section,
                      struct profile_source source)
{
    const struct yaml_node *events = yaml_get(section, "events");

    yaml_for_each(i, section) {
        const char *key = section->keys[i]->text;

        if (section->items[i] != events && strcmp(key, "source") && strcmp(key, "confidence"))
            add_facts(out, section->items[i], key, source);
    }
    if (events) {
        str_adds(out, "\n### Events\n\n");
        add_table(out, events);
    }
}

// ---- All ----

static bool is_header(const char *key)
{
    static const char *const keys[] = {"testbay-profile", "id",      "family", "kind",
                                       "title",           "edition", "source"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!strcmp(keys[i], key))
            return true;
    return false;
}

static void add_section(const struct profile *profile, const char *key,
                        const struct yaml_node *node, struct str *out)
{
    char *title = str_copy(key);
    struct profile_source own = profile_source_of(node, profile->source);

    for (char *at = title; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    title[0] = (char)(title[0] >= 'a' && title[0] <= 'z' ? title[0] - 'a' + 'A' : title[0]);
    str_addf(out, "\n## %s\n\n", title);
    free(title);
    if (own.document != profile->source.document || own.confidence != profile->source.confidence) {
        str_adds(out, "From ");
        add_source(out, own);
        str_adds(out, ".\n\n");
    }
    if (!strcmp(key, "registers")) {
        for (size_t i = 0; i < profile->blocks_count; i++)
            add_block(out, &profile->blocks[i]);
    } else if (!strcmp(key, "features")) {
        add_features(out, node);
    } else if (!strcmp(key, "command_interface")) {
        add_commands(out, node);
    } else if (!strcmp(key, "audit")) {
        add_audit(out, node, own);
    } else if (yaml_get(node, "columns")) {
        add_table(out, node);
    } else {
        add_facts(out, node, "", own);
    }
}

void profile_describe(const struct profile *profile, struct str *out)
{
    const struct yaml_node *root = profile->root;

    str_addf(out, "# %s\n\nProfile `%s` of family `%s`, kind `%s`", profile_title(profile),
             profile_id(profile), profile_family(profile), profile_kind(profile));
    if (yaml_get(root, "edition"))
        str_addf(out, ", edition %s", yaml_get_text(root, "edition", ""));
    str_adds(out, ".\nUnless an entry says otherwise: ");
    add_source(out, profile->source);
    str_adds(out, ". H is the vendor's own table or code that runs against real devices, M two "
                  "weaker sources, L recollection: check it on a board.\n");
    str_addf(out, "SHA-256 of the file: %s\n", profile->hash);
    yaml_for_each(i, root) {
        if (!is_header(root->keys[i]->text))
            add_section(profile, root->keys[i]->text, root->items[i], out);
    }
}

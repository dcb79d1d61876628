// SPDX-License-Identifier: Apache-2.0
// Reading the catalogue as far as a report needs it, and laying scenarios over it.
#include "sim/scenario/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/yaml/tree.h"

#define PLACES_MAX 1000000 // Rows below one chapter, and chapters below one document.

// ---- The catalogue ----

static char *join(const struct yaml_node *list)
{
    struct str out = {0};

    yaml_for_each(i, list) {
        str_addf(&out, "%s%s", i ? ", " : "", list->items[i]->text ? list->items[i]->text : "");
    }
    return str_take(&out);
}

// Where the chapter that a section begins with stands in its document; behind all when it has none
// of that name.
static size_t chapter_place(const struct yaml_node *document, const char *section)
{
    const struct yaml_node *chapters = yaml_get(document, "chapters");
    const char *end = strstr(section, " > ");
    size_t length = end ? (size_t)(end - section) : strlen(section);
    size_t place = 0;

    for (; chapters && place < chapters->count; place++) {
        const char *title = yaml_get_text(chapters->items[place], "title", "");

        if (strlen(title) == length && strncmp(title, section, length) == 0)
            break;
    }
    return place;
}

static size_t document_place(const struct yaml_node *documents, const char *id)
{
    size_t place = 0;

    while (documents && place < documents->count && strcmp(documents->keys[place]->text, id) != 0)
        place++;
    return place;
}

static void set_fingerprint(struct statement *statement)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    char hex[CRYPTO_SHA256_HEX_ROOM];
    char *both = str_format("%s\n%s", statement->text, statement->check);

    crypto_sha256(both, strlen(both), digest);
    crypto_hex(digest, hex);
    memcpy(statement->fingerprint, hex, COVERAGE_FINGERPRINT_ROOM - 1);
    statement->fingerprint[COVERAGE_FINGERPRINT_ROOM - 1] = '\0';
    free(both);
}

// The newest document that says it: the last of its list, which is the one the section is named
// after.
static const char *newest(const struct yaml_node *row)
{
    const struct yaml_node *documents = yaml_get(row, "documents");

    return documents && documents->count && documents->items[documents->count - 1]->text
               ? documents->items[documents->count - 1]->text
               : "";
}

static void read_statement(const struct yaml_node *root, const struct yaml_node *row, size_t place,
                           struct statement *ret)
{
    const struct yaml_node *documents = yaml_get(root, "documents");
    const struct yaml_node *document;

    ret->id = yaml_get_text(row, "id", "");
    ret->kind = yaml_get_text(row, "kind", "");
    ret->text = yaml_get_text(row, "text", "");
    ret->check = yaml_get_text(row, "check", "");
    ret->section = yaml_get_text(row, "section", "");
    ret->not_testable = yaml_get_text(row, "not_testable", NULL);
    ret->document = newest(row);
    document = yaml_get(documents, ret->document);
    ret->document_title = yaml_get_text(document, "title", ret->document);
    ret->needs = join(yaml_get(row, "needs"));
    ret->documents = join(yaml_get(row, "documents"));
    ret->order = (document_place(documents, ret->document) * PLACES_MAX +
                  chapter_place(document, ret->section)) *
                     PLACES_MAX +
                 place;
    set_fingerprint(ret);
}

static int by_order(const void *left, const void *right)
{
    size_t one = ((const struct statement *)left)->order;
    size_t other = ((const struct statement *)right)->order;

    return (one > other) - (one < other);
}

int catalogue_load(const char *path, struct diag *diag, struct catalogue **ret)
{
    struct catalogue *catalogue = mem_new(1, sizeof(*catalogue));
    const struct yaml_node *rows;
    int err = yaml_load(path, diag, &catalogue->document);

    if (err < 0) {
        free(catalogue);
        return err;
    }
    rows = yaml_get(yaml_root(catalogue->document), "requirements");
    if (!rows || rows->kind != YAML_SEQUENCE) {
        yaml_error(diag, catalogue->document, yaml_root(catalogue->document), NULL,
                   "a catalogue has a list of 'requirements'");
        catalogue_free(&catalogue);
        return ERR_SCHEMA;
    }
    catalogue->statements = mem_new(rows->count, sizeof(*catalogue->statements));
    yaml_for_each(i, rows) {
        if (rows->items[i]->kind != YAML_MAPPING || !yaml_get(rows->items[i], "id"))
            yaml_error(diag, catalogue->document, rows->items[i], NULL, "a row needs an 'id'");
        else
            read_statement(yaml_root(catalogue->document), rows->items[i], i,
                           &catalogue->statements[catalogue->count++]);
    }
    qsort(catalogue->statements, catalogue->count, sizeof(*catalogue->statements), by_order);
    *ret = catalogue;
    return 0;
}

void catalogue_free(struct catalogue **catalogue)
{
    if (!*catalogue)
        return;
    for (size_t i = 0; i < (*catalogue)->count; i++) {
        free((*catalogue)->statements[i].needs);
        free((*catalogue)->statements[i].documents);
    }
    free((*catalogue)->statements);
    yaml_free(&(*catalogue)->document);
    free(*catalogue);
    *catalogue = NULL;
}

size_t catalogue_count(const struct catalogue *catalogue)
{
    return catalogue->count;
}

const struct statement *catalogue_find(const struct catalogue *catalogue, const char *reference,
                                       bool *ret_suspect)
{
    size_t length = strcspn(reference, "@.");
    const char *at = strchr(reference, '@');

    *ret_suspect = false;
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct statement *statement = &catalogue->statements[i];

        if (strlen(statement->id) != length || strncmp(statement->id, reference, length) != 0)
            continue;
        *ret_suspect = at && strcmp(at + 1, statement->fingerprint) != 0;
        return statement;
    }
    return NULL;
}

// ---- Laying over ----

static struct coverage_row *add_row(struct coverage *coverage, const struct statement *statement,
                                    const char *id)
{
    struct coverage_row *row;

    coverage->rows = mem_grow(coverage->rows, coverage->count + 1, sizeof(*coverage->rows));
    row = &coverage->rows[coverage->count++];
    *row = (struct coverage_row){.statement = statement, .id = str_copy(id)};
    row->verdicts = mem_new(coverage->columns, sizeof(*row->verdicts));
    return row;
}

static struct coverage_row *row_of(struct coverage *coverage, const struct statement *statement,
                                   const char *reference)
{
    char *id = statement ? str_copy(statement->id)
                         : str_format("%.*s", (int)strcspn(reference, "@"), reference);
    struct coverage_row *row = NULL;

    for (size_t i = 0; i < coverage->count && !row; i++)
        if (strcmp(coverage->rows[i].id, id) == 0)
            row = &coverage->rows[i];
    if (!row)
        row = add_row(coverage, NULL, id);
    free(id);
    return row;
}

static void add_cover(struct coverage_row *row, const struct result_scenario *scenario,
                      bool suspect)
{
    row->suspect = row->suspect || suspect;
    for (size_t i = 0; i < row->covers_count; i++)
        if (row->covers[i].scenario == scenario)
            return; // Two cells of one row.
    row->covers = mem_grow(row->covers, row->covers_count + 1, sizeof(*row->covers));
    row->covers[row->covers_count++] = (struct cover){scenario, suspect};
    for (size_t i = 0; i < scenario->entries_count; i++)
        if (scenario->entries[i])
            row->verdicts[i] = verdict_worse(row->verdicts[i], scenario->entries[i]->verdict);
}

void coverage_init(struct coverage *coverage, const struct catalogue *catalogue,
                   const struct result *result)
{
    *coverage = (struct coverage){.columns = result->columns_count};
    for (size_t i = 0; catalogue && i < catalogue->count; i++)
        add_row(coverage, &catalogue->statements[i], catalogue->statements[i].id);
    for (size_t i = 0; i < result->scenarios_count; i++) {
        const struct result_scenario *scenario = result->scenarios[i];

        for (size_t j = 0; j < scenario->verifies.count; j++) {
            const char *reference = scenario->verifies.items[j];
            bool suspect = false;
            const struct statement *statement =
                catalogue ? catalogue_find(catalogue, reference, &suspect) : NULL;

            add_cover(row_of(coverage, statement, reference), scenario, suspect);
        }
    }
}

void coverage_done(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        free(coverage->rows[i].id);
        free(coverage->rows[i].covers);
        free(coverage->rows[i].verdicts);
    }
    free(coverage->rows);
    *coverage = (struct coverage){0};
}

// SPDX-License-Identifier: Apache-2.0
// Both tables are indexed by key text and sorted, so that a thousand chargers with fifty
// transactions each take a moment.
#include "sim/scenario/reconcile.h"

#include <stdlib.h>
#include <string.h>

struct row {
    char *key;   // All key fields, in one text.
    char *group; // The first key field: order counts within it.
    const struct value_record *record;
    size_t place; // In its table.
    bool merged;  // A repeat of the one before.
};

struct table {
    struct row *rows;
    size_t count;
};

static void add_field(struct str *out, const struct value *value)
{
    value_print(value, out);
    str_adds(out, "\x1f"); // Cannot be in a field that a person would write.
}

static bool row_key(const struct value_record *record, const struct yaml_node *key, struct row *ret)
{
    struct str text = {0};
    struct str group = {0};

    yaml_for_each(i, key) {
        const struct value *value = value_record_get(record, key->items[i]->text);

        if (!value || value->type == VALUE_NONE) {
            str_done(&text);
            str_done(&group);
            return false;
        }
        add_field(&text, value);
        if (i == 0)
            value_print(value, &group);
    }
    ret->key = str_take(&text);
    ret->group = str_take(&group);
    return true;
}

static int by_key(const void *left, const void *right)
{
    const struct row *one = left;
    const struct row *other = right;
    int order = strcmp(one->key, other->key);

    return order ? order : (one->place > other->place) - (one->place < other->place);
}

static struct table index_table(const struct value *records, const struct yaml_node *key,
                                size_t *without_key)
{
    struct table table = {.rows = mem_new(records->count, sizeof(*table.rows))};

    for (size_t i = 0; i < records->count; i++) {
        struct row *row = &table.rows[table.count];

        row->record = &records->records[i];
        row->place = i;
        if (row_key(row->record, key, row))
            table.count++;
        else
            (*without_key)++;
    }
    qsort(table.rows, table.count, sizeof(*table.rows), by_key);
    return table;
}

static void table_done(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].key);
        free(table->rows[i].group);
    }
    free(table->rows);
}

static struct row *find(const struct table *table, const char *key)
{
    size_t low = 0;
    size_t high = table->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(table->rows[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->count && strcmp(table->rows[low].key, key) == 0 ? &table->rows[low] : NULL;
}

static bool same_fields(const struct value_record *one, const struct value_record *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        const struct value *value = value_record_get(other, one->keys[i]);

        if (!value || !value_equal(&one->values[i], value))
            return false;
    }
    return true;
}

static void say(struct reconcile_result *result, const char *what, const struct row *row,
                const char *field)
{
    char *key;

    if (result->first)
        return;
    key = str_copy(row->key);
    key[strlen(key) - 1] = '\0';
    for (char *at = key; *at; at++)
        *at = *at == '\x1f' ? '/' : *at;
    result->first =
        str_format("%s: %s%s%s", what, key, field ? ", field " : "", field ? field : "");
    free(key);
}

static void count_doubled(struct table *right, bool merge, struct reconcile_result *result)
{
    for (size_t i = 1; i < right->count; i++) {
        struct row *row = &right->rows[i];

        if (strcmp(row->key, row[-1].key) != 0)
            continue;
        row->merged = merge && same_fields(row->record, row[-1].record);
        if (row->merged)
            continue;
        result->doubled++;
        say(result, "doubled", row, NULL);
    }
}

static void compare_fields(const struct row *left, const struct row *right,
                           const struct yaml_node *equal, struct reconcile_result *result)
{
    yaml_for_each(i, equal) {
        const char *name = equal->items[i]->text;
        const struct value *one = value_record_get(left->record, name);
        const struct value *other = value_record_get(right->record, name);

        if (one && other && value_equal(one, other))
            continue;
        result->unequal++;
        say(result, "unequal", left, name);
        return;
    }
}

static int by_place(const void *left, const void *right)
{
    const struct row *one = left;
    const struct row *other = right;
    int order = strcmp(one->group, other->group);

    return order ? order : (one->place > other->place) - (one->place < other->place);
}

// Neighbours of one group on the left, and whether the right has them in the same order.
static void count_disorder(struct table *left, const struct table *right,
                           struct reconcile_result *result)
{
    const struct row *before = NULL;

    qsort(left->rows, left->count, sizeof(*left->rows), by_place);
    for (size_t i = 0; i < left->count; i++) {
        const struct row *there = find(right, left->rows[i].key);

        if (i && strcmp(left->rows[i].group, left->rows[i - 1].group) != 0)
            before = NULL;
        if (!there)
            continue;
        if (before && there->place < before->place) {
            result->out_of_order++;
            say(result, "out of order", &left->rows[i], NULL);
        }
        before = there;
    }
}

void reconcile(const struct value *left, const struct value *right,
               const struct reconcile_rules *rules, struct reconcile_result *ret)
{
    struct table one;
    struct table other;

    *ret = (struct reconcile_result){.left = left->count, .right = right->count};
    one = index_table(left, rules->key, &ret->without_key);
    other = index_table(right, rules->key, &ret->without_key);
    for (size_t i = 0; i < one.count; i++) {
        const struct row *there = find(&other, one.rows[i].key);

        if (!there) {
            ret->missing++;
            say(ret, "missing", &one.rows[i], NULL);
        } else {
            compare_fields(&one.rows[i], there, rules->equal, ret);
        }
    }
    count_doubled(&other, rules->merge_repeats, ret);
    for (size_t i = 0; i < other.count; i++) {
        if ((i && strcmp(other.rows[i].key, other.rows[i - 1].key) == 0) ||
            find(&one, other.rows[i].key))
            continue;
        ret->surplus++;
        say(ret, "surplus", &other.rows[i], NULL);
    }
    count_disorder(&one, &other, ret);
    table_done(&one);
    table_done(&other);
}

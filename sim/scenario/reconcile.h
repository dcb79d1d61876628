// SPDX-License-Identifier: Apache-2.0
// Reconciling two tables: who did things against who was told. Pure: tables in, differences out.
#ifndef SIM_SCENARIO_RECONCILE_H
#define SIM_SCENARIO_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/value.h"
#include "sim/yaml/tree.h"

struct reconcile_rules {
    const struct yaml_node *key;   // Sequence of field names.
    const struct yaml_node *equal; // The same, or NULL.
    bool merge_repeats;            // A repeat with the same fields is one record.
};

struct reconcile_result {
    size_t left;
    size_t right;
    size_t missing;      // On the left, not on the right.
    size_t doubled;      // Keys that the right has more than once (after merging).
    size_t out_of_order; // Neighbours on the left that the right has the other way round, within
                         // the first key field.
    size_t surplus;      // On the right alone.
    size_t unequal;      // A field of `equal` differs.
    size_t without_key;  // Records, of either side, that lack a field of the key.
    char *first;         // The first difference in words, or NULL; the caller frees it.
};

// Compares two VALUE_RECORDS.
void reconcile(const struct value *left, const struct value *right,
               const struct reconcile_rules *rules, struct reconcile_result *ret);

#endif

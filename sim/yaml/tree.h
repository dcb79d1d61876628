// SPDX-License-Identifier: Apache-2.0
// YAML without its traps: libyaml's events become our own tree, every scalar is text with a place,
// and the schema decides what it means. Duplicate keys, tags, anchors, aliases, merge keys, a
// second document, tabs that indent a block, bytes that are not UTF-8 and files over the limits are
// refused with a hint. What a tree was printed as reads back as the same tree.
#ifndef SIM_YAML_TREE_H
#define SIM_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/yaml/diag.h"

#define YAML_FILE_BYTES_MAX (4 * 1024 * 1024)
#define YAML_DEPTH_MAX 64
#define YAML_NODES_MAX 400000

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

// A node. A scalar has `text`; a sequence has `items`; a mapping has `keys` and `items` side by
// side, in written order. All borrowed from the document.
struct yaml_node {
    enum yaml_kind kind;
    bool quoted; // Single or double quotes or a block scalar: never a number, never none.
    struct yaml_mark mark;
    const char *text;
    size_t count;
    struct yaml_node **keys;
    struct yaml_node **items;
};

struct yaml_document;

// Reads a file. The caller frees *ret, which must outlive every node. Errors are noted in `diag`
// and one of ERR_SYNTAX, ERR_TOO_LONG, ERR_TOO_DEEP, ERR_TOO_MANY or -errno (also noted) is
// returned.
int yaml_load(const char *path, struct diag *diag, struct yaml_document **ret);

// The same for text in memory (copied); `name` stands where a file name would (copied).
int yaml_parse(const char *name, const char *text, size_t length, struct diag *diag,
               struct yaml_document **ret);

void yaml_tree_free(struct yaml_document **document);

// yaml_tree_free() under its usual name. Not a function of its own: libyaml calls a `yaml_free`
// that it exports, and an executable that had one too would be called by the library.
static inline void yaml_free(struct yaml_document **document)
{
    yaml_tree_free(document);
}

// The top node, never NULL; the name given; the raw bytes, for hashes.
const struct yaml_node *yaml_root(const struct yaml_document *document);
const char *yaml_name(const struct yaml_document *document);
const char *yaml_bytes(const struct yaml_document *document, size_t *ret_length);

// The value of `key` in a mapping, or NULL (also when `node` is NULL or no mapping).
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

// The text of the scalar under `key`, or `otherwise`.
const char *yaml_get_text(const struct yaml_node *node, const char *key, const char *otherwise);

// The node at a dotted path: "policies.lockout.stages.0.failures". A number indexes a sequence. A
// key that itself holds dots ("password.user") is found when the whole rest or a prefix of it is a
// key.
const struct yaml_node *yaml_path(const struct yaml_node *node, const char *path);

// Notes an error at the node's place, with its source line.
void yaml_error(struct diag *diag, const struct yaml_document *document,
                const struct yaml_node *node, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// Walks items (and keys of a mapping): for (size_t i = 0; i < node->count; i++) ... node->items[i].
#define yaml_for_each(index, node) for (size_t index = 0; (node) && index < (node)->count; index++)

// Appends the node as canonical flow YAML (for `describe` and for comparing).
void yaml_print(const struct yaml_node *node, struct str *out);

#endif

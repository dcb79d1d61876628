// SPDX-License-Identifier: Apache-2.0
// Looking things up in a tree and printing it. Nothing here knows how the tree was made.
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/yaml/document.h"

#define NODE_SIMPLE_KEY_MAX 1000
#define NODE_PATH_MAX 512 // Bytes of a path; a longer one names nothing.

const struct yaml_node *yaml_root(const struct yaml_document *document)
{
    assert(document->root);
    return document->root;
}

const char *yaml_name(const struct yaml_document *document)
{
    return document->name;
}

const char *yaml_bytes(const struct yaml_document *document, size_t *ret_length)
{
    *ret_length = document->length;
    return document->bytes;
}

// By halving, for the mappings that carry an index.
static const struct yaml_node *node_find(const struct yaml_node *node, const char *key)
{
    const uint32_t *index = (const uint32_t *)(node->keys + node->count);
    size_t low = 0;
    size_t high = node->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, node->keys[index[middle]]->text);

        if (order == 0)
            return node->items[index[middle]];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
    if (!node || node->kind != YAML_MAPPING)
        return NULL;
    if (node->count >= DOCUMENT_INDEX_FROM)
        return node_find(node, key);
    for (size_t i = 0; i < node->count; i++)
        if (strcmp(node->keys[i]->text, key) == 0)
            return node->items[i];
    return NULL;
}

const char *yaml_get_text(const struct yaml_node *node, const char *key, const char *otherwise)
{
    const struct yaml_node *item = yaml_get(node, key);

    return item && item->kind == YAML_SCALAR ? item->text : otherwise;
}

static const struct yaml_node *node_item(const struct yaml_node *node, const char *number)
{
    size_t index = 0;

    if (!*number || strlen(number) > 9)
        return NULL;
    for (; *number; number++) {
        if (!isdigit((unsigned char)*number))
            return NULL;
        index = index * 10 + (size_t)(*number - '0');
    }
    return index < node->count ? node->items[index] : NULL;
}

// Tries the whole of `path` as a key, then ever shorter prefixes of it. `path` is cut in place and
// mended again.
static const struct yaml_node *node_path(const struct yaml_node *node, char *path)
{
    char *end = path + strlen(path);

    for (;;) {
        const struct yaml_node *item = NULL;
        char kept = *end;

        *end = '\0';
        if (node->kind == YAML_MAPPING)
            item = yaml_get(node, path);
        else if (node->kind == YAML_SEQUENCE)
            item = node_item(node, path);
        *end = kept;
        if (item && kept)
            item = node_path(item, end + 1);
        if (item)
            return item;
        do {
            if (end == path)
                return NULL;
            end--;
        } while (*end != '.');
    }
}

const struct yaml_node *yaml_path(const struct yaml_node *node, const char *path)
{
    size_t length = strlen(path);
    char copy[NODE_PATH_MAX];

    if (!node || length >= sizeof(copy))
        return NULL;
    if (length == 0)
        return node;
    memcpy(copy, path, length + 1);
    return node_path(node, copy);
}

void yaml_error(struct diag *diag, const struct yaml_document *document,
                const struct yaml_node *node, const char *hint, const char *format, ...)
{
    struct str message = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&message, format, arguments);
    va_end(arguments);
    document_error(diag, document, &node->mark, hint, "%s", str_text(&message));
    str_done(&message);
}

// True when the text may stand without quotes inside { } and [ ] and mean the same.
static bool node_is_bare(const char *text)
{
    if (!isalnum((unsigned char)*text) && !strchr("$/._(+<=~^", *text) &&
        !(*text == '-' && isalnum((unsigned char)text[1])))
        return false;
    // "..." at the beginning of a line ends a document.
    if (!*text || strcmp(text, "<<") == 0 || strncmp(text, "...", 3) == 0)
        return false;
    for (const char *at = text; *at; at++) {
        if (*at == ':' && !isalnum((unsigned char)at[1]))
            return false;
        if (*at == ' ' && (at[1] == '#' || at[1] == ' ' || !at[1]))
            return false;
        if (!isalnum((unsigned char)*at) && !strchr(" $/._()+<>=~^-*%@:;", *at))
            return false;
    }
    return true;
}

static void node_print_text(const struct yaml_node *node, struct str *out)
{
    if (node->quoted || !node_is_bare(node->text))
        str_add_json(out, node->text); // JSON's strings are YAML's double-quoted texts.
    else
        str_adds(out, node->text);
}

// A key longer than 1024 characters must be announced with a question mark.
static void node_print_key(const struct yaml_node *key, struct str *out)
{
    struct str text = {0};

    node_print_text(key, &text);
    str_addf(out, "%s%s: ", text.length > NODE_SIMPLE_KEY_MAX ? "? " : "", text.text);
    str_done(&text);
}

void yaml_print(const struct yaml_node *node, struct str *out)
{
    if (node->kind == YAML_SCALAR) {
        node_print_text(node, out);
        return;
    }
    str_adds(out, node->kind == YAML_MAPPING ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        if (i)
            str_adds(out, ", ");
        if (node->kind == YAML_MAPPING)
            node_print_key(node->keys[i], out);
        yaml_print(node->items[i], out);
    }
    str_adds(out, node->kind == YAML_MAPPING ? "}" : "]");
}

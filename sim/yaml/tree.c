// SPDX-License-Identifier: Apache-2.0
// The one file that sees libyaml: its events (YAML 1.1) become nodes. The event interface gives
// every scalar as text with its place; what we do not want of YAML (anchors, aliases, tags, merge
// keys, keys that are no text, more than one document) is refused here, most of it without
// stopping.
#include "sim/yaml/tree.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/yaml/document.h"

#define TREE_USE_HINT                                                                              \
    "write it out where it is needed; steps that several places share go into a procedure file "   \
    "and are called with `use:`"

// A collection that is still open; its children lie on the stack from `base` on, keys and values of
// a mapping in turn.
struct tree_frame {
    struct yaml_node *node;
    size_t base;
};

struct tree_builder {
    yaml_parser_t parser;
    struct yaml_document *document;
    struct diag *diag;
    struct tree_frame frames[YAML_DEPTH_MAX];
    size_t depth;
    struct yaml_node **stack;
    size_t stack_count;
    size_t stack_room;
    size_t nodes;
    size_t documents;
    struct yaml_mark quote; // The last text in quotes, and where it ended.
    int quote_end_line;
    bool failed; // Errors were noted, but the rest is still worth reading.
    bool done;
};

static struct yaml_mark tree_mark(const struct tree_builder *builder, const yaml_mark_t *mark)
{
    return (struct yaml_mark){builder->document->name, (int)mark->line + 1, (int)mark->column + 1};
}

static bool tree_at_key(const struct tree_builder *builder)
{
    const struct tree_frame *frame;

    if (builder->depth == 0)
        return false;
    frame = &builder->frames[builder->depth - 1];
    return frame->node->kind == YAML_MAPPING && (builder->stack_count - frame->base) % 2 == 0;
}

// A new node hung into its parent. Returns 0 or ERR_TOO_MANY.
static int tree_add(struct tree_builder *builder, enum yaml_kind kind, const yaml_mark_t *mark,
                    struct yaml_node **ret)
{
    struct yaml_mark place = tree_mark(builder, mark);
    struct yaml_node *node;

    if (builder->nodes == YAML_NODES_MAX) {
        document_error(builder->diag, builder->document, &place, "split it into several files",
                       "the file has more than %d values", YAML_NODES_MAX);
        return ERR_TOO_MANY;
    }
    node = document_allocate(builder->document, sizeof(*node));
    node->kind = kind;
    node->mark = place;
    builder->nodes++;
    if (builder->depth == 0) {
        assert(!builder->document->root);
        builder->document->root = node;
    } else {
        MEM_PUSH_ROOM(builder->stack, builder->stack_count, builder->stack_room);
        builder->stack[builder->stack_count++] = node;
    }
    *ret = node;
    return 0;
}

// Notes what YAML allows and we do not; the rest is still read. `word` is shown behind what it is.
static void tree_refuse(struct tree_builder *builder, const yaml_mark_t *mark, const char *hint,
                        const char *what, const char *word)
{
    struct yaml_mark place = tree_mark(builder, mark);

    document_error(builder->diag, builder->document, &place, hint, "%s%s", what, word);
    builder->failed = true;
}

static void tree_check_properties(struct tree_builder *builder, const yaml_mark_t *mark,
                                  const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        tree_refuse(builder, mark, TREE_USE_HINT, "anchors are not read: &", (const char *)anchor);
    if (tag)
        tree_refuse(builder, mark,
                    "remove it, the field decides what a value means; a text that begins with ! "
                    "needs quotes",
                    "tags are not read: ", (const char *)tag);
}

static void tree_check_scalar(struct tree_builder *builder, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    tree_check_properties(builder, &event->start_mark, event->data.scalar.anchor,
                          event->data.scalar.tag);
    if (strlen(text) != event->data.scalar.length)
        tree_refuse(builder, &event->start_mark, NULL, "a text cannot hold a NUL", "");
    if (tree_at_key(builder) && plain && strcmp(text, "<<") == 0)
        tree_refuse(builder, &event->start_mark, TREE_USE_HINT, "merge keys are not read: ", text);
    if (event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
        event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
        builder->quote = tree_mark(builder, &event->start_mark);
        builder->quote_end_line = (int)event->end_mark.line + 1;
    }
}

static int tree_on_scalar(struct tree_builder *builder, const yaml_event_t *event)
{
    struct yaml_node *node;
    int err;

    tree_check_scalar(builder, event);
    err = tree_add(builder, YAML_SCALAR, &event->start_mark, &node);
    if (err < 0)
        return err;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = document_copy(builder->document, (const char *)event->data.scalar.value,
                               event->data.scalar.length);
    return 0;
}

// An alias leaves an empty text in its place, so that the rest can be read for further errors.
static int tree_on_alias(struct tree_builder *builder, const yaml_event_t *event)
{
    struct yaml_node *node;
    int err;

    tree_refuse(builder, &event->start_mark, TREE_USE_HINT, "aliases are not read: *",
                (const char *)event->data.alias.anchor);
    err = tree_add(builder, YAML_SCALAR, &event->start_mark, &node);
    if (err == 0)
        node->text = "";
    return err;
}

static int tree_refuse_key(struct tree_builder *builder, const yaml_event_t *event)
{
    struct yaml_mark place = tree_mark(builder, &event->start_mark);
    const char *at = document_at(builder->document, place.line, place.column);
    bool braces = *at == '{' && at > builder->document->bytes && at[-1] == '{';

    document_error(builder->diag, builder->document, &place,
                   braces ? "for a variable write $x or $(x), not {{x}}"
                          : "write `name: value`, the name in one piece",
                   "a key must be a text, not %s",
                   event->type == YAML_MAPPING_START_EVENT ? "a mapping" : "a list");
    return ERR_SYNTAX;
}

static int tree_open(struct tree_builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
    struct yaml_node *node;
    int err;

    if (tree_at_key(builder))
        return tree_refuse_key(builder, event);
    if (builder->depth == YAML_DEPTH_MAX) {
        struct yaml_mark place = tree_mark(builder, &event->start_mark);

        document_error(builder->diag, builder->document, &place, NULL,
                       "values are nested deeper than %d levels", YAML_DEPTH_MAX);
        return ERR_TOO_DEEP;
    }
    err = tree_add(builder, kind, &event->start_mark, &node);
    if (err < 0)
        return err;
    builder->frames[builder->depth++] = (struct tree_frame){node, builder->stack_count};
    return 0;
}

static int tree_on_sequence(struct tree_builder *builder, const yaml_event_t *event)
{
    tree_check_properties(builder, &event->start_mark, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag);
    return tree_open(builder, event, YAML_SEQUENCE);
}

static int tree_on_mapping(struct tree_builder *builder, const yaml_event_t *event)
{
    tree_check_properties(builder, &event->start_mark, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag);
    return tree_open(builder, event, YAML_MAPPING);
}

static void tree_refuse_twice(struct tree_builder *builder, const struct yaml_node *first,
                              const struct yaml_node *again)
{
    document_error(builder->diag, builder->document, &again->mark, NULL, "duplicate key '%s'",
                   again->text);
    document_note(builder->diag, builder->document, &first->mark, "the first '%s' is here",
                  first->text);
    builder->failed = true;
}

static int tree_compare_keys(const void *left, const void *right, void *user)
{
    struct yaml_node *const *keys = user;
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    int order = strcmp(keys[a]->text, keys[b]->text);

    return order ? order : a < b ? -1 : 1;
}

// Sorts the index behind the keys; equal keys then lie side by side, the first written first.
static void tree_index(struct tree_builder *builder, struct yaml_node *node)
{
    uint32_t *index = (uint32_t *)(node->keys + node->count);
    size_t first = 0;

    for (size_t i = 0; i < node->count; i++)
        index[i] = (uint32_t)i;
    qsort_r(index, node->count, sizeof(*index), tree_compare_keys, node->keys);
    for (size_t i = 1; i < node->count; i++) {
        if (strcmp(node->keys[index[first]]->text, node->keys[index[i]]->text) == 0)
            tree_refuse_twice(builder, node->keys[index[first]], node->keys[index[i]]);
        else
            first = i;
    }
}

static void tree_check_keys(struct tree_builder *builder, struct yaml_node *node)
{
    if (node->count >= DOCUMENT_INDEX_FROM) {
        tree_index(builder, node);
        return;
    }
    for (size_t i = 1; i < node->count; i++) {
        size_t first = 0;

        while (strcmp(node->keys[first]->text, node->keys[i]->text) != 0)
            first++;
        if (first < i)
            tree_refuse_twice(builder, node->keys[first], node->keys[i]);
    }
}

// Moves the children off the stack into tables of their exact size.
static int tree_on_end(struct tree_builder *builder, const yaml_event_t *event)
{
    const struct tree_frame *frame = &builder->frames[--builder->depth];
    struct yaml_node *node = frame->node;
    size_t step = node->kind == YAML_MAPPING ? 2 : 1;
    struct yaml_node **children;

    (void)event;
    node->count = (builder->stack_count - frame->base) / step;
    children = node->count ? builder->stack + frame->base : NULL;
    node->items = document_allocate(builder->document, node->count * sizeof(struct yaml_node *));
    if (step == 2) {
        size_t index = node->count >= DOCUMENT_INDEX_FROM ? node->count * sizeof(uint32_t) : 0;

        node->keys =
            document_allocate(builder->document, node->count * sizeof(struct yaml_node *) + index);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (step == 2)
            node->keys[i] = children[2 * i];
        node->items[i] = children[step * i + step - 1];
    }
    builder->stack_count = frame->base;
    if (step == 2)
        tree_check_keys(builder, node);
    return 0;
}

static int tree_on_document(struct tree_builder *builder, const yaml_event_t *event)
{
    const yaml_tag_directive_t *tags = event->data.document_start.tag_directives.start;

    if (tags && tags != event->data.document_start.tag_directives.end)
        tree_refuse(builder, &event->start_mark, "remove the line", "tags are not read: %TAG ",
                    (const char *)tags->handle);
    if (builder->documents++ == 0)
        return 0;
    tree_refuse(builder, &event->start_mark,
                "one file holds one document; give it a file of its own",
                "a second document begins here", "");
    return ERR_SYNTAX;
}

static int tree_on_stream_end(struct tree_builder *builder, const yaml_event_t *event)
{
    const struct yaml_node *root = builder->document->root;
    struct yaml_mark whole = {.file = builder->document->name};

    (void)event;
    builder->done = true;
    if (root && (root->kind != YAML_SCALAR || root->quoted || *root->text || builder->failed))
        return 0;
    document_error(builder->diag, builder->document, &whole, NULL, "the file is empty");
    return ERR_SYNTAX;
}

static int tree_on_nothing(struct tree_builder *builder, const yaml_event_t *event)
{
    (void)builder;
    (void)event;
    return 0;
}

typedef int tree_on_event_fn(struct tree_builder *builder, const yaml_event_t *event);

static tree_on_event_fn *const tree_events[] = {
    [YAML_NO_EVENT] = tree_on_nothing,
    [YAML_STREAM_START_EVENT] = tree_on_nothing,
    [YAML_STREAM_END_EVENT] = tree_on_stream_end,
    [YAML_DOCUMENT_START_EVENT] = tree_on_document,
    [YAML_DOCUMENT_END_EVENT] = tree_on_nothing,
    [YAML_ALIAS_EVENT] = tree_on_alias,
    [YAML_SCALAR_EVENT] = tree_on_scalar,
    [YAML_SEQUENCE_START_EVENT] = tree_on_sequence,
    [YAML_SEQUENCE_END_EVENT] = tree_on_end,
    [YAML_MAPPING_START_EVENT] = tree_on_mapping,
    [YAML_MAPPING_END_EVENT] = tree_on_end,
};

// The library stopped. A text in quotes that ended just before is shown too: it may have lost its
// quote long before, or hold one too many.
static int tree_on_problem(struct tree_builder *builder)
{
    const yaml_parser_t *parser = &builder->parser;
    struct document_problem problem = {
        .problem = parser->problem ? parser->problem : "cannot be read",
        .mark = tree_mark(builder, &parser->problem_mark),
        .context = parser->context,
        .context_mark = tree_mark(builder, &parser->context_mark),
    };

    if (parser->error == YAML_MEMORY_ERROR)
        return ERR_NO_MEMORY;
    if (builder->quote.line && problem.mark.line == builder->quote_end_line)
        problem.quote_mark = &builder->quote;
    document_note_problem(builder->diag, builder->document, &problem);
    return ERR_SYNTAX;
}

static int tree_run(struct tree_builder *builder)
{
    int err = 0;

    while (!builder->done && err == 0) {
        yaml_event_t event;

        if (!yaml_parser_parse(&builder->parser, &event))
            return tree_on_problem(builder);
        assert(event.type < sizeof(tree_events) / sizeof(tree_events[0]));
        err = tree_events[event.type](builder, &event);
        yaml_event_delete(&event);
    }
    return err == 0 && builder->failed ? ERR_SYNTAX : err;
}

int document_build(struct yaml_document *document, size_t skip, struct diag *diag)
{
    struct tree_builder builder = {.document = document, .diag = diag};
    int err;

    if (!yaml_parser_initialize(&builder.parser))
        return ERR_NO_MEMORY;
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)document->bytes + skip,
                                 document->length - skip);
    err = tree_run(&builder);
    yaml_parser_delete(&builder.parser);
    free(builder.stack);
    return err;
}

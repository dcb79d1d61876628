// SPDX-License-Identifier: Apache-2.0
// A document's memory and its source lines. The arena hands out pieces of chunks and never takes
// one back, so a file of 400 000 nodes costs a few hundred allocations and one walk to free.
#include "sim/yaml/document.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/base/utf8.h"

#define DOCUMENT_CHUNK_BYTES ((size_t)64 * 1024)

struct document_chunk {
    struct document_chunk *next;
    size_t used;
    size_t room;
    alignas(max_align_t) char data[];
};

struct yaml_document *document_new(const char *name, const char *bytes, size_t length)
{
    struct yaml_document *document = mem_new(1, sizeof(*document));

    document->name = str_copy(name);
    document->bytes = mem_new(length + 1, 1);
    if (length)
        memcpy(document->bytes, bytes, length);
    document->length = length;
    return document;
}

void yaml_tree_free(struct yaml_document **document)
{
    struct document_chunk *next;

    if (!*document)
        return;
    for (struct document_chunk *chunk = (*document)->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free((*document)->bytes);
    free((*document)->name);
    free(*document);
    *document = NULL;
}

// Small documents, the fuzzer's among them, should not pay for a whole chunk.
static size_t document_chunk_room(const struct yaml_document *document, size_t bytes)
{
    size_t room = document->chunks ? DOCUMENT_CHUNK_BYTES : 4096;

    return bytes > room ? bytes : room;
}

void *document_allocate(struct yaml_document *document, size_t bytes)
{
    struct document_chunk *chunk = document->chunks;
    size_t aligned = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *memory;

    assert(aligned >= bytes);
    if (!chunk || chunk->room - chunk->used < aligned) {
        size_t room = document_chunk_room(document, aligned);

        chunk = mem_new(1, sizeof(*chunk) + room);
        chunk->room = room;
        chunk->next = document->chunks;
        document->chunks = chunk;
    }
    memory = chunk->data + chunk->used;
    chunk->used += aligned;
    return memory;
}

const char *document_copy(struct yaml_document *document, const char *text, size_t length)
{
    char *copy = document_allocate(document, length + 1);

    if (length)
        memcpy(copy, text, length);
    return copy;
}

// libyaml's idea of a line break after document_check_bytes(): LF, CR, or both as one.
static const char *document_next_line(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    if (at == end)
        return end;
    return at + (end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 1);
}

const char *document_at(const struct yaml_document *document, int line, int column)
{
    const char *at = document->bytes;
    const char *end = at + document->length;

    if (document->length >= 3 && memcmp(at, DOCUMENT_BOM, 3) == 0)
        at += 3;
    for (int i = 1; i < line; i++)
        at = document_next_line(at, end);
    for (int i = 1; i < column && *at && *at != '\n' && *at != '\r'; i++)
        at += utf8_length(at) ? utf8_length(at) : 1;
    return at;
}

char *document_line(const struct yaml_document *document, int line, const struct diag *diag)
{
    const char *at;
    struct str text = {0};

    if (diag_full(diag) || line <= 0)
        return NULL;
    at = document_at(document, line, 1);
    str_add(&text, at, strcspn(at, "\r\n"));
    return str_take(&text);
}

void document_error(struct diag *diag, const struct yaml_document *document,
                    const struct yaml_mark *mark, const char *hint, const char *format, ...)
{
    char *line = document_line(document, mark->line, diag);
    struct str message = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&message, format, arguments);
    va_end(arguments);
    diag_error(diag, mark, line, hint, "%s", str_text(&message));
    str_done(&message);
    free(line);
}

void document_note(struct diag *diag, const struct yaml_document *document,
                   const struct yaml_mark *mark, const char *format, ...)
{
    char *line = document_line(document, mark->line, diag);
    struct str message = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&message, format, arguments);
    va_end(arguments);
    diag_note(diag, mark, line, "%s", str_text(&message));
    str_done(&message);
    free(line);
}

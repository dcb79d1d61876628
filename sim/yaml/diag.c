// SPDX-License-Identifier: Apache-2.0
// Collects and prints what is wrong with files. What comes from a file is shown with its control
// characters replaced, long lines cut around the place, and tabs as arrows one column wide, so that
// the mark stands under its character on every terminal. Not modelled: characters two columns wide.
#include "sim/yaml/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/utf8.h"

#define DIAG_TEXT_MAX 400    // Bytes shown of a message or a hint.
#define DIAG_SOURCE_CHARS 96 // Characters shown of a source line.
#define DIAG_SOURCE_LEAD 64  // Of these at most so many before the place.
#define DIAG_ARROW "\xE2\x86\x92"
#define DIAG_DOTS "\xE2\x80\xA6"

struct diag_place {
    int line;
    int column;
    char *source; // As shown, or NULL.
    int caret;    // Characters of `source` before the place.
};

struct diag_entry {
    bool warning;
    char *file;
    struct diag_place place;
    char *message;
    char *hint;
    struct diag_place note_place;
    char *note;
};

struct diag {
    struct diag_entry entries[DIAG_COUNT_MAX];
    size_t entries_count;
    size_t noted; // Errors and warnings, those not kept included.
    size_t errors;
    bool last_kept;
};

struct diag *diag_new(void)
{
    return mem_new(1, sizeof(struct diag));
}

void diag_free(struct diag **diag)
{
    if (!*diag)
        return;
    for (size_t i = 0; i < (*diag)->entries_count; i++) {
        struct diag_entry *entry = &(*diag)->entries[i];

        free(entry->file);
        free(entry->place.source);
        free(entry->message);
        free(entry->hint);
        free(entry->note_place.source);
        free(entry->note);
    }
    free(*diag);
    *diag = NULL;
}

// Appends the character at *text as a terminal may see it and steps over it.
static void diag_add_char(struct str *s, const char **text)
{
    unsigned char c = (unsigned char)**text;
    size_t length = utf8_length(*text);

    if (length == 0)
        str_adds(s, UTF8_REPLACEMENT);
    else if (c == '\t')
        str_adds(s, DIAG_ARROW);
    else if (c < 0x20 || c == 0x7F || (c == 0xC2 && (unsigned char)(*text)[1] < 0xA0))
        str_adds(s, "?");
    else
        str_add(s, *text, length);
    *text += length ? length : 1;
}

static char *diag_clean(const char *text)
{
    struct str s = {0};

    if (!text)
        return NULL;
    while (*text && s.length < DIAG_TEXT_MAX)
        diag_add_char(&s, &text);
    if (*text)
        str_adds(&s, DIAG_DOTS);
    return str_take(&s);
}

// Keeps the part of the line around the place.
static struct diag_place diag_place(const struct yaml_mark *mark, const char *source)
{
    struct diag_place place = {.line = mark->line, .column = mark->column};
    struct str s = {0};
    int skip = mark->column - 1 > DIAG_SOURCE_LEAD ? mark->column - 1 - DIAG_SOURCE_LEAD : 0;

    if (!source || mark->line <= 0)
        return place;
    place.caret = mark->column - 1 - skip;
    if (skip)
        str_adds(&s, DIAG_DOTS);
    place.caret += skip ? 1 : 0;
    for (int i = 0; i < skip && *source; i++)
        source += utf8_length(source) ? utf8_length(source) : 1;
    for (int i = 0; i < DIAG_SOURCE_CHARS && *source; i++)
        diag_add_char(&s, &source);
    if (*source)
        str_adds(&s, DIAG_DOTS);
    place.source = str_take(&s);
    return place;
}

static char *diag_format(const char *format, va_list arguments)
{
    struct str s = {0};
    char *clean;

    str_addv(&s, format, arguments);
    clean = diag_clean(str_text(&s));
    str_done(&s);
    return clean;
}

static void diag_add(struct diag *diag, bool warning, const struct yaml_mark *mark,
                     const char *source, const char *hint, const char *format, va_list arguments)
{
    struct diag_entry *entry;

    diag->noted++;
    if (!warning)
        diag->errors++;
    diag->last_kept = !diag_full(diag);
    if (!diag->last_kept)
        return;
    entry = &diag->entries[diag->entries_count++];
    entry->warning = warning;
    entry->file = str_copy(mark->file);
    entry->place = diag_place(mark, source);
    entry->message = diag_format(format, arguments);
    entry->hint = diag_clean(hint);
}

void diag_error(struct diag *diag, const struct yaml_mark *mark, const char *source,
                const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diag_add(diag, false, mark, source, hint, format, arguments);
    va_end(arguments);
}

void diag_warning(struct diag *diag, const struct yaml_mark *mark, const char *source,
                  const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diag_add(diag, true, mark, source, hint, format, arguments);
    va_end(arguments);
}

void diag_note(struct diag *diag, const struct yaml_mark *mark, const char *source,
               const char *format, ...)
{
    struct diag_entry *entry;
    va_list arguments;

    assert(diag->noted > 0);
    if (!diag->last_kept)
        return;
    entry = &diag->entries[diag->entries_count - 1];
    assert(!entry->note);
    entry->note_place = diag_place(mark, source);
    va_start(arguments, format);
    entry->note = diag_format(format, arguments);
    va_end(arguments);
}

bool diag_full(const struct diag *diag)
{
    return diag->entries_count == DIAG_COUNT_MAX;
}

size_t diag_errors(const struct diag *diag)
{
    return diag->errors;
}

static int diag_compare(const void *left, const void *right)
{
    const struct diag_entry *a = *(const struct diag_entry *const *)left;
    const struct diag_entry *b = *(const struct diag_entry *const *)right;
    int files = strcmp(a->file, b->file);

    if (files)
        return files;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return a < b ? -1 : a > b; // As noted: they lie in one array.
}

static void diag_sort(const struct diag *diag, const struct diag_entry *ret_sorted[DIAG_COUNT_MAX])
{
    for (size_t i = 0; i < diag->entries_count; i++)
        ret_sorted[i] = &diag->entries[i];
    qsort(ret_sorted, diag->entries_count, sizeof(ret_sorted[0]), diag_compare);
}

struct diag_colours {
    const char *bold, *error, *warning, *note, *caret, *hint, *off;
};

static const struct diag_colours diag_plain = {"", "", "", "", "", "", ""};
static const struct diag_colours diag_coloured = {
    "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[36m", "\x1b[0m",
};

static void diag_print_place(const char *file, const struct diag_place *place, const char *colour,
                             const char *word, const char *message, const struct diag_colours *c,
                             struct str *out)
{
    str_addf(out, "%s%s:", c->bold, file);
    if (place->line > 0)
        str_addf(out, "%d:%d:", place->line, place->column);
    str_addf(out, "%s %s%s:%s %s%s%s\n", c->off, colour, word, c->off, c->bold, message, c->off);
    if (!place->source)
        return;
    str_addf(out, "%5d | %s\n", place->line, place->source);
    str_addf(out, "      | %*s%s^%s\n", place->caret, "", c->caret, c->off);
}

void diag_print(const struct diag *diag, bool colour, struct str *out)
{
    const struct diag_colours *c = colour ? &diag_coloured : &diag_plain;
    const struct diag_entry *sorted[DIAG_COUNT_MAX];

    diag_sort(diag, sorted);
    for (size_t i = 0; i < diag->entries_count; i++) {
        const struct diag_entry *entry = sorted[i];

        diag_print_place(entry->file, &entry->place, entry->warning ? c->warning : c->error,
                         entry->warning ? "warning" : "error", entry->message, c, out);
        if (entry->note)
            diag_print_place(entry->file, &entry->note_place, c->note, "note", entry->note, c, out);
        if (entry->hint)
            str_addf(out, "      = %shint:%s %s\n", c->hint, c->off, entry->hint);
    }
    if (diag->noted > diag->entries_count)
        str_addf(out, "... and %zu more\n", diag->noted - diag->entries_count);
}

static void diag_print_json_place(const struct diag_place *place, const char *message,
                                  struct str *out)
{
    str_addf(out, "\"line\": %d, \"column\": %d, \"message\": ", place->line, place->column);
    str_add_json(out, message);
    if (place->source) {
        str_adds(out, ", \"source\": ");
        str_add_json(out, place->source);
    }
}

void diag_print_json(const struct diag *diag, struct str *out)
{
    const struct diag_entry *sorted[DIAG_COUNT_MAX];

    diag_sort(diag, sorted);
    str_adds(out, "[");
    for (size_t i = 0; i < diag->entries_count; i++) {
        const struct diag_entry *entry = sorted[i];

        str_addf(out, "%s\n  {\"severity\": \"%s\", \"file\": ", i ? "," : "",
                 entry->warning ? "warning" : "error");
        str_add_json(out, entry->file);
        str_adds(out, ", ");
        diag_print_json_place(&entry->place, entry->message, out);
        if (entry->hint) {
            str_adds(out, ", \"hint\": ");
            str_add_json(out, entry->hint);
        }
        if (entry->note) {
            str_adds(out, ", \"note\": {");
            diag_print_json_place(&entry->note_place, entry->note, out);
            str_adds(out, "}");
        }
        str_adds(out, "}");
    }
    str_adds(out, diag->entries_count ? "\n]\n" : "]\n");
}

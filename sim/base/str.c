// SPDX-License-Identifier: Apache-2.0
// Growing text and the allocators that abort.
#include "sim/base/str.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/utf8.h"

void *mem_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory) {
        fputs("testbay: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mem_grow(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count ? count : 1, size ? size : 1);

    if (!memory) {
        fputs("testbay: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static void str_reserve(struct str *s, size_t more)
{
    size_t room = s->room ? s->room : 64;

    assert(more < SIZE_MAX / 4 - s->length);
    while (room < s->length + more + 1)
        room *= 2;
    if (room != s->room) {
        s->text = mem_grow(s->text, room, 1);
        s->room = room;
    }
}

void str_add(struct str *s, const char *text, size_t length)
{
    str_reserve(s, length);
    if (length)
        memcpy(s->text + s->length, text, length);
    s->length += length;
    s->text[s->length] = '\0';
}

void str_adds(struct str *s, const char *text)
{
    str_add(s, text, strlen(text));
}

void str_addv(struct str *s, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    str_reserve(s, (size_t)length);
    vsnprintf(s->text + s->length, (size_t)length + 1, format, arguments);
    s->length += (size_t)length;
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    str_addv(s, format, arguments);
    va_end(arguments);
}

// What JSON allows inside a string but YAML, JavaScript or a terminal takes for something else: the
// code point to be written as an escape, else 0. `at` is one well-formed character.
static unsigned str_code_to_escape(const char *at, size_t length)
{
    const unsigned char *c = (const unsigned char *)at;
    unsigned code;

    if (length == 1)
        return *c < 0x20 || *c == 0x7F ? *c : 0;
    if (length == 2)
        return c[0] == 0xC2 && c[1] < 0xA0 ? c[1] : 0;
    if (length == 4)
        return 0;
    code = (c[0] & 0x0Fu) << 12 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu);
    return code == 0x2028 || code == 0x2029 || code == 0xFEFF || code >= 0xFFFE ? code : 0;
}

void str_add_json(struct str *s, const char *text)
{
    static const char *const short_forms[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };
    const char *at = text;

    str_adds(s, "\"");
    while (*at) {
        unsigned char c = (unsigned char)*at;
        size_t length = utf8_length(at);

        if (length == 0) {
            str_adds(s, UTF8_REPLACEMENT);
            length = 1;
        } else if (c < sizeof(short_forms) / sizeof(short_forms[0]) && short_forms[c]) {
            str_adds(s, short_forms[c]);
        } else if (str_code_to_escape(at, length)) {
            str_addf(s, "\\u%04x", str_code_to_escape(at, length));
        } else {
            str_add(s, at, length);
        }
        at += length;
    }
    str_adds(s, "\"");
}

// XML 1.0 production 2: what is well-formed UTF-8 and still no character of XML.
static bool str_is_not_xml(const char *at, size_t length)
{
    unsigned char c = (unsigned char)*at;

    if (length == 1)
        return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    return memcmp(at, "\xEF\xBF\xBE", 3) == 0 || memcmp(at, "\xEF\xBF\xBF", 3) == 0;
}

void str_add_xml(struct str *s, const char *text)
{
    static const char *const entities[] = {
        ['\r'] = "&#13;", ['&'] = "&amp;",  ['<'] = "&lt;",
        ['>'] = "&gt;",   ['"'] = "&quot;", ['\''] = "&#39;",
    };
    const char *at = text;

    while (*at) {
        unsigned char c = (unsigned char)*at;
        size_t length = utf8_length(at);

        if (length == 0 || str_is_not_xml(at, length)) {
            str_adds(s, UTF8_REPLACEMENT);
            length = length ? length : 1;
        } else if (c < sizeof(entities) / sizeof(entities[0]) && entities[c]) {
            str_adds(s, entities[c]);
        } else {
            str_add(s, at, length);
        }
        at += length;
    }
}

const char *str_text(const struct str *s)
{
    return s->text ? s->text : "";
}

char *str_take(struct str *s)
{
    char *text = s->text ? s->text : mem_new(1, 1);

    *s = (struct str){0};
    return text;
}

void str_clear(struct str *s)
{
    s->length = 0;
    if (s->text)
        s->text[0] = '\0';
}

void str_done(struct str *s)
{
    free(s->text);
    *s = (struct str){0};
}

char *str_format(const char *format, ...)
{
    struct str s = {0};
    va_list arguments;

    va_start(arguments, format);
    str_addv(&s, format, arguments);
    va_end(arguments);
    return str_take(&s);
}

char *str_copy(const char *text)
{
    struct str s = {0};

    if (!text)
        return NULL;
    str_adds(&s, text);
    return str_take(&s);
}

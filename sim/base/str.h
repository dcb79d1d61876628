// SPDX-License-Identifier: Apache-2.0
// Growing text, for everything that is printed, reported or compared with a golden file.
// Never used on a device's hot path. Memory exhaustion aborts: nothing useful can be said without
// it.
#ifndef SIM_BASE_STR_H
#define SIM_BASE_STR_H

#include <stdarg.h>
#include <stddef.h>

// Zero-initialise. `text` is always NUL-terminated once something was added, NULL before.
struct str {
    char *text;
    size_t length;
    size_t room;
};

// Appends `length` bytes of `text` (borrowed).
void str_add(struct str *s, const char *text, size_t length);

// Appends a NUL-terminated text (borrowed).
void str_adds(struct str *s, const char *text);

// Appends in printf's manner.
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *format, va_list arguments);

// Appends `text` as a JSON string with its quotes, which is also a YAML text in double quotes:
// control characters, line separators and non-characters are escaped, bytes that are not UTF-8
// become U+FFFD.
void str_add_json(struct str *s, const char *text);

// Appends `text` with & < > " ' and the carriage return escaped, for XML and HTML. Characters that
// XML 1.0 forbids and bytes that are not UTF-8 become U+FFFD.
void str_add_xml(struct str *s, const char *text);

// The text so far, never NULL; borrowed, valid until the next call on `s`.
const char *str_text(const struct str *s);

// Hands the text to the caller, who frees it; `s` is empty again. Never NULL.
char *str_take(struct str *s);

// Forgets the text, keeps the room.
void str_clear(struct str *s);

// Gives the memory back. Accepts an empty one.
void str_done(struct str *s);

// A printf into fresh memory that the caller frees; never NULL.
char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A copy the caller frees; never NULL; NULL gives NULL.
char *str_copy(const char *text);

// malloc, calloc and realloc that abort when there is no memory. For what is made when a file is
// loaded; `count` times `size` is checked for overflow.
void *mem_new(size_t count, size_t size);
void *mem_grow(void *old, size_t count, size_t size);

// Grows `array` (a pointer) of `count` items to hold one more; `room` holds its capacity.
#define MEM_PUSH_ROOM(array, count, room)                                                          \
    do {                                                                                           \
        if ((count) == (room)) {                                                                   \
            (room) = (room) ? (room)*2 : 8;                                                        \
            (array) = mem_grow((array), (room), sizeof(*(array)));                                 \
        }                                                                                          \
    } while (0)

#endif

// SPDX-License-Identifier: Apache-2.0
// UTF-8 as far as a tool needs it that prints what others wrote (RFC 3629).
#ifndef SIM_BASE_UTF8_H
#define SIM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

// The length in bytes (1 to 4) of the well-formed character at the NUL-terminated `text`; 0 where
// the bytes are not one (over-long, surrogate, above U+10FFFF, cut short). `text` is not at its
// end.
size_t utf8_length(const char *text);

// True when the `length` bytes are well-formed UTF-8 without a NUL. On false *ret_at is the offset
// of the first bad byte; ret_at may be NULL.
bool utf8_valid(const char *text, size_t length, size_t *ret_at);

#endif

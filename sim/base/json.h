// SPDX-License-Identifier: Apache-2.0
// JSON that comes from outside (the control socket, a report read back), through jansson, with
// bounds. What we write ourselves is written with str_addf() and str_add_json().
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_BYTES_MAX (16 * 1024 * 1024)
#define JSON_VALUES_MAX 1000000

struct json; // One value; borrowed from the document it hangs in.

// Parses `length` bytes (a copy is kept); duplicate keys, NUL and bytes that are not UTF-8 are
// refused. Returns 0, ERR_TOO_LONG, ERR_TOO_MANY, ERR_TOO_DEEP (2048 levels) or ERR_SYNTAX; for the
// last two *ret_where, if not NULL, holds the offset in bytes. The caller frees *ret.
int json_parse(const char *text, size_t length, struct json **ret, size_t *ret_where);
void json_free(struct json **document);

// A member of an object or NULL (also when `json` is NULL or no object).
const struct json *json_get(const struct json *json, const char *key);
// An item of an array or NULL; the number of items or members.
const struct json *json_at(const struct json *json, size_t index);
size_t json_count(const struct json *json);

// The value, or `otherwise` when absent or of another type. Text is borrowed.
const char *json_text(const struct json *json, const char *otherwise);
double json_number(const struct json *json, double otherwise);
int64_t json_int64(const struct json *json, int64_t otherwise); // 2.0 is whole, 2.5 is not.
bool json_bool(const struct json *json, bool otherwise);
bool json_is_text(const struct json *json);
bool json_is_number(const struct json *json);
bool json_is_bool(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_object(const struct json *json);

// json_int64() under its usual name. Not a function of its own: libjansson exports `json_integer`,
// and an executable that had one too would be called by the library.
static inline int64_t json_integer(const struct json *json, int64_t otherwise)
{
    return json_int64(json, otherwise);
}

// Walks an object's members in their written order: `*ret_key` and the value, or NULL at the end.
// Start with *cursor = NULL.
const struct json *json_next(const struct json *object, void **cursor, const char **ret_key);

#endif

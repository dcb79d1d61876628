// SPDX-License-Identifier: Apache-2.0
// Values of a query (RFC 3986 3.4, with HTML's "+" for a blank), for the owners of control paths.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/edge/control.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A percent sign that begins no %XX, and an encoded NUL, stay as they are.
static char *decode(const char *at, size_t length)
{
    struct str text = {0};

    for (size_t i = 0; i < length; i++) {
        int high = i + 2 < length ? hex_digit(at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(at[i + 2]) : -1;
        char c = at[i] == '+' ? ' ' : at[i];

        if (at[i] == '%' && low >= 0 && high + low > 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        str_add(&text, &c, 1);
    }
    return str_take(&text);
}

char *control_query_get(const char *path, const char *name)
{
    const char *at = strchr(path, '?');
    size_t name_length = strlen(name);

    while (at) {
        size_t length = strcspn(++at, "&");

        if (length > name_length && strncmp(at, name, name_length) == 0 && at[name_length] == '=')
            return decode(at + name_length + 1, length - name_length - 1);
        at = strchr(at, '&');
    }
    return NULL;
}

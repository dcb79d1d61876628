// SPDX-License-Identifier: Apache-2.0
// RFC 4180 with its one liberty: a line may end in LF alone.
#include "sim/proto/web/verbs/csv.h"

#include <stdbool.h>

#include "sim/base/err.h"

struct csv csv_of(char *text, size_t length)
{
    text[length] = '\0';
    return (struct csv){.at = text, .end = text + length};
}

// A field in quotes, undone in place; the cursor stands behind its last quote.
static bool unquote(struct csv *csv, char **ret_end)
{
    char *to = csv->at;

    csv->at++;
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at == csv->end || *csv->at != '"') {
                *ret_end = to;
                return true;
            }
        }
        *to++ = *csv->at;
    }
    return false;
}

static bool plain(struct csv *csv, char **ret_end)
{
    while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\r' && *csv->at != '\n') {
        if (*csv->at == '"')
            return false;
        csv->at++;
    }
    *ret_end = csv->at;
    return true;
}

int csv_next(struct csv *csv, char *ret_fields[CSV_FIELDS_MAX])
{
    int count = 0;

    if (csv->at >= csv->end)
        return 0;
    for (;;) {
        char *end;
        char stop;

        if (count == CSV_FIELDS_MAX)
            return ERR_TOO_MANY;
        ret_fields[count++] = csv->at;
        if (csv->at < csv->end && *csv->at == '"' ? !unquote(csv, &end) : !plain(csv, &end))
            return ERR_MALFORMED;
        stop = csv->at < csv->end ? *csv->at : '\n';
        csv->at += csv->at < csv->end;
        if (stop == '\r' && csv->at < csv->end && *csv->at == '\n') {
            csv->at++;
            stop = '\n';
        }
        *end = '\0';
        if (stop == '\n')
            return count;
        if (stop != ',')
            return ERR_MALFORMED;
    }
}

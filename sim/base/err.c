// SPDX-License-Identifier: Apache-2.0
// The table behind err.h.
#include "sim/base/err.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct err_row {
    const char *name;
    enum err_class class;
    const char *text;
};

static const struct err_row err_rows[] = {
#define ERR(name, class, text) {#name, ERR_CLASS_##class, text},
#include "sim/base/err.def"
#undef ERR
};

static const struct err_row *err_row(int err)
{
    int place;

    assert(err <= 0);
    place = ERR_LAST_ERRNO - 1 - err;
    if (place < 0 || (size_t)place >= sizeof(err_rows) / sizeof(err_rows[0]))
        return NULL;
    return &err_rows[place];
}

const char *err_text(int err)
{
    const struct err_row *row = err_row(err);
    const char *text;

    if (err == 0)
        return "success";
    if (row)
        return row->text;
    text = strerrordesc_np(-err); // Unlike strerror(3), safe in the bench's line workers.
    return text ? text : "unknown error";
}

const char *err_name(int err)
{
    static _Thread_local char number[24];
    const struct err_row *row = err_row(err);

    if (err == 0)
        return "OK";
    if (row)
        return row->name;
    snprintf(number, sizeof(number), "errno %d", -err);
    return number;
}

enum err_class err_class(int err)
{
    const struct err_row *row = err_row(err);

    return row ? row->class : ERR_CLASS_SYSTEM;
}

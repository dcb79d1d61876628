// SPDX-License-Identifier: Apache-2.0
// Words that are no calls: strcpy(a, b) in a comment, "time(NULL)" in a text, a hook of that name.
#include "sim/base/thing.h"

#include <stdlib.h>
#include <string.h>

struct thing {
    long (*time)(void);
};

size_t thing_size(const struct thing *thing)
{
    const char *text = "strcpy(a, b), \"time(0)\"";

    // TODO(maintainers): owned, so allowed.
    return (size_t)thing->time() + strlen(text);
}

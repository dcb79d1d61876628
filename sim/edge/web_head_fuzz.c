// SPDX-License-Identifier: Apache-2.0
// Any bytes as the head of a request to a device: what is told lies within its own copy, paths are
// plain, and whatever is refused is refused with a status.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/edge/web_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct web_head_bounds bounds = {WEB_HEAD_BYTES_MAX, 10000};
    struct web_head head;
    struct web_refusal refusal = {0, NULL};
    size_t used = 0;
    int e = web_head_read(data, size, &bounds, &head, &used, &refusal);

    if ((e == ERR_MALFORMED) != (refusal.status >= 400) || (refusal.status && !refusal.why))
        abort();
    if (e < 0)
        return 0;
    if (used == 0 || used > size || used > bounds.head_bytes_max ||
        head.body_length > bounds.body_bytes_max || head.path[0] != '/' ||
        strstr(head.path, "//") || strstr(head.path, "/../") || !head.query || !head.method)
        abort();
    for (size_t i = 0; i < head.headers_count; i++)
        if (strpbrk(head.headers[i].value, "\r\n"))
            abort();
    return 0;
}

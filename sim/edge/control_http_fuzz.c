// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request head: what is read lies inside them, and reading again after a longer
// offer gives the same.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/edge/control.h"
#include "sim/edge/control_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_query(const struct control_head *head)
{
    char *path = mem_new(1, head->path_length + 1);
    char *value;

    memcpy(path, head->path, head->path_length);
    value = control_query_get(path, "device");
    if (value && strlen(value) > head->path_length)
        abort();
    free(value);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_head head = {0};
    struct control_head again = {0};
    size_t used = 0;
    size_t used_again = 0;
    unsigned status = 0;
    int error = control_http_read(data, size, &head, &used, &status);

    if ((error == ERR_MALFORMED || error == ERR_TOO_LONG) != (status >= 400))
        abort();
    if (error)
        return 0;
    if (used > size || used > CONTROL_HEADER_BYTES_MAX ||
        head.body_length > CONTROL_BODY_BYTES_MAX || head.path[0] != '/' ||
        (const uint8_t *)head.path < data ||
        (const uint8_t *)head.path + head.path_length > data + used)
        abort();
    if (control_http_read(data, used, &again, &used_again, &status) != 0 || used_again != used ||
        again.body_length != head.body_length || again.path_length != head.path_length)
        abort();
    check_query(&head);
    return 0;
}

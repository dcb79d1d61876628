// SPDX-License-Identifier: Apache-2.0
// One state, one character at a time.
#include "sim/edge/tty_marks.h"

#include <assert.h>

size_t tty_marks_undo(struct tty_marks *marks, uint8_t *data, size_t length, bool *ret_damaged)
{
    size_t kept = 0;

    assert(marks->seen <= 2);
    for (size_t i = 0; i < length; i++) {
        if (marks->seen == 0 && data[i] == 0xFF) {
            marks->seen = 1;
            continue;
        }
        if (marks->seen == 1 && data[i] == 0x00) {
            marks->seen = 2;
            continue;
        }
        if (marks->seen == 2)
            *ret_damaged = true;
        marks->seen = 0;
        data[kept++] = data[i];
    }
    return kept;
}

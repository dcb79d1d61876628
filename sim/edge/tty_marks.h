// SPDX-License-Identifier: Apache-2.0
// What a tty with PARMRK and INPCK puts into its stream (termios(3)): 0xFF 0x00 c stands for a
// character c with a parity or framing error (or a break), 0xFF 0xFF for a plain 0xFF. For tty.c.
#ifndef SIM_EDGE_TTY_MARKS_H
#define SIM_EDGE_TTY_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How much of a mark has come: 0, 1 (0xFF) or 2 (0xFF 0x00). Zero-initialise; marks may be cut
// anywhere.
struct tty_marks {
    unsigned seen;
};

// Undoes the marks in place; returns the length that is left. Sets *ret_damaged when a character
// was marked, else leaves it.
size_t tty_marks_undo(struct tty_marks *marks, uint8_t *data, size_t length, bool *ret_damaged);

#endif

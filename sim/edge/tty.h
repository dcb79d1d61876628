// SPDX-License-Identifier: Apache-2.0
// A line_port over a real serial port (Modbus over Serial Line V1.02 2.5): raw, exclusive,
// non-blocking. Silence is judged on the host's clock with slack for USB adapters and scheduling;
// that the last character has left is computed from the baud rate and checked with the driver's
// queue. Not modelled: modem lines and flow control; a gap of t1.5 inside a frame cannot be seen
// from here.
#ifndef SIM_EDGE_TTY_H
#define SIM_EDGE_TTY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct core;

#define EDGE_TTY_SLACK_NS (4 * SIM_NS_PER_MS)

struct edge_tty_options {
    const char
        *name; // A path ("/dev/ttyUSB0"), or a name below /dev/serial/by-id. Borrowed for the call.
    uint32_t baud; // One of the usual rates, 300 to 1000000.
    enum line_parity parity;
    unsigned stop_bits; // 1 or 2; 0 for what the parity asks: 1 with, 2 without (2.5.1).
    bool rs485;         // Ask the driver to switch the transmitter (TIOCSRS485).
    int64_t slack_ns;   // Silence is max(t3.5, this); 0 for EDGE_TTY_SLACK_NS.
};

// Opens it; set the events before the turn ends. Returns 0, ERR_RANGE (baud, stop bits),
// ERR_NOT_FOUND (no such file), ERR_EXISTS (another process holds it), ERR_TYPE (not a tty) or
// -errno. `core` is borrowed. Closed by line_detach(). Besides the errors of port.h, line_send()
// gives ERR_IO once the adapter is gone.
int edge_tty_open(struct core *core, const struct edge_tty_options *options,
                  struct line_port **ret);

// What was asked for and the driver would not do ("parity: not kept by the driver; RS-485 mode:
// ..."), or NULL. A pty keeps no parity and has no RS-485 mode: steps that need them are N/A.
// Borrowed.
const char *edge_tty_not_available(const struct line_port *port);

// The device file's path as it was opened. Borrowed.
const char *edge_tty_path(const struct line_port *port);

// 0, or why it stopped hearing and talking (ERR_IO: unplugged, the other end of a pty gone).
int edge_tty_error(const struct line_port *port);

#endif

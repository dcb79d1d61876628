// SPDX-License-Identifier: Apache-2.0
// A pseudo terminal as one more talker on a virtual RS-485 line: a real program (a Modbus master, a
// second testbay) opens the terminal and is on the pair with the simulated breakers. What it writes
// enters the line at the line's own pace; what others say comes out when the line has been silent
// for t3.5 behind it.
//
// The program may close and open it again at will. While nobody has it open, the line's bytes are
// lost, as on a cut wire. Not modelled: the program's baud rate and parity (a pty keeps neither).
#ifndef SIM_EDGE_PTY_H
#define SIM_EDGE_PTY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/vnet/port.h"

struct core;
struct edge_pty;

#define EDGE_PTY_BYTES_MAX 4096 // Waiting to enter the line; more is lost.
#define EDGE_PTY_CHUNK_BYTES 4 // The shortest RTU frame: a write this long enters the line at once.
#define EDGE_PTY_REOPEN_MS 20  // How often a closed one looks whether it was opened.

// Makes a pty and a symbolic link to it at `link_path` (copied). A link that points into /dev/pts
// is replaced, anything else there is ERR_EXISTS. Returns 0, ERR_EXISTS or -errno. `core` is
// borrowed.
int edge_pty_new(struct core *core, const char *link_path, struct edge_pty **ret);

// Puts it on the line: `port` (line_attach()) is taken and its events are set; one port for good.
void edge_pty_attach(struct edge_pty *pty, struct line_port *port);

// Leaves the line, closes the pty and removes the link. NULLs the pointer; accepts NULL. Must come
// before line_free().
void edge_pty_free(struct edge_pty **pty);

const char *edge_pty_link(const struct edge_pty *pty);   // Borrowed.
const char *edge_pty_device(const struct edge_pty *pty); // "/dev/pts/7"; borrowed.
bool edge_pty_is_open(const struct edge_pty *pty);       // Whether a program has it open.

struct edge_pty_stats {
    uint64_t bytes_in;   // From the program.
    uint64_t bytes_out;  // To the program.
    uint64_t bytes_lost; // Nobody there, or nobody reading, or too much waiting for the line.
};
struct edge_pty_stats edge_pty_stats(const struct edge_pty *pty);

#endif

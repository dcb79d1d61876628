// SPDX-License-Identifier: Apache-2.0
// One pcapng file for all the wires of a world, stamped with the world's time, that Wireshark opens
// (pcapng: draft-ietf-opsawg-pcapng). One interface block a wire; Ethernet frames are made up
// around what conns and packets carry, with true sequence numbers and checksums; RS-485 frames are
// link type 147 (DLT_USER0) with Modbus RTU inside, which tshark reads with the preference
// capture_tshark_hint() prints. Not recorded: ARP, and acknowledgements that a real stack would
// have delayed by a timer.
#ifndef SIM_VNET_CAPTURE_H
#define SIM_VNET_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"

struct capture;
struct core;

#define CAPTURE_WIRES_MAX 1024
#define CAPTURE_SNAPLEN_MAX 262144

struct capture_options {
    uint32_t snaplen; // Longest part of a frame that is kept, in bytes; 0: all of it.
    uint64_t
        bytes_max; // The file grows no further; what would come is counted as left out. 0: 4 GiB.
};

// Begins a file at `path` (made or emptied). `core` gives the time, borrowed; `options` may be
// NULL. Returns 0 or -errno.
int capture_open(struct core *core, const char *path, const struct capture_options *options,
                 struct capture **ret);

// Writes what is buffered and closes. Returns 0, or the -errno of the first write that failed.
// Accepts NULL.
int capture_close(struct capture **capture);

// Writes what is buffered, so that a reader sees everything up to now. Returns as capture_close().
int capture_flush(struct capture *capture);

// How many frames were written (the number Wireshark shows for the last one), and how many were
// left out.
uint64_t capture_frames(const struct capture *capture);
uint64_t capture_left_out(const struct capture *capture);

// The preference that makes tshark read RS-485 frames as Modbus RTU: one line for a shell.
const char *capture_tshark_hint(void);

// ---- For wires ------------------------------------------------------------------------

enum capture_link { CAPTURE_ETHERNET = 1, CAPTURE_RTU = 147, CAPTURE_802154_TAP = 283 };

// Declares a wire; `name` is copied. Returns its number, or -1 past CAPTURE_WIRES_MAX.
int capture_add_wire(struct capture *capture, const char *name, enum capture_link link);

#define CAPTURE_DAMAGED 1u // Marks a frame with epb_flags "CRC error" and a comment.

// One frame as it was on the wire, ended at `utc_ns` (ns since 1970). `comment` may be NULL.
void capture_frame(struct capture *capture, int wire, int64_t utc_ns, const void *data,
                   size_t length, unsigned flags, const char *comment);

// True UTC of the world now, for capture_frame().
int64_t capture_utc_ns(const struct capture *capture);

enum { CAPTURE_FIN = 1, CAPTURE_SYN = 2, CAPTURE_RST = 4, CAPTURE_PSH = 8, CAPTURE_ACK = 16 };

struct capture_packet {
    uint8_t from_mac[6];
    uint8_t to_mac[6]; // Ignored where `to` is a group.
    struct address from;
    struct address to;
};

// TCP: `length` bytes from `seq` on, cut into segments of 1460 (1440 with IPv6), PSH on the last;
// without bytes one segment. `window` is in bytes.
void capture_tcp(struct capture *capture, int wire, const struct capture_packet *packet,
                 unsigned flags, uint32_t seq, uint32_t ack, uint32_t window, const void *data,
                 size_t length);

// UDP: one packet (fragmented as IP does past 1472 or 1452 bytes).
void capture_udp(struct capture *capture, int wire, const struct capture_packet *packet,
                 const void *data, size_t length);

#endif

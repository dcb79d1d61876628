// SPDX-License-Identifier: Apache-2.0
// Network addresses as plain bytes, IPv4 and IPv6, without a socket header.
#ifndef SIM_BASE_ADDRESS_H
#define SIM_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct address {
    uint8_t family; // 4, 6, or 0 for none.
    uint8_t ip[16]; // Network order; an IPv4 address uses the first four.
    uint16_t port;
};

// Reads "10.77.0.10", "10.77.0.10:502", "fd00::10" or "[fd00::10]:502". Returns 0 or ERR_SYNTAX.
int address_parse(const char *text, struct address *ret);

// Writes it back, with the port when it is not 0. `ret` holds ADDRESS_TEXT_ROOM bytes and is
// returned.
#define ADDRESS_TEXT_ROOM 64
const char *address_text(const struct address *address, char ret[ADDRESS_TEXT_ROOM]);

// Same family and IP; the ports are not compared.
bool address_same_ip(const struct address *left, const struct address *right);

// 224.0.0.0/4 and ff00::/8.
bool address_multicast(const struct address *address);

// The address `by` further on ("10.77.1.1+" of a fleet). Returns 0 or ERR_RANGE on overflow.
int address_add(const struct address *address, uint32_t by, struct address *ret);

#endif

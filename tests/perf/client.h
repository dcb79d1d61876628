// SPDX-License-Identifier: Apache-2.0
// What the two load generators share: the one request they send, and the way to a server. They are
// clients of plain sockets on purpose and know nothing of the rooms they measure.
#ifndef TESTS_PERF_CLIENT_H
#define TESTS_PERF_CLIENT_H

#include <stdint.h>
#include <sys/socket.h>

// FC03 of 125 registers from 1000 at unit 255; Modbus Messaging on TCP/IP V1.0b 3.1.3.
#define CLIENT_REQUEST_BYTES 12
#define CLIENT_REPLY_BYTES 259

// Ends the program with a line on stderr, which is the only thing to do when a measurement fails.
_Noreturn void client_die(const char *what);

int64_t client_now_ns(void);

// Reads "127.77.0.10:502". Dies when it is no such thing.
struct sockaddr_storage client_parse(const char *text);

// A connected, non-blocking socket without Nagle; -1 with errno when it could not be made.
int client_connect(const struct sockaddr_storage *to);

// Writes the request with this transaction number.
void client_put_request(uint8_t ret_request[CLIENT_REQUEST_BYTES], uint16_t transaction);

#endif

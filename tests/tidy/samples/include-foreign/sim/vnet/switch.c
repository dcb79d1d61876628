// SPDX-License-Identifier: Apache-2.0
// No descriptor and no library in the wires.
#include <libwebsockets.h>
#include <sys/socket.h>

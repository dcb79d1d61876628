// SPDX-License-Identifier: Apache-2.0
// The host is allowed here, a library is not.
#include <openssl/ssl.h>
#include <unistd.h>

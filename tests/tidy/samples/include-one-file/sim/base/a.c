// SPDX-License-Identifier: Apache-2.0
// The wrapper.
#include <openssl/evp.h>
#include <openssl/rand.h>

// SPDX-License-Identifier: Apache-2.0
// A second file.
#include <openssl/evp.h>

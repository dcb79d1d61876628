// SPDX-License-Identifier: Apache-2.0
// Not from the root, and no header.
#include "err.h"
#include "sim/base/b.c"

// SPDX-License-Identifier: Apache-2.0
// Ours before the system, and not sorted.
#include "sim/base/err.h"

#include <string.h>
#include <stdio.h>

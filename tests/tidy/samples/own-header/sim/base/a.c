// SPDX-License-Identifier: Apache-2.0
// The own header is not first.
#include <stddef.h>

#include "sim/base/a.h"

// SPDX-License-Identifier: Apache-2.0
// A test may include anything.
#include "sim/base/thing.h"

#include <check.h>
#include <stdio.h>
#include <time.h>

#include "sim/vnet/port.h"

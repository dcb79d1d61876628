// SPDX-License-Identifier: Apache-2.0
// The wires do not know what hangs on them.
#include "devices/meter/meter.h"
#include "sim/base/err.h"
#include "sim/core/core.h"

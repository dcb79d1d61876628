// SPDX-License-Identifier: Apache-2.0
// A verb knows no device.
#include "sim/device/device.h"
#include "sim/proto/a/a.h"
#include "sim/scenario/verb.h"

// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_VNET_PORT_H
#define SIM_VNET_PORT_H

#include "sim/base/thing.h"

#endif

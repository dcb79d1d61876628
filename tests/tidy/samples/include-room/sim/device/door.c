// SPDX-License-Identifier: Apache-2.0
// Of the wires, a device sees the seam and the services.
#include "sim/vnet/ethernet.h"
#include "sim/vnet/http_service.h"
#include "sim/vnet/port.h"

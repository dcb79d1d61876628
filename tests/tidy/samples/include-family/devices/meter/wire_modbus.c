// SPDX-License-Identifier: Apache-2.0
// Families do not know each other, and only world.c sees the verb header.
#include "devices/charger/charger.h"
#include "devices/meter/meter.h"
#include "sim/scenario/verb.h"

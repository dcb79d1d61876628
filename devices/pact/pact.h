// SPDX-License-Identifier: Apache-2.0
// PacT breakers with their communication interface (IFM, BSCM, IFE, EIFE): the family's descriptor,
// for the build's table; its options in a site file are pact_family.site_options.
#ifndef DEVICES_PACT_PACT_H
#define DEVICES_PACT_PACT_H

#include "sim/device/device.h"

extern const struct device_family pact_family;

#endif

// SPDX-License-Identifier: Apache-2.0
// The Panel Server: gateway between Ethernet and what hangs below it. The family's descriptor, for
// the build's table; its options in a site file are panel_server_family.site_options.
#ifndef DEVICES_PANEL_SERVER_PANEL_SERVER_H
#define DEVICES_PANEL_SERVER_PANEL_SERVER_H

#include "sim/device/device.h"

extern const struct device_family panel_server_family;

#endif

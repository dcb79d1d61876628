// SPDX-License-Identifier: Apache-2.0
// The smallest whole device: copy this folder to begin a family. The header offers the descriptor
// and nothing else; the build finds it by the folder's name.
#ifndef DEVICES__SKELETON_SKELETON_H
#define DEVICES__SKELETON_SKELETON_H

#include "sim/device/device.h"

extern const struct device_family skeleton_family;

#endif

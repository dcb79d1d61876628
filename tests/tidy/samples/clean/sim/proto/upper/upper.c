// SPDX-License-Identifier: Apache-2.0
// A declared lower protocol.
#include "sim/proto/lower/lower.h"

// SPDX-License-Identifier: Apache-2.0
// The one file of a family that may see the verb header.
#include "sim/scenario/verb.h"

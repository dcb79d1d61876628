// SPDX-License-Identifier: Apache-2.0
// No header of its own name: it opens with the one that declares it.
#include "sim/base/thing.h"

#include <stdlib.h>

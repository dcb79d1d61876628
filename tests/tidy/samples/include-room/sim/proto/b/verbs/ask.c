// SPDX-License-Identifier: Apache-2.0
// Verbs in a folder of their own see their protocol, not another.
#include "sim/proto/a/a.h"
#include "sim/proto/b/b.h"
#include "sim/scenario/verb.h"

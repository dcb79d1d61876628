// SPDX-License-Identifier: Apache-2.0
// Of the scenarios, a driver sees the role.
#include "sim/scenario/plan.h"
#include "sim/scenario/role.h"

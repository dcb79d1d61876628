// SPDX-License-Identifier: Apache-2.0
// A lower protocol that was not declared.
#include "sim/proto/lower/lower.h"

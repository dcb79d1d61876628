// SPDX-License-Identifier: Apache-2.0
// Tests are not included.
#include "tests/support/check_main.h"

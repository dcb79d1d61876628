// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_BASE_A_H
#define SIM_BASE_A_H

struct a;

#endif

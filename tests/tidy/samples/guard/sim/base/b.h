// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_BASE_B_H
#define SIM_BASE_B_H

struct b;
#endif
struct c;

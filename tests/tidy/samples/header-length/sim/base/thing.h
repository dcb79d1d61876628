// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_BASE_THING_H
#define SIM_BASE_THING_H

struct thing;
struct thing;
struct thing;

#endif

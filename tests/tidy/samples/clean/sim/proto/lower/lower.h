// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_PROTO_LOWER_LOWER_H
#define SIM_PROTO_LOWER_LOWER_H

struct lower;

#endif

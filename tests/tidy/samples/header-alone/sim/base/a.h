// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_BASE_A_H
#define SIM_BASE_A_H

size_t a_size(void);

#endif

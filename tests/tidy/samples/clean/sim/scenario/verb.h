// SPDX-License-Identifier: Apache-2.0
// A sample.
#ifndef SIM_SCENARIO_VERB_H
#define SIM_SCENARIO_VERB_H

struct verb;

#endif

// SPDX-License-Identifier: Apache-2.0
// Every verb of this testbay: those of the protocols, those of the device families, and those of
// every device.
#ifndef SIM_CLI_VERBS_H
#define SIM_CLI_VERBS_H

#include "sim/scenario/verb.h"

// Verbs behind the world's door that every device has: supply, sessions. NULL-terminated.
extern const struct verb *const common_verbs[];

// The set; its tables live in static storage. The caller frees `tables` of the set with
// cli_verbs_done().
struct verb_set cli_verbs(void);
void cli_verbs_done(struct verb_set *set);

#endif

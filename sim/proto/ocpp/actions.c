// SPDX-License-Identifier: Apache-2.0
// The table of all actions, from the rows of actions.def; the fields lie in a file per profile.
#include "sim/proto/ocpp/actions.h"

#define ACTION(name, symbol, profile, sender, transaction, doc)                                    \
    {#name, profile, OCPP_BY_##sender, ocpp_##symbol##_req, ocpp_##symbol##_conf, transaction, doc},
const struct ocpp_action ocpp_actions[] = {
#include "sim/proto/ocpp/actions.def"
};
#undef ACTION

const size_t ocpp_actions_count = sizeof(ocpp_actions) / sizeof(ocpp_actions[0]);

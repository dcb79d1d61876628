// SPDX-License-Identifier: Apache-2.0
// Which bit of enum tls_fault a kind of the closed list of faults is: for whoever carries the TLS
// group out, a world on its devices or a bench on its own central system.
#ifndef SIM_VNET_TLS_FAULT_SERVICE_H
#define SIM_VNET_TLS_FAULT_SERVICE_H

#include "sim/base/fault_kind.h"
#include "sim/vnet/tls_service.h"

// 0 for a kind that is not of the TLS group.
static inline unsigned tls_fault_bit(enum fault_id id)
{
    static const unsigned bits[FAULT_KINDS] = {
        [FAULT_TLS_ALERT] = TLS_ALERT,
        [FAULT_TLS_EXPIRED] = TLS_EXPIRED,
        [FAULT_TLS_FOREIGN_CA] = TLS_FOREIGN_CA,
        [FAULT_TLS_NOT_YET_VALID] = TLS_NOT_YET_VALID,
        [FAULT_TLS_OLD_VERSION] = TLS_OLD_VERSION,
        [FAULT_TLS_RENEGOTIATE] = TLS_RENEGOTIATE,
        [FAULT_TLS_SHA1] = TLS_SHA1,
        [FAULT_TLS_STALL] = TLS_STALL,
        [FAULT_TLS_TRUNCATE] = TLS_TRUNCATE,
        [FAULT_TLS_WEAK_SUITE] = TLS_WEAK_SUITE,
        [FAULT_TLS_WRONG_NAME] = TLS_WRONG_NAME,
    };

    return bits[id];
}

#endif

// SPDX-License-Identifier: Apache-2.0
// The order in which the foreign libraries behind the secure wires begin and end.
#include "sim/cli/secure_wires.h"

#include <stdint.h>
#include <stdlib.h>

#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/edge/tls.h"
#include "sim/edge/web.h"

struct secure_wires {
    struct tls *tls;
    struct web *web;
    bool seeded;
};

struct secure_wires *secure_wires_new(struct core *core, bool seeded)
{
    struct secure_wires *wires = mem_new(1, sizeof(*wires));
    uint64_t seed = core_seed(core);

    if (seeded)
        edge_tls_seed(&seed);
    wires->seeded = seeded;
    wires->tls = edge_tls_new(core);
    wires->web = edge_web_new(core);
    return wires;
}

// The web's conns may stand on TLS, never the other way round.
void secure_wires_free(struct secure_wires **wires)
{
    if (!*wires)
        return;
    edge_web_free(&(*wires)->web);
    edge_tls_free(&(*wires)->tls);
    if ((*wires)->seeded)
        edge_tls_seed(NULL);
    free(*wires);
    *wires = NULL;
}

struct tls *secure_wires_tls(struct secure_wires *wires)
{
    return wires->tls;
}

struct web *secure_wires_web(struct secure_wires *wires)
{
    return wires->web;
}

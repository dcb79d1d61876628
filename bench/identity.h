// SPDX-License-Identifier: Apache-2.0
// Whether the board on a link is the board that the bench file means: asked before the first step,
// over the same wires as the scenario (Modbus FC 43/14 and the registers of the profile; the
// certificate of its pages). A wrong board is the bench's ERROR.
#ifndef BENCH_IDENTITY_H
#define BENCH_IDENTITY_H

#include <stdbool.h>

#include "sim/base/address.h"
#include "sim/profile/profile.h"
#include "sim/proto/modbus/link.h"
#include "sim/proto/web/link.h"
#include "sim/yaml/tree.h"

struct core;

// What a board said of itself; NULL where it was not asked or cannot tell. Owned.
struct board_identity {
    char *vendor;
    char *product; // FC 43/14 ProductCode.
    char *model;   // FC 43/14 ModelName, else the register identity.model.
    char *serial;
    char *firmware;
    char *mac;
    char *certificate; // SHA-256 of what its pages show, as 64 digits.
    char *notes;       // What the file wants checked and this wire cannot tell, or NULL.
};
void identity_done(struct board_identity *identity);

// Asks the board at `link` and `web` (either may be NULL) and compares with `wanted` (the target's
// `identity:`, may be NULL: then it is only asked). The value `read` means: take what it says. `at`
// is its address on a network (for its MAC, from this computer's neighbour table), family 0 for
// none. Runs the core until the answers are there. Returns 0, ERR_TIMEOUT (nobody answers) or
// ERR_UNEXPECTED (another board), with *ret_why set to a sentence the caller frees. Not from a
// callback.
int identity_check(struct core *core, struct modbus_link *link, struct web_link *web,
                   const struct profile *profile, const struct profile_model *model,
                   const struct address *at, const struct yaml_node *wanted,
                   struct board_identity *ret, char **ret_why);

// The part over HTTPS alone: asks for the front page, whatever comes, and gives the fingerprint of
// the certificate, which the caller frees. Returns 0, or why no answer came.
int identity_ask_certificate(struct core *core, struct web_link *web, char **ret_fingerprint);

#endif

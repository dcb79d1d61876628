// SPDX-License-Identifier: Apache-2.0
// A profile from any bytes: it is refused with a diagnosis, or it loads and can be described.
#include <stddef.h>
#include <stdint.h>

#include "sim/profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *diag = diag_new();
    struct profile *profile;
    struct str out = {0};

    if (profile_parse("fuzz.yaml", (const char *)data, size, diag, &profile) == 0) {
        profile_describe(profile, &out);
        profile_free(&profile);
    } else {
        diag_print(diag, false, &out);
    }
    str_done(&out);
    diag_free(&diag);
    return 0;
}

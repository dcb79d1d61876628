// SPDX-License-Identifier: Apache-2.0
// Any bytes as flash: they are read as far as their checks hold, and what stands afterwards can be
// written to and read back.
#include "sim/device/store.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store = store_new();
    size_t length = 0;

    if (store_load_flash(store, data, size) == 0) {
        int err = store_put(store, "k", "value", 5);

        assert(err == 0);
        store_boot(store);
        assert(store_get(store, "k", &length) && length == 5);
    }
    store_free(&store);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The set of verbs, put together from the rooms that have some.
#include "sim/cli/verbs.h"

#include <stdlib.h>

#include "sim/base/str.h"
#include "sim/cli/families.h"
#include "sim/device/device.h"
#include "sim/proto/modbus/verbs/modbus_verbs.h"
#include "sim/proto/ocpp/verbs/ocpp_verbs.h"
#include "sim/proto/web/verbs/web_verbs.h"

struct verb_set cli_verbs(void)
{
    static const struct verb *const *const fixed[] = {
        modbus_verbs,    breaker_verbs, web_login_verbs, web_page_verbs,
        web_audit_verbs, ocpp_verbs,    common_verbs};
    size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
    const struct verb *const **tables;
    size_t count = fixed_count;

    for (size_t i = 0; families[i]; i++)
        count += families[i]->verbs != NULL;
    tables = mem_new(count, sizeof(*tables));
    for (size_t i = 0; i < fixed_count; i++)
        tables[i] = fixed[i];
    count = fixed_count;
    for (size_t i = 0; families[i]; i++)
        if (families[i]->verbs)
            tables[count++] = families[i]->verbs;
    return (struct verb_set){.tables = tables, .count = count};
}

void cli_verbs_done(struct verb_set *set)
{
    free((void *)set->tables);
    set->tables = NULL;
    set->count = 0;
}

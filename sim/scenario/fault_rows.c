// SPDX-License-Identifier: Apache-2.0
// From the table of faults to the tables of schemas: one field a parameter.
#include "sim/scenario/fault_rows.h"

void fault_with_init(struct fault_with *ret, const struct fault_kind *kind)
{
    *ret = (struct fault_with){0};
    for (size_t i = 0; i < fault_params_count(kind); i++) {
        const struct fault_param *param = &kind->params[i];

        units_text(param->otherwise, param->unit, ret->otherwise[i]);
        ret->fields[i] = (struct schema_field){
            .name = param->name,
            .type = param->unit == UNIT_NONE ? SCHEMA_INTEGER : SCHEMA_QUANTITY,
            .unit = param->unit,
            .required = param->required,
            .expression = true,
            .low = param->least,
            .high = param->most,
            .otherwise = param->required ? NULL : ret->otherwise[i],
            .doc = param->doc,
            .example = param->example,
        };
    }
    ret->schema = (struct schema){.name = kind->name,
                                  .doc = kind->doc,
                                  .fields = ret->fields,
                                  .fields_count = fault_params_count(kind)};
}

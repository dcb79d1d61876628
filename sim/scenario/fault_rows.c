// SPDX-License-Identifier: Apache-2.0
// From the table of faults to the tables of schemas: one field a parameter.
#include "sim/scenario/fault_rows.h"

static const struct {
    enum fault_where where;
    const char *title;
} groups[] = {
    {FAULT_LINK, "a link"},
    {FAULT_LINE, "a line"},
    {FAULT_AIR, "the air"},
    {FAULT_DEVICE, "a device"},
};

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

static void print_param(const struct fault_param *param, struct str *out)
{
    char least[UNITS_TEXT_ROOM];
    char most[UNITS_TEXT_ROOM];
    char otherwise[UNITS_TEXT_ROOM];

    str_addf(out, "| | `%s` | %s to %s | %s | %s |\n", param->name,
             units_text(param->least, param->unit, least),
             units_text(param->most, param->unit, most),
             param->required ? "required" : units_text(param->otherwise, param->unit, otherwise),
             param->doc);
}

static void print_kind(const struct fault_kind *kind, struct str *out)
{
    str_addf(out, "| `%s` | | | | %s%s |\n", kind->name, kind->doc,
             kind->instant ? " Happens once." : "");
    for (size_t i = 0; i < fault_params_count(kind); i++)
        print_param(&kind->params[i], out);
}

void fault_print_manual(struct str *out)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        str_addf(out,
                 "## Faults of %s\n\n| Fault | Argument | Value | Default | Meaning |\n"
                 "|---|---|---|---|---|\n",
                 groups[i].title);
        for (size_t k = 0; k < FAULT_KINDS; k++)
            if (fault_kinds[k].where & groups[i].where)
                print_kind(&fault_kinds[k], out);
        str_adds(out, "\n```yaml\n");
        for (size_t k = 0; k < FAULT_KINDS; k++)
            if (fault_kinds[k].where & groups[i].where)
                str_addf(out, "- %s\n", fault_kinds[k].example);
        str_adds(out, "```\n\n");
    }
}

// SPDX-License-Identifier: Apache-2.0
// `ocpp_samples SEED ROUNDS`: payloads of every action, both ways, one a line as JSON with our
// verdict. What is valid was built by ocpp_build; what has a flaw was written past it.
#include <stdio.h>
#include <stdlib.h>

#include "sim/proto/ocpp/test_rebuild.h"
#include "sim/proto/ocpp/test_sampler.h"

static void fail(const char *why, const struct str *text)
{
    fprintf(stderr, "ocpp_samples: %s: %s\n", why, str_text(text));
    exit(1);
}

static struct json *parse(const struct str *text)
{
    struct json *json = NULL;

    if (json_parse(str_text(text), text->length, &json, NULL) < 0)
        fail("is not JSON", text);
    return json;
}

static void print(const struct ocpp_action *action, bool request, enum sample_flaw flaw,
                  struct str *text)
{
    const struct ocpp_field *fields = request ? action->request : action->confirmation;
    struct ocpp_problem problem = {0};
    struct json *json = parse(text);

    ocpp_check(fields, json, &problem);
    if (flaw == FLAW_NONE) {
        struct ocpp_build build;

        if (problem.code != OCPP_OK)
            fail(problem.text, text);
        str_clear(text);
        ocpp_build_begin(&build, fields, text);
        rebuild_object(&build, fields, json);
        ocpp_build_end(&build);
    }
    printf("{\"action\":\"%s\",\"request\":%s,\"flaw\":\"%s\",\"code\":\"%s\",\"where\":",
           action->name, request ? "true" : "false", sample_flaws[flaw].name,
           ocpp_code_text(problem.code));
    json_free(&json);
    printf("\"%s\",\"payload\":%s}\n", problem.where, str_text(text));
}

static void sample(const struct ocpp_action *action, bool request, unsigned rounds, struct rng *rng)
{
    const struct ocpp_field *fields = request ? action->request : action->confirmation;
    struct str text = {0};

    for (int flaw = FLAW_NONE; flaw < FLAW_COUNT; flaw++)
        for (unsigned i = 0; i < rounds + SAMPLE_RANDOM; i++) {
            enum sample_size size = i < SAMPLE_RANDOM ? (enum sample_size)i : SAMPLE_RANDOM;

            str_clear(&text);
            if (sample_payload(rng, fields, size, (enum sample_flaw)flaw, &text))
                print(action, request, (enum sample_flaw)flaw, &text);
        }
    str_done(&text);
}

int main(int argc, char **argv)
{
    unsigned long long seed, rounds;
    struct rng rng;

    if (argc != 3) {
        fputs("usage: ocpp_samples SEED ROUNDS\n", stderr);
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    rounds = strtoull(argv[2], NULL, 10);
    rng_init(&rng, seed, "ocpp_samples");
    for (size_t i = 0; i < ocpp_actions_count; i++) {
        sample(&ocpp_actions[i], true, (unsigned)rounds, &rng);
        sample(&ocpp_actions[i], false, (unsigned)rounds, &rng);
    }
    return 0;
}

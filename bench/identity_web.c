// SPDX-License-Identifier: Apache-2.0
// Who shows the pages of a board: the certificate that its HTTPS server has. Not whether anybody
// trusts it: a Panel Server signs its own.
#include <stdbool.h>

#include "bench/identity.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/vnet/http_client_service.h"

#define WALL_SLACK_NS (5 * SIM_NS_PER_S)
#define PAGE_BYTES_MAX (1024 * 1024)

struct asking {
    bool done;
    int err;
    char *fingerprint;
};

static void on_answer(struct http_call *call, const struct http_answer *answer, void *user)
{
    struct asking *asking = user;

    (void)call;
    asking->done = true;
    asking->err = answer->err;
    asking->fingerprint = str_copy(answer->fingerprint);
}

static bool is_done(void *user)
{
    return ((const struct asking *)user)->done;
}

int identity_ask_certificate(struct core *core, struct web_link *web, char **ret_fingerprint)
{
    struct http_call_options options = {
        .method = "GET", .path = "/", .answer_bytes_max = PAGE_BYTES_MAX};
    struct asking asking = {0};
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER,
        .wall_ns = web->timeout_ns + WALL_SLACK_NS,
        .done = is_done,
        .user = &asking,
    };
    struct http_call *call;
    enum core_end end;
    int err = http_session_call(web->session, &options, on_answer, &asking, &call);

    if (err < 0)
        return err;
    end = core_run(core, &until);
    if (!asking.done) {
        http_call_cancel(&call);
        return end == CORE_STOPPED ? ERR_CANCELLED : ERR_TIMEOUT;
    }
    if (asking.err < 0)
        return asking.err;
    *ret_fingerprint = asking.fingerprint;
    return 0;
}

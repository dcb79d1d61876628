// SPDX-License-Identifier: Apache-2.0
// The packet filter as text for libnftables. What changes within a turn is gathered and handed over
// at once: twenty thousand services of a fleet are one command.
#include "sim/edge/outside_guard.h"

#include <nftables/libnftables.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"

enum guard_set { SET_OPEN, SET_SILENT };
static const char *const sets[] = {"open", "silent"};

struct guard {
    struct core *core;
    struct nft_ctx *nft;
    char table[32];      // "ip testbay-4711"
    struct str commands; // In the order of the changes; the last is still open.
    enum guard_set set;  // Of the last command.
    bool in;
    struct core_work work;
};

static int run(struct guard *guard, const char *commands)
{
    if (nft_run_cmd_from_buffer(guard->nft, commands) == 0)
        return 0;
    log_debug("outside", "nftables: %.200s", nft_ctx_get_error_buffer(guard->nft));
    return ERR_UNSUPPORTED;
}

static void hand_over(void *user)
{
    struct guard *guard = user;

    str_adds(&guard->commands, "}\n");
    if (run(guard, str_text(&guard->commands)) < 0)
        log_error("outside", "the packet filter of the shared listeners cannot be changed");
    str_clear(&guard->commands);
}

int guard_new(struct core *core, struct guard **ret)
{
    struct guard *guard = mem_new(1, sizeof(*guard));
    struct str commands = {0};
    int err;

    guard->core = core;
    guard->work = (struct core_work){.fn = hand_over, .user = guard};
    snprintf(guard->table, sizeof(guard->table), "ip testbay-%d", (int)getpid());
    guard->nft = nft_ctx_new(NFT_CTX_DEFAULT);
    nft_ctx_buffer_error(guard->nft);
    nft_ctx_buffer_output(guard->nft);
    // `owner`: the kernel removes the table when the socket of this context is gone.
    str_addf(&commands,
             "table %s {\n"
             "flags owner\n"
             "set ports { type inet_service; }\n"
             "set open { type ipv4_addr . inet_service; }\n"
             "set silent { type ipv4_addr . inet_service; }\n"
             "chain input { type filter hook input priority 0; policy accept;\n"
             "ip daddr . tcp dport @silent drop\n"
             "tcp dport @ports tcp flags & (syn | ack) == syn ip daddr . tcp dport != @open reject "
             "with tcp reset\n"
             "}\n}\n",
             guard->table);
    err = run(guard, str_text(&commands));
    str_done(&commands);
    if (err < 0)
        guard_free(&guard);
    else
        *ret = guard;
    return err;
}

void guard_free(struct guard **guard)
{
    if (!*guard)
        return;
    core_cancel((*guard)->core, &(*guard)->work);
    nft_ctx_free((*guard)->nft);
    str_done(&(*guard)->commands);
    free(*guard);
    *guard = NULL;
}

// Continues the last command when it is of the same kind.
static void change(struct guard *guard, enum guard_set set, const struct address *at, bool in)
{
    struct str *commands = &guard->commands;

    if (commands->length && guard->set == set && guard->in == in)
        str_adds(commands, ",");
    else
        str_addf(commands, "%s%s element %s %s {", commands->length ? "}\n" : "",
                 in ? "add" : "delete", guard->table, sets[set]);
    str_addf(commands, "%u.%u.%u.%u . %u", at->ip[0], at->ip[1], at->ip[2], at->ip[3], at->port);
    guard->set = set;
    guard->in = in;
    core_post(guard->core, &guard->work);
}

int guard_add_port(struct guard *guard, uint16_t port)
{
    char *command = str_format("add element %s ports {%u}\n", guard->table, port);
    int err = run(guard, command);

    free(command);
    return err;
}

void guard_set_open(struct guard *guard, const struct address *at, bool open)
{
    change(guard, SET_OPEN, at, open);
}

void guard_set_silent(struct guard *guard, const struct address *at, bool silent)
{
    change(guard, SET_SILENT, at, silent);
}

// SPDX-License-Identifier: Apache-2.0
// Everything at once, at random but repeatable: conns that send, pause, close and reset while
// faults come and go and hosts lose their power or vanish. What arrives must be a beginning of what
// was sent, every holder hears of the end exactly once, and nothing is left behind.
#include <check.h>
#include <stdlib.h>

#include "sim/base/rng.h"
#include "tests/support/net_world.h"

#define HOSTS 6
#define CONNS 24
#define STEPS 600

struct chaos;

// One end. The stream it sends is byte number `sent` of a pattern of its own, so that the far end
// can check it.
struct holder {
    struct chaos *chaos;
    struct conn *conn;
    unsigned stream; // Of the pattern that comes in.
    uint64_t sent, got;
    bool opened, paused;
};

struct chaos {
    struct net_world world;
    struct rng rng;
    struct host *hosts[HOSTS];
    struct holder clients[CONNS];
    struct holder servers[CONNS];
    unsigned ends_heard;
    unsigned faults;
};

static uint8_t pattern(unsigned stream, uint64_t place)
{
    return (uint8_t)((place * 2654435761u + stream * 97u) >> 7);
}

static void act(struct chaos *chaos, struct holder *holder);

static void on_open(struct conn *conn, void *user)
{
    struct holder *holder = user;

    ck_assert_ptr_eq(holder->conn, conn);
    ck_assert(!holder->opened);
    holder->opened = true;
}

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct holder *holder = user;
    struct chaos *chaos = holder->chaos;
    size_t taken = rng_below(&chaos->rng, 4) ? length : rng_below(&chaos->rng, length + 1);

    ck_assert_ptr_eq(holder->conn, conn);
    ck_assert(holder->opened && !holder->paused);
    for (size_t i = 0; i < taken; i++)
        ck_assert_uint_eq(data[i], pattern(holder->stream, holder->got + i));
    holder->got += taken;
    if (taken < length && rng_below(&chaos->rng, 3) == 0) {
        holder->paused = true;
        conn_pause(conn);
    }
    if (rng_below(&chaos->rng, 8) == 0)
        act(chaos, holder);
    return holder->conn ? taken : 0;
}

static void on_room(struct conn *conn, void *user)
{
    ck_assert_ptr_eq(((struct holder *)user)->conn, conn);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    struct holder *holder = user;

    ck_assert_ptr_eq(holder->conn, conn);
    ck_assert(reason == 0 || reason == ERR_RESET || reason == ERR_REFUSED ||
              reason == ERR_TIMEOUT || reason == ERR_UNREACHABLE);
    if (!holder->opened)
        ck_assert_int_ne(reason, 0);
    holder->conn = NULL;
    holder->chaos->ends_heard++;
}

static const struct conn_events events = {on_open, on_data, on_room, on_end};

// The opener's port tells which client it is: both ends know each other's stream.
static void on_accept(struct listener *listener, struct conn *conn, void *user)
{
    struct chaos *chaos = user;

    (void)listener;
    for (unsigned i = 0; i < CONNS; i++) {
        struct holder *client = &chaos->clients[i];
        struct holder *server = &chaos->servers[i];

        if (!client->conn || client->conn->local.port != conn->remote.port ||
            !address_same_ip(&client->conn->local, &conn->remote) || server->conn)
            continue;
        *server = (struct holder){.chaos = chaos, .conn = conn, .stream = i, .opened = true};
        conn_set_events(conn, &events, server);
        return;
    }
    conn_reset(conn); // Its opener has gone already.
}

static void send_some(struct chaos *chaos, struct holder *holder, bool server)
{
    uint8_t bytes[30000]; // Not shared: a callback may send from inside this send.
    size_t length = 1 + rng_below(&chaos->rng, rng_below(&chaos->rng, 10) ? 300 : sizeof(bytes));
    unsigned stream = (unsigned)(holder - (server ? chaos->servers : chaos->clients));

    if (server)
        stream += CONNS;
    for (size_t i = 0; i < length; i++)
        bytes[i] = pattern(stream, holder->sent + i);
    holder->sent += conn_send(holder->conn, bytes, length);
}

static void act(struct chaos *chaos, struct holder *holder)
{
    bool server = holder >= chaos->servers && holder < chaos->servers + CONNS;

    if (!holder->conn)
        return;
    switch (rng_below(&chaos->rng, 12)) {
    case 0:
        conn_close(holder->conn);
        holder->conn = NULL;
        break;
    case 1:
        conn_reset(holder->conn);
        holder->conn = NULL;
        break;
    case 2:
    case 3:
        holder->paused = false;
        conn_resume(holder->conn);
        break;
    default:
        send_some(chaos, holder, server);
    }
}

static void connect_one(struct chaos *chaos, unsigned index)
{
    struct holder *client = &chaos->clients[index];
    struct host *from = chaos->hosts[rng_below(&chaos->rng, HOSTS)];
    struct address to = net_at("10.2.0.1:502");

    // A stream is used once: a late end of an earlier one must not meet it.
    if (client->chaos || !from)
        return;
    ck_assert_int_eq(address_add(&to, (uint32_t)rng_below(&chaos->rng, HOSTS + 1), &to), 0);
    to.port = rng_below(&chaos->rng, 8) ? 502 : 503;
    *client = (struct holder){.chaos = chaos, .stream = index + CONNS};
    ck_assert_int_eq(host_connect(from, &to, &events, client, &client->conn), 0);
}

static void break_something(struct chaos *chaos)
{
    static const struct {
        enum fault_id kind;
        double first, second;
    } rows[] = {
        {FAULT_LATENCY, 20e6, 15e6}, {FAULT_LOSS, 0.3, -1},           {FAULT_PARTITION, 0, -1},
        {FAULT_HOLD, 0, -1},         {FAULT_PARTITION_ONEWAY, 0, -1}, {FAULT_RESET, 0, -1},
        {FAULT_HALF_OPEN, 2, -1},    {FAULT_SLOW_CLOSE, 1e9, -1},     {FAULT_SLICE, 7, 1e6},
        {FAULT_LIMIT_DATA, 500, -1}, {FAULT_RATE, 20000, -1},
    };
    size_t row = rng_below(&chaos->rng, sizeof(rows) / sizeof(rows[0]));
    struct host *left = chaos->hosts[rng_below(&chaos->rng, HOSTS)];
    struct host *right = chaos->hosts[rng_below(&chaos->rng, HOSTS)];
    char id[32];

    if (!left)
        return;
    snprintf(id, sizeof(id), "fault.%u", chaos->faults++);
    net_fault(&chaos->world, id, rows[row].kind, rows[row].first, rows[row].second,
              vnet_host_anchor(left), right ? vnet_host_anchor(right) : NULL);
}

static void heal_something(struct chaos *chaos)
{
    const struct fault *fault = fault_next(chaos->world.faults, NULL);

    for (uint64_t skip = rng_below(&chaos->rng, 4); fault && skip > 0; skip--)
        fault = fault_next(chaos->world.faults, fault);
    if (fault)
        fault_clear(chaos->world.faults, fault_name(fault));
}

// A host that vanishes takes its holders' conns along without a word: they are forgotten here.
static void forget_host(struct chaos *chaos, const struct address *address)
{
    for (unsigned i = 0; i < 2 * CONNS; i++) {
        struct holder *holder = i < CONNS ? &chaos->clients[i] : &chaos->servers[i - CONNS];

        if (holder->conn && address_same_ip(&holder->conn->local, address))
            holder->conn = NULL;
    }
}

static void shake_host(struct chaos *chaos)
{
    size_t index = rng_below(&chaos->rng, HOSTS);
    struct host *host = chaos->hosts[index];
    struct address address;
    struct segment *segment;

    if (!host)
        return;
    if (rng_below(&chaos->rng, 6)) {
        vnet_host_set_up(host, !vnet_host_up(host));
        return;
    }
    ck_assert(vnet_host_address(host, 0, &address, &segment));
    forget_host(chaos, &address);
    vnet_host_free(&chaos->hosts[index]);
}

static void step(struct chaos *chaos)
{
    uint64_t draw = rng_below(&chaos->rng, 100);
    unsigned index = (unsigned)rng_below(&chaos->rng, CONNS);

    if (draw < 20)
        connect_one(chaos, index);
    else if (draw < 85)
        act(chaos, rng_below(&chaos->rng, 2) ? &chaos->clients[index] : &chaos->servers[index]);
    else if (draw < 90)
        break_something(chaos);
    else if (draw < 97)
        heal_something(chaos);
    else
        shake_host(chaos);
    if (rng_below(&chaos->rng, 3))
        net_run_for(&chaos->world, (sim_time_ns)rng_below(&chaos->rng, 2 * SIM_NS_PER_S));
}

// Ends what is held and lets the rest run out.
static void settle(struct chaos *chaos)
{
    fault_clear_all(chaos->world.faults);
    for (size_t i = 0; i < HOSTS; i++)
        if (chaos->hosts[i])
            vnet_host_set_up(chaos->hosts[i], true);
    for (unsigned i = 0; i < CONNS; i++) {
        if (chaos->clients[i].conn)
            conn_close(chaos->clients[i].conn);
        chaos->clients[i].conn = NULL;
    }
    net_run_for(&chaos->world, SIM_NS_PER_S);
    for (unsigned i = 0; i < CONNS; i++) {
        if (chaos->servers[i].conn)
            conn_close(chaos->servers[i].conn);
        chaos->servers[i].conn = NULL;
    }
    ck_assert_int_eq(net_run(&chaos->world), CORE_IDLE);
    ck_assert_uint_eq(vnet_stats(chaos->world.vnet).conns, 0);
    ck_assert_uint_eq(vnet_stats(chaos->world.vnet).conns_impaired, 0);
}

static void play(uint64_t seed, char ret_hash[CORE_HASH_ROOM])
{
    struct chaos *chaos = calloc(1, sizeof(*chaos));
    struct address any = {.port = 502};
    struct listener *listener;

    chaos->world = net_world_new();
    rng_init(&chaos->rng, seed, "chaos");
    for (uint32_t i = 0; i < HOSTS; i++) {
        struct address address = net_at("10.2.0.1");

        ck_assert_int_eq(address_add(&address, i, &address), 0);
        chaos->hosts[i] = vnet_host_new(chaos->world.vnet, "host");
        ck_assert_int_eq(vnet_host_add_address(chaos->hosts[i], chaos->world.lan, &address), 0);
        ck_assert_int_eq(host_listen(chaos->hosts[i], &any, on_accept, chaos, &listener), 0);
    }
    for (unsigned i = 0; i < STEPS; i++)
        step(chaos);
    settle(chaos);
    core_event_hash(chaos->world.core, ret_hash);
    net_world_free(&chaos->world);
    free(chaos);
}

START_TEST(chaos_breaks_no_promise)
{
    char hash[CORE_HASH_ROOM];

    play((uint64_t)_i, hash);
}
END_TEST

START_TEST(chaos_repeats_itself)
{
    char first[CORE_HASH_ROOM];
    char second[CORE_HASH_ROOM];

    play(1000, first);
    play(1000, second);
    ck_assert_str_eq(first, second);
    play(1001, second);
    ck_assert_str_ne(first, second);
}
END_TEST

Suite *net_chaos_suite(void)
{
    Suite *suite = suite_create("net_chaos");
    TCase *tcase = tcase_create("net_chaos");

    tcase_add_loop_test(tcase, chaos_breaks_no_promise, 0, 8);
    tcase_add_test(tcase, chaos_repeats_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// Reading a bench file into its tables. What is checked is checked by the schema (bench_schema.c);
// here a checked tree is put into words of C, paths beside the file are resolved, defaults filled.
#include "bench/bench_file.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

#define BAUD_OTHERWISE 19200
#define LEASE_OTHERWISE_NS (30 * 60 * SIM_NS_PER_S)
#define RENEW_OTHERWISE_NS (30 * SIM_NS_PER_S)
#define BOARD_SLACK_NS (500 * SIM_NS_PER_MS)
#define BOARD_POLL_NS (200 * SIM_NS_PER_MS)
#define HOST_NAME_OTHERWISE "csms.test"
#define COMMAND_TIMEOUT_NS (10 * SIM_NS_PER_S)

// A path beside the bench file; an absolute one stays.
static char *beside(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');

    if (path[0] == '/' || !slash)
        return str_copy(path);
    return str_format("%.*s/%s", (int)(slash - file), file, path);
}

static const char *keep_path(struct bench_file *file, const char *path)
{
    if (!path)
        return NULL;
    MEM_PUSH_ROOM(file->paths, file->paths_count, file->paths_room);
    file->paths[file->paths_count] = beside(yaml_name(file->document), path);
    return file->paths[file->paths_count++];
}

static enum bench_link_kind link_kind(const struct yaml_node *node)
{
    static const char *const kinds[] = {"ip", "tty", "control", "ieee802154", "ocpp", NULL};
    int kind = schema_choice(yaml_get(node, "kind"), kinds);

    return kind < 0 ? BENCH_LINK_CONTROL : (enum bench_link_kind)kind;
}

static enum bench_service link_service(const char *name, const struct yaml_node *node)
{
    static const char *const services[] = {"modbus", "web", NULL};
    int service = schema_choice(yaml_get(node, "service"), services);

    if (service >= 0)
        return (enum bench_service)service;
    return strcmp(name, "web") == 0 ? BENCH_WEB : BENCH_MODBUS;
}

static void read_link(const char *name, const struct yaml_node *node, struct bench_link *ret)
{
    *ret = (struct bench_link){
        .name = name,
        .kind = link_kind(node),
        .service = link_service(name, node),
        .node = node,
        .host = yaml_get_text(node, "host", NULL),
        .port = (uint16_t)schema_integer(yaml_get(node, "port"), 0),
        .device = yaml_get_text(node, "path", yaml_get_text(node, "by_id", NULL)),
        .baud = (uint32_t)schema_integer(yaml_get(node, "baud"), BAUD_OTHERWISE),
        .parity = yaml_get_text(node, "parity", "even"),
        .stop_bits = (unsigned)schema_integer(yaml_get(node, "stop_bits"), 0),
        .rs485 = schema_bool(yaml_get(node, "rs485"), false),
        .unit = (uint8_t)schema_integer(yaml_get(node, "unit"), 0),
        .socket = yaml_get_text(node, "socket", NULL),
        .entry = yaml_get_text(node, "entry", NULL),
        .from = yaml_get_text(node, "from", NULL),
    };
}

static void read_ocpp(struct bench_file *file, const char *device, struct bench_link *link)
{
    const struct yaml_node *node = link->node;

    if (link->kind != BENCH_LINK_OCPP)
        return;
    link->listen = yaml_get_text(node, "listen", NULL);
    link->security = (int)schema_integer(yaml_get(node, "security"), 0);
    link->certificate = keep_path(file, yaml_get_text(node, "certificate", NULL));
    link->key = keep_path(file, yaml_get_text(node, "key", NULL));
    link->authority = keep_path(file, yaml_get_text(node, "authority", NULL));
    link->host_name = yaml_get_text(node, "host_name", HOST_NAME_OTHERWISE);
    link->heartbeat_ns = schema_time_ns(yaml_get(node, "heartbeat_interval"), 0);
    link->stations = yaml_get(node, "stations");
    link->tags = yaml_get(node, "tags");
    link->central = yaml_get_text(node, "central", NULL);
    link->identity = yaml_get_text(node, "identity", device);
}

static void read_power(const struct yaml_node *node, struct bench_power *ret)
{
    static const char *const kinds[] = {"modbus-relay", "command", "operator", NULL};

    if (!node)
        return;
    *ret = (struct bench_power){
        .kind = (enum bench_power_kind)(schema_choice(yaml_get(node, "kind"), kinds) + 1),
        .coil = (uint16_t)schema_integer(yaml_get(node, "coil"), 0),
        .inverted = schema_bool(yaml_get(node, "inverted"), false),
        .on = yaml_get(node, "on"),
        .off = yaml_get(node, "off"),
        .timeout_ns = schema_time_ns(yaml_get(node, "timeout"), COMMAND_TIMEOUT_NS),
    };
}

static int read_target(struct bench_file *file, const char *role, const struct yaml_node *node,
                       struct diag *diag)
{
    struct bench_target *target = &file->targets[file->targets_count++];
    const struct yaml_node *links = yaml_get(node, "links");

    *target = (struct bench_target){
        .role = role,
        .adapter =
            strcmp(yaml_get_text(node, "adapter", ""), "board") == 0 ? BENCH_BOARD : BENCH_SIM,
        .node = node,
        .device = yaml_get_text(node, "device", role),
        .label = yaml_get_text(node, "label", role),
        .profile = yaml_get_text(node, "profile", NULL),
        .model = yaml_get_text(node, "model", NULL),
        .hardware = yaml_get_text(node, "hardware", NULL),
        .count = (size_t)schema_integer(yaml_get(node, "count"), 1),
        .padlock_by_hand = yaml_get(node, "padlock") != NULL,
        .identity = yaml_get(node, "identity"),
        .provides = yaml_get(node, "provides"),
    };
    read_power(yaml_get(node, "power"), &target->power);
    if (links && links->count > BENCH_LINKS_MAX) {
        yaml_error(diag, file->document, links, NULL, "a board has at most %d links, not %zu",
                   BENCH_LINKS_MAX, links->count);
        return ERR_SCHEMA;
    }
    yaml_for_each(i, links) {
        struct bench_link *link = &target->links[target->links_count++];

        read_link(links->keys[i]->text, links->items[i], link);
        read_ocpp(file, target->device, link);
    }
    return 0;
}

static bool has_board(const struct bench_file *file)
{
    for (size_t i = 0; i < file->targets_count; i++)
        if (file->targets[i].adapter == BENCH_BOARD)
            return true;
    return false;
}

static void read_time(struct bench_file *file, const struct yaml_node *top)
{
    static const char *const modes[] = {"jump", "real", "hold", NULL};
    const struct yaml_node *clock = yaml_get(top, "clock");
    const struct yaml_node *timing = yaml_get(top, "timing");
    const struct yaml_node *lease = yaml_get(top, "lease");
    const char *start = yaml_get_text(clock, "start", NULL);
    int mode = schema_choice(yaml_get(clock, "mode"), modes);
    bool boards = has_board(file);

    file->clock = boards ? CLOCK_REAL : CLOCK_JUMP;
    if (mode >= 0)
        file->clock = (enum clock_mode)mode;
    file->speed = schema_number(yaml_get(clock, "speed"), 1);
    file->follow = schema_bool(yaml_get(clock, "follow"), true);
    if (start)
        units_parse_utc(start, &file->utc_start_ns);
    file->slack_ns = schema_time_ns(yaml_get(timing, "slack"), boards ? BOARD_SLACK_NS : 0);
    file->poll_ns = schema_time_ns(yaml_get(timing, "poll"), boards ? BOARD_POLL_NS : 0);
    file->factor = schema_number(yaml_get(timing, "factor"), 1);
    file->lease_ns = lease ? schema_time_ns(yaml_get(lease, "for"), LEASE_OTHERWISE_NS) : 0;
    file->renew_ns = schema_time_ns(yaml_get(lease, "renew"), RENEW_OTHERWISE_NS);
}

static void read_process(struct bench_file *file, const struct yaml_node *node)
{
    file->process = (struct bench_process){
        .site = keep_path(file, yaml_get_text(node, "site", NULL)),
        .socket = yaml_get_text(node, "socket", NULL),
        .host = yaml_get_text(node, "host", NULL),
        .listen = yaml_get_text(node, "listen", "loopback"),
        .port_offset = (uint16_t)schema_integer(yaml_get(node, "port_offset"), 0),
        .port_offset_drawn = yaml_get(node, "port_offset") == NULL,
        .lines = yaml_get(node, "lines"),
        .outward = schema_bool(yaml_get(node, "outward"), false),
        .authority = keep_path(file, yaml_get_text(node, "authority", NULL)),
    };
}

static int read_file(struct bench_file *file, struct diag *diag)
{
    const struct yaml_node *top = yaml_root(file->document);
    const struct yaml_node *targets = yaml_get(top, "targets");
    int err = 0;

    if (targets->count == 0 || targets->count > BENCH_TARGETS_MAX) {
        yaml_error(diag, file->document, targets, NULL, "a bench has 1 to %d targets, not %zu",
                   BENCH_TARGETS_MAX, targets->count);
        return ERR_SCHEMA;
    }
    file->targets = mem_new(targets->count, sizeof(*file->targets));
    for (size_t i = 0; err == 0 && i < targets->count; i++)
        err = read_target(file, targets->keys[i]->text, targets->items[i], diag);
    file->name = yaml_get_text(top, "name", "");
    file->site = keep_path(file, yaml_get_text(top, "site", NULL));
    file->retries = (unsigned)schema_integer(yaml_get(top, "retries"), 0);
    file->secrets = yaml_get(top, "secrets");
    file->without = yaml_get(top, "without");
    file->has_relay = yaml_get(top, "relay") != NULL;
    if (file->has_relay)
        read_link("relay", yaml_get(top, "relay"), &file->relay);
    read_time(file, top);
    if (yaml_get(top, "process"))
        read_process(file, yaml_get(top, "process"));
    return err;
}

static void set_hash(struct bench_file *file)
{
    uint8_t digest[CRYPTO_SHA256_BYTES];
    size_t length;
    const char *bytes = yaml_bytes(file->document, &length);

    crypto_sha256(bytes, length, digest);
    crypto_hex(digest, file->hash);
}

int bench_file_load(const char *path, struct diag *diag, struct bench_file **ret)
{
    struct bench_file *file = mem_new(1, sizeof(*file));
    int err = yaml_load(path, diag, &file->document);

    if (err == 0)
        err = schema_check(&bench_schema, file->document, yaml_root(file->document), diag);
    if (err == 0)
        err = read_file(file, diag);
    if (err < 0) {
        bench_file_free(&file);
        return err;
    }
    set_hash(file);
    *ret = file;
    return 0;
}

void bench_file_free(struct bench_file **file)
{
    if (!*file)
        return;
    for (size_t i = 0; i < (*file)->paths_count; i++)
        free((*file)->paths[i]);
    free((*file)->paths);
    free((*file)->targets);
    yaml_free(&(*file)->document);
    free(*file);
    *file = NULL;
}

const struct bench_target *bench_file_target(const struct bench_file *file, const char *role)
{
    for (size_t i = 0; i < file->targets_count; i++)
        if (strcmp(file->targets[i].role, role) == 0)
            return &file->targets[i];
    return NULL;
}

const char *bench_file_why_not(const struct bench_file *file, const char *role)
{
    return yaml_get_text(file->without, role, NULL);
}

const char *bench_file_secret(const struct bench_file *file, const char *name)
{
    return yaml_get_text(file->secrets, name, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// A bench file made real: the lease, the process that plays the boards, the lines and links, and at
// last the question to each board who it is.
#include <stdlib.h>
#include <string.h>

#include "bench/bench_parts.h"
#include "bench/modbus_driver.h"
#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/proto/modbus/modbus.h"

#define MODBUS_PORT 502
#define HTTPS_PORT 443
#define TERMINAL "/dev/tty"

void bench_break(struct bench_stage *stage, char *why)
{
    if (stage->broken) {
        free(why);
        return;
    }
    stage->broken = why;
    log_error(stage->base.name, "%s", why);
    for (size_t i = 0; i < stage->roles_count; i++)
        for (size_t k = 0; k < stage->roles[i].count; k++)
            if (stage->roles[i].members[k])
                stage->roles[i].members[k]->broken = why;
}

static void on_lease_lost(void *user, int err)
{
    bench_break(user, str_format("the lease of the bench was lost: %s", err_text(err)));
}

// ---- Links ----

static enum line_parity parity_of(const struct bench_link *link)
{
    if (strcmp(link->parity, "none") == 0)
        return LINE_PARITY_NONE;
    return strcmp(link->parity, "odd") == 0 ? LINE_PARITY_ODD : LINE_PARITY_EVEN;
}

static bool same_settings(const struct bench_link *left, const struct bench_link *right)
{
    return left->baud == right->baud && strcmp(left->parity, right->parity) == 0 &&
           left->stop_bits == right->stop_bits && left->rs485 == right->rs485;
}

static int open_line(struct bench_stage *stage, const struct bench_link *link, const char *path,
                     struct bench_line **ret, char **ret_why)
{
    struct bench_line *line = &stage->lines[stage->lines_count];
    struct modbus_driver_serial serial = {
        .path = path,
        .baud = link->baud,
        .parity = parity_of(link),
        .stop_bits = link->stop_bits,
        .rs485 = link->rs485,
    };
    int err;

    if (stage->lines_count == BENCH_LINES_MAX) {
        *ret_why = str_format("more than %d serial ports on one bench", BENCH_LINES_MAX);
        return ERR_TOO_MANY;
    }
    err = modbus_driver_rtu_new(stage->base.core, &serial, &line->master, ret_why);
    if (err < 0)
        return err;
    line->path = str_copy(path);
    line->link = link;
    stage->lines_count++;
    // A terminal of the process is known to be none.
    if (modbus_driver_not_available(line->master) && !link->from)
        log_warn(stage->base.name, "%s: %s", path, modbus_driver_not_available(line->master));
    *ret = line;
    return 0;
}

static int find_line(struct bench_stage *stage, const struct bench_link *link,
                     struct bench_line **ret, char **ret_why)
{
    const char *path =
        link->from && stage->process ? process_line(stage->process, link->from) : link->device;

    if (!path) {
        *ret_why = str_format("the process gives out no terminal for the line '%s'", link->from);
        return ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < stage->lines_count; i++) {
        if (strcmp(stage->lines[i].path, path) != 0)
            continue;
        if (!same_settings(stage->lines[i].link, link)) {
            *ret_why = str_format("two links give %s different settings", path);
            return ERR_SCHEMA;
        }
        *ret = &stage->lines[i];
        return 0;
    }
    return open_line(stage, link, path, ret, ret_why);
}

// Where the `index`-th member (from 1) is. One address for all of them when they are units behind a
// gateway, else addresses count up.
static int find_address(struct bench_stage *stage, const struct board *board,
                        const struct bench_link *link, size_t index, struct address *ret,
                        char **ret_why)
{
    const char *entry = link->entry ? link->entry : board->entry;
    bool web = link->service == BENCH_WEB;
    struct address first;

    if (link->from) {
        *ret = process_service(stage->process, entry, web ? "https" : "modbus");
        if (ret->family)
            return 0;
        *ret_why = str_format("the process serves no %s for '%s'", web ? "HTTPS" : "Modbus", entry);
        return ERR_NOT_FOUND;
    }
    if (address_parse(link->host, &first) < 0 ||
        address_add(&first, link->unit ? 0 : (uint32_t)(index - 1), ret) < 0) {
        *ret_why = str_format("there is no address %zu behind %s", index - 1, link->host);
        return ERR_RANGE;
    }
    ret->port = link->port ? link->port : web ? HTTPS_PORT : MODBUS_PORT;
    return 0;
}

static int find_control(struct bench_stage *stage, const struct bench_link *link,
                        struct control_link **ret, char **ret_why)
{
    if (link->from) {
        *ret = process_link(stage->process);
        return 0;
    }
    for (size_t i = 0; i < stage->controls_count; i++) {
        *ret = stage->controls[i];
        if (strcmp(control_link_path(*ret), link->socket) == 0)
            return 0;
    }
    if (stage->controls_count == BENCH_CONTROLS_MAX) {
        *ret_why = str_format("more than %d control sockets on one bench", BENCH_CONTROLS_MAX);
        return ERR_TOO_MANY;
    }
    *ret = control_link_new(stage->base.core, link->socket);
    stage->controls[stage->controls_count++] = *ret;
    return 0;
}

static int open_web(struct bench_stage *stage, struct board *board, const struct bench_link *link,
                    size_t index, char **ret_why)
{
    int err = board->web ? 0 : find_address(stage, board, link, index, &board->web_at, ret_why);

    if (err < 0)
        return err;
    if (!stage->browser)
        stage->browser = http_client_new(stage->base.core);
    board->browser = stage->browser;
    board->web = link;
    if (link->from)
        board->utc_ahead_ns = process_utc_ahead_ns(stage->process);
    return 0;
}

// ---- Central systems of the bench's own ----

static bool has_doors(const struct bench_target *target)
{
    for (size_t i = 0; i < target->links_count; i++)
        if (target->links[i].listen)
            return true;
    return false;
}

static int find_authority(struct bench_stage *stage, char **ret_why)
{
    struct authority **kept =
        stage->options.authority ? stage->options.authority : &stage->authority;
    int err = *kept ? 0 : authority_make(core_utc_ns(stage->base.core), kept);

    if (err == 0 && stage->options.authority_path)
        err = authority_write_root(*kept, stage->options.authority_path);
    if (err < 0)
        *ret_why = str_format("the bench's central system has no authority: %s", err_text(err));
    return err;
}

static const struct authority *authority_of(const struct bench_stage *stage)
{
    return stage->options.authority ? *stage->options.authority : stage->authority;
}

static const char *secret_of(void *user, const char *name)
{
    return secrets_get(((struct bench_stage *)user)->secrets, name);
}

// Before a process is started: its chargers call at once.
static int open_central(struct bench_stage *stage, const struct bench_target *target,
                        char **ret_why)
{
    struct bench_central *central = &stage->centrals[stage->centrals_count];
    struct csms_driver_options options = {
        .core = stage->base.core,
        .target = target,
        .secret = secret_of,
        .user = stage,
    };
    struct diag *diag = diag_new();
    int err;

    if (stage->centrals_count == BENCH_CENTRALS_MAX) {
        *ret_why = str_format("more than %d central systems on one bench", BENCH_CENTRALS_MAX);
        err = ERR_TOO_MANY;
    } else {
        err = find_authority(stage, ret_why);
    }
    // A profile that cannot be had is told when the board is opened.
    if (profiles_get(stage->options.profiles, target->profile, diag, &options.profile) < 0)
        options.profile = NULL;
    if (err == 0) {
        options.authority = stage->options.authority ? *stage->options.authority : stage->authority;
        err = csms_driver_new(&options, &central->driver, ret_why);
    }
    if (err == 0) {
        central->role = target->role;
        stage->centrals_count++;
    }
    diag_free(&diag);
    return err;
}

static int open_centrals(struct bench_stage *stage, char **ret_why)
{
    const struct bench_file *file = stage->options.file;
    int err = 0;

    for (size_t i = 0; err == 0 && i < file->targets_count; i++)
        if (has_doors(&file->targets[i]))
            err = open_central(stage, &file->targets[i], ret_why);
    return err;
}

static struct csms_driver *find_central(const struct bench_stage *stage, const char *role)
{
    for (size_t i = 0; i < stage->centrals_count; i++)
        if (strcmp(stage->centrals[i].role, role) == 0)
            return stage->centrals[i].driver;
    return NULL;
}

// A door of the bench, or the way of a charger to one.
static int open_ocpp(struct bench_stage *stage, struct board *board, const struct bench_link *link,
                     char **ret_why)
{
    struct csms_driver *driver =
        find_central(stage, link->central ? link->central : board->file->role);
    struct csms_desk desk = csms_driver_desk(driver);

    board->ocpp.csms = desk.csms;
    board->ocpp.path = csms_driver_path(driver);
    if (!link->central) {
        board->csms = driver;
        return 0;
    }
    board->ocpp.station = link->identity;
    if (csms_station(desk.csms, link->identity))
        return 0;
    *ret_why = str_format("'%s' lets no station '%s' in; name it under `stations:` of a door",
                          link->central, link->identity);
    return ERR_NOT_FOUND;
}

static int open_link(struct bench_stage *stage, struct board *board, const struct bench_link *link,
                     size_t index, char **ret_why)
{
    struct bench_line *line;
    int err = 0;

    if (link->kind == BENCH_LINK_CONTROL) {
        err = find_control(stage, link, &board->control, ret_why);
        if (err == 0 && link->entry) {
            free(board->entry);
            board->entry = str_copy(link->entry);
        }
        return err;
    }
    if (link->kind == BENCH_LINK_OCPP)
        return open_ocpp(stage, board, link, ret_why);
    if (link->kind == BENCH_LINK_IP && link->service == BENCH_WEB)
        return open_web(stage, board, link, index, ret_why);
    if (board->modbus || link->kind == BENCH_LINK_IEEE802154)
        return 0;
    if (link->kind == BENCH_LINK_TTY) {
        err = find_line(stage, link, &line, ret_why);
        if (err < 0)
            return err;
        board->line = line->master;
        board->line_path = str_copy(line->path);
    } else {
        err = find_address(stage, board, link, index, &board->at, ret_why);
    }
    if (link->unit && link->unit + index - 1 > MODBUS_UNIT_SELF) {
        *ret_why = str_format("unit ids end at 255: there is no member %zu", index);
        return ERR_RANGE;
    }
    board->modbus = link;
    board->unit = link->unit ? (uint8_t)(link->unit + index - 1) : MODBUS_UNIT_SELF;
    return err;
}

static int open_relay(struct bench_stage *stage, char **ret_why)
{
    const struct bench_link *link = &stage->options.file->relay;
    struct board nobody = {.entry = (char *)"relay"};
    struct bench_line *line;
    struct address at;
    int err;

    if (link->kind == BENCH_LINK_TTY) {
        err = find_line(stage, link, &line, ret_why);
        if (err == 0)
            stage->relay = line->master;
        return err;
    }
    if (link->kind != BENCH_LINK_IP) {
        *ret_why = str_copy("a relay is reached over ip or tty");
        return ERR_SCHEMA;
    }
    err = find_address(stage, &nobody, link, 1, &at, ret_why);
    if (err == 0)
        err = modbus_driver_tcp_new(stage->base.core, &at, &stage->relay, ret_why);
    stage->relay_owned = err == 0;
    return err;
}

// ---- Boards ----

// The profile of whoever answers as `unit` where this board is: another target of the bench behind
// the same gateway, or on a line of the bench (which is behind it, or it would not be asked).
static bool unit_profile(void *user, uint8_t unit, const struct profile **ret_profile,
                         const struct profile_model **ret_model)
{
    struct board *board = user;
    struct bench_stage *stage = (struct bench_stage *)board->base.stage;
    const struct board *found = NULL;

    for (size_t i = 0; i < stage->roles_count; i++) {
        for (size_t k = 0; k < stage->roles[i].count; k++) {
            const struct board *other = stage->roles[i].members[k];
            bool here = other && other->unit == unit && other->modbus;

            if (here && !other->line && !board->line && other->at.port == board->at.port &&
                address_same_ip(&other->at, &board->at))
                found = other;
            else if (here && other->line && !found)
                found = other;
        }
    }
    if (!found)
        return false;
    *ret_profile = found->base.profile;
    *ret_model = found->base.model;
    return true;
}

static int find_profile(struct bench_stage *stage, struct board *board, char **ret_why)
{
    struct diag *diag = diag_new();
    struct str text = {0};
    int err =
        profiles_get(stage->options.profiles, board->file->profile, diag, &board->base.profile);

    if (err < 0) {
        diag_print(diag, false, &text);
        *ret_why =
            str_format("the profile '%s' of %s cannot be had: %s%s%s", board->file->profile,
                       board->file->role, err_text(err), text.length ? "\n" : "", str_text(&text));
    }
    str_done(&text);
    diag_free(&diag);
    return err;
}

// What the process says of an entry of its site.
static const char *told_by_process(const struct bench_stage *stage, const char *entry,
                                   const char *member)
{
    const struct json *devices =
        stage->process ? json_get(process_state(stage->process), "devices") : NULL;

    for (size_t i = 0; i < json_count(devices); i++)
        if (strcmp(json_text(json_get(json_at(devices, i), "id"), ""), entry) == 0)
            return json_text(json_get(json_at(devices, i), member), NULL);
    return NULL;
}

static int find_model(struct bench_stage *stage, struct board *board, char **ret_why)
{
    const struct bench_target *file = board->file;
    const char *hardware = file->hardware;
    const char *said[] = {file->model, told_by_process(stage, board->entry, "model"),
                          board->identity.model, board->identity.product};

    if (!hardware)
        hardware = told_by_process(stage, board->entry, "hardware");
    for (size_t i = 0; !board->base.model && i < sizeof(said) / sizeof(said[0]); i++) {
        if (said[i])
            board->base.model = profile_model(board->base.profile, said[i], hardware);
        if (file->model)
            break;
    }
    if (board->base.model)
        return 0;
    *ret_why = str_format(
        "the profile %s has no model '%s' for %s; write `model:` in the bench file", file->profile,
        file->model ? file->model
        : said[2]   ? said[2]
                    : "?",
        board->id);
    return ERR_NOT_FOUND;
}

static char *member_name(const char *name, const struct bench_target *file, size_t index)
{
    return file->count > 1 ? str_format("%s[%zu]", name, index) : str_copy(name);
}

static struct board *new_board(struct bench_stage *stage, const struct bench_target *file,
                               size_t index)
{
    struct board *board = mem_new(1, sizeof(*board));

    board->file = file;
    board->id = member_name(file->role, file, index);
    board->label = member_name(file->label, file, index);
    board->entry = member_name(file->device, file, index);
    board->person = stage->person;
    board->unit_profile = unit_profile;
    board->base = (struct target){
        .ops = &board_ops,
        .stage = &stage->base,
        .id = board->id,
        .label = board->label,
        .adapter = "board",
        .index = index,
    };
    return board;
}

static int open_board(struct bench_stage *stage, struct board *board, size_t index, char **ret_why)
{
    const struct bench_target *file = board->file;
    enum bench_power_kind power = file->power.kind;
    int err = find_profile(stage, board, ret_why);

    for (size_t i = 0; err == 0 && i < file->links_count; i++)
        err = open_link(stage, board, &file->links[i], index, ret_why);
    if (err == 0 && (power == BENCH_POWER_RELAY || power == BENCH_POWER_COMMAND))
        board->power = power_new(stage->base.core, &file->power, stage->relay,
                                 stage->options.file->relay.unit ? stage->options.file->relay.unit
                                                                 : MODBUS_UNIT_SELF);
    return err;
}

static int open_role(struct bench_stage *stage, const struct bench_target *file, char **ret_why)
{
    struct bench_role *role = &stage->roles[stage->roles_count++];
    int err = 0;

    role->name = file->role;
    role->members = mem_new(file->count, sizeof(*role->members));
    role->count = file->count;
    for (size_t i = 1; err == 0 && i <= file->count; i++) {
        role->members[i - 1] = new_board(stage, file, i);
        err = open_board(stage, role->members[i - 1], i, ret_why);
    }
    return err;
}

// ---- Identity ----

static int identify(struct bench_stage *stage, struct board *board, char **ret_why)
{
    const char *why = NULL;
    struct modbus_link *link = NULL;
    struct web_link *web = NULL;
    int err = 0;

    if (board->modbus)
        link = board->base.ops->service(&board->base, "modbus", "", &why);
    if (board->web)
        web = board->base.ops->service(&board->base, "web", "", &why);
    if ((board->modbus && !link) || (board->web && !web)) {
        *ret_why = str_format("%s: %s", board->id, why);
        return ERR_TOO_MANY;
    }
    if (link || web)
        err = identity_check(stage->base.core, link, web, board->base.profile, NULL,
                             link ? &board->at : &board->web_at, board->file->identity,
                             &board->identity, ret_why);
    if (err < 0)
        return err;
    if (board->identity.notes)
        log_warn(board->id, "identity: %s", board->identity.notes);
    board->base.serial = board->identity.serial;
    board->base.firmware = board->identity.firmware;
    return find_model(stage, board, ret_why);
}

static int identify_all(struct bench_stage *stage, char **ret_why)
{
    int err = 0;

    for (size_t i = 0; err == 0 && i < stage->roles_count; i++)
        for (size_t k = 0; err == 0 && k < stage->roles[i].count; k++)
            err = identify(stage, stage->roles[i].members[k], ret_why);
    return err;
}

// ---- The whole ----

static int open_process(struct bench_stage *stage, char **ret_why)
{
    const struct bench_options *options = &stage->options;
    struct process_options wanted = {
        .core = options->core,
        .file = options->file,
        .binary = options->binary,
        // The simulated site of this bench writes that file itself.
        .capture = options->sim ? NULL : options->capture,
        .seed = options->seed,
        .authority = authority_of(stage),
    };
    int err;

    if (!options->file->process.site)
        return 0;
    if (!options->binary && !options->file->process.socket) {
        *ret_why = str_copy("no process may be started here to play the boards");
        return ERR_UNSUPPORTED;
    }
    err = process_start(&wanted, &stage->process, ret_why);
    if (err < 0)
        return err;
    stage->controls[stage->controls_count++] = process_link(stage->process);
    stage->capture = str_copy(wanted.capture);
    return 0;
}

int bench_open(struct bench_stage *stage, char **ret_why)
{
    const struct bench_file *file = stage->options.file;
    struct secrets_options secrets = {
        .file = file,
        .profiles = stage->options.profiles,
        .seed = stage->options.seed,
        .given = stage->options.secret,
        .user = stage->options.secret_user,
    };
    int err = 0;

    stage->secrets = secrets_new(&secrets);
    stage->person = operator_new(stage->base.core, TERMINAL, stage->options.unattended);
    stage->roles = mem_new(file->targets_count, sizeof(*stage->roles));
    if (file->lease_ns)
        err = lease_take(stage->base.core, yaml_name(file->document), file->lease_ns,
                         file->renew_ns, on_lease_lost, stage, &stage->lease, ret_why);
    if (err == 0)
        err = open_centrals(stage, ret_why);
    if (err == 0)
        err = open_process(stage, ret_why);
    if (err == 0 && file->has_relay)
        err = open_relay(stage, ret_why);
    for (size_t i = 0; err == 0 && i < file->targets_count; i++)
        if (file->targets[i].adapter == BENCH_BOARD)
            err = open_role(stage, &file->targets[i], ret_why);
    return err == 0 ? identify_all(stage, ret_why) : err;
}

void bench_close(struct bench_stage *stage)
{
    for (size_t i = 0; i < stage->roles_count; i++) {
        for (size_t k = 0; k < stage->roles[i].count; k++)
            board_free(&stage->roles[i].members[k]);
        free(stage->roles[i].members);
    }
    free(stage->roles);
    for (size_t i = 0; i < stage->centrals_count; i++)
        csms_driver_free(&stage->centrals[i].driver);
    authority_free(&stage->authority);
    http_client_free(&stage->browser);
    if (stage->relay_owned)
        modbus_master_free(&stage->relay);
    for (size_t i = 0; i < stage->lines_count; i++) {
        modbus_master_free(&stage->lines[i].master);
        free(stage->lines[i].path);
    }
    for (size_t i = 0; i < stage->controls_count; i++)
        if (!stage->process || stage->controls[i] != process_link(stage->process))
            control_link_free(&stage->controls[i]);
    for (size_t i = 0; i < stage->faults_count; i++)
        free(stage->faults[i].id);
    process_stop(&stage->process);
    operator_free(&stage->person);
    secrets_free(&stage->secrets);
    lease_release(&stage->lease);
    free(stage->capture);
    free(stage->broken);
}

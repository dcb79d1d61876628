// SPDX-License-Identifier: Apache-2.0
// One file a device, replaced as a whole: written beside, synced, renamed. The folder is locked
// with flock(2), so that two worlds never save into one another; the lock ends with the process.
#include "sim/cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/device/store.h"
#include "sim/world/world.h"

#define STATE_PERIOD_NS SIM_NS_PER_S

struct state {
    struct world *world;
    char *folder;
    int lock;        // The folder, open.
    uint64_t *saved; // Bytes each store had written when it was saved.
    struct loop_timer *timer;
};

static char *flash_path(const struct state *state, const struct device *device)
{
    return str_format("%s/%s.flash", state->folder, device->id);
}

static int load_flash(struct state *state, struct device *device)
{
    char *path = flash_path(state, device);
    FILE *file = fopen(path, "re");
    uint8_t *bytes;
    size_t length;
    int err = 0;

    free(path);
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    bytes = mem_new(STORE_BYTES_MAX + 1, 1);
    length = fread(bytes, 1, STORE_BYTES_MAX + 1, file);
    if (ferror(file))
        err = ERR_IO;
    else if (store_load_flash(device->store, bytes, length) < 0)
        log_warn(device->id, "the stored state is damaged; what its checks hold was kept");
    fclose(file);
    free(bytes);
    return err;
}

static int write_whole(const char *path, const uint8_t *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t at = 0;
    int err = 0;

    if (fd < 0)
        return -errno;
    while (at < length && err == 0) {
        ssize_t count = write(fd, bytes + at, length - at);

        if (count < 0 && errno != EINTR)
            err = -errno;
        at += count > 0 ? (size_t)count : 0;
    }
    if (err == 0 && fsync(fd) < 0)
        err = -errno;
    close(fd);
    return err;
}

static int save_flash(struct state *state, struct device *device)
{
    char *path = flash_path(state, device);
    char *fresh = str_format("%s.new", path);
    size_t length;
    const uint8_t *bytes = store_flash(device->store, &length);
    int err = write_whole(fresh, bytes, length);

    if (err == 0 && rename(fresh, path) < 0)
        err = -errno;
    free(fresh);
    free(path);
    return err;
}

static void save_changed(struct state *state)
{
    for (size_t i = 0; i < world_devices(state->world); i++) {
        struct device *device = world_device_at(state->world, i);
        uint64_t written = store_bytes_written(device->store);
        int err;

        if (written == state->saved[i])
            continue;
        err = save_flash(state, device);
        if (err < 0)
            log_error(device->id, "its state cannot be saved in %s: %s", state->folder,
                      err_text(err));
        else
            state->saved[i] = written;
    }
}

static void on_period(struct loop_timer *timer, void *user)
{
    save_changed(user);
    loop_timer_start(timer, STATE_PERIOD_NS);
}

// Makes the folder and takes it for this process.
static int take_folder(struct state *state)
{
    if (mkdir(state->folder, 0700) < 0 && errno != EEXIST)
        return -errno;
    state->lock = open(state->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->lock < 0)
        return -errno;
    if (flock(state->lock, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? ERR_EXISTS : -errno;
    return 0;
}

int state_open(struct world *world, const char *folder, struct state **ret)
{
    struct state *state = mem_new(1, sizeof(*state));
    int err;

    state->world = world;
    state->folder = str_copy(folder);
    state->lock = -1;
    err = take_folder(state);
    state->saved = mem_new(world_devices(world), sizeof(*state->saved));
    for (size_t i = 0; err == 0 && i < world_devices(world); i++) {
        err = load_flash(state, world_device_at(world, i));
        state->saved[i] = store_bytes_written(world_device_at(world, i)->store);
    }
    if (err < 0) {
        log_error("state", "%s cannot be used: %s", folder,
                  err == ERR_EXISTS ? "another testbay keeps its state there" : err_text(err));
        state_close(&state);
        return err;
    }
    state->timer = loop_timer_new(core_loop(world_core(world)), on_period, state);
    loop_timer_start(state->timer, STATE_PERIOD_NS);
    *ret = state;
    return 0;
}

void state_close(struct state **state)
{
    if (!*state)
        return;
    if ((*state)->timer)
        save_changed(*state);
    loop_timer_free(&(*state)->timer);
    if ((*state)->lock >= 0)
        close((*state)->lock);
    free((*state)->saved);
    free((*state)->folder);
    free(*state);
    *state = NULL;
}

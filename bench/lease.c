// SPDX-License-Identifier: Apache-2.0
// The lock is flock(2): it ends with its process, however that ends. The heartbeat inside the file
// tells people who has the bench, and another host on a shared folder, where flock may not reach,
// whether the owner still lives: there its age decides.
#include "bench/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

#define LEASE_BYTES_MAX 512
#define HOST_BYTES_MAX 256

struct lease {
    char *path;
    int fd;
    char host[HOST_BYTES_MAX];
    int64_t since_utc_ns;
    int64_t for_ns;
    int64_t renew_ns;
    struct loop_timer *timer;
    lease_lost_fn *lost;
    void *user;
};

// One line: pid, host, since, last heartbeat, how long it counts.
struct owner {
    long pid;
    char host[HOST_BYTES_MAX];
    char since[UNITS_TEXT_ROOM];
    int64_t beat_utc_ns;
    int64_t for_ns;
};

static bool read_owner(int fd, struct owner *ret)
{
    char text[LEASE_BYTES_MAX + 1];
    ssize_t count = pread(fd, text, LEASE_BYTES_MAX, 0);

    if (count <= 0)
        return false;
    text[count] = '\0';
    return sscanf(text, "pid %ld host %255s since %47s beat %" SCNd64 " for %" SCNd64, &ret->pid,
                  ret->host, ret->since, &ret->beat_utc_ns, &ret->for_ns) == 5;
}

static int write_beat(struct lease *lease)
{
    char since[UNITS_TEXT_ROOM];
    char *text = str_format("pid %ld host %s since %s beat %" PRId64 " for %" PRId64 "\n",
                            (long)getpid(), lease->host, units_utc_text(lease->since_utc_ns, since),
                            loop_host_utc_ns(), lease->for_ns);
    size_t length = strlen(text);
    int err = 0;

    if (pwrite(lease->fd, text, length, 0) != (ssize_t)length ||
        ftruncate(lease->fd, (off_t)length) < 0)
        err = errno ? -errno : ERR_IO;
    free(text);
    return err;
}

// The name may have been given to another file meanwhile: then the lock is on nobody's lease.
static bool is_ours(const struct lease *lease)
{
    struct stat named;
    struct stat held;

    return stat(lease->path, &named) == 0 && fstat(lease->fd, &held) == 0 &&
           named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

static void on_renew(struct loop_timer *timer, void *user)
{
    struct lease *lease = user;

    int err = is_ours(lease) ? write_beat(lease) : ERR_CLOSED;

    if (err == 0)
        loop_timer_start(timer, lease->renew_ns);
    else
        lease->lost(lease->user, err);
}

static int busy(const struct owner *owner, bool known, char **ret_why)
{
    *ret_why = known ? str_format("the bench is taken by process %ld on %s since %s", owner->pid,
                                  owner->host, owner->since)
                     : str_copy("the bench is being taken by another process");
    return ERR_EXISTS;
}

// Somebody on another host whose heartbeat is fresh has it, whatever the lock says here.
static bool lives_elsewhere(const struct lease *lease, const struct owner *owner)
{
    return strcmp(owner->host, lease->host) != 0 &&
           loop_host_utc_ns() < owner->beat_utc_ns + owner->for_ns;
}

static int lock(struct lease *lease, char **ret_why)
{
    struct owner owner = {0};
    bool known;

    lease->fd = open(lease->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (lease->fd < 0) {
        int err = -errno;

        *ret_why = str_format("the lease %s cannot be opened: %s", lease->path, err_text(err));
        return err;
    }
    known = read_owner(lease->fd, &owner);
    if (flock(lease->fd, LOCK_EX | LOCK_NB) < 0)
        return busy(&owner, known, ret_why);
    // Its last owner may have removed the file between our open and our lock.
    if (!is_ours(lease))
        return busy(&owner, false, ret_why);
    known = read_owner(lease->fd, &owner);
    if (known && lives_elsewhere(lease, &owner))
        return busy(&owner, known, ret_why);
    return 0;
}

static void close_lease(struct lease *lease)
{
    loop_timer_free(&lease->timer);
    if (lease->fd >= 0)
        close(lease->fd);
    free(lease->path);
    free(lease);
}

int lease_take(struct core *core, const char *path, int64_t for_ns, int64_t renew_ns,
               lease_lost_fn *lost, void *user, struct lease **ret, char **ret_why)
{
    struct lease *lease = mem_new(1, sizeof(*lease));
    int err;

    lease->path = str_format("%s.lease", path);
    lease->for_ns = for_ns;
    lease->renew_ns = renew_ns;
    lease->lost = lost;
    lease->user = user;
    lease->since_utc_ns = loop_host_utc_ns();
    if (gethostname(lease->host, sizeof(lease->host) - 1) < 0 || lease->host[0] == '\0')
        snprintf(lease->host, sizeof(lease->host), "localhost");
    err = lock(lease, ret_why);
    if (err == 0) {
        err = write_beat(lease);
        if (err < 0)
            *ret_why = str_format("the lease %s cannot be written: %s", lease->path, err_text(err));
    }
    if (err < 0) {
        close_lease(lease);
        return err;
    }
    lease->timer = loop_timer_new(core_loop(core), on_renew, lease);
    loop_timer_start(lease->timer, renew_ns);
    *ret = lease;
    return 0;
}

void lease_release(struct lease **lease)
{
    if (!*lease)
        return;
    // Removed while still locked: whoever opened it meanwhile sees that the name is gone.
    if (is_ours(*lease))
        unlink((*lease)->path);
    close_lease(*lease);
    *lease = NULL;
}

// SPDX-License-Identifier: Apache-2.0
// The loop's side of a Modbus port, and its worker. Requests go over in jobs, which are copies: a
// request that is cancelled is its owner's again at once, whatever the worker is doing. Everything
// shared is under one lock; results come back through a wake-up and are told in the turn.
#include "bench/modbus_driver.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/modbus_wire.h"
#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/core.h"
#include "sim/core/loop.h"

#define STACK_BYTES (256 * 1024)

struct job {
    struct modbus_request *request; // NULL: cancelled. The loop's.
    struct modbus_exchange exchange;
    uint8_t pdu[MODBUS_PDU_BYTES_MAX];
    int err;
    int64_t done_ns;
    struct job *next;
};

struct jobs {
    struct job *first;
    struct job *last;
};

struct modbus_driver {
    struct modbus_master base;
    struct core *core;
    struct modbus_wire *wire;
    struct core_work deliver;
    size_t count; // Jobs not yet told or cancelled; the loop's.
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t wanted;
    struct loop_wake *wake; // NULL once the loop has let go.
    struct jobs waiting;
    struct jobs done;
    struct job *current;
    struct modbus_driver_stats stats;
    bool ending;
    bool orphan; // The worker frees what is left.
};

static void put(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    if (jobs->last)
        jobs->last->next = job;
    else
        jobs->first = job;
    jobs->last = job;
}

static struct job *take(struct jobs *jobs)
{
    struct job *job = jobs->first;

    if (job)
        jobs->first = job->next;
    if (!jobs->first)
        jobs->last = NULL;
    return job;
}

static void free_jobs(struct jobs *jobs)
{
    struct job *job;

    while ((job = take(jobs)))
        free(job);
}

static void free_rest(struct modbus_driver *driver)
{
    free_jobs(&driver->waiting);
    free_jobs(&driver->done);
    modbus_wire_free(&driver->wire);
    pthread_cond_destroy(&driver->wanted);
    pthread_mutex_destroy(&driver->lock);
    free(driver);
}

// ---- The worker ----

// The next job, or NULL when there will be none. Called and left with the lock held.
static struct job *await_job(struct modbus_driver *driver)
{
    while (!driver->ending && !driver->waiting.first)
        pthread_cond_wait(&driver->wanted, &driver->lock);
    if (driver->ending)
        return NULL;
    modbus_wire_rearm(driver->wire);
    driver->current = take(&driver->waiting);
    return driver->current;
}

static void *work(void *user)
{
    struct modbus_driver *driver = user;
    struct job *job;
    bool orphan;

    pthread_mutex_lock(&driver->lock);
    while ((job = await_job(driver))) {
        pthread_mutex_unlock(&driver->lock);
        job->err = modbus_wire_exchange(driver->wire, &job->exchange);
        job->done_ns = loop_host_ns();
        pthread_mutex_lock(&driver->lock);
        driver->current = NULL;
        driver->stats = modbus_wire_stats(driver->wire);
        put(&driver->done, job);
        if (driver->wake)
            loop_wake_send(driver->wake);
    }
    orphan = driver->orphan;
    pthread_mutex_unlock(&driver->lock);
    if (orphan)
        free_rest(driver);
    return NULL;
}

static int start_worker(struct modbus_driver *driver)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int error;

    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before); // Signals are the loop's.
    error = pthread_create(&driver->thread, &attributes, work, driver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

// ---- The loop ----

static void forget(struct modbus_driver *driver, struct job *job)
{
    job->request->master = NULL;
    job->request = NULL;
    driver->count--;
    core_release(driver->core);
}

static void tell(struct modbus_driver *driver, struct job *job)
{
    struct modbus_request *request = job->request;

    if (!request)
        return;
    forget(driver, job);
    request->sent_ns = job->exchange.sent_ns;
    request->done_ns = job->done_ns;
    request->fn(request, job->err, job->err ? NULL : job->exchange.reply,
                job->err ? 0 : job->exchange.reply_length, request->user);
}

static void on_deliver(void *user)
{
    struct modbus_driver *driver = user;
    struct job *job;

    // One at a time: a callback may cancel the next.
    pthread_mutex_lock(&driver->lock);
    job = take(&driver->done);
    if (driver->done.first)
        core_post(driver->core, &driver->deliver);
    pthread_mutex_unlock(&driver->lock);
    if (job)
        tell(driver, job);
    free(job);
}

static void on_wake(void *user)
{
    struct modbus_driver *driver = user;

    core_post(driver->core, &driver->deliver);
}

static void submit(struct modbus_master *base, struct modbus_request *request)
{
    struct modbus_driver *driver = (struct modbus_driver *)base;
    struct job *job = mem_new(1, sizeof(*job));

    assert(request->length >= 1 && request->length <= sizeof(request->pdu));
    job->request = request;
    memcpy(job->pdu, request->pdu, request->length);
    job->exchange = (struct modbus_exchange){
        .unit = request->unit,
        .pdu = job->pdu,
        .length = request->length,
        .timeout_ns = request->timeout_ns,
    };
    request->private = job;
    core_hold(driver->core);
    pthread_mutex_lock(&driver->lock);
    if (driver->count++ >= MODBUS_DRIVER_REQUESTS_MAX) {
        job->err = ERR_TOO_MANY;
        job->exchange.sent_ns = job->done_ns = loop_host_ns();
        put(&driver->done, job);
        core_post(driver->core, &driver->deliver);
    } else {
        put(&driver->waiting, job);
        pthread_cond_signal(&driver->wanted);
    }
    pthread_mutex_unlock(&driver->lock);
}

static struct job *find(const struct jobs *jobs, const struct modbus_request *request)
{
    struct job *job = jobs->first;

    while (job && job->request != request)
        job = job->next;
    return job;
}

static void drop(struct jobs *jobs, struct job *wanted)
{
    struct jobs kept = {0};
    struct job *job;

    while ((job = take(jobs)))
        if (job != wanted)
            put(&kept, job);
    *jobs = kept;
    free(wanted);
}

static void cancel(struct modbus_master *base, struct modbus_request *request)
{
    struct modbus_driver *driver = (struct modbus_driver *)base;
    struct job *job;

    pthread_mutex_lock(&driver->lock);
    if (driver->current && driver->current->request == request) {
        forget(driver, driver->current);
        modbus_wire_abort(driver->wire);
    } else if ((job = find(&driver->waiting, request))) {
        forget(driver, job);
        drop(&driver->waiting, job);
    } else if ((job = find(&driver->done, request))) {
        forget(driver, job);
    }
    pthread_mutex_unlock(&driver->lock);
    request->master = NULL;
}

static void forget_all(struct modbus_driver *driver)
{
    struct job *lists[] = {driver->current, driver->waiting.first, driver->done.first};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (struct job *job = lists[i]; job; job = i == 0 ? NULL : job->next)
            if (job->request)
                forget(driver, job);
}

static void free_driver(struct modbus_master *base)
{
    struct modbus_driver *driver = (struct modbus_driver *)base;
    bool orphan;

    core_cancel(driver->core, &driver->deliver);
    pthread_mutex_lock(&driver->lock);
    forget_all(driver);
    driver->ending = true;
    loop_wake_free(&driver->wake);
    if (driver->current)
        modbus_wire_abort(driver->wire);
    // libmodbus on a tty waits its time-out out. Nobody waits for it: its thread clears up.
    orphan = driver->orphan = driver->current && modbus_wire_is_line(driver->wire);
    pthread_cond_signal(&driver->wanted);
    if (orphan)
        pthread_detach(driver->thread);
    pthread_mutex_unlock(&driver->lock);
    if (orphan)
        return;
    pthread_join(driver->thread, NULL);
    free_rest(driver);
}

static const struct modbus_master_ops master_ops = {submit, cancel, free_driver};

// Takes the wire.
static int driver_new(struct core *core, struct modbus_wire *wire, struct modbus_master **ret,
                      char **ret_why)
{
    struct modbus_driver *driver = mem_new(1, sizeof(*driver));
    int err;

    driver->base.ops = &master_ops;
    driver->core = core;
    driver->wire = wire;
    driver->deliver = (struct core_work){.fn = on_deliver, .user = driver};
    pthread_mutex_init(&driver->lock, NULL);
    pthread_cond_init(&driver->wanted, NULL);
    err = start_worker(driver);
    if (err < 0) {
        *ret_why = str_format("no thread can be started for a Modbus port: %s", err_text(err));
        free_rest(driver);
        return err;
    }
    driver->wake = loop_wake_new(core_loop(core), on_wake, driver);
    *ret = &driver->base;
    return 0;
}

int modbus_driver_tcp_new(struct core *core, const struct address *to, struct modbus_master **ret,
                          char **ret_why)
{
    struct modbus_wire *wire;
    int err = modbus_wire_tcp_new(to, &wire, ret_why);

    return err < 0 ? err : driver_new(core, wire, ret, ret_why);
}

int modbus_driver_rtu_new(struct core *core, const struct modbus_driver_serial *serial,
                          struct modbus_master **ret, char **ret_why)
{
    struct modbus_wire *wire;
    int err = modbus_wire_rtu_new(serial, &wire, ret_why);

    return err < 0 ? err : driver_new(core, wire, ret, ret_why);
}

const char *modbus_driver_not_available(const struct modbus_master *master)
{
    return modbus_wire_not_available(((const struct modbus_driver *)master)->wire);
}

struct modbus_driver_stats modbus_driver_stats(const struct modbus_master *master)
{
    struct modbus_driver *driver = (struct modbus_driver *)master;
    struct modbus_driver_stats stats;

    pthread_mutex_lock(&driver->lock);
    stats = driver->stats;
    pthread_mutex_unlock(&driver->lock);
    return stats;
}

// SPDX-License-Identifier: Apache-2.0
// The one file of sim/core that sees libev, and the one that reads the host's clocks.
#include "sim/core/loop.h"

#include <assert.h>
#include <ev.h>
#include <stdlib.h>
#include <time.h>

#include "sim/base/str.h"

struct loop {
    struct ev_loop *ev;
    struct ev_timer pass_end; // Bounds a pass that waits.
    struct ev_check counter;  // Runs first in each pass and sees what is about to run.
    unsigned ran;
    unsigned ios;
    bool shared; // A library has watchers of its own here.
};

struct loop_io {
    struct ev_io watcher;
    struct loop *loop;
    loop_io_fn *fn;
    void *user;
};

struct loop_timer {
    struct ev_timer watcher;
    struct loop *loop;
    loop_timer_fn *fn;
    void *user;
};

struct loop_signal {
    struct ev_signal watcher;
    struct loop *loop;
    loop_signal_fn *fn;
    void *user;
};

struct loop_wake {
    struct ev_async watcher;
    struct loop *loop;
    loop_wake_fn *fn;
    void *user;
};

static void on_pass_end(struct ev_loop *ev, struct ev_timer *watcher, int revents)
{
    (void)ev;
    (void)watcher;
    (void)revents;
}

static void on_check(struct ev_loop *ev, struct ev_check *watcher, int revents)
{
    struct loop *loop = watcher->data;

    (void)revents;
    loop->ran += ev_pending_count(ev) - (ev_is_pending(&loop->pass_end) ? 1 : 0);
}

struct loop *loop_new(void)
{
    struct loop *loop = mem_new(1, sizeof(*loop));

    loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    assert(loop->ev);
    ev_timer_init(&loop->pass_end, on_pass_end, 0., 0.);
    ev_check_init(&loop->counter, on_check);
    loop->counter.data = loop;
    ev_set_priority(&loop->counter, EV_MAXPRI);
    ev_check_start(loop->ev, &loop->counter);
    ev_unref(loop->ev);
    return loop;
}

void loop_free(struct loop **loop)
{
    if (!*loop)
        return;
    ev_ref((*loop)->ev);
    ev_check_stop((*loop)->ev, &(*loop)->counter);
    ev_loop_destroy((*loop)->ev);
    free(*loop);
    *loop = NULL;
}

struct ev_loop *loop_ev(struct loop *loop)
{
    loop->shared = true;
    return loop->ev;
}

bool loop_watches(const struct loop *loop)
{
    return loop->ios > 0 || loop->shared;
}

static int to_ev(int events)
{
    return (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0);
}

static void on_io(struct ev_loop *ev, struct ev_io *watcher, int revents)
{
    struct loop_io *io = watcher->data;

    (void)ev;
    io->fn(io, (revents & EV_READ ? LOOP_READ : 0) | (revents & EV_WRITE ? LOOP_WRITE : 0),
           io->user);
}

struct loop_io *loop_io_new(struct loop *loop, int fd, int events, loop_io_fn *fn, void *user)
{
    struct loop_io *io = mem_new(1, sizeof(*io));

    io->loop = loop;
    io->fn = fn;
    io->user = user;
    ev_io_init(&io->watcher, on_io, fd, to_ev(events));
    io->watcher.data = io;
    loop->ios++;
    if (events)
        ev_io_start(loop->ev, &io->watcher);
    return io;
}

void loop_io_set(struct loop_io *io, int events)
{
    if ((io->watcher.events & (EV_READ | EV_WRITE)) == to_ev(events))
        return;
    ev_io_stop(io->loop->ev, &io->watcher);
    ev_io_set(&io->watcher, io->watcher.fd, to_ev(events));
    if (events)
        ev_io_start(io->loop->ev, &io->watcher);
}

int loop_io_fd(const struct loop_io *io)
{
    return io->watcher.fd;
}

void loop_io_free(struct loop_io **io)
{
    if (!*io)
        return;
    ev_io_stop((*io)->loop->ev, &(*io)->watcher);
    (*io)->loop->ios--;
    free(*io);
    *io = NULL;
}

static void on_timer(struct ev_loop *ev, struct ev_timer *watcher, int revents)
{
    struct loop_timer *timer = watcher->data;

    (void)ev;
    (void)revents;
    timer->fn(timer, timer->user);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *user)
{
    struct loop_timer *timer = mem_new(1, sizeof(*timer));

    timer->loop = loop;
    timer->fn = fn;
    timer->user = user;
    ev_init(&timer->watcher, on_timer);
    timer->watcher.data = timer;
    return timer;
}

void loop_timer_start(struct loop_timer *timer, int64_t after_ns)
{
    ev_timer_stop(timer->loop->ev, &timer->watcher);
    ev_now_update(timer->loop->ev); // libev counts from its own, perhaps old, idea of now.
    ev_timer_set(&timer->watcher, (double)after_ns * 1e-9, 0.);
    ev_timer_start(timer->loop->ev, &timer->watcher);
}

void loop_timer_stop(struct loop_timer *timer)
{
    ev_timer_stop(timer->loop->ev, &timer->watcher);
}

void loop_timer_free(struct loop_timer **timer)
{
    if (!*timer)
        return;
    loop_timer_stop(*timer);
    free(*timer);
    *timer = NULL;
}

static void on_signal(struct ev_loop *ev, struct ev_signal *watcher, int revents)
{
    struct loop_signal *signal = watcher->data;

    (void)ev;
    (void)revents;
    signal->fn(watcher->signum, signal->user);
}

struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_signal_fn *fn, void *user)
{
    struct loop_signal *signal = mem_new(1, sizeof(*signal));

    signal->loop = loop;
    signal->fn = fn;
    signal->user = user;
    ev_signal_init(&signal->watcher, on_signal, number);
    signal->watcher.data = signal;
    ev_signal_start(loop->ev, &signal->watcher);
    return signal;
}

void loop_signal_free(struct loop_signal **signal)
{
    if (!*signal)
        return;
    ev_signal_stop((*signal)->loop->ev, &(*signal)->watcher);
    free(*signal);
    *signal = NULL;
}

static void on_wake(struct ev_loop *ev, struct ev_async *watcher, int revents)
{
    struct loop_wake *wake = watcher->data;

    (void)ev;
    (void)revents;
    wake->fn(wake->user);
}

struct loop_wake *loop_wake_new(struct loop *loop, loop_wake_fn *fn, void *user)
{
    struct loop_wake *wake = mem_new(1, sizeof(*wake));

    wake->loop = loop;
    wake->fn = fn;
    wake->user = user;
    ev_async_init(&wake->watcher, on_wake);
    wake->watcher.data = wake;
    ev_async_start(loop->ev, &wake->watcher);
    return wake;
}

void loop_wake_send(struct loop_wake *wake)
{
    ev_async_send(wake->loop->ev, &wake->watcher);
}

void loop_wake_free(struct loop_wake **wake)
{
    if (!*wake)
        return;
    ev_async_stop((*wake)->loop->ev, &(*wake)->watcher);
    free(*wake);
    *wake = NULL;
}

static int64_t host_clock_ns(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t loop_host_ns(void)
{
    return host_clock_ns(CLOCK_MONOTONIC);
}

int64_t loop_host_utc_ns(void)
{
    return host_clock_ns(CLOCK_REALTIME);
}

unsigned loop_pass(struct loop *loop, int64_t wait_ns)
{
    loop->ran = 0;
    if (wait_ns == 0) {
        ev_run(loop->ev, EVRUN_NOWAIT);
        return loop->ran;
    }
    if (wait_ns > 0) {
        ev_now_update(loop->ev);
        ev_timer_set(&loop->pass_end, (double)wait_ns * 1e-9, 0.);
        ev_timer_start(loop->ev, &loop->pass_end);
    }
    ev_run(loop->ev, EVRUN_ONCE);
    ev_timer_stop(loop->ev, &loop->pass_end);
    return loop->ran;
}

// SPDX-License-Identifier: Apache-2.0
// The host's loop: descriptors, host timers, signals and wake-ups from other threads, through
// libev. Only edge, bench and the command line use it; a device never sees it. A callback drains
// its descriptor into a bounded buffer, marks work and returns.
#ifndef SIM_CORE_LOOP_H
#define SIM_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_io;
struct loop_timer;
struct loop_signal;
struct loop_wake;
struct ev_loop;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void);
void loop_free(struct loop **loop);

// The libev loop, for libraries that bring their own watchers.
struct ev_loop *loop_ev(struct loop *loop);

// Whether there is any descriptor to wait for, ours or a library's.
bool loop_watches(const struct loop *loop);

// Watches `fd` (stays the caller's) for `events` (LOOP_READ | LOOP_WRITE, may be 0). `revents` says
// what is ready. Never NULL; freed by loop_io_free(), which may be called from the callback.
typedef void loop_io_fn(struct loop_io *io, int revents, void *user);
struct loop_io *loop_io_new(struct loop *loop, int fd, int events, loop_io_fn *fn, void *user);
void loop_io_set(struct loop_io *io, int events);
int loop_io_fd(const struct loop_io *io);
void loop_io_free(struct loop_io **io);

// A timer on the host's monotonic clock: for drivers and watchdogs, never for what a device
// decides.
typedef void loop_timer_fn(struct loop_timer *timer, void *user);
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *user);
void loop_timer_start(struct loop_timer *timer, int64_t after_ns);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer **timer);

typedef void loop_signal_fn(int number, void *user);
struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_signal_fn *fn, void *user);
void loop_signal_free(struct loop_signal **signal);

// A wake-up that another thread may send; `fn` runs in the loop's thread, once for one or more
// sends.
typedef void loop_wake_fn(void *user);
struct loop_wake *loop_wake_new(struct loop *loop, loop_wake_fn *fn, void *user);
void loop_wake_send(struct loop_wake *wake); // Any thread.
void loop_wake_free(struct loop_wake **wake);

// The host's monotonic clock and its UTC, in ns. Only edge, bench, the command line and the turn.
int64_t loop_host_ns(void);
int64_t loop_host_utc_ns(void);

// One pass: waits at most `wait_ns` (0 does not wait, negative waits for ever) and runs what is
// ready. Returns how many callbacks ran.
unsigned loop_pass(struct loop *loop, int64_t wait_ns);

#endif

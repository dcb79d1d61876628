// SPDX-License-Identifier: Apache-2.0
// Switching the supply of a board, one switching at a time.
#include "bench/power.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/core/loop.h"
#include "sim/proto/modbus/client_pdu.h"
#include "sim/proto/modbus/master.h"

#define RELAY_TIMEOUT_NS (3 * SIM_NS_PER_S)

struct power {
    struct core *core;
    const struct bench_power *file;
    struct modbus_master *relay;
    uint8_t relay_unit;
    struct op *op; // NULL: nobody waits.
    struct modbus_request request;
    pid_t pid; // 0: no command is running.
    int pidfd;
    struct loop_io *io;
    struct loop_timer *timer;
};

static struct op *take_op(struct power *power)
{
    struct op *op = power->op;

    power->op = NULL;
    return op;
}

// ---- Relay ----

static void on_reply(struct modbus_request *request, int err, const uint8_t *pdu, size_t length,
                     void *user)
{
    struct power *power = user;
    struct op *op = take_op(power);

    request->length = 0;
    if (!op)
        return;
    if (err < 0)
        op_fail(op, err, "the relay does not switch: %s", err_text(err));
    else if (modbus_exception_of(pdu, length))
        op_fail(op, ERR_EXCEPTION, "the relay does not switch: %s",
                modbus_exception_text(modbus_exception_of(pdu, length)));
    else
        op_finish(op);
}

static void switch_relay(struct power *power, bool on)
{
    struct modbus_request *request = &power->request;

    *request = (struct modbus_request){
        .unit = power->relay_unit, .timeout_ns = RELAY_TIMEOUT_NS, .fn = on_reply, .user = power};
    request->length =
        modbus_encode_write_coil(power->file->coil, on != power->file->inverted, request->pdu);
    modbus_submit(power->relay, request);
}

// ---- Command ----

static void clear_command(struct power *power)
{
    loop_io_free(&power->io);
    loop_timer_stop(power->timer);
    if (power->pidfd >= 0)
        close(power->pidfd);
    power->pidfd = -1;
    power->pid = 0;
    core_release(power->core);
}

static void on_command_end(struct loop_io *io, int revents, void *user)
{
    struct power *power = user;
    struct op *op;
    int status = 0;

    (void)io;
    (void)revents;
    if (waitpid(power->pid, &status, WNOHANG) != power->pid)
        return;
    clear_command(power);
    op = take_op(power);
    if (!op)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        op_finish(op);
    else if (WIFEXITED(status))
        op_fail(op, ERR_IO, "the power command ended with %d", WEXITSTATUS(status));
    else
        op_fail(op, ERR_IO, "the power command was ended by signal %d", WTERMSIG(status));
}

static void end_command(struct power *power)
{
    kill(-power->pid, SIGKILL);
    waitpid(power->pid, NULL, 0);
    clear_command(power);
}

static void on_too_long(struct loop_timer *timer, void *user)
{
    struct power *power = user;
    struct op *op = take_op(power);

    (void)timer;
    end_command(power);
    if (op)
        op_fail(op, ERR_TIMEOUT, "the power command took too long and was ended");
}

// In the child: only what may be called between fork and exec. execvp() finds the program in PATH.
static void become(char *const *words, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && setpgid(0, 0) == 0)
        execvp(words[0], words);
    _exit(127);
}

static int start_command(struct power *power, const struct yaml_node *command)
{
    char **words = mem_new(command->count + 1, sizeof(*words));
    pid_t parent = getpid();
    pid_t pid;

    for (size_t i = 0; i < command->count; i++)
        words[i] = (char *)command->items[i]->text;
    pid = fork();
    if (pid == 0)
        become(words, parent);
    free(words);
    if (pid < 0)
        return -errno;
    setpgid(pid, pid); // Both sides, so that it holds before either goes on.
    power->pid = pid;
    power->pidfd = pidfd_open(pid, 0);
    core_hold(power->core);
    if (power->pidfd < 0) {
        int err = -errno;

        end_command(power);
        return err;
    }
    power->io = loop_io_new(core_loop(power->core), power->pidfd, LOOP_READ, on_command_end, power);
    loop_timer_start(power->timer, power->file->timeout_ns);
    return 0;
}

static void switch_command(struct power *power, bool on)
{
    int err = start_command(power, on ? power->file->on : power->file->off);

    if (err < 0)
        op_fail(take_op(power), err, "the power command cannot be started: %s", err_text(err));
}

// ---- Public ----

struct power *power_new(struct core *core, const struct bench_power *file,
                        struct modbus_master *relay, uint8_t relay_unit)
{
    struct power *power = mem_new(1, sizeof(*power));

    power->core = core;
    power->file = file;
    power->relay = relay;
    power->relay_unit = relay_unit;
    power->pidfd = -1;
    power->timer = loop_timer_new(core_loop(core), on_too_long, power);
    return power;
}

void power_free(struct power **power)
{
    if (!*power)
        return;
    if ((*power)->request.length)
        modbus_cancel(&(*power)->request);
    if ((*power)->pid)
        end_command(*power);
    loop_timer_free(&(*power)->timer);
    free(*power);
    *power = NULL;
}

void power_switch(struct power *power, bool on, struct op *op)
{
    if (power->op || power->pid || power->request.length) {
        op_fail(op, ERR_FULL, "its supply is being switched already");
        return;
    }
    power->op = op;
    if (power->file->kind == BENCH_POWER_RELAY)
        switch_relay(power, on);
    else
        switch_command(power, on);
}

void power_cancel(struct power *power, const struct op *op)
{
    if (power->op == op)
        power->op = NULL;
}

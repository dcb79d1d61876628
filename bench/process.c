// SPDX-License-Identifier: Apache-2.0
// Starting, asking and ending a second testbay. Nothing of it is found by name: its pid is ours,
// its paths lie in a folder that nobody else knows.
#include "bench/process.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/authority.h"
#include "sim/base/err.h"
#include "sim/base/json.h"
#include "sim/base/str.h"
#include "sim/base/units.h"
#include "sim/core/loop.h"

#define ASK_AGAIN_NS (10 * SIM_NS_PER_MS)
#define LAST_WORDS_BYTES 2048
#define ARGUMENTS_MAX (24 + 2 * PROCESS_LINES_MAX)
#define PORT_OFFSET_FROM 10000 // Drawn ones: 10000 to 49999 in steps of 8, one a process id.
#define PORT_OFFSET_STEPS 5000
#define PORT_OFFSET_STEP 8

struct process {
    struct core *core;
    bool found;           // It runs already: neither started nor ended by us.
    int64_t utc_ahead_ns; // Its UTC minus ours, of a found one.
    struct address host;  // Instead of the "every address" of a found one; family 0: as it says.
    char *folder;
    char *socket;
    char *log;
    char *authority; // Path of what it is given; NULL: nothing.
    pid_t pid;       // 0: none, or ended and waited for.
    struct control_link *link;
    struct json *state;
    struct loop_timer *again;
    int err; // Why it will not get ready, 0 while it may.
};

extern char **environ;

// ---- The folder ----

static int make_folder(struct process *process)
{
    const char *base = getenv("TMPDIR");

    process->folder = str_format("%s/testbay-XXXXXX", base && strlen(base) < 64 ? base : "/tmp");
    if (!mkdtemp(process->folder)) {
        int err = -errno;

        free(process->folder);
        process->folder = NULL;
        return err;
    }
    process->socket = str_format("%s/control", process->folder);
    process->log = str_format("%s/log", process->folder);
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;

    while (entries && (entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(folder);
}

// What it said last, on one line.
static char *last_words(const struct process *process)
{
    char text[LAST_WORDS_BYTES + 1];
    int fd = open(process->log, O_RDONLY | O_CLOEXEC);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t count = 0;

    if (end > 0)
        count =
            pread(fd, text, LAST_WORDS_BYTES, end > LAST_WORDS_BYTES ? end - LAST_WORDS_BYTES : 0);
    if (fd >= 0)
        close(fd);
    while (count > 0 && text[count - 1] == '\n')
        count--;
    if (count <= 0)
        return str_copy("it said nothing");
    text[count] = '\0';
    for (char *at = text; *at; at++)
        if (*at == '\n')
            *at = ' ';
    return str_format("it said: %s", text);
}

// ---- Starting ----

struct words {
    char *items[ARGUMENTS_MAX + 1];
    size_t count;
};

static void add_word(struct words *words, char *word)
{
    assert(words->count < ARGUMENTS_MAX);
    words->items[words->count++] = word;
}

static void add_words(struct words *words, const char *name, char *value)
{
    add_word(words, str_copy(name));
    add_word(words, value);
}

static void free_words(char **words)
{
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
}

static unsigned port_offset(const struct bench_process *wanted)
{
    if (!wanted->port_offset_drawn)
        return wanted->port_offset;
    return PORT_OFFSET_FROM + (unsigned)getpid() % PORT_OFFSET_STEPS * PORT_OFFSET_STEP;
}

static void make_arguments(const struct process *process, const struct process_options *options,
                           struct words *ret)
{
    const struct bench_process *wanted = &options->file->process;

    add_words(ret, options->binary, str_copy("serve"));
    add_word(ret, str_copy(wanted->site));
    add_words(ret, "--listen", str_copy(wanted->listen));
    add_words(ret, "--port-offset", str_format("%u", port_offset(wanted)));
    add_words(ret, "--clock", str_copy("real"));
    add_words(ret, "--seed", str_format("%" PRIu64, options->seed));
    add_words(ret, "--control", str_copy(process->socket));
    yaml_for_each(i, wanted->lines) {
        const char *line = wanted->lines->items[i]->text;

        add_words(ret, "--pty", str_format("%s=%s/%s.tty", line, process->folder, line));
    }
    if (options->capture)
        add_words(ret, "--capture", str_copy(options->capture));
    if (wanted->outward)
        add_word(ret, str_copy("--outward"));
    if (process->authority)
        add_words(ret, "--authority", str_copy(process->authority));
    add_word(ret, str_copy("--quiet"));
}

// What it is to trust: the file's, else the bench's own, in a file of its folder.
static int give_authority(struct process *process, const struct process_options *options)
{
    const char *named = options->file->process.authority;

    if (named) {
        process->authority = str_copy(named);
        return 0;
    }
    if (!options->authority)
        return 0;
    process->authority = str_format("%s/authority.pem", process->folder);
    return authority_write_all(options->authority, process->authority);
}

// Our environment, and the secrets of the bench file where the environment has none of the name.
static char **make_environment(const struct bench_file *file)
{
    size_t count = 0;
    size_t secrets = file->secrets ? file->secrets->count : 0;
    char **words;

    while (environ[count])
        count++;
    words = mem_new(count + secrets + 1, sizeof(*words));
    for (size_t i = 0; i < count; i++)
        words[i] = str_copy(environ[i]);
    yaml_for_each(i, file->secrets) {
        char *name = str_format("TESTBAY_SECRET_%s", file->secrets->keys[i]->text);

        for (char *at = name; *at; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at == '-' ? '_' : *at;
        if (!getenv(name))
            words[count++] = str_format("%s=%s", name, file->secrets->items[i]->text);
        free(name);
    }
    return words;
}

// In the child: only what may be called between fork and exec.
static void become(char **arguments, char **environment, int log_fd, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before it could be followed; a terminal's Ctrl-C is for the parent.
    if (getppid() != parent || setpgid(0, 0) < 0)
        _exit(127);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

static int spawn(struct process *process, const struct process_options *options)
{
    struct words arguments = {0};
    char **environment = make_environment(options->file);
    int log_fd = open(process->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t parent = getpid();
    int err = log_fd < 0 ? -errno : 0;
    pid_t pid = 0;

    make_arguments(process, options, &arguments);
    if (err == 0)
        pid = fork();
    if (err == 0 && pid == 0)
        become(arguments.items, environment, log_fd, parent);
    if (pid < 0)
        err = -errno;
    process->pid = pid > 0 ? pid : 0;
    if (log_fd >= 0)
        close(log_fd);
    free_words(arguments.items);
    free_words(environment);
    free(environment);
    return err;
}

// ---- Waiting until it is ready ----

static bool has_ended(struct process *process)
{
    int status;

    if (process->found)
        return false;
    if (process->pid && waitpid(process->pid, &status, WNOHANG) == process->pid)
        process->pid = 0;
    return process->pid == 0;
}

// A found one may have been moved through years since it began; one that is started begins with us.
static void note_clock(struct process *process, const struct json *state)
{
    int64_t utc_ns;

    if (process->found && units_parse_utc(json_text(json_get(state, "utc"), ""), &utc_ns) == 0)
        process->utc_ahead_ns = utc_ns - core_utc_ns(process->core);
}

static void on_state(void *user, int err, struct json **state)
{
    struct process *process = user;

    if (err == 0 && json_bool(json_get(*state, "ready"), false)) {
        note_clock(process, *state);
        process->state = *state;
        *state = NULL;
    } else if (has_ended(process)) {
        process->err = ERR_CLOSED;
    } else if (err == 0 || err == ERR_REFUSED) {
        loop_timer_start(process->again, ASK_AGAIN_NS);
    } else {
        process->err = err;
    }
}

static void on_again(struct loop_timer *timer, void *user)
{
    struct process *process = user;

    (void)timer;
    control_link_get_state(process->link, on_state, process);
}

static bool is_settled(void *user)
{
    const struct process *process = user;

    return process->state || process->err;
}

static int await_ready(struct process *process)
{
    struct core_until until = {
        .until_ns = SIM_TIME_NEVER,
        .wall_ns = PROCESS_READY_SECONDS_MAX * SIM_NS_PER_S,
        .done = is_settled,
        .user = process,
    };
    enum core_end end;

    control_link_get_state(process->link, on_state, process);
    end = core_run(process->core, &until);
    if (process->state)
        return 0;
    if (process->err)
        return process->err;
    return end == CORE_STOPPED ? ERR_CANCELLED : ERR_TIMEOUT;
}

// The address of the host on which a found one serves. By name it may be one of another container.
static int find_host(const char *name, struct address *ret)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char text[ADDRESS_TEXT_ROOM];
    int err;

    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return ERR_NOT_FOUND;
    err =
        getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return err == 0 ? address_parse(text, ret) : ERR_NOT_FOUND;
}

static int find_running(struct process *process, const struct process_options *options)
{
    const struct bench_process *wanted = &options->file->process;

    process->found = true;
    process->socket = str_copy(wanted->socket);
    return wanted->host ? find_host(wanted->host, &process->host) : 0;
}

static int start(struct process *process, const struct process_options *options)
{
    int err;

    if (options->file->process.socket)
        return find_running(process, options);
    err = make_folder(process);
    if (err == 0)
        err = give_authority(process, options);
    return err == 0 ? spawn(process, options) : err;
}

// Why it did not get ready, as a sentence the caller frees.
static char *not_ready(const struct process *process, const struct process_options *options,
                       int err)
{
    const char *what = err == ERR_CLOSED    ? "ended"
                       : err == ERR_TIMEOUT ? "is not ready in time"
                                            : err_text(err);
    char *words;
    char *text;

    if (process->found)
        return str_format("the testbay that plays the boards at %s %s", process->socket, what);
    words = last_words(process);
    text = str_format("the process that plays the boards (%s serve %s) %s; %s", options->binary,
                      options->file->process.site, what, words);
    free(words);
    return text;
}

int process_start(const struct process_options *options, struct process **ret, char **ret_why)
{
    const struct yaml_node *lines = options->file->process.lines;
    struct process *process = mem_new(1, sizeof(*process));
    int err;

    process->core = options->core;
    err = lines && lines->count > PROCESS_LINES_MAX ? ERR_TOO_MANY : start(process, options);
    if (err < 0) {
        *ret_why =
            str_format("the process that plays the boards cannot be started: %s", err_text(err));
        process_stop(&process);
        return err;
    }
    process->link = control_link_new(options->core, process->socket);
    process->again = loop_timer_new(core_loop(options->core), on_again, process);
    err = await_ready(process);
    if (err < 0) {
        *ret_why = not_ready(process, options, err);
        process_stop(&process);
        return err;
    }
    *ret = process;
    return 0;
}

// ---- Ending ----

static void await_end(struct process *process, int64_t wait_ns)
{
    int64_t until_ns = loop_host_ns() + wait_ns;
    struct pollfd fds = {.fd = pidfd_open(process->pid, 0), .events = POLLIN};

    while (!has_ended(process)) {
        int64_t left_ms = (until_ns - loop_host_ns()) / SIM_NS_PER_MS;

        if (left_ms <= 0)
            break;
        // Without a descriptor for it: look again in a moment.
        poll(&fds, fds.fd >= 0 ? 1 : 0, fds.fd >= 0 ? (int)left_ms : 10);
    }
    if (fds.fd >= 0)
        close(fds.fd);
}

static void end_process(struct process *process)
{
    if (process->found || has_ended(process))
        return;
    kill(process->pid, SIGTERM);
    await_end(process, PROCESS_END_SECONDS_MAX * SIM_NS_PER_S);
    if (!process->pid)
        return;
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    process->pid = 0;
}

void process_stop(struct process **process)
{
    if (!*process)
        return;
    control_link_free(&(*process)->link);
    loop_timer_free(&(*process)->again);
    end_process(*process);
    if ((*process)->folder)
        remove_folder((*process)->folder);
    json_free(&(*process)->state);
    free((*process)->folder);
    free((*process)->socket);
    free((*process)->log);
    free((*process)->authority);
    free(*process);
    *process = NULL;
}

// ---- What it said ----

struct control_link *process_link(const struct process *process)
{
    return process->link;
}

int64_t process_utc_ahead_ns(const struct process *process)
{
    return process->utc_ahead_ns;
}

const struct json *process_state(const struct process *process)
{
    return process->state;
}

// What is served on every address is reached on the address of the host.
static struct address on_host(const struct process *process, struct address address)
{
    const struct address any = {.family = 4};
    uint16_t port = address.port;

    if (!process->host.family || !address_same_ip(&address, &any))
        return address;
    address = process->host;
    address.port = port;
    return address;
}

struct address process_service(const struct process *process, const char *device,
                               const char *service)
{
    const struct json *services = json_get(process->state, "services");
    struct address address = {0};

    for (size_t i = 0; i < json_count(services); i++) {
        const struct json *row = json_at(services, i);

        if (strcmp(json_text(json_get(row, "device"), ""), device) == 0 &&
            strcmp(json_text(json_get(row, "service"), ""), service) == 0 &&
            json_bool(json_get(row, "open"), true) &&
            address_parse(json_text(json_get(row, "address"), ""), &address) == 0)
            return on_host(process, address);
    }
    return (struct address){0};
}

const char *process_line(const struct process *process, const char *line)
{
    const struct json *lines = json_get(process->state, "lines");

    for (size_t i = 0; i < json_count(lines); i++)
        if (strcmp(json_text(json_get(json_at(lines, i), "line"), ""), line) == 0)
            return json_text(json_get(json_at(lines, i), "path"), NULL);
    return NULL;
}

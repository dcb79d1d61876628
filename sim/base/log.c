// SPDX-License-Identifier: Apache-2.0
// The one global: where log lines go and which are wanted.
#include "sim/base/log.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"

#define LOG_GLOBS_MAX 8
#define LOG_LINE_ROOM 512

static struct {
    pthread_mutex_t mutex; // Line workers of the bench log too.
    enum log_level level;
    int64_t now_ns;
    const char *globs[LOG_GLOBS_MAX];
    size_t globs_count;
    log_sink_fn *sink;
    void *sink_user;
} log_state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_WARN};

void log_set_time(int64_t now_ns)
{
    __atomic_store_n(&log_state.now_ns, now_ns, __ATOMIC_RELAXED);
}

void log_set_level(enum log_level level)
{
    __atomic_store_n(&log_state.level, level, __ATOMIC_RELAXED);
}

int log_add_glob(const char *glob)
{
    if (log_state.globs_count == LOG_GLOBS_MAX)
        return ERR_TOO_MANY;
    log_state.globs[log_state.globs_count++] = glob;
    return 0;
}

void log_set_sink(log_sink_fn *sink, void *user)
{
    pthread_mutex_lock(&log_state.mutex);
    log_state.sink = sink;
    log_state.sink_user = user;
    pthread_mutex_unlock(&log_state.mutex);
}

// The path below the root of the sources, "sim/vnet/line.c": the compiler puts the same folder
// before that of every file, this one's too.
static const char *log_path(const char *file)
{
    static const char here[] = __FILE__;
    static const char below_root[] = "sim/base/log.c";
    size_t root_length = sizeof(here) > sizeof(below_root) ? sizeof(here) - sizeof(below_root) : 0;

    return strncmp(file, here, root_length) == 0 ? file + root_length : file;
}

// A line is a line, whatever a peer sent: nothing of it may move the cursor.
static void log_tame(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7F)
            *line = '?';
}

static bool log_wanted(enum log_level level, const char *file)
{
    if (level <= __atomic_load_n(&log_state.level, __ATOMIC_RELAXED))
        return true;
    for (size_t i = 0; i < log_state.globs_count; i++)
        if (fnmatch(log_state.globs[i], file, 0) == 0)
            return true;
    return false;
}

void log_write(enum log_level level, const char *file, const char *id, const char *format, ...)
{
    static const char *const marks[] = {"error ", "warning ", "", ""};
    int64_t now_ns = __atomic_load_n(&log_state.now_ns, __ATOMIC_RELAXED);
    char line[LOG_LINE_ROOM];
    const char *path = log_path(file);
    const char *slash = strrchr(path, '/');
    int room_length = slash ? (int)(slash - path) : (int)strlen(path); // The folder is the room.
    int head;
    va_list arguments;

    if (!log_wanted(level, path))
        return;
    head =
        snprintf(line, sizeof(line), "%6" PRId64 ".%06" PRId64 " %.*s %s: %s", now_ns / 1000000000,
                 now_ns % 1000000000 / 1000, room_length, path, id ? id : "-", marks[level]);
    if (head > 0 && (size_t)head < sizeof(line)) {
        va_start(arguments, format);
        vsnprintf(line + head, sizeof(line) - (size_t)head, format, arguments);
        va_end(arguments);
    }
    log_tame(line);
    pthread_mutex_lock(&log_state.mutex);
    if (log_state.sink)
        log_state.sink(log_state.sink_user, level, line);
    else
        fprintf(stderr, "%s\n", line);
    pthread_mutex_unlock(&log_state.mutex);
}

const char *log_hex(const void *data, size_t length, char ret[LOG_HEX_ROOM])
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    size_t shown = length < 32 ? length : 32;
    char *at = ret;

    for (size_t i = 0; i < shown; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    *at = '\0';
    if (shown < length)
        snprintf(at, LOG_HEX_ROOM - 2 * shown, "... (%zu bytes)", length);
    return ret;
}

const char *log_secret(const void *data, size_t length, char ret[LOG_HEX_ROOM])
{
    (void)data;
    snprintf(ret, LOG_HEX_ROOM, "(%zu bytes hidden)", length);
    return ret;
}

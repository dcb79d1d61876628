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
    log_state.level = level;
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

static bool log_wanted(enum log_level level, const char *file)
{
    if (level <= log_state.level)
        return true;
    for (size_t i = 0; i < log_state.globs_count; i++)
        if (fnmatch(log_state.globs[i], file, 0) == 0)
            return true;
    return false;
}

// "/src/testbay/sim/vnet/line.c" to "sim/vnet": the folder is the room.
static int log_room(const char *file, const char **ret_room)
{
    static const char *const roots[] = {"sim/", "devices/", "bench/", "main.c", "tests/"};
    const char *room = file;
    const char *slash;

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        const char *found = strstr(file, roots[i]);

        if (found) {
            room = found;
            break;
        }
    }
    slash = strrchr(room, '/');
    *ret_room = room;
    return slash ? (int)(slash - room) : (int)strlen(room);
}

void log_write(enum log_level level, const char *file, const char *id, const char *format, ...)
{
    static const char *const marks[] = {"error ", "warning ", "", ""};
    int64_t now_ns = __atomic_load_n(&log_state.now_ns, __ATOMIC_RELAXED);
    char line[LOG_LINE_ROOM];
    const char *room;
    int room_length;
    int head;
    va_list arguments;

    if (!log_wanted(level, file))
        return;
    room_length = log_room(file, &room);
    head = snprintf(line, sizeof(line), "%6" PRId64 ".%06" PRId64 " %.*s %s: %s",
                    now_ns / 1000000000, now_ns % 1000000000 / 1000, room_length, room,
                    id ? id : "-", marks[level]);
    if (head > 0 && (size_t)head < sizeof(line)) {
        va_start(arguments, format);
        vsnprintf(line + head, sizeof(line) - (size_t)head, format, arguments);
        va_end(arguments);
    }
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

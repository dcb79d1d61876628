// SPDX-License-Identifier: Apache-2.0
// The log: one line an event, `time room id text`, on standard error unless a sink is set. The only
// global of the project. Library rooms log what a user of a running bench wants to see (a client
// that misbehaves, a device that restarts); errors are returned, not logged.
#ifndef SIM_BASE_LOG_H
#define SIM_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

// `id` names the device, conn or file the line is about (borrowed). The text is printf's.
#define log_error(id, ...) log_write(LOG_LEVEL_ERROR, __FILE__, id, __VA_ARGS__)
#define log_warn(id, ...) log_write(LOG_LEVEL_WARN, __FILE__, id, __VA_ARGS__)
#define log_info(id, ...) log_write(LOG_LEVEL_INFO, __FILE__, id, __VA_ARGS__)
#define log_debug(id, ...) log_write(LOG_LEVEL_DEBUG, __FILE__, id, __VA_ARGS__)

void log_write(enum log_level level, const char *file, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// The time that stands before each line, in ns of the world's clock. The loop sets it once a turn.
void log_set_time(int64_t now_ns);

// Lines of `level` and graver are written. Starts at LOG_LEVEL_WARN.
void log_set_level(enum log_level level);

// Debug lines of the source files that match `glob` ("devices/*", from the root of the sources) are
// written whatever the level; at most 8 globs, before any thread starts. Returns 0 or ERR_TOO_MANY.
// The glob is borrowed for good.
int log_add_glob(const char *glob);

// Where whole lines go, without their newline, control characters replaced; the sink must not log.
// NULL sends them to standard error again.
typedef void log_sink_fn(void *user, enum log_level level, const char *line);
void log_set_sink(log_sink_fn *sink, void *user);

// At most 32 bytes of `data` as hexadecimal text into `ret`, with the full length behind when cut.
// log_secret() gives the length only. `ret` holds LOG_HEX_ROOM bytes and is returned.
#define LOG_HEX_ROOM 96
const char *log_hex(const void *data, size_t length, char ret[LOG_HEX_ROOM]);
const char *log_secret(const void *data, size_t length, char ret[LOG_HEX_ROOM]);

#endif

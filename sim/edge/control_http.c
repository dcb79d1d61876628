// SPDX-License-Identifier: Apache-2.0
// Request line and header fields, one line at a time.
#include "sim/edge/control_http.h"

#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/edge/control.h"

// A stretch of the head.
struct span {
    const char *at;
    size_t length;
};

// What the fields have said so far.
struct fields {
    struct control_head *head;
    bool has_host;
    bool has_length;
};

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

static struct span span_trim(struct span span)
{
    while (span.length && (span.at[0] == ' ' || span.at[0] == '\t'))
        span.at++, span.length--;
    while (span.length && (span.at[span.length - 1] == ' ' || span.at[span.length - 1] == '\t'))
        span.length--;
    return span;
}

// Takes the next line off `in`, without its CRLF. False when there is no CRLF, or a CR or LF of its
// own.
static bool next_line(struct span *in, struct span *ret)
{
    const char *lf = memchr(in->at, '\n', in->length);
    size_t length = lf ? (size_t)(lf - in->at) : 0;

    if (length == 0 || lf[-1] != '\r' || memchr(in->at, '\r', length - 1))
        return false;
    *ret = (struct span){in->at, length - 1};
    in->at += length + 1;
    in->length -= length + 1;
    return true;
}

// Takes the word before the next blank.
static bool next_word(struct span *in, struct span *ret)
{
    const char *blank = memchr(in->at, ' ', in->length);

    if (!blank)
        return false;
    *ret = (struct span){in->at, (size_t)(blank - in->at)};
    in->length -= ret->length + 1;
    in->at = blank + 1;
    return true;
}

static unsigned read_request_line(struct span line, struct control_head *head, bool *ret_old)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
    struct span method;
    struct span path;

    if (!next_word(&line, &method) || !next_word(&line, &path))
        return 400;
    *ret_old = span_is(line, "HTTP/1.0");
    if (!*ret_old && !span_is(line, "HTTP/1.1"))
        return line.length == 8 && strncmp(line.at, "HTTP/", 5) == 0 ? 505 : 400;
    if (path.length == 0 || path.at[0] != '/')
        return 400;
    for (size_t i = 0; i < path.length; i++)
        if (path.at[i] <= 0x20 || path.at[i] >= 0x7F)
            return 400;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (method.length == strlen(methods[i]) &&
            memcmp(method.at, methods[i], method.length) == 0)
            head->method = methods[i];
    head->path = path.at;
    head->path_length = path.length;
    head->close = *ret_old;
    return head->method ? 0 : 405;
}

// ---- Fields ------------------------------------------------------------------------------------

static unsigned on_host(struct fields *fields, struct span value)
{
    (void)value;
    if (fields->has_host)
        return 400;
    fields->has_host = true;
    return 0;
}

static unsigned on_content_length(struct fields *fields, struct span value)
{
    size_t length = 0;

    if (fields->has_length || value.length == 0)
        return 400;
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return 400;
        length = length * 10 + (size_t)(value.at[i] - '0');
        if (length > CONTROL_BODY_BYTES_MAX)
            return 413;
    }
    fields->has_length = true;
    fields->head->body_length = length;
    return 0;
}

static unsigned on_transfer_encoding(struct fields *fields, struct span value)
{
    (void)fields;
    (void)value;
    return 411;
}

static unsigned on_connection(struct fields *fields, struct span value)
{
    if (span_is(value, "close"))
        fields->head->close = true;
    else if (span_is(value, "keep-alive"))
        fields->head->close = false;
    return 0;
}

static unsigned on_expect(struct fields *fields, struct span value)
{
    fields->head->wants_continue = span_is(value, "100-continue");
    return fields->head->wants_continue ? 0 : 417;
}

static const struct {
    const char *name;
    unsigned (*read)(struct fields *fields, struct span value);
} field_rows[] = {
    {"Connection", on_connection},
    {"Content-Length", on_content_length},
    {"Expect", on_expect},
    {"Host", on_host},
    {"Transfer-Encoding", on_transfer_encoding},
};

// RFC 9110 5.6.2.
static bool is_token(struct span name)
{
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.at[i];

        if (c <= 0x20 || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return name.length > 0;
}

static unsigned read_field(struct span line, struct fields *fields)
{
    const char *colon = memchr(line.at, ':', line.length);
    struct span name = {line.at, colon ? (size_t)(colon - line.at) : 0};
    struct span value;

    if (!colon || !is_token(name))
        return 400;
    value = (struct span){colon + 1, line.length - name.length - 1};
    for (size_t i = 0; i < value.length; i++)
        if ((unsigned char)value.at[i] < 0x20 && value.at[i] != '\t')
            return 400;
    for (size_t i = 0; i < sizeof(field_rows) / sizeof(field_rows[0]); i++)
        if (span_is(name, field_rows[i].name))
            return field_rows[i].read(fields, span_trim(value));
    return 0;
}

int control_http_read(const uint8_t *data, size_t length, struct control_head *ret,
                      size_t *ret_used, unsigned *ret_status)
{
    size_t looked = length < CONTROL_HEADER_BYTES_MAX ? length : CONTROL_HEADER_BYTES_MAX;
    const char *end = memmem(data, looked, "\r\n\r\n", 4);
    struct span in = {(const char *)data, end ? (size_t)(end + 4 - (const char *)data) : 0};
    struct control_head head = {0};
    struct fields fields = {.head = &head};
    struct span line;
    bool old = false;
    unsigned status;

    if (!end && length < CONTROL_HEADER_BYTES_MAX)
        return ERR_TRUNCATED;
    if (!end) {
        *ret_status = 431;
        return ERR_TOO_LONG;
    }
    *ret_used = in.length;
    status = next_line(&in, &line) ? read_request_line(line, &head, &old) : 400;
    while (status == 0 && in.length > 2)
        status = next_line(&in, &line) ? read_field(line, &fields) : 400;
    if (status == 0 && !fields.has_host && !old)
        status = 400; // RFC 9112 3.2.
    if (status) {
        *ret_status = status;
        return ERR_MALFORMED;
    }
    *ret = head;
    return 0;
}

const char *control_http_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Status";
}

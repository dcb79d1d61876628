// SPDX-License-Identifier: Apache-2.0
// Request line and header fields, one line at a time, in a copy that is cut into texts.
#include "sim/edge/web_head.h"

#include <string.h>
#include <strings.h>

#include "sim/base/err.h"
#include "sim/base/utf8.h"

// What the fields have said so far.
struct fields {
    struct web_head *head;
    const struct web_head_bounds *bounds;
    bool has_length;
    bool upgrade_connection;
    bool upgrade_websocket;
};

#define REFUSE(number, text)                                                                       \
    (struct web_refusal)                                                                           \
    {                                                                                              \
        (number), (text)                                                                           \
    }
static const struct web_refusal fine = {0, NULL};

// Cuts the next line off *in at its CRLF. NULL when there is none, or a CR or NUL within.
static char *next_line(char **in, char *end)
{
    char *line = *in;
    char *lf = memchr(line, '\n', (size_t)(end - line));

    if (!lf || lf == line || lf[-1] != '\r')
        return NULL;
    lf[-1] = '\0';
    *in = lf + 1;
    return strlen(line) == (size_t)(lf - 1 - line) && !strchr(line, '\r') ? line : NULL;
}

// RFC 9110 5.6.2.
static bool is_token(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= 0x20 || *c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", *c))
            return false;
    return *text != '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool segments_plain(const char *path)
{
    const char *segment = path + 1;

    while (*path == '/' && *segment) {
        size_t length = strcspn(segment, "/");

        if (length == 0 || (length == 1 && segment[0] == '.') ||
            (length == 2 && segment[0] == '.' && segment[1] == '.'))
            return false;
        segment += length;
        if (*segment == '/')
            segment++;
    }
    return *path == '/';
}

int web_path_decode(char *path)
{
    char *to = path;

    for (const char *from = path; *from; from++) {
        unsigned char c = (unsigned char)*from;

        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);

            if (low < 0)
                return ERR_MALFORMED;
            c = (unsigned char)(high << 4 | low);
            from += 2;
        }
        if (c < 0x20 || c == 0x7F || c == '\\')
            return ERR_MALFORMED;
        *to++ = (char)c;
    }
    *to = '\0';
    return segments_plain(path) && utf8_valid(path, (size_t)(to - path), NULL) ? 0 : ERR_MALFORMED;
}

bool web_list_has(const char *list, const char *token)
{
    size_t length = strlen(token);

    while (list && *list) {
        size_t item;

        list += strspn(list, ", \t");
        item = strcspn(list, ", \t");
        if (item == length && strncasecmp(list, token, length) == 0)
            return true;
        list += item;
    }
    return false;
}

// ---- Request line ------------------------------------------------------------------------------

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

// The path of a target in origin-form or absolute-form (RFC 9112 3.2); NULL for another.
static char *target_path(char *target)
{
    char *slash = target;

    if (strncasecmp(target, "http://", 7) == 0)
        slash = strchr(target + 7, '/');
    else if (strncasecmp(target, "https://", 8) == 0)
        slash = strchr(target + 8, '/');
    return slash && *slash == '/' ? slash : NULL;
}

static struct web_refusal read_target(char *target, struct web_head *head)
{
    char *path = target_path(target);
    char *query;

    for (const char *c = target; *c; c++)
        if (*c <= 0x20 || *c >= 0x7F || *c == '#')
            return REFUSE(400, "the target has a character that none may have");
    if (!path)
        return REFUSE(400, "the target is no path");
    query = strchr(path, '?');
    head->query = query ? query + 1 : "";
    if (query)
        *query = '\0';
    if (web_path_decode(path) < 0)
        return REFUSE(400, "the path is not plain");
    head->path = path;
    return fine;
}

static struct web_refusal read_request_line(char *line, struct web_head *head)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    struct web_refusal refusal;

    if (!version)
        return REFUSE(400, "the request line is not one");
    *target++ = '\0';
    *version++ = '\0';
    head->old = strcmp(version, "HTTP/1.0") == 0;
    head->close = head->old;
    if (!is_token(line))
        return REFUSE(400, "the request line is not one");
    if (!head->old && strcmp(version, "HTTP/1.1") != 0)
        return strlen(version) == 8 && strncmp(version, "HTTP/", 5) == 0
                   ? REFUSE(505, "the version of HTTP is not spoken here")
                   : REFUSE(400, "the request line is not one");
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(line, methods[i]) == 0)
            head->method = methods[i];
    refusal = read_target(target, head);
    if (refusal.status || head->method)
        return refusal;
    return REFUSE(405, "the method is not allowed");
}

// ---- Fields ------------------------------------------------------------------------------------

static struct web_refusal on_content_length(struct fields *fields, char *value)
{
    size_t length = 0;

    if (fields->has_length || *value == '\0')
        return REFUSE(400, "the content length is not one number");
    for (const char *c = value; *c; c++) {
        if (*c < '0' || *c > '9')
            return REFUSE(400, "the content length is not one number");
        length = length * 10 + (size_t)(*c - '0');
        if (length > fields->bounds->body_bytes_max)
            return REFUSE(413, "the body is longer than the server takes");
    }
    fields->has_length = true;
    fields->head->body_length = length;
    return fine;
}

static struct web_refusal on_transfer_encoding(struct fields *fields, char *value)
{
    (void)fields;
    (void)value;
    return REFUSE(411, "the body has no length");
}

static struct web_refusal on_connection(struct fields *fields, char *value)
{
    if (web_list_has(value, "close"))
        fields->head->close = true;
    else if (web_list_has(value, "keep-alive"))
        fields->head->close = false;
    if (web_list_has(value, "upgrade"))
        fields->upgrade_connection = true;
    return fine;
}

static struct web_refusal on_expect(struct fields *fields, char *value)
{
    if (strcasecmp(value, "100-continue") != 0)
        return REFUSE(417, "the expectation is not known");
    fields->head->wants_continue = true;
    return fine;
}

static struct web_refusal on_upgrade(struct fields *fields, char *value)
{
    fields->upgrade_websocket = web_list_has(value, "websocket");
    return fine;
}

static struct web_refusal on_websocket_key(struct fields *fields, char *value)
{
    if (fields->head->key)
        return REFUSE(400, "a header stands twice");
    fields->head->key = value;
    return fine;
}

static struct web_refusal on_websocket_version(struct fields *fields, char *value)
{
    fields->head->version = value;
    return fine;
}

static struct web_refusal on_websocket_protocol(struct fields *fields, char *value)
{
    fields->head->protocols = value;
    return fine;
}

static const struct {
    const char *name;
    bool told;  // Goes to the server's owner.
    bool lists; // May stand more than once; the first one counts.
    struct web_refusal (*read)(struct fields *fields, char *value);
} field_rows[] = {
    {.name = "accept", .told = true, .lists = true},
    {.name = "authorization", .told = true},
    {.name = "connection", .read = on_connection},
    {.name = "content-length", .read = on_content_length},
    {.name = "content-type", .told = true},
    {.name = "cookie", .told = true},
    {.name = "expect", .read = on_expect},
    {.name = "host", .told = true},
    {.name = "origin", .told = true},
    {.name = "referer", .told = true},
    {.name = "sec-fetch-site", .told = true},
    {.name = "sec-websocket-key", .read = on_websocket_key},
    {.name = "sec-websocket-protocol", .read = on_websocket_protocol},
    {.name = "sec-websocket-version", .read = on_websocket_version},
    {.name = "transfer-encoding", .read = on_transfer_encoding},
    {.name = "upgrade", .read = on_upgrade},
    {.name = "user-agent", .told = true},
    {.name = "x-csrf-token", .told = true},
};

static const char *told(const struct web_head *head, const char *name)
{
    for (size_t i = 0; i < head->headers_count; i++)
        if (strcmp(head->headers[i].name, name) == 0)
            return head->headers[i].value;
    return NULL;
}

static struct web_refusal take_field(struct fields *fields, size_t row, char *value)
{
    struct web_head *head = fields->head;
    const char *name = field_rows[row].name;

    if (field_rows[row].read)
        return field_rows[row].read(fields, value);
    if (told(head, name))
        return field_rows[row].lists ? fine : REFUSE(400, "a header stands twice");
    head->headers[head->headers_count++] = (struct http_header){name, value};
    return fine;
}

// The value without the blanks around it; NULL when it has a control character.
static char *field_value(char *value)
{
    size_t length;

    value += strspn(value, " \t");
    length = strlen(value);
    while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
        value[--length] = '\0';
    for (const char *c = value; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7F)
            return NULL;
    return value;
}

static struct web_refusal read_field(struct fields *fields, char *line)
{
    char *colon = strchr(line, ':');
    char *value;

    if (!colon)
        return REFUSE(400, "a header is not one");
    *colon = '\0';
    value = field_value(colon + 1);
    if (!is_token(line) || !value)
        return REFUSE(400, "a header is not one");
    for (size_t i = 0; i < sizeof(field_rows) / sizeof(field_rows[0]); i++)
        if (strcasecmp(line, field_rows[i].name) == 0)
            return take_field(fields, i, value);
    return fine;
}

static struct web_refusal read_lines(struct web_head *head, size_t length,
                                     const struct web_head_bounds *bounds)
{
    struct fields fields = {.head = head, .bounds = bounds};
    char *in = head->text;
    char *end = head->text + length - 2; // Without the empty line.
    char *line = next_line(&in, end);
    struct web_refusal refusal =
        line ? read_request_line(line, head) : REFUSE(400, "the request line is not one");

    while (refusal.status == 0 && in < end) {
        line = next_line(&in, end);
        refusal = line ? read_field(&fields, line) : REFUSE(400, "a header is not one");
    }
    if (refusal.status == 0 && !head->old && !told(head, "host"))
        return REFUSE(400, "there is no host"); // RFC 9112 3.2.
    head->wants_websocket = fields.upgrade_connection && fields.upgrade_websocket;
    return refusal;
}

int web_head_read(const uint8_t *data, size_t length, const struct web_head_bounds *bounds,
                  struct web_head *ret, size_t *ret_used, struct web_refusal *ret_refusal)
{
    size_t looked = length < bounds->head_bytes_max ? length : bounds->head_bytes_max;
    const uint8_t *end = memmem(data, looked, "\r\n\r\n", 4);
    size_t used = end ? (size_t)(end + 4 - data) : 0;

    if (!end && length < bounds->head_bytes_max) {
        if (length == 0 || (data[0] > 0x20 && data[0] < 0x7F))
            return ERR_TRUNCATED;
        *ret_refusal = REFUSE(400, "the request line is not one");
        return ERR_MALFORMED;
    }
    if (!end) {
        *ret_refusal = REFUSE(431, "the headers are longer than the server takes");
        return ERR_MALFORMED;
    }
    memset(ret, 0, offsetof(struct web_head, text));
    memcpy(ret->text, data, used);
    ret->text[used] = '\0';
    *ret_refusal = read_lines(ret, used, bounds);
    if (ret_refusal->status)
        return ERR_MALFORMED;
    *ret_used = used;
    return 0;
}

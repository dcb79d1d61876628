// SPDX-License-Identifier: Apache-2.0
// How the web side of a Panel Server answers, and what it takes from a request with care: query
// values, paths to come back to. The strict headers of every answer are the server's
// (wire_https.c).
#include "devices/panel_server/web.h"

#include <stdio.h>
#include <string.h>

#define LOCATION_BYTES_MAX 256

static const struct http_header json_type = {"content-type", "application/json"};

void web_answer_json(struct web_call *call, int status, const struct str *json)
{
    http_respond(call->exchange, status, &json_type, 1, str_text(json), json->length);
}

static void answer_member(struct web_call *call, int status, const char *name, const char *value)
{
    struct str json = {0};

    str_addf(&json, "{\"%s\":", name);
    str_add_json(&json, value);
    str_adds(&json, "}");
    web_answer_json(call, status, &json);
    str_done(&json);
}

void web_answer_result(struct web_call *call, int status, const char *result)
{
    answer_member(call, status, "result", result);
}

void web_answer_error(struct web_call *call, int status, const char *sentence)
{
    answer_member(call, status, "error", sentence);
}

void web_answer_empty(struct web_call *call, int status)
{
    http_respond(call->exchange, status, NULL, 0, "", 0);
}

// ---- The way to the login page and back ----

// What a browser cannot take for another site, nor for anything but a path of ours: RFC 3986
// unreserved characters and single slashes.
bool web_is_local_path(const char *path)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";

    return path[0] == '/' && path[strspn(path, allowed)] == '\0' && !strstr(path, "//") &&
           !strstr(path, "/.") && strncmp(path, "/api/", 5) != 0;
}

void web_answer_login(struct web_call *call)
{
    const char *path = call->request->path;
    char location[LOCATION_BYTES_MAX] = "/login";
    const struct http_header header = {"location", location};

    if (strcmp(path, "/") != 0 && strlen(path) < LOCATION_BYTES_MAX / 2 && web_is_local_path(path))
        snprintf(location, sizeof(location), "/login?next=%s", path);
    http_respond(call->exchange, 303, &header, 1, "", 0);
}

// ---- What a request says ----

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// One value up to `&`, percent-decoded (RFC 3986 2.1); a NUL or a lone % is malformed.
static bool decode(const char *from, char *ret, size_t room)
{
    size_t length = 0;

    for (; *from && *from != '&'; from++) {
        char c = *from == '+' ? ' ' : *from;

        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);

            if (low < 0 || high * 16 + low == 0)
                return false;
            c = (char)(high * 16 + low);
            from += 2;
        }
        if (length + 1 >= room)
            return false;
        ret[length++] = c;
    }
    ret[length] = '\0';
    return true;
}

bool web_query(const struct http_request *request, const char *name, char *ret, size_t room)
{
    size_t length = strlen(name);

    for (const char *at = request->query; at && *at;
         at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return decode(at + length + 1, ret, room);
    return false;
}

const char *web_text(const struct web_call *call, const char *name)
{
    return json_text(json_get(call->body, name), NULL);
}

// SPDX-License-Identifier: Apache-2.0
// What the service "web" of a role is: a browser context that reaches the device's HTTPS pages. How
// its login, its lock state and its log are asked for is data of the profile (`web:`), since no
// public document tells a maker's interface.
#ifndef SIM_PROTO_WEB_LINK_H
#define SIM_PROTO_WEB_LINK_H

#include <stdint.h>

struct http_session;

struct web_link {
    struct http_session *session; // Borrowed; its cookies are those of the step's session (`as:`).
    const char *user;             // The account its owner uses; NULL: the profile's first.
    int64_t timeout_ns;           // Default for one request on this path.
    const char *path;             // For the report: "https 10.77.0.10:443".
};

#endif

// SPDX-License-Identifier: Apache-2.0
// What the service "web" of a role is: a browser context that reaches the device's HTTPS pages. How
// its login, its lock state and its log are asked for is data of the profile (`web:`), since no
// public document tells a maker's interface.
#ifndef SIM_PROTO_WEB_LINK_H
#define SIM_PROTO_WEB_LINK_H

#include <stdint.h>

struct http_session;

#define WEB_CSRF_ROOM 128

struct web_link {
    struct http_session *session; // Borrowed; its cookies are those of the step's session (`as:`).
    const char *user;             // The account its owner uses; NULL: the profile's first.
    int64_t timeout_ns;           // Default for one request on this path.
    int64_t slack_ns;             // What this path adds to that; 0 on the simulator.
    int64_t utc_start_ns;         // UTC at world time 0, for the times of a downloaded log.
    const char *path;             // For the report: "https 10.77.0.10:443".
    char csrf[WEB_CSRF_ROOM];     // The second token of who is logged in, "" for nobody.
};

#endif

// SPDX-License-Identifier: Apache-2.0
// What the service "ocpp" of a role is: the operator's seat at a central system. Towards the role
// of a central system it speaks of every station, towards a station of that one alone.
#ifndef SIM_PROTO_OCPP_LINK_H
#define SIM_PROTO_OCPP_LINK_H

struct csms;

struct ocpp_link {
    struct csms *csms;   // Borrowed.
    const char *station; // Identity of the role itself; NULL: a central system, each step says.
    const char *path;    // For the report: "csms, station CP1".
};

#endif

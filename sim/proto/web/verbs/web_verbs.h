// SPDX-License-Identifier: Apache-2.0
// The verbs of the scenario language that speak HTTPS with a device's own pages (`web.*`,
// `audit.download`, `tls.probe`). The service they ask a role for is "web", a `struct web_link *`
// (sim/proto/web/link.h); paths and members are those of the profile's section `web:`.
#ifndef SIM_PROTO_WEB_VERBS_WEB_VERBS_H
#define SIM_PROTO_WEB_VERBS_WEB_VERBS_H

#include "sim/scenario/verb.h"

// NULL-terminated tables, by file.
extern const struct verb *const web_login_verbs[];
extern const struct verb *const web_page_verbs[];
extern const struct verb *const web_audit_verbs[];

#endif

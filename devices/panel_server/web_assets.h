// SPDX-License-Identifier: Apache-2.0
// The files of pages/ in the program: a table that weave.cmake writes at build time.
#ifndef DEVICES_PANEL_SERVER_WEB_ASSETS_H
#define DEVICES_PANEL_SERVER_WEB_ASSETS_H

#include <stddef.h>

struct web_asset {
    const char *name; // Of the file.
    const char *type; // Content-Type.
    const unsigned char *bytes;
    size_t length;
};

extern const struct web_asset web_assets[];
extern const size_t web_assets_count;

#endif

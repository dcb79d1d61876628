// SPDX-License-Identifier: Apache-2.0
// Walks over the frames of one direction of a WebSocket (RFC 6455 5.2) without touching them: finds
// the Close, and what the library lets pass though a peer must not send it: a frame that is masked
// where it must not be or the other way round, and control frames that are too long or cut up.
#ifndef SIM_EDGE_WEB_FRAMES_H
#define SIM_EDGE_WEB_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What comes before the first frame.
enum web_frames_begin {
    WEB_FRAMES_ONLY,          // Nothing.
    WEB_FRAMES_AFTER_REQUEST, // The head of the client's request,
    WEB_FRAMES_AFTER_ANSWER,  // or of the server's answer.
};

struct web_frames {
    bool masked;      // What every frame must be: a client's are.
    bool framed;      // The handshake's head is over.
    bool answered;    // That head is a server's.
    uint8_t head[14]; // Of the frame, as far as it came ...
    uint8_t head_got;
    uint64_t at;     // ... and how much of its payload,
    uint64_t left;   // and how much is still to come.
    uint8_t ended;   // Of the handshake's empty line, how much was just seen.
    uint8_t line;    // How much of its status line, up to the status ...
    uint16_t status; // ... which is this, once it came whole.
    bool closed;     // A whole Close frame went by.
    uint16_t code;   // Its code, 1005 for none (RFC 6455 7.4.1).
};

void web_frames_init(struct web_frames *frames, bool masked, enum web_frames_begin begin);

// Walks over `length` bytes. Returns 0, or ERR_MALFORMED at a frame that must not be, or at what
// is no status line.
int web_frames_walk(struct web_frames *frames, const uint8_t *data, size_t length);

// Whether a frame may begin here: the handshake is over, no frame is on its way, none closed it.
bool web_frames_between(const struct web_frames *frames);

#endif

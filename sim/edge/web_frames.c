// SPDX-License-Identifier: Apache-2.0
// Heads byte by byte, payloads at a stride.
#include "sim/edge/web_frames.h"

#include <string.h>

#include "sim/base/err.h"

#define CONTROL_BYTES_MAX 125 // RFC 6455 5.5.
#define OPCODE_CLOSE 8
#define NO_CODE 1005
#define STATUS_END 12  // Of a status line, the end of the status ...
#define STATUS_MINOR 7 // ... and the minor version.

void web_frames_init(struct web_frames *frames, bool masked, enum web_frames_begin begin)
{
    *frames = (struct web_frames){
        .masked = masked,
        .framed = begin == WEB_FRAMES_ONLY,
        .answered = begin == WEB_FRAMES_AFTER_ANSWER,
    };
}

// "HTTP/1.1 " and three digits.
static int walk_status(struct web_frames *frames, uint8_t byte)
{
    static const char want[] = "HTTP/1.1 ";

    if (frames->line >= STATUS_END)
        return 0;
    if (frames->line >= STATUS_END - 3) {
        if (byte < '0' || byte > '9')
            return ERR_MALFORMED;
        frames->status = (uint16_t)(frames->status * 10 + (byte - '0'));
    } else if (byte != (uint8_t)want[frames->line] && frames->line != STATUS_MINOR) {
        return ERR_MALFORMED;
    }
    frames->line++;
    return 0;
}

static int walk_handshake(struct web_frames *frames, const uint8_t *data, size_t length,
                          size_t *ret_walked)
{
    static const char end[] = "\r\n\r\n";
    size_t i = 0;

    while (i < length && !frames->framed) {
        if (frames->answered && walk_status(frames, data[i]) < 0)
            return ERR_MALFORMED;
        if (data[i] == (uint8_t)end[frames->ended])
            frames->ended++;
        else
            frames->ended = data[i] == '\r' ? 1 : 0;
        frames->framed = frames->ended == 4;
        i++;
    }
    *ret_walked = i;
    return 0;
}

static bool is_control(const struct web_frames *frames)
{
    return frames->head[0] & 8;
}

// How long the head is, as far as its first two bytes tell.
static size_t head_length(const struct web_frames *frames)
{
    unsigned length = frames->head[1] & 0x7F;

    return 2u + (length == 127 ? 8 : length == 126 ? 2 : 0) + (frames->head[1] & 0x80 ? 4 : 0);
}

static int judge(const struct web_frames *frames)
{
    unsigned length = frames->head[1] & 0x7F;
    bool whole = frames->head[0] & 0x80;

    if (((frames->head[1] & 0x80) != 0) != frames->masked)
        return ERR_MALFORMED;
    if (is_control(frames) && (length > CONTROL_BYTES_MAX || !whole))
        return ERR_MALFORMED;
    if ((frames->head[0] & 0x0F) == OPCODE_CLOSE && length == 1)
        return ERR_MALFORMED;
    return 0;
}

static uint64_t payload_length(const struct web_frames *frames)
{
    uint64_t length = frames->head[1] & 0x7F;
    size_t bytes = length == 127 ? 8 : length == 126 ? 2 : 0;

    if (bytes == 0)
        return length;
    length = 0;
    for (size_t i = 0; i < bytes; i++)
        length = length << 8 | frames->head[2 + i];
    return length;
}

static void end_frame(struct web_frames *frames)
{
    if ((frames->head[0] & 0x0F) == OPCODE_CLOSE) {
        frames->closed = true;
        if (frames->at == 0)
            frames->code = NO_CODE;
    }
    frames->head_got = 0;
}

static int walk_head(struct web_frames *frames, uint8_t byte)
{
    frames->head[frames->head_got++] = byte;
    if (frames->head_got < 2)
        return 0;
    if (frames->head_got == 2 && judge(frames) < 0)
        return ERR_MALFORMED;
    if (frames->head_got < head_length(frames))
        return 0;
    frames->at = 0;
    frames->left = payload_length(frames);
    if (frames->left >> 63) // RFC 6455 5.2.
        return ERR_MALFORMED;
    if (frames->left == 0)
        end_frame(frames);
    return 0;
}

// Notes the code, which may be masked.
static size_t walk_payload(struct web_frames *frames, const uint8_t *data, size_t length)
{
    size_t taken = length < frames->left ? length : (size_t)frames->left;
    const uint8_t *mask = frames->head + head_length(frames) - 4;

    if ((frames->head[0] & 0x0F) == OPCODE_CLOSE)
        for (size_t i = 0; i < taken && frames->at + i < 2; i++)
            frames->code = (uint16_t)(frames->code << 8 |
                                      (data[i] ^ (frames->masked ? mask[frames->at + i] : 0)));
    frames->at += taken;
    frames->left -= taken;
    if (frames->left == 0)
        end_frame(frames);
    return taken;
}

int web_frames_walk(struct web_frames *frames, const uint8_t *data, size_t length)
{
    size_t i = 0;

    if (!frames->framed && walk_handshake(frames, data, length, &i) < 0)
        return ERR_MALFORMED;
    if (frames->answered && frames->status != 101)
        return 0; // What follows a refusal is no frame.
    while (i < length && !frames->closed) {
        if (frames->left > 0)
            i += walk_payload(frames, data + i, length - i);
        else if (walk_head(frames, data[i++]) < 0)
            return ERR_MALFORMED;
    }
    return 0;
}

bool web_frames_between(const struct web_frames *frames)
{
    return frames->framed && !frames->closed && frames->left == 0 && frames->head_got == 0;
}

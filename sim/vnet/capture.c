// SPDX-License-Identifier: Apache-2.0
// The pcapng file itself: blocks of draft-ietf-opsawg-pcapng in little-endian order, gathered in a
// buffer and written in one piece when it is full. What a frame holds is made in capture_frames.c.
#include "sim/vnet/capture.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/core/core.h"

#define BUFFER_BYTES ((size_t)512 * 1024)
#define BYTES_MAX_OTHERWISE ((uint64_t)4 << 30)
#define COMMENT_BYTES_MAX 200
#define NAME_BYTES_MAX 100
#define BLOCK_OVERHEAD_MAX 512 // Of a block around its frame: fields, options, padding.

enum { BLOCK_SECTION = 0x0A0D0D0A, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_USERAPPL = 4 };
enum { OPTION_IF_NAME = 2, OPTION_IF_TSRESOL = 9, OPTION_EPB_FLAGS = 2 };

#define EPB_FLAG_CRC_ERROR (1u << 24)
#define TSRESOL_NS 9

struct capture {
    struct core *core;
    FILE *file;
    int err; // The first write that failed, and nothing was written since.
    uint32_t snaplen;
    uint64_t bytes_max;
    uint64_t bytes; // Of the file, buffered ones included.
    uint64_t frames;
    uint64_t left_out;
    int wires;
    struct bytes_out out;
    size_t block_at; // Offset in `out` of the block being written.
    uint8_t buffer[BUFFER_BYTES];
};

static void buffer_write(struct capture *capture)
{
    size_t length = bytes_written(&capture->out);

    if (length && capture->err == 0 && fwrite(capture->buffer, 1, length, capture->file) != length)
        capture->err = errno ? -errno : -EIO;
    capture->out.at = capture->out.begin;
}

static void block_begin(struct capture *capture, uint32_t type, size_t length)
{
    assert(length + BLOCK_OVERHEAD_MAX <= BUFFER_BYTES);
    if (bytes_room(&capture->out) < length + BLOCK_OVERHEAD_MAX)
        buffer_write(capture);
    capture->block_at = bytes_written(&capture->out);
    bytes_put_u32_le(&capture->out, type);
    bytes_put_u32_le(&capture->out, 0);
}

static void block_end(struct capture *capture)
{
    uint32_t length = (uint32_t)(bytes_written(&capture->out) - capture->block_at) + 4;
    struct bytes_out place = bytes_out(capture->buffer + capture->block_at + 4, 4);

    bytes_put_u32_le(&capture->out, length);
    bytes_put_u32_le(&place, length);
    capture->bytes += length;
}

static void put_padded(struct bytes_out *out, const void *data, size_t length)
{
    bytes_put_span(out, data, length);
    while (bytes_written(out) % 4)
        bytes_put_u8(out, 0);
}

static void put_option(struct bytes_out *out, uint16_t code, const void *data, size_t length)
{
    bytes_put_u16_le(out, code);
    bytes_put_u16_le(out, (uint16_t)length);
    put_padded(out, data, length);
}

static void put_section(struct capture *capture)
{
    static const char application[] = "testbay";

    block_begin(capture, BLOCK_SECTION, 0);
    bytes_put_u32_le(&capture->out, 0x1A2B3C4D);
    bytes_put_u16_le(&capture->out, 1);
    bytes_put_u16_le(&capture->out, 0);
    bytes_put_u32_le(&capture->out, UINT32_MAX); // Section length: not given.
    bytes_put_u32_le(&capture->out, UINT32_MAX);
    put_option(&capture->out, OPTION_USERAPPL, application, strlen(application));
    put_option(&capture->out, OPTION_END, NULL, 0);
    block_end(capture);
}

int capture_open(struct core *core, const char *path, const struct capture_options *options,
                 struct capture **ret)
{
    FILE *file = fopen(path, "wbe");
    struct capture *capture;

    if (!file)
        return -errno;
    setvbuf(file, NULL, _IONBF, 0); // The buffer is ours.
    capture = mem_new(1, sizeof(*capture));
    capture->core = core;
    capture->file = file;
    capture->out = bytes_out(capture->buffer, sizeof(capture->buffer));
    capture->snaplen = options ? options->snaplen : 0;
    if (capture->snaplen == 0 || capture->snaplen > CAPTURE_SNAPLEN_MAX)
        capture->snaplen = CAPTURE_SNAPLEN_MAX;
    capture->bytes_max = options && options->bytes_max ? options->bytes_max : BYTES_MAX_OTHERWISE;
    put_section(capture);
    *ret = capture;
    return 0;
}

int capture_flush(struct capture *capture)
{
    buffer_write(capture);
    return capture->err;
}

int capture_close(struct capture **capture)
{
    int err;

    if (!*capture)
        return 0;
    err = capture_flush(*capture);
    if (fclose((*capture)->file) != 0 && err == 0)
        err = -errno;
    free(*capture);
    *capture = NULL;
    return err;
}

uint64_t capture_frames(const struct capture *capture)
{
    return capture->frames;
}

uint64_t capture_left_out(const struct capture *capture)
{
    return capture->left_out;
}

int64_t capture_utc_ns(const struct capture *capture)
{
    return core_utc_ns(capture->core);
}

const char *capture_tshark_hint(void)
{
    return "-o 'uat:user_dlts:\"User 0 (DLT=147)\",\"mbrtu\",\"0\",\"\",\"0\",\"\"'";
}

int capture_add_wire(struct capture *capture, const char *name, enum capture_link link)
{
    static const uint8_t resolution = TSRESOL_NS;
    size_t length = strlen(name) < NAME_BYTES_MAX ? strlen(name) : NAME_BYTES_MAX;

    if (capture->wires == CAPTURE_WIRES_MAX)
        return -1;
    block_begin(capture, BLOCK_INTERFACE, 0);
    bytes_put_u16_le(&capture->out, (uint16_t)link);
    bytes_put_u16_le(&capture->out, 0);
    bytes_put_u32_le(&capture->out, capture->snaplen);
    put_option(&capture->out, OPTION_IF_NAME, name, length);
    put_option(&capture->out, OPTION_IF_TSRESOL, &resolution, 1);
    put_option(&capture->out, OPTION_END, NULL, 0);
    block_end(capture);
    return capture->wires++;
}

static void put_frame_options(struct bytes_out *out, unsigned flags, const char *comment)
{
    uint8_t word[4];
    struct bytes_out place = bytes_out(word, sizeof(word));

    if (!flags && !comment)
        return;
    if (flags & CAPTURE_DAMAGED) {
        bytes_put_u32_le(&place, EPB_FLAG_CRC_ERROR);
        put_option(out, OPTION_EPB_FLAGS, word, sizeof(word));
    }
    if (comment) {
        size_t length = strlen(comment);

        put_option(out, OPTION_COMMENT, comment,
                   length < COMMENT_BYTES_MAX ? length : COMMENT_BYTES_MAX);
    }
    put_option(out, OPTION_END, NULL, 0);
}

void capture_frame(struct capture *capture, int wire, int64_t utc_ns, const void *data,
                   size_t length, unsigned flags, const char *comment)
{
    size_t kept = length < capture->snaplen ? length : capture->snaplen;

    if (wire < 0)
        return;
    assert(wire < capture->wires);
    if (capture->bytes + kept + BLOCK_OVERHEAD_MAX > capture->bytes_max) {
        if (capture->left_out++ == 0)
            log_warn("capture", "the file is full: no further frames");
        return;
    }
    block_begin(capture, BLOCK_PACKET, kept);
    bytes_put_u32_le(&capture->out, (uint32_t)wire);
    bytes_put_u32_le(&capture->out, (uint32_t)((uint64_t)utc_ns >> 32));
    bytes_put_u32_le(&capture->out, (uint32_t)utc_ns);
    bytes_put_u32_le(&capture->out, (uint32_t)kept);
    bytes_put_u32_le(&capture->out, (uint32_t)length);
    put_padded(&capture->out, data, kept);
    put_frame_options(&capture->out, flags, comment);
    block_end(capture);
    capture->frames++;
}

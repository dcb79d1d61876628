// SPDX-License-Identifier: Apache-2.0
// The pcapng file read back block by block. What tshark makes of it is tests/capture.
#include "sim/vnet/capture.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/vnet/line.h"
#include "tests/support/net_world.h"

#define FILE_BYTES_MAX 200000

struct file {
    uint8_t bytes[FILE_BYTES_MAX];
    size_t length;
};

static uint32_t u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static struct file *file_read(const char *path)
{
    struct file *file = calloc(1, sizeof(*file));
    FILE *stream = fopen(path, "rb");

    ck_assert_ptr_nonnull(stream);
    file->length = fread(file->bytes, 1, sizeof(file->bytes), stream);
    fclose(stream);
    unlink(path);
    return file;
}

// Block number `index` of that type, or NULL; every block is checked on the way.
static const uint8_t *block(const struct file *file, uint32_t type, size_t index)
{
    size_t at = 0;

    while (at < file->length) {
        uint32_t length = u32(file->bytes + at + 4);

        ck_assert_uint_eq(length % 4, 0);
        ck_assert_uint_le(at + length, file->length);
        ck_assert_uint_eq(u32(file->bytes + at + length - 4), length);
        if (u32(file->bytes + at) == type && index-- == 0)
            return file->bytes + at;
        at += length;
    }
    return NULL;
}

struct recorded {
    char path[64];
    struct capture *capture;
};

static struct recorded record(struct core *core, const struct capture_options *options)
{
    struct recorded recorded = {.path = "/tmp/testbay-capture-XXXXXX"};
    int fd = mkstemp(recorded.path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(capture_open(core, recorded.path, options, &recorded.capture), 0);
    return recorded;
}

START_TEST(blocks_are_whole_and_stamped_with_the_worlds_time)
{
    struct net_world world = net_world_new();
    struct recorded recorded = record(world.core, NULL);
    struct file *file;
    const uint8_t *at;
    uint64_t utc_ns;

    net_run_for(&world, 1234567891);
    ck_assert_int_eq(capture_add_wire(recorded.capture, "lan", CAPTURE_ETHERNET), 0);
    ck_assert_int_eq(capture_add_wire(recorded.capture, "rs1", CAPTURE_RTU), 1);
    capture_frame(recorded.capture, 1, capture_utc_ns(recorded.capture), "\x01\x02\x03", 3,
                  CAPTURE_DAMAGED, "why");
    ck_assert_uint_eq(capture_frames(recorded.capture), 1);
    ck_assert_int_eq(capture_close(&recorded.capture), 0);
    file = file_read(recorded.path);
    at = block(file, 0x0A0D0D0A, 0);
    ck_assert_ptr_eq(at, file->bytes);
    ck_assert_uint_eq(u32(at + 8), 0x1A2B3C4D);
    at = block(file, 1, 1);
    ck_assert_uint_eq(u32(at + 8), 147);
    ck_assert_int_eq(memcmp(at + 20, "rs1", 3), 0);
    at = block(file, 6, 0);
    ck_assert_uint_eq(u32(at + 8), 1);
    utc_ns = (uint64_t)u32(at + 12) << 32 | u32(at + 16);
    ck_assert_uint_eq(utc_ns, 1768464000000000000u + 1234567891u);
    ck_assert_uint_eq(u32(at + 20), 3);
    ck_assert_uint_eq(u32(at + 36), 1u << 24);
    free(file);
    net_world_free(&world);
}
END_TEST

START_TEST(long_frames_are_cut_and_a_full_file_stops)
{
    struct net_world world = net_world_new();
    struct capture_options options = {.snaplen = 100, .bytes_max = 2000};
    struct recorded recorded = record(world.core, &options);
    static const uint8_t frame[1000];
    struct file *file;
    const uint8_t *at;

    log_set_level(LOG_LEVEL_ERROR);
    ck_assert_int_eq(capture_add_wire(recorded.capture, "lan", CAPTURE_ETHERNET), 0);
    for (unsigned i = 0; i < 50; i++)
        capture_frame(recorded.capture, 0, 0, frame, sizeof(frame), 0, NULL);
    ck_assert_uint_eq(capture_frames(recorded.capture) + capture_left_out(recorded.capture), 50);
    ck_assert_uint_gt(capture_left_out(recorded.capture), 30);
    ck_assert_int_eq(capture_close(&recorded.capture), 0);
    file = file_read(recorded.path);
    ck_assert_uint_le(file->length, 2000);
    at = block(file, 6, 0);
    ck_assert_uint_eq(u32(at + 20), 100);
    ck_assert_uint_eq(u32(at + 24), 1000);
    free(file);
    net_world_free(&world);
}
END_TEST

START_TEST(a_path_that_cannot_be_written_is_told)
{
    struct net_world world = net_world_new();
    struct capture *capture = NULL;

    ck_assert_int_lt(capture_open(world.core, "/nowhere/x.pcapng", NULL, &capture), 0);
    ck_assert_ptr_null(capture);
    ck_assert_int_eq(capture_close(&capture), 0);
    net_world_free(&world);
}
END_TEST

START_TEST(a_disk_that_fills_up_is_told_when_it_closes)
{
    struct net_world world = net_world_new();
    struct capture *capture = NULL;

    if (access("/dev/full", W_OK) == 0) {
        ck_assert_int_eq(capture_open(world.core, "/dev/full", NULL, &capture), 0);
        ck_assert_int_lt(capture_flush(capture), 0);
        ck_assert_int_lt(capture_close(&capture), 0);
    }
    net_world_free(&world);
}
END_TEST

// Flags of the TCP header of Ethernet/IPv4 frames, as letters, one word a frame.
static void tcp_story(const struct file *file, char *ret, size_t room)
{
    const uint8_t *at;

    ret[0] = '\0';
    for (size_t i = 0; (at = block(file, 6, i)) != NULL; i++) {
        const uint8_t *tcp = at + 28 + 14 + 20;
        size_t length = u32(at + 24) - 54 - (tcp[13] & 2 ? 4 : 0);
        size_t end = strlen(ret);

        snprintf(ret + end, room - end, "%s%s%s%s%s%s%.0zu", i ? " " : "", tcp[13] & 2 ? "S" : "",
                 tcp[13] & 1 ? "F" : "", tcp[13] & 4 ? "R" : "", tcp[13] & 8 ? "P" : "",
                 tcp[13] & 16 ? "A" : "", length);
    }
}

START_TEST(a_stream_is_shown_from_the_handshake_to_the_end)
{
    struct net_world world = net_world_new();
    struct recorded recorded = record(world.core, NULL);
    struct net_peer *client = net_peer_new(world.core);
    struct net_peer *server = net_peer_new(world.core);
    struct file *file;
    char story[500];

    vnet_set_capture(world.vnet, recorded.capture);
    server->echo = true;
    net_listen_at(world.right, "10.0.0.2:502", server);
    net_connect_to(world.left, "10.0.0.2:502", client);
    net_settle(&world);
    conn_send(client->conn, "request", 7);
    net_settle(&world);
    conn_close(client->conn);
    net_connect_to(world.left, "10.0.0.2:503", client);
    net_settle(&world);
    vnet_set_capture(world.vnet, NULL);
    ck_assert_int_eq(capture_close(&recorded.capture), 0);
    file = file_read(recorded.path);
    tcp_story(file, story, sizeof(story));
    ck_assert_str_eq(story, "S SA A PA7 PA7 A FA S RA FA A");
    free(file);
    free(client);
    free(server);
    net_world_free(&world);
}
END_TEST

START_TEST(line_frames_are_parted_by_silence)
{
    struct net_world world = net_world_new();
    struct recorded recorded = record(world.core, NULL);
    struct line *line = NULL;
    struct line_port *port = NULL;
    struct file *file;

    ck_assert_int_eq(line_new(world.core, "rs1", 19200, LINE_PARITY_EVEN, &line), 0);
    ck_assert_int_eq(line_attach(line, 0, LINE_PARITY_EVEN, &port), 0);
    line_set_capture(line, recorded.capture);
    line_send(port, "one", 3);
    net_run(&world);
    line_send(port, "three", 5);
    net_run(&world);
    line_free(&line);
    ck_assert_uint_eq(capture_frames(recorded.capture), 2);
    ck_assert_int_eq(capture_close(&recorded.capture), 0);
    file = file_read(recorded.path);
    ck_assert_int_eq(memcmp(block(file, 6, 1) + 28, "three", 5), 0);
    free(file);
    net_world_free(&world);
}
END_TEST

START_TEST(the_hint_names_the_link_type)
{
    ck_assert_ptr_nonnull(strstr(capture_tshark_hint(), "DLT=147"));
}
END_TEST

Suite *capture_suite(void)
{
    const TTest *const tests[] = {
        blocks_are_whole_and_stamped_with_the_worlds_time,
        long_frames_are_cut_and_a_full_file_stops,
        a_path_that_cannot_be_written_is_told,
        a_disk_that_fills_up_is_told_when_it_closes,
        a_stream_is_shown_from_the_handshake_to_the_end,
        line_frames_are_parted_by_silence,
        the_hint_names_the_link_type,
    };
    Suite *suite = suite_create("capture");
    TCase *tcase = tcase_create("capture");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The wire against peers that answer nonsense, hang up or are not there: what is told of them, and
// that the next request is not the worse for it.
#include "bench/modbus_wire.h"

#include <check.h>

#include "bench/test_ask.h"
#include "bench/test_peer.h"
#include "sim/base/err.h"

// ---- Peers that answer nonsense ----

// The request is `pdu`, the whole answer `script` ("TT": the request's transaction).
static const struct {
    const char *pdu;
    const char *script;
    int err;
    const char *reply; // With err 0.
} nonsense[] = {
    {"03 0000 0001", "4444 0000 0005 11 03 02 1234", ERR_MALFORMED, NULL},
    {"03 0000 0001", "TT 0000 0005 11 03 02 1234", 0, "03 02 12 34 "},
    {"03 0000 0001", "TT 0000 0007 11 03 04 1234 5678", ERR_MALFORMED, NULL}, // One was asked for.
    {"03 0000 0001", "TT 0000 0003 11 83 02", 0, "83 02 "},
    {"03 0000 0001", "TT 0000 0003 11 83 0B", 0, "83 0B "},
    {"03 0000 0001", "TT 0000 0003 11 83 7F", ERR_MALFORMED, NULL}, // libmodbus does not say it.
    {"06 0001 0002", "TT 0000 0003 11 86 7F", 0, "86 7F "},
    {"06 0001 0002", "TT 0000 0006 11 06 0001 0003", 0, "06 00 01 00 03 "}, // The verb judges it.
    {"06 0001 0002", "0000 0000 0006 12 06 0001 0002", ERR_UNEXPECTED, NULL},
    {"06 0001 0002", "9999 0000 0006 11 06 0001 0002", ERR_MALFORMED, NULL},
    {"06 0001 0002", "TT 0000 0006 11 05 0001 FF00", ERR_MALFORMED, NULL},
    {"2B 0E 01 00", "TT 0000 0003 11 AB 01", 0, "AB 01 "},
    {"2B 0E 01 00", "TT 0000 0003 11 AB 7F", 0, "AB 7F "},
    {"2B 0E 01 00", "9999 0000 0003 11 AB 01", ERR_TIMEOUT, NULL},
    {"2B 0E 01 00", "9999 0000 0003 11 AB 02 TT 0000 0003 11 AB 01", 0, "AB 01 "},
    {"2B 0E 01 00", "TT 0001 0003 11 AB 01", ERR_MALFORMED, NULL},
    {"2B 0E 01 00", "TT 0000 0003 12 AB 01", ERR_UNEXPECTED, NULL},
    {"2B 0E 01 00", "TT 0000 0000 11", ERR_MALFORMED, NULL},
    {"2B 0E 01 00", "TT 0000 00FF 11", ERR_MALFORMED, NULL},
    {"2B 0E 01 00", "TT 0000 0003", ERR_TIMEOUT, NULL},
    {"03 0000 0001", "TT 0000 0005 11 03", ERR_TIMEOUT, NULL},
};

START_TEST(nonsense_over_tcp)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_script);
    struct modbus_master *master = open_tcp(core, &peer->at);
    char got[TEXT_BYTES];
    struct asked asked;
    int err;

    atomic_store(&peer->script, nonsense[_i].script);
    err = ask(core, master, &asked, UNIT, nonsense[_i].pdu, 150 * SIM_NS_PER_MS);
    ck_assert_msg(err == nonsense[_i].err, "%s, not %s", err_name(err), err_name(nonsense[_i].err));
    if (err == 0)
        ck_assert_str_eq(text_of(&asked, got), nonsense[_i].reply);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

static const struct {
    const char *pdu;
    const char *script; // Without CRC; "!" in front: with a wrong one.
    int err;
} noise[] = {
    {"03 0000 0001", "11 03 02 1234", 0},
    {"03 0000 0001", "!11 03 02 1234", ERR_CHECKSUM},
    {"06 0001 0002", "!11 06 0001 0002", ERR_CHECKSUM},
    {"06 0001 0002", "12 06 0001 0002", ERR_TIMEOUT}, // Another unit: the wait goes on.
    {"2B 0E 01 00", "!11 AB 01", ERR_CHECKSUM},
    {"2B 0E 01 00", "12 AB 01", ERR_TIMEOUT},
    {"2B 0E 01 00", "11 AB 01", 0},
    {"2B 0E 01 00", "!", ERR_TRUNCATED},
};

static size_t answer_noise(struct test_peer *peer, const uint8_t *frame, size_t length,
                           uint8_t ret_bytes[512])
{
    const char *script = atomic_load(&peer->script);
    bool damaged = script[0] == '!';
    size_t count = test_hex(script + damaged, ret_bytes, 512 - 2);
    uint16_t crc = modbus_crc(ret_bytes, count);

    (void)frame;
    (void)length;
    ret_bytes[count++] = (uint8_t)(crc ^ (damaged ? 0xFF : 0));
    ret_bytes[count++] = (uint8_t)(crc >> 8);
    return count;
}

START_TEST(noise_on_a_line)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(answer_noise);
    struct modbus_master *master = open_line(core, peer->path);
    struct asked asked;
    int err;

    atomic_store(&peer->script, noise[_i].script);
    err = ask(core, master, &asked, UNIT, noise[_i].pdu, 150 * SIM_NS_PER_MS);
    ck_assert_msg(err == noise[_i].err, "%s, not %s", err_name(err), err_name(noise[_i].err));
    // And the next one is not the worse for it.
    atomic_store(&peer->fn, test_peer_engine);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), 0);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(a_server_that_hangs_up_is_a_reset)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_hang_up);
    struct modbus_master *master = open_tcp(core, &peer->at);
    struct asked asked;

    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), ERR_RESET);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "2B 0E 01 00", SIM_NS_PER_S), ERR_CLOSED);
    modbus_master_free(&master);
    test_peer_free(peer);
    core_free(&core);
}
END_TEST

START_TEST(nobody_listens_is_refused)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_tcp(test_peer_engine);
    struct address at = peer->at;
    struct modbus_master *master = open_tcp(core, &at);
    struct asked asked;

    test_peer_free(peer);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), ERR_REFUSED);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", 0), ERR_RANGE);
    modbus_master_free(&master);
    core_free(&core);
}
END_TEST

START_TEST(a_line_that_goes_is_an_error)
{
    struct core *core = new_core();
    struct test_peer *peer = test_peer_line(test_peer_engine);
    struct modbus_master *master = open_line(core, peer->path);
    struct asked asked;

    test_peer_free(peer);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "03 0000 0001", SIM_NS_PER_S), ERR_IO);
    ck_assert_int_eq(ask(core, master, &asked, UNIT, "2B 0E 01 00", SIM_NS_PER_S), ERR_IO);
    modbus_master_free(&master);
    core_free(&core);
}
END_TEST

Suite *modbus_wire_suite(void)
{
    Suite *suite = suite_create("bench modbus wire");
    TCase *tcase = tcase_create("modbus_wire");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, nonsense_over_tcp, 0, sizeof(nonsense) / sizeof(nonsense[0]));
    tcase_add_loop_test(tcase, noise_on_a_line, 0, sizeof(noise) / sizeof(noise[0]));
    tcase_add_test(tcase, a_server_that_hangs_up_is_a_reset);
    tcase_add_test(tcase, nobody_listens_is_refused);
    tcase_add_test(tcase, a_line_that_goes_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}

// SPDX-License-Identifier: Apache-2.0
// The key of an authority made here is drawn as bytes and put into the traditional PEM form (RFC
// 5915 3, SEC 1 C.4) before it becomes a key, since no key ever hands its private half out and the
// process that plays the boards has to be given it.
#include "bench/authority.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"
#include "sim/base/str.h"

#define DAY_NS (INT64_C(86400) * 1000000000)
#define YEARS 20
#define ROOT_NAME "Bench Root"
#define ROOT_ORGANIZATION "testbay"
#define P256_BYTES 32
#define PEM_LINE 64
#define DRAWS_MAX 8 // One draw in 2^32 is no key of the curve.

struct authority {
    struct certificate *root;
    struct key *key; // NULL: it cannot sign.
    struct str pem;  // Root and key.
    uint64_t serial;
};

// ---- A key as PEM ----

static void add_base64(struct str *out, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t column = 0;

    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16;
        char text[4];

        bits |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= i + 2 < length ? bytes[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            text[k] = i + k > length ? '=' : digits[bits >> (18 - 6 * k) & 63];
        str_add(out, text, sizeof(text));
        column += sizeof(text);
        if (column % PEM_LINE == 0)
            str_adds(out, "\n");
    }
    if (column % PEM_LINE)
        str_adds(out, "\n");
}

// ECPrivateKey: version 1, the private key, and the curve prime256v1 as its parameters.
static int draw_key(struct str *ret_pem, struct key **ret)
{
    static const uint8_t head[] = {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, P256_BYTES};
    static const uint8_t tail[] = {0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                   0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    uint8_t der[sizeof(head) + P256_BYTES + sizeof(tail)];
    int err = ERR_MALFORMED;

    memcpy(der, head, sizeof(head));
    memcpy(der + sizeof(head) + P256_BYTES, tail, sizeof(tail));
    for (size_t i = 0; err == ERR_MALFORMED && i < DRAWS_MAX; i++) {
        str_done(ret_pem);
        err = crypto_random(der + sizeof(head), P256_BYTES);
        if (err < 0)
            break;
        str_adds(ret_pem, "-----BEGIN EC PRIVATE KEY-----\n");
        add_base64(ret_pem, der, sizeof(der));
        str_adds(ret_pem, "-----END EC PRIVATE KEY-----\n");
        err = key_read(str_text(ret_pem), ret_pem->length, ret);
    }
    crypto_wipe(der, sizeof(der));
    return err;
}

int authority_make(int64_t utc_ns, struct authority **ret)
{
    struct authority *authority = mem_new(1, sizeof(*authority));
    struct certificate_wish wish = {
        .common_name = ROOT_NAME,
        .organization = ROOT_ORGANIZATION,
        .not_before_ns = utc_ns - DAY_NS,
        .not_after_ns = utc_ns + YEARS * 365 * DAY_NS,
        .serial = 1,
        .authority = true,
    };
    int err = draw_key(&authority->pem, &authority->key);

    if (err == 0)
        err = certificate_make(&wish, authority->key, NULL, NULL, &authority->root);
    if (err < 0) {
        authority_free(&authority);
        return ERR_IO;
    }
    certificate_add_pem(authority->root, &authority->pem);
    authority->serial = wish.serial;
    *ret = authority;
    return 0;
}

// ---- Files ----

static int read_pem(const char *path, struct str *out, char **ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int err = fd < 0 ? -errno : 0;
    char bytes[4096];
    ssize_t count = 0;

    while (err == 0 && (count = read(fd, bytes, sizeof(bytes))) > 0) {
        str_add(out, bytes, (size_t)count);
        err = out->length > AUTHORITY_PEM_BYTES_MAX ? ERR_TOO_LONG : 0;
    }
    if (err == 0 && count < 0)
        err = -errno;
    crypto_wipe(bytes, sizeof(bytes));
    if (fd >= 0)
        close(fd);
    if (err < 0)
        *ret_why = str_format("%s cannot be read: %s", path, err_text(err));
    return err;
}

static void wipe(struct str *pem)
{
    if (pem->length)
        crypto_wipe(pem->text, pem->length);
    str_done(pem);
}

int authority_read(const char *path, struct authority **ret, char **ret_why)
{
    struct authority *authority = mem_new(1, sizeof(*authority));
    int err = read_pem(path, &authority->pem, ret_why);

    if (err == 0) {
        err = certificate_read(str_text(&authority->pem), authority->pem.length, &authority->root);
        if (err < 0)
            *ret_why =
                str_format("%s holds no certificate of an authority: %s", path, err_text(err));
    }
    if (err < 0) {
        authority_free(&authority);
        return err;
    }
    if (key_read(str_text(&authority->pem), authority->pem.length, &authority->key) < 0)
        authority->key = NULL;
    // Numbers that it has hardly given out itself.
    crypto_random(&authority->serial, sizeof(uint32_t));
    *ret = authority;
    return 0;
}

static int write_file(const char *path, const struct str *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    const char *at = str_text(text);
    size_t left = text->length;
    int err = fd < 0 ? -errno : 0;

    while (err == 0 && left > 0) {
        ssize_t count = write(fd, at, left);

        if (count < 0) {
            err = -errno;
        } else {
            at += count;
            left -= (size_t)count;
        }
    }
    if (fd >= 0)
        close(fd);
    return err;
}

int authority_write_root(const struct authority *authority, const char *path)
{
    struct str pem = {0};
    int err;

    certificate_add_pem(authority->root, &pem);
    err = write_file(path, &pem, 0644);
    str_done(&pem);
    return err;
}

int authority_write_all(const struct authority *authority, const char *path)
{
    return write_file(path, &authority->pem, 0600);
}

void authority_free(struct authority **authority)
{
    if (!*authority)
        return;
    certificate_free(&(*authority)->root);
    key_free(&(*authority)->key);
    wipe(&(*authority)->pem);
    free(*authority);
    *authority = NULL;
}

int authority_read_identity(const char *certificate_path, const char *key_path,
                            struct certificate **ret_certificate, struct key **ret_key,
                            char **ret_why)
{
    struct str pem = {0};
    struct str key_pem = {0};
    int err = read_pem(certificate_path, &pem, ret_why);

    if (err == 0)
        err = read_pem(key_path, &key_pem, ret_why);
    if (err == 0 && (err = certificate_read(str_text(&pem), pem.length, ret_certificate)) < 0)
        *ret_why = str_format("%s holds no certificate: %s", certificate_path, err_text(err));
    if (err == 0 && (err = key_read(str_text(&key_pem), key_pem.length, ret_key)) < 0) {
        *ret_why =
            str_format("%s holds no key (P-256 or RSA of 2048 bits): %s", key_path, err_text(err));
        certificate_free(ret_certificate);
    }
    str_done(&pem);
    wipe(&key_pem);
    return err;
}

// ---- Signing ----

const struct certificate *authority_root(const struct authority *authority)
{
    return authority->root;
}

bool authority_can_sign(const struct authority *authority)
{
    return authority->key != NULL;
}

int authority_sign(struct authority *authority, const struct certificate_wish *wish,
                   const struct key *key, struct certificate **ret)
{
    struct certificate_wish numbered = *wish;

    assert(authority->key);
    if (numbered.serial == 0)
        numbered.serial = ++authority->serial;
    return certificate_make(&numbered, key, authority->root, authority->key, ret);
}

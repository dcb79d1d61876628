// SPDX-License-Identifier: Apache-2.0
// The files of a report and their fingerprints: lines that `sha256sum -c` reads.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/crypto.h"
#include "sim/base/log.h"
#include "sim/scenario/report.h"

#define CHUNK_BYTES 65536

static int hash_file(const char *path, char ret_hex[CRYPTO_SHA256_HEX_ROOM])
{
    struct crypto_sha256 *hash;
    uint8_t digest[CRYPTO_SHA256_BYTES];
    uint8_t *chunk;
    FILE *file = fopen(path, "rbe");
    size_t length;
    int err;

    if (!file)
        return -errno;
    hash = crypto_sha256_new();
    chunk = mem_new(CHUNK_BYTES, 1);
    while ((length = fread(chunk, 1, CHUNK_BYTES, file)) > 0)
        crypto_sha256_add(hash, chunk, length);
    err = ferror(file) ? -EIO : 0;
    crypto_sha256_get(hash, digest);
    crypto_hex(digest, ret_hex);
    crypto_sha256_free(&hash);
    free(chunk);
    fclose(file);
    return err;
}

int report_manifest(const char *folder, const char *const *paths, size_t count, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        char *path = str_format("%s/%s", folder, paths[i]);
        char hex[CRYPTO_SHA256_HEX_ROOM];
        int err = hash_file(path, hex);

        free(path);
        if (err < 0)
            return err;
        str_addf(out, "%s  %s\n", hex, paths[i]);
    }
    return 0;
}

static int write_file(const char *folder, const char *name, const struct str *text)
{
    char *path = str_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    int err = file ? 0 : -errno;

    if (file && fwrite(str_text(text), 1, text->length, file) != text->length)
        err = -EIO;
    if (file && fclose(file) != 0 && err == 0)
        err = -errno;
    if (err < 0)
        log_error(path, "cannot be written: %s", strerror(-err));
    free(path);
    return err;
}

int report_write(const char *folder, const struct catalogue *catalogue, const struct result *result,
                 const char *const *more, size_t more_count)
{
    static const char *const names[] = {"index.html", "junit.xml", "trace.json"};
    const char **all = mem_new(more_count + 3, sizeof(*all));
    struct str text = {0};
    int err = 0;

    for (size_t i = 0; i < 3 && err == 0; i++) {
        all[i] = names[i];
        str_clear(&text);
        if (i == 0)
            report_html(catalogue, result, &text);
        else if (i == 1)
            report_junit(result, &text);
        else
            report_trace(catalogue, result, &text);
        err = write_file(folder, names[i], &text);
    }
    for (size_t i = 0; i < more_count; i++)
        all[3 + i] = more[i];
    str_clear(&text);
    if (err == 0)
        err = report_manifest(folder, all, more_count + 3, &text);
    if (err == 0)
        err = write_file(folder, "MANIFEST.sha256", &text);
    str_done(&text);
    free(all);
    return err;
}

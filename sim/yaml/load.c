// SPDX-License-Identifier: Apache-2.0
// From a path to bytes, and from bytes to a document. Only regular files are read, so that no name
// on a command line can make the program wait; the size is looked at before the content.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/base/str.h"
#include "sim/base/utf8.h"
#include "sim/yaml/document.h"

static int load_refuse(const char *path, int err, const char *hint, const char *message,
                       struct diag *diag)
{
    struct yaml_mark mark = {.file = path};

    diag_error(diag, &mark, NULL, hint, "%s", message);
    return err;
}

static int load_refuse_errno(const char *path, int err, struct diag *diag)
{
    struct yaml_mark mark = {.file = path};

    diag_error(diag, &mark, NULL, NULL, "the file cannot be read: %s", err_text(err));
    return err;
}

static int load_refuse_size(const char *name, struct diag *diag)
{
    _Static_assert(YAML_FILE_BYTES_MAX == 4 * 1024 * 1024, "the message names the limit");
    return load_refuse(name, ERR_TOO_LONG, "split it into several files",
                       "the file is larger than 4 MiB", diag);
}

static int load_check_kind(const char *path, const struct stat *status, struct diag *diag)
{
    if (S_ISDIR(status->st_mode))
        return load_refuse(path, -EISDIR, "name a file in it", "this is a directory", diag);
    if (!S_ISREG(status->st_mode))
        return load_refuse(path, -EINVAL, "only regular files are read", "this is no regular file",
                           diag);
    if (status->st_size > YAML_FILE_BYTES_MAX)
        return load_refuse_size(path, diag);
    return 0;
}

// Opens what is a regular file before and after opening: a pipe or a device is not even touched.
static int load_open(const char *path, struct diag *diag, int *ret_fd)
{
    struct stat status;
    int err;
    int fd = -1;

    if (stat(path, &status) < 0)
        return load_refuse_errno(path, -errno, diag);
    err = load_check_kind(path, &status, diag);
    if (err < 0)
        return err;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return load_refuse_errno(path, -errno, diag);
    err = fstat(fd, &status) < 0 ? load_refuse_errno(path, -errno, diag)
                                 : load_check_kind(path, &status, diag);
    if (err < 0) {
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

// Reads to the end: the size that stat(2) tells is 0 for some files and old for others.
static int load_read(const char *path, int fd, struct diag *diag, struct str *bytes)
{
    char part[65536];

    for (;;) {
        ssize_t got = read(fd, part, sizeof(part));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return load_refuse_errno(path, -errno, diag);
        if (got == 0)
            return 0;
        str_add(bytes, part, (size_t)got);
        if (bytes->length > YAML_FILE_BYTES_MAX)
            return load_refuse_size(path, diag);
    }
}

int yaml_load(const char *path, struct diag *diag, struct yaml_document **ret)
{
    struct str bytes = {0};
    int fd = -1;
    int err = load_open(path, diag, &fd);

    if (err < 0)
        return err;
    err = load_read(path, fd, diag, &bytes);
    close(fd);
    if (err == 0)
        err = yaml_parse(path, str_text(&bytes), bytes.length, diag, ret);
    str_done(&bytes);
    return err;
}

int yaml_parse(const char *name, const char *text, size_t length, struct diag *diag,
               struct yaml_document **ret)
{
    struct yaml_document *document;
    size_t skip;
    int err;

    if (length > YAML_FILE_BYTES_MAX)
        return load_refuse_size(name, diag);
    document = document_new(name, text, length);
    err = document_check_bytes(document, diag, &skip);
    if (err == 0)
        err = document_build(document, skip, diag);
    if (err < 0) {
        yaml_free(&document);
        return err;
    }
    *ret = document;
    return 0;
}

// The line and column of an offset into the bytes.
static struct yaml_mark load_mark(const struct yaml_document *document, size_t skip, size_t offset)
{
    struct yaml_mark mark = {document->name, 1, 1};
    const char *bytes = document->bytes;

    for (size_t i = skip; i < offset; i++) {
        bool cr_of_crlf = bytes[i] == '\r' && bytes[i + 1] == '\n';

        if (bytes[i] == '\n' || (bytes[i] == '\r' && !cr_of_crlf)) {
            mark.line++;
            mark.column = 1;
        } else if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static int load_refuse_encoding(const struct yaml_document *document, size_t skip, size_t offset,
                                struct diag *diag)
{
    struct yaml_mark mark = load_mark(document, skip, offset);
    const unsigned char *at = (const unsigned char *)document->bytes + offset;

    if (offset == 0 && (memcmp(at, "\xFF\xFE", 2) == 0 || memcmp(at, "\xFE\xFF", 2) == 0))
        document_error(diag, document, &mark, "save the file as UTF-8", "the file is UTF-16");
    else if (*at == 0)
        document_error(diag, document, &mark, "is this a binary file, or UTF-16 saved as text?",
                       "a NUL byte");
    else
        document_error(diag, document, &mark, "save the file as UTF-8", "byte 0x%02X is not UTF-8",
                       *at);
    return ERR_SYNTAX;
}

// The code point at `at` when YAML forbids it or its readers disagree about it, else 0. What is
// looked at is well-formed UTF-8.
static uint32_t load_forbidden(const unsigned char *at)
{
    if (at[0] < 0x20)
        return at[0] == '\t' || at[0] == '\n' || at[0] == '\r' ? 0 : at[0];
    if (at[0] < 0x7F)
        return 0;
    if (at[0] == 0x7F)
        return 0x7F;
    if (at[0] == 0xC2 && at[1] < 0xA0)
        return at[1];
    if (at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9))
        return 0x2000u + (at[2] & 0x3Fu);
    if (at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF)
        return 0xFEFF;
    if (at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE)
        return 0xFFC0u + (at[2] & 0x3Fu);
    return 0;
}

int document_check_bytes(const struct yaml_document *document, struct diag *diag, size_t *ret_skip)
{
    const char *bytes = document->bytes;
    size_t skip = document->length >= 3 && memcmp(bytes, DOCUMENT_BOM, 3) == 0 ? 3 : 0;
    size_t bad;

    if (!utf8_valid(bytes, document->length, &bad))
        return load_refuse_encoding(document, skip, bad, diag);
    for (size_t i = skip; i < document->length; i++) {
        uint32_t code = load_forbidden((const unsigned char *)bytes + i);

        if (code) {
            struct yaml_mark mark = load_mark(document, skip, i);

            document_error(diag, document, &mark,
                           "remove it, or write it as \\x or \\u inside double quotes",
                           "the character U+%04X cannot stand in a file", code);
            return ERR_SYNTAX;
        }
    }
    *ret_skip = skip;
    return 0;
}

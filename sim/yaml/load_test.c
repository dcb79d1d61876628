// SPDX-License-Identifier: Apache-2.0
// What a path may name: files, and everything that must be refused without waiting for it.
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/base/err.h"
#include "sim/yaml/tree.h"

static char folder[64];
static char path[96];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/testbay-load-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file.yaml", folder);
}

static void remove_folder(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(const char *text, off_t length)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    if (length)
        ck_assert_int_eq(truncate(path, length), 0);
}

// Loads what `name` names, which must fail with `err` and one line of text, `told`.
static void check_refused(const char *name, int err, const char *told)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str out = {0};

    ck_assert_int_eq(yaml_load(name, diag, &document), err);
    ck_assert_ptr_null(document);
    diag_print(diag, false, &out);
    ck_assert_msg(strncmp(out.text, name, strlen(name)) == 0, "%s", out.text);
    ck_assert_msg(strstr(out.text, told), "%s", out.text);
    str_done(&out);
    diag_free(&diag);
}

START_TEST(a_file_is_read)
{
    struct diag *diag = diag_new();
    struct yaml_document *document = NULL;
    struct str text = {0};

    for (int i = 0; i < 20000; i++)
        str_addf(&text, "key%d: value\n", i);
    write_file(text.text, 0);
    ck_assert_int_eq(yaml_load(path, diag, &document), 0);
    ck_assert_str_eq(yaml_name(document), path);
    ck_assert_uint_eq(yaml_root(document)->count, 20000);
    yaml_free(&document);
    str_done(&text);
    diag_free(&diag);
}
END_TEST

START_TEST(what_is_not_there_or_no_file_is_refused)
{
    check_refused(path, -ENOENT, "error: the file cannot be read: No such file or directory");
    check_refused(folder, -EISDIR, "error: this is a directory");
    check_refused("/dev/zero", -EINVAL, "error: this is no regular file");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    check_refused(path, -EINVAL, "error: this is no regular file");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/dev/tty", path), 0);
    check_refused(path, -EINVAL, "error: this is no regular file");
}
END_TEST

START_TEST(a_socket_is_refused)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    check_refused(path, -EINVAL, "error: this is no regular file");
    close(fd);
}
END_TEST

// A sparse file of a terabyte: whoever reads it first and counts then does not come back.
START_TEST(a_huge_file_is_refused_before_it_is_read)
{
    write_file("a: 1\n", YAML_FILE_BYTES_MAX + 1);
    check_refused(path, ERR_TOO_LONG, "error: the file is larger than 4 MiB");
    write_file("a: 1\n", (off_t)1 << 40);
    check_refused(path, ERR_TOO_LONG, "error: the file is larger than 4 MiB");
}
END_TEST

// Files of proc(5) tell a size of 0 and have content all the same.
START_TEST(a_file_that_lies_about_its_size_is_read)
{
    check_refused("/proc/self/cmdline", ERR_SYNTAX, "error: a NUL byte");
}
END_TEST

Suite *load_suite(void)
{
    Suite *suite = suite_create("load");
    TCase *paths = tcase_create("load");

    tcase_add_checked_fixture(paths, make_folder, remove_folder);
    tcase_add_test(paths, a_file_is_read);
    tcase_add_test(paths, what_is_not_there_or_no_file_is_refused);
    tcase_add_test(paths, a_socket_is_refused);
    tcase_add_test(paths, a_huge_file_is_refused_before_it_is_read);
    tcase_add_test(paths, a_file_that_lies_about_its_size_is_read);
    suite_add_tcase(suite, paths);
    return suite;
}

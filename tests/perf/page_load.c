// SPDX-License-Identifier: Apache-2.0
// perf_pages: one client that reads one page again and again, each time over a new TLS connection
// with a whole handshake (no session is kept), and ends it with close_notify. Prints one line of
// JSON: how many pages, how long they were, what the server used of the processor meanwhile, and
// how long it all took. Every answer is checked: it is 200 and as long as the first one.
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/perf/client.h"
#include "tests/perf/cpu_time.h"

#define PAGE_BYTES_MAX 65536
#define WARM_PAGES 20

struct reader {
    struct sockaddr_storage to;
    SSL_CTX *context;
    char request[256];
    char page[PAGE_BYTES_MAX + 1];
    size_t length; // Of the page just read, head included.
};

static SSL *open_tls(struct reader *reader, int *ret_fd)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL *tls = SSL_new(reader->context);
    int one = 1;

    if (fd < 0 || !tls)
        client_die("socket");
    if (connect(fd, (struct sockaddr *)&reader->to, sizeof(struct sockaddr_in)) < 0)
        client_die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    SSL_set_fd(tls, fd);
    errno = 0;
    if (SSL_connect(tls) != 1)
        client_die("TLS handshake");
    *ret_fd = fd;
    return tls;
}

// The whole of an answer that ends with its connection, or is as long as it says.
static void read_answer(struct reader *reader, SSL *tls)
{
    size_t expected = SIZE_MAX;
    int got;

    reader->length = 0;
    while (reader->length < expected && reader->length < PAGE_BYTES_MAX &&
           (got = SSL_read(tls, reader->page + reader->length,
                           (int)(PAGE_BYTES_MAX - reader->length))) > 0) {
        const char *end;
        const char *says;

        reader->length += (size_t)got;
        reader->page[reader->length] = '\0';
        end = strstr(reader->page, "\r\n\r\n");
        says = strcasestr(reader->page, "\r\ncontent-length:");
        if (end && says && says < end)
            expected = (size_t)(end + 4 - reader->page) + strtoul(says + 17, NULL, 10);
    }
}

static void read_page(struct reader *reader)
{
    int fd;
    SSL *tls = open_tls(reader, &fd);

    if (SSL_write(tls, reader->request, (int)strlen(reader->request)) <= 0)
        client_die("request");
    read_answer(reader, tls);
    SSL_shutdown(tls);
    SSL_free(tls);
    close(fd);
    errno = 0;
    if (!strstr(reader->page, " 200 "))
        client_die("answer");
}

static void read_pages(struct reader *reader, int count)
{
    size_t length = reader->length;

    for (int i = 0; i < count; i++) {
        read_page(reader);
        if (length && reader->length != length)
            client_die("length of the answer");
        length = reader->length;
    }
}

// The body, for another server to serve the same.
static void keep_page(const struct reader *reader, const char *path)
{
    const char *body = strstr(reader->page, "\r\n\r\n");
    FILE *file = fopen(path, "we");
    size_t length = body ? reader->length - (size_t)(body + 4 - reader->page) : 0;

    if (!file || !body || fwrite(body + 4, 1, length, file) != length || fclose(file) != 0)
        client_die(path);
}

static void measure(struct reader *reader, int pid, int count)
{
    struct cpu_time before;
    struct cpu_time after;
    int64_t start_ns = client_now_ns();

    if (cpu_time_get(pid, &before) < 0)
        client_die("process");
    read_pages(reader, count);
    if (cpu_time_get(pid, &after) < 0)
        client_die("process");
    printf("{\"pages\": %d, \"bytes\": %zu, \"cpu_ns\": %" PRId64 ", \"user_ticks\": %" PRId64
           ", \"system_ticks\": %" PRId64 ", \"seconds\": %.6f}\n",
           count, reader->length, after.total_ns - before.total_ns,
           after.user_ticks - before.user_ticks, after.system_ticks - before.system_ticks,
           (double)(client_now_ns() - start_ns) / 1e9);
}

int main(int argc, char **argv)
{
    static struct reader reader;
    const char *kept = NULL;
    int pid = 0;
    int count = 1000;
    int option;

    while ((option = getopt(argc, argv, "n:p:o:")) != -1)
        if (option == 'n')
            count = atoi(optarg);
        else if (option == 'p')
            pid = atoi(optarg);
        else if (option == 'o')
            kept = optarg;
    if (argc - optind != 2 || count < 1 || pid < 1) {
        fprintf(stderr, "usage: perf_pages -p PID [-n COUNT] [-o FILE] IP:PORT PATH\n");
        return 2;
    }
    reader.to = client_parse(argv[optind]);
    reader.context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(reader.context, TLS1_2_VERSION);
    SSL_CTX_set_options(reader.context, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    snprintf(reader.request, sizeof(reader.request),
             "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", argv[optind + 1],
             argv[optind]);
    read_pages(&reader, WARM_PAGES);
    if (kept)
        keep_page(&reader, kept);
    measure(&reader, pid, count);
    SSL_CTX_free(reader.context);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Randomness that follows from a seed, for runs on the jump clock: HMAC-SHA-256 over a counter
// under the seed, in place of libcrypto's own for the whole process. Not for anything that leaves
// the simulation: who knows the seed knows every key. Its state hangs off the method that libcrypto
// holds, so there is no global here.
#define OPENSSL_SUPPRESS_DEPRECATED // RAND_METHOD, which 3.0 has without a successor for this.

#include "sim/edge/tls.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "sim/base/crypto.h"
#include "sim/base/str.h"

struct stream {
    RAND_METHOD method; // First: what libcrypto hands back.
    pthread_mutex_t lock;
    uint64_t seed;
    uint64_t blocks;
    uint8_t block[CRYPTO_SHA256_BYTES];
    size_t left; // Bytes of the block that nobody had yet; they are its last.
};

static int stream_bytes(unsigned char *ret, int length);

static struct stream *stream_now(void)
{
    const RAND_METHOD *method = RAND_get_rand_method();

    return method && method->bytes == stream_bytes ? (struct stream *)method : NULL;
}

static int stream_bytes(unsigned char *ret, int length)
{
    struct stream *stream = stream_now();
    size_t wanted = length > 0 ? (size_t)length : 0;

    assert(stream && length >= 0);
    pthread_mutex_lock(&stream->lock);
    while (wanted > 0) {
        size_t part;

        if (stream->left == 0) {
            crypto_hmac(&stream->seed, sizeof(stream->seed), &stream->blocks,
                        sizeof(stream->blocks), stream->block);
            stream->blocks++;
            stream->left = sizeof(stream->block);
        }
        part = wanted < stream->left ? wanted : stream->left;
        memcpy(ret, stream->block + sizeof(stream->block) - stream->left, part);
        stream->left -= part;
        ret += part;
        wanted -= part;
    }
    pthread_mutex_unlock(&stream->lock);
    return 1;
}

// What others would stir in, a run must not depend on.
static int stream_stir(const void *data, int length)
{
    (void)data;
    (void)length;
    return 1;
}

static int stream_add(const void *data, int length, double entropy)
{
    (void)entropy;
    return stream_stir(data, length);
}

static int stream_status(void)
{
    return 1;
}

static struct stream *stream_new(uint64_t seed)
{
    struct stream *stream = mem_new(1, sizeof(*stream));

    stream->method = (RAND_METHOD){.seed = stream_stir,
                                   .bytes = stream_bytes,
                                   .add = stream_add,
                                   .pseudorand = stream_bytes,
                                   .status = stream_status};
    stream->seed = seed;
    pthread_mutex_init(&stream->lock, NULL);
    return stream;
}

void edge_tls_seed(const uint64_t *seed)
{
    struct stream *old = stream_now();
    int ok = RAND_set_rand_method(seed ? &stream_new(*seed)->method : NULL);

    assert(ok == 1);
    (void)ok;
    if (!old)
        return;
    pthread_mutex_destroy(&old->lock);
    free(old);
}

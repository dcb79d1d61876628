// SPDX-License-Identifier: Apache-2.0
// The main of a fuzz target in an ordinary build: feeds every seed of its corpus, each seed cut at
// every length up to a bound, and a few hundred changed copies of it, always the same ones. A
// parser that breaks ends the process, so what is counted are inputs survived. Not modelled:
// coverage; finding new inputs is libFuzzer's work (make fuzz).
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS_MAX = 4096,
    SEED_SIZE_MAX = 1 << 20,
    CUTS_MAX = 256,
    VARIANTS = 300,
    CHANGES_MAX = 4,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

// The parser sees a heap copy of exactly this size, so that a sanitizer sees one byte too far.
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    inputs++;
}

// xorshift64: repeatable on every host.
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t seed_hash(const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3;
    return hash | 1;
}

// One change: a bit flipped, a byte set to a boundary value, a byte drawn, or a run moved. Returns
// the new size.
static size_t change(uint8_t *data, size_t size, uint64_t *state)
{
    static const uint8_t boundaries[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    size_t at = next_random(state) % size;
    size_t run = next_random(state) % (size - at) + 1;

    switch (next_random(state) % 5) {
    case 0:
        data[at] ^= 1u << next_random(state) % 8;
        return size;
    case 1:
        data[at] = boundaries[next_random(state) % sizeof(boundaries)];
        return size;
    case 2:
        data[at] = (uint8_t)next_random(state);
        return size;
    case 3:
        memmove(data + at, data + at + run, size - at - run);
        return size - run;
    default:
        memmove(data + next_random(state) % (size - run + 1), data + at, run);
        return size;
    }
}

static void feed_variants(const uint8_t *seed, size_t size)
{
    uint64_t state = seed_hash(seed, size);
    uint8_t *variant = malloc(size ? size : 1);

    if (!variant)
        abort();
    for (size_t cut = 0; cut < size && cut < CUTS_MAX; cut++)
        feed(seed, cut);
    for (int i = 0; i < VARIANTS && size > 0; i++) {
        size_t left = size;

        memcpy(variant, seed, size);
        for (uint64_t n = next_random(&state) % CHANGES_MAX + 1; n > 0 && left > 0; n--)
            left = change(variant, left, &state);
        feed(variant, left);
    }
    free(variant);
}

static int feed_file(const char *path)
{
    static uint8_t seed[SEED_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        perror(path);
        return -1;
    }
    size = fread(seed, 1, sizeof(seed), file);
    fclose(file);
    if (size == sizeof(seed)) {
        fprintf(stderr, "%s: a seed is smaller than %d bytes\n", path, SEED_SIZE_MAX);
        return -1;
    }
    feed(seed, size);
    feed_variants(seed, size);
    return 0;
}

static int is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    const char *corpus = argc > 1 ? argv[1] : FUZZ_CORPUS;
    struct dirent **entries = NULL;
    int count = scandir(corpus, &entries, is_seed, alphasort);
    int failed = 0;

    if (count <= 0 || count > SEEDS_MAX) {
        fprintf(stderr, "%s: 1 to %d seeds belong here\n", corpus, SEEDS_MAX);
        count = count < 0 ? 0 : count;
        failed = 1;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        int length = snprintf(path, sizeof(path), "%s/%s", corpus, entries[i]->d_name);

        if (length < 0 || (size_t)length >= sizeof(path) || feed_file(path) < 0)
            failed++;
        free(entries[i]);
    }
    free(entries);
    printf("%-24s %u passed, %d failed\n", "replay_" FUZZ_SUBJECT, inputs, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

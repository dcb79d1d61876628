// SPDX-License-Identifier: Apache-2.0
// Optimal string alignment distance (Levenshtein plus neighbouring letters swapped) in half steps,
// so that a letter of the wrong case costs half of a wrong letter. Three rows of the table are
// enough.
#include "sim/base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NEAREST_LENGTH_MAX 64 // A longer name is never offered: nobody mistypes a paragraph.
#define NEAREST_STEP 2        // The cost of one slip in half steps.

static size_t nearest_min(size_t left, size_t right)
{
    return left < right ? left : right;
}

// What it costs to read `left` where `right` was meant.
static size_t nearest_letter(char left, char right)
{
    if (left == right)
        return 0;
    return tolower((unsigned char)left) == tolower((unsigned char)right) ? 1 : NEAREST_STEP;
}

static size_t nearest_distance(const char *left, size_t left_length, const char *right,
                               size_t right_length)
{
    size_t rows[3][NEAREST_LENGTH_MAX + 1];

    for (size_t k = 0; k <= right_length; k++)
        rows[0][k] = k * NEAREST_STEP;
    for (size_t i = 1; i <= left_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];

        row[0] = i * NEAREST_STEP;
        for (size_t k = 1; k <= right_length; k++) {
            size_t best = above[k - 1] + nearest_letter(left[i - 1], right[k - 1]);

            best = nearest_min(best, above[k] + NEAREST_STEP);
            best = nearest_min(best, row[k - 1] + NEAREST_STEP);
            if (i > 1 && k > 1 && left[i - 1] == right[k - 2] && left[i - 2] == right[k - 1])
                best = nearest_min(best, two_above[k - 2] + NEAREST_STEP);
            row[k] = best;
        }
    }
    return rows[left_length % 3][right_length];
}

void nearest_init(struct nearest *nearest, const char *wanted)
{
    *nearest = (struct nearest){.wanted = wanted, .distance = SIZE_MAX};
}

void nearest_add(struct nearest *nearest, const char *name)
{
    size_t wanted_length = strlen(nearest->wanted);
    size_t name_length = strlen(name);
    size_t distance;

    if (wanted_length > NEAREST_LENGTH_MAX || name_length > NEAREST_LENGTH_MAX)
        return;
    distance = nearest_distance(nearest->wanted, wanted_length, name, name_length);
    if (distance > 1 && strcasecmp(nearest->wanted, name) == 0)
        distance = 1; // A word in capitals is the same word.
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->name = name;
    }
}

const char *nearest_name(const struct nearest *nearest)
{
    size_t letters;

    if (!nearest->name)
        return NULL;
    letters = strlen(nearest->name);
    if (strlen(nearest->wanted) > letters)
        letters = strlen(nearest->wanted);
    return nearest->distance * 3 <= letters * NEAREST_STEP ? nearest->name : NULL;
}

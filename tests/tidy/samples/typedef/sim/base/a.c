// SPDX-License-Identifier: Apache-2.0
// A struct is called struct.
typedef struct a {
    int b;
} a;
typedef int (*a_fn)(void);

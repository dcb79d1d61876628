// SPDX-License-Identifier: Apache-2.0
// A struct is called struct.
typedef struct a {
    int b;
} a;
typedef int (*a_fn)(void);
typedef struct a *a_find_fn(int id);

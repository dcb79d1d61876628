// SPDX-License-Identifier: Apache-2.0
// The one main of every unit-test executable; cmake/room.cmake writes the list of suites.
#ifndef TESTS_SUPPORT_CHECK_MAIN_H
#define TESTS_SUPPORT_CHECK_MAIN_H

#include <check.h>
#include <stddef.h>

// Runs the suites, prints one line for the room, names each failure with file and line.
// An argument selects the suites that have a test case of that name. Returns 0 when every check
// passed and at least one ran, 1 otherwise.
int check_main(Suite *(*const suites[])(void), size_t suites_count, int argc, char **argv);

#endif

// SPDX-License-Identifier: Apache-2.0
// Runs the Check suites of one room and prints one line, so that `make test` reads as a list.
// CK_FORK=no (Check's own variable) keeps every test in this process, for sanitizers and debuggers.
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_failures(SRunner *runner)
{
    TestResult **failures = srunner_failures(runner);

    for (int i = 0; i < srunner_ntests_failed(runner); i++)
        fprintf(stderr, "%s:%d: %s: %s\n", tr_lfile(failures[i]), tr_lno(failures[i]),
                tr_tcname(failures[i]), tr_msg(failures[i]));
    free(failures);
}

static void run_suite(Suite *suite, const char *program, int *total_run, int *total_failed)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_SILENT);
    *total_run += srunner_ntests_run(runner);
    *total_failed += srunner_ntests_failed(runner);
    if (srunner_ntests_failed(runner) > 0)
        fprintf(stderr, "%s:\n", program);
    print_failures(runner);
    srunner_free(runner);
}

int check_main(Suite *(*const suites[])(void), size_t suites_count, int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash ? slash + 1 : argv[0];
    int run = 0;
    int failed = 0;

    for (size_t i = 0; i < suites_count; i++) {
        Suite *suite = suites[i]();

        if (argc > 1 && !suite_tcase(suite, argv[1])) {
            srunner_free(srunner_create(suite));
            continue;
        }
        run_suite(suite, program, &run, &failed);
    }
    printf("%-24s %d passed, %d failed\n", program, run - failed, failed);
    return failed > 0 || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

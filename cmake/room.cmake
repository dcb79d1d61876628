# SPDX-License-Identifier: Apache-2.0
# A room is a folder. One call names it, what it may lean on, and which foreign libraries it may
# see; the files are found by glob. `x_test.c` beside `x.c` holds one Check suite named `x_suite`;
# the runner that links the suites of a room is written here, so that adding a test touches one
# folder. `x_fuzz.c` is a fuzz target (fuzz.cmake).

function(testbay_room name)
  cmake_parse_arguments(ROOM "" "DIR" "DEPENDS;LIBS;TEST_DEPENDS;TEST_LIBS" ${ARGN})
  if(NOT ROOM_DIR)
    set(ROOM_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${ROOM_DIR}/*.c)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|verbs)\\.c$")
  list(FILTER tests INCLUDE REGEX "_test\\.c$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.c$")
  if(sources)
    add_library(testbay_${name} STATIC ${sources})
    target_link_libraries(testbay_${name} PUBLIC testbay_flags ${ROOM_LIBS})
    foreach(room ${ROOM_DEPENDS})
      target_link_libraries(testbay_${name} PUBLIC testbay_${room})
    endforeach()
  else()
    add_library(testbay_${name} INTERFACE) # headers only
    target_link_libraries(testbay_${name} INTERFACE testbay_flags ${ROOM_LIBS})
  endif()
  set(links testbay_${name})
  foreach(room ${ROOM_DEPENDS})
    list(APPEND links testbay_${room})
  endforeach()
  testbay_fuzzers("${fuzzers}" "${links}")
  if(tests AND TESTBAY_TESTS)
    set(links ${ROOM_TEST_LIBS} ${links})
    foreach(room ${ROOM_TEST_DEPENDS})
      list(APPEND links testbay_${room})
    endforeach()
    testbay_suites(test_${name} "${tests}" "${links}")
  endif()
endfunction()

# One executable that runs the suites of the given `x_test.c` files.
function(testbay_suites target tests links)
  set(declarations "")
  set(rows "")
  foreach(test ${tests})
    get_filename_component(base ${test} NAME_WE)
    string(REGEX REPLACE "_test$" "_suite" suite ${base})
    string(APPEND declarations "Suite *${suite}(void);\n")
    string(APPEND rows "    ${suite},\n")
  endforeach()
  set(main ${CMAKE_CURRENT_BINARY_DIR}/${target}_main.c)
  file(CONFIGURE OUTPUT ${main} @ONLY CONTENT
"// SPDX-License-Identifier: Apache-2.0
#include <check.h>
#include \"tests/support/check_main.h\"
@declarations@
static Suite *(*const suites[])(void) = {
@rows@};
int main(int argc, char **argv)
{
    return check_main(suites, sizeof(suites) / sizeof(suites[0]), argc, argv);
}
")
  add_executable(${target} ${main} ${tests})
  target_link_libraries(${target} PRIVATE testbay_flags ${links} testbay_check_main)
  add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_property(GLOBAL APPEND PROPERTY TESTBAY_TESTS ${target})
endfunction()

# SPDX-License-Identifier: Apache-2.0
# A parser's fuzz target is one file beside it: `x_fuzz.c` with LLVMFuzzerTestOneInput, seeds in
# tests/fuzz/corpus/x/. The fuzz preset makes it `fuzz_x` with libFuzzer; every other build makes it
# `replay_x`, which feeds the seeds and changed copies of them and belongs to the unit tests.

function(testbay_fuzzers sources links)
  foreach(source ${sources})
    get_filename_component(base ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" subject ${base})
    if(TESTBAY_FUZZ)
      add_executable(fuzz_${subject} ${source})
      target_link_libraries(fuzz_${subject} PRIVATE testbay_flags ${links})
      target_link_options(fuzz_${subject} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY TESTBAY_FUZZERS fuzz_${subject})
    elseif(TESTBAY_TESTS)
      add_executable(replay_${subject} ${source} ${PROJECT_SOURCE_DIR}/tests/support/fuzz_replay.c)
      target_link_libraries(replay_${subject} PRIVATE testbay_flags ${links})
      target_compile_definitions(replay_${subject} PRIVATE
        FUZZ_SUBJECT="${subject}" FUZZ_CORPUS="tests/fuzz/corpus/${subject}")
      add_test(NAME replay_${subject} COMMAND replay_${subject}
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
      set_property(GLOBAL APPEND PROPERTY TESTBAY_TESTS replay_${subject})
    endif()
  endforeach()
endfunction()

# Writes the executables of a global property into a file of the build folder, "name path" a line.
function(testbay_write_list property file)
  get_property(targets GLOBAL PROPERTY ${property})
  set(lines "")
  foreach(target ${targets})
    string(APPEND lines "${target} $<TARGET_FILE:${target}>\n")
  endforeach()
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/${file} CONTENT "${lines}")
endfunction()

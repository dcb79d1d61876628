# SPDX-License-Identifier: Apache-2.0
# Run at every build (cmake -P): writes sim/base/version.h into the build folder, and touches it
# only when it says something new.
execute_process(COMMAND git --no-optional-locks describe --tags --always --dirty
  WORKING_DIRECTORY ${SOURCE}
  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(COMMIT unknown)
endif()
configure_file(${SOURCE}/sim/base/version.h.in ${BINARY}/sim/base/version.h @ONLY)

# SPDX-License-Identifier: Apache-2.0
# What is installed beside the program (sim/cli), and the Debian package. The shared folder keeps
# the shape of the source tree (scenarios/, devices/<family>/profiles/): the program looks things up
# the same way in both.
include(GNUInstallDirs)
set(data ${CMAKE_INSTALL_DATADIR}/testbay)

install(DIRECTORY scenarios/ DESTINATION ${data}/scenarios)
file(GLOB profiles RELATIVE ${PROJECT_SOURCE_DIR} LIST_DIRECTORIES true CONFIGURE_DEPENDS
  devices/*/profiles)
foreach(folder ${profiles})
  install(DIRECTORY ${folder}/ DESTINATION ${data}/${folder})
endforeach()
install(FILES README.md ARCHITECTURE.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# The manual as the program itself prints it, written when it is installed.
install(CODE "
  execute_process(COMMAND ${CMAKE_COMMAND} -E env TESTBAY_HOME=${PROJECT_SOURCE_DIR}
    $<TARGET_FILE:testbay> describe OUTPUT_FILE ${PROJECT_BINARY_DIR}/MANUAL.md
    COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${PROJECT_BINARY_DIR}/MANUAL.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME testbay)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the testbay maintainers <maintainers@testbay.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"One event-loop process plays panel gateways, circuit breakers and charging
stations behind a virtual network, and bench drivers send the same YAML scenarios to real boards
over serial lines and Ethernet.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)

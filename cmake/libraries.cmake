# SPDX-License-Identifier: Apache-2.0
# The foreign libraries, each from Debian bookworm, each under one name. Only the rooms that
# ARCHITECTURE.md allows link one.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(crypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(modbus REQUIRED IMPORTED_TARGET libmodbus)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET libssl libcrypto)
pkg_check_modules(websockets REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(nftables REQUIRED IMPORTED_TARGET libnftables)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)

# libev ships no pkg-config file in Debian.
find_path(EV_INCLUDE ev.h REQUIRED)
find_library(EV_LIBRARY ev REQUIRED)
add_library(testbay_ev INTERFACE)
target_include_directories(testbay_ev SYSTEM INTERFACE ${EV_INCLUDE})
target_link_libraries(testbay_ev INTERFACE ${EV_LIBRARY} m)

if(TESTBAY_TESTS)
  pkg_check_modules(check REQUIRED IMPORTED_TARGET check)
endif()

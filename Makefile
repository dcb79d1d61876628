# SPDX-License-Identifier: Apache-2.0
# The verbs of this house; CMake builds it (CMakePresets.json). Each verb first installs what the
# machine lacks for it (tools/packages), so each works as the first command after git clone.

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 60
BENCHES := sim board-tcp board-rtu
export FUZZ_SECONDS SOAK_SECONDS

.DEFAULT_GOAL := build
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

build: program ## build/testbay, the one binary (release build, asserts on)
	@echo "build/testbay is ready; try: build/testbay --help, or make run"

program:
	@tools/install build
	@tools/build release testbay
	@ln -sfn release/testbay build/testbay

run: program ## every scenario, on the simulator, against two simulated boards and with chargers
	@build/testbay run scenarios $(foreach bench,$(BENCHES),--bench scenarios/benches/$(bench).yaml)
	@build/testbay run scenarios/charger \
	    --bench scenarios/benches/charging.yaml --bench scenarios/benches/charger-board.yaml
	@build/testbay run scenarios/charger/fleet-partition.yaml --bench scenarios/benches/fleet.yaml

test: ## everything that can fail: unit tests, also sanitized and under valgrind, style, end to end
	@tools/install build test
	@tools/build release
	@ln -sfn release/testbay build/testbay
	@tools/build asan
	@tools/build tsan test_bench test_edge
	@tests/run

check: test

tidy: ## style as a test: includes, lengths, banned calls, format
	@tools/install build tidy
	@tools/build release testbay
	@tests/tidy/run

perf: program ## the budgets, measured beside an echo server and libmodbus; takes minutes
	@tools/install perf
	@tests/perf/run

soak: program ## a long run under mixed load: SOAK_SECONDS=60
	@tools/install perf
	@tests/soak/run

fuzz: ## each parser under libFuzzer for FUZZ_SECONDS=60; exit 1 on a finding
	@tools/install build fuzz
	@tools/build fuzz
	@tests/fuzz/run

check-asan: ## the unit tests under AddressSanitizer, LeakSanitizer and UBSan
	@tools/install build test
	@tools/build asan
	@tests/run asan

check-tsan: ## the unit tests under ThreadSanitizer
	@tools/install build test
	@tools/build tsan
	@tests/run tsan

check-valgrind: ## all unit tests under valgrind (make test takes a bounded set)
	@tools/install build test
	@tools/build release
	@tests/run valgrind-all

coverage: ## what the unit tests reach: a summary, and build/coverage/report/index.html
	@tools/install build coverage
	@tools/build coverage
	@tests/run coverage

install: program ## into PREFIX=/usr/local (DESTDIR is honoured)
	@cmake --install build/release --prefix "$(PREFIX)"

deb: program ## build/testbay_*.deb
	@tools/install deb
	@cpack --config build/release/CPackConfig.cmake -G DEB -B build/deb
	@mv build/deb/*.deb build/ && rm -rf build/deb && ls build/*.deb

format: ## clang-format over what git knows of C
	@tools/install tidy
	@git ls-files -z '*.c' '*.h' ':!tests/tidy/samples' | xargs -0r clang-format -i

clean: ## all that was built
	@rm -rf build

help: ## this page
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	    while IFS='|' read -r verb text; do printf '%-22s %s\n' "$$verb" "$$text"; done

.PHONY: build program run test check tidy perf soak fuzz check-asan check-tsan check-valgrind \
    coverage install deb format clean help

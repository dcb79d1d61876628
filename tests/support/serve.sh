# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For suites that talk to a running `testbay serve`; sourced by their `run` from the root of the
# sources. It counts checks, starts serve on ports of its own, waits for its `ready` line and leaves
# nothing behind. A check is a line `ok - WHAT` or `not ok - WHAT: WHY`, from here or a program run
# by checks_of. What is started with serve has a name: its output is $scratch/NAME.out and .err, its
# process ${serve_pid[NAME]}, its --port-offset ${serve_offset[NAME]}.

testbay=${TESTBAY:-$PWD/build/testbay}
site=tests/support/bay.yaml
passed=0
failed=0
declare -A serve_pid=() serve_offset=() serve_fd=()
readonly serve_tries=50 serve_ready_seconds=10
checks_seconds=100

begin() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/serve.XXXXXX") || exit 1
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

leave() {
    local pid
    for pid in "${serve_pid[@]}" $(jobs -p); do
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$scratch"
}

# The closing line, and the exit code of the suite.
finish() {
    printf '%s: %d passed, %d failed\n' "$1" "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

ok() {
    passed=$((passed + 1))
    printf 'ok - %s\n' "$1"
}

not_ok() {
    failed=$((failed + 1))
    printf 'not ok - %s: %s\n' "$1" "$2"
}

# expect WHAT GOT WANTED
expect() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "got '$2', wanted '$3'"
    fi
}

# expect_match WHAT TEXT REGEX: an extended regular expression somewhere in the text.
expect_match() {
    if [[ $2 =~ $3 ]]; then
        ok "$1"
    else
        not_ok "$1" "no '$3' in '$2'"
    fi
}

# expect_within WHAT GOT LOW HIGH: whole numbers.
expect_within() {
    if [[ $2 =~ ^-?[0-9]+$ ]] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
        ok "$1 ($2)"
    else
        not_ok "$1" "got '$2', wanted $3 to $4"
    fi
}

# need COMMAND...: without one of them the suite fails; it proves nothing when it is skipped.
need() {
    local command lacking=
    for command in "$@"; do
        command -v "$command" >/dev/null || lacking="$lacking $command"
    done
    [ -n "$lacking" ] || return 0
    not_ok "what the suite needs is installed" "missing:$lacking (tools/install test)"
    finish "${0%/run}"
}

# Milliseconds of a clock that only goes on.
now_ms() {
    local up
    read -r up _ </proc/uptime
    echo $((10#${up/./} * 10))
}

# wait_for COMMAND...: asks again and again until it succeeds, for five seconds.
wait_for() {
    local begin_ms
    begin_ms=$(now_ms)
    until "$@"; do
        [ $(($(now_ms) - begin_ms)) -lt 5000 ] || return 1
        sleep 0.02
    done
}

# take_checks FILE: prints what a program said and counts the checks in it.
take_checks() {
    cat "$1"
    passed=$((passed + $(grep -c '^ok - ' "$1")))
    failed=$((failed + $(grep -c '^not ok - ' "$1")))
}

# checks_of NAME COMMAND...: runs a program that makes checks. One that says nothing, or ends badly
# without a failed check, has failed.
checks_of() {
    local name=$1 status bad
    shift
    timeout "$checks_seconds" "$@" >"$scratch/$name.checks" 2>&1
    status=$?
    take_checks "$scratch/$name.checks"
    bad=$(grep -c '^not ok - ' "$scratch/$name.checks")
    grep -q '^ok - ' "$scratch/$name.checks" || status="$status, nothing checked"
    if [ "$bad" -eq 0 ] && [ "$status" != 0 ]; then
        not_ok "$name runs to its end" "exit code $status"
    fi
}

# serve NAME [OPTION]...: returns 0 when it is ready. Variables for it go before the call.
serve() {
    local name=$1 line fd
    shift
    rm -f "$scratch/$name.fifo" "$scratch/$name.out"
    mkfifo "$scratch/$name.fifo" || return 1
    "$testbay" serve "$@" "$site" >"$scratch/$name.fifo" 2>"$scratch/$name.err" </dev/null &
    serve_pid[$name]=$!
    exec {fd}<"$scratch/$name.fifo"
    serve_fd[$name]=$fd
    while read -r -t "$serve_ready_seconds" -u "$fd" line; do
        printf '%s\n' "$line" >>"$scratch/$name.out"
        [[ $line != ready:* ]] || return 0
    done
    serve_reap "$name"
    return 1
}

# serve_anywhere NAME [OPTION]...: on an offset that is free, below the ports the kernel hands out.
serve_anywhere() {
    local name=$1
    shift
    for _ in $(seq "$serve_tries"); do
        serve_offset[$name]=$((10000 + RANDOM % 20000))
        if serve "$name" --port-offset "${serve_offset[$name]}" "$@"; then
            return 0
        fi
        grep -q 'another program listens' "$scratch/$name.err" || break
    done
    not_ok "serve starts as $name" "$(cat "$scratch/$name.err")"
    return 1
}

# Waits for its end and forgets it; the exit code is in serve_status.
# shellcheck disable=SC2034
serve_reap() {
    local fd=${serve_fd[$1]}
    wait "${serve_pid[$1]}"
    serve_status=$?
    unset "serve_pid[$1]"
    exec {fd}<&-
}

# serve_stop NAME [SIGNAL]
serve_stop() {
    kill -"${2:-TERM}" "${serve_pid[$1]}"
    serve_reap "$1"
}

# Where its Modbus is: 502 and the offset.
port_of() { echo $((502 + serve_offset[$1])); }

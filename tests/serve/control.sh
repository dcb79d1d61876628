# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The control socket of `testbay serve`, every path with right and wrong questions; sourced by run.
# shellcheck disable=SC2154

# ask NAME PATH [BODY] [OPTION]...: "CODE JSON"; a body makes it a POST.
ask() {
    local name=$1 path=$2 body=${3:-} data=()
    shift $(($# > 2 ? 3 : 2))
    [ -z "$body" ] || data=(--data-binary "$body")
    curl -s -m 20 --unix-socket "$scratch/$name.sock" -o "$scratch/$name.answer" \
        -w '%{http_code} ' "${data[@]}" "$@" "http://bay$path" && cat "$scratch/$name.answer"
}

# answer WHAT REGEX PATH [BODY] [OPTION]...: of the bay named `bay`.
answer() {
    local what=$1 regex=$2
    shift 2
    expect_match "$what" "$(ask bay "$@")" "$regex"
}

# The number behind a key of the state.
state_number() { ask "$1" /state | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"; }

check_control() {
    local by by_ns now manual
    serve_anywhere bay --clock hold --start 2026-01-15T08:00:00Z --control "$scratch/bay.sock" \
        --pty "rs1=$scratch/bay.rs1" || return
    expect "control: the socket is for its user alone" "$(stat -c %a "$scratch/bay.sock")" 600
    if [ "$(id -u)" -eq 0 ]; then
        expect "control: another user cannot connect" "$(setpriv --reuid 65534 --clear-groups \
            curl -s -o /dev/null --unix-socket "$scratch/bay.sock" http://bay/state || echo $?)" 7
    fi
    answer "control: the state tells site, clock and time" \
        '^200 .*"clock":"hold".*"now_ns":0,"utc":"2026-01-15T08:00:00.000Z".*"site":"bay"' \
        /state
    answer "control: ... and services and lines" \
        '"address":"127.77.0.20:[0-9]+","device":"q0","open":true.*"line":"rs1"' /state
    answer "control: ... and who has no supply" '"id":"q4"[^}]*"powered":false' /state
    expect "control: two requests on one connection" "$(curl -s -o /dev/null -o /dev/null \
        --unix-socket "$scratch/bay.sock" -w '%{num_connects} ' http://bay/state \
        http://bay/state)" "1 0 "

    while read -r by by_ns; do
        now=$(state_number bay now_ns)
        answer "control: advance $by arrives to the nanosecond" \
            "^200 .*\"now_ns\":$((now + by_ns))}\$" /advance "{$by}"
    done <<<'"by":"10m" 600000000000
"by_ns":1500000000 1500000000
"by":"0s" 0'
    answer "control: advance without a time" '^400 .*say how far' /advance '{}'
    answer "control: advance backwards" '^400 ' /advance '{"by_ns":-1}'
    answer "control: advance by nonsense" '^400 ' /advance '{"by":"soon"}'

    answer "control: a body that is no JSON" '^400 .*no JSON object' /advance 'by: 10m'
    answer "control: a body that is no object" '^400 .*no JSON object' /advance '[1]'
    answer "control: a body that is cut off" '^400 .*no JSON object' /verb '{"device":"q1"'
    answer "control: a path nobody has" '^404 .*serve --help' /nowhere
    answer "control: GET where POST is wanted" '^405 .*takes POST' /advance
    answer "control: POST where GET is wanted" '^405 .*takes GET' /state '{}'

    answer "control: a verb of the world" '^200 .*"end":"finished"' /verb \
        '{"device":"q1","verb":"padlock.remote","with":{"state":"disabled"}}'
    answer "control: a device nobody has" '^404 .*did you mean' /verb '{"device":"q11","verb":"x"}'
    answer "control: a verb nobody has" "^404 .*did you mean 'breaker.command'" /verb \
        '{"device":"q1","verb":"breaker.comand"}'
    answer "control: a verb without a device" '^404 ' /verb '{"verb":"padlock.remote"}'
    answer "control: an argument that is none of those there are" \
        '"end":"error".*one of enabled, disabled' /verb \
        '{"device":"q1","verb":"padlock.remote","with":{"state":"perhaps"}}'
    answer "control: an argument nobody knows" "\"end\":\"error\".*no argument 'stat'" /verb \
        '{"device":"q1","verb":"padlock.remote","with":{"stat":"disabled"}}'
    answer "control: a verb without what it needs" "\"end\":\"error\".*wants 'state'" /verb \
        '{"device":"q1","verb":"padlock.remote"}'
    answer "control: a table" '^200 .*"end":"finished".*"records":\[' /table \
        '{"device":"q1","table":"commands"}'
    answer "control: a table nobody has" '"end":"error".*no table' /table \
        '{"device":"q1","table":"nothing"}'

    answer "control: a fault nobody knows" '^409 .*no fault' /fault '{"kind":"gloom","left":["gw"]}'
    answer "control: a fault of a device nobody has" '^404 ' /fault \
        '{"kind":"latency","left":["gx"],"arguments":"{delay: 1s}"}'
    answer "control: a fault without what it needs" '^409 ' /fault \
        '{"kind":"latency","left":["gw"]}'
    manual=$("$testbay" serve --help | sed -n 's/^ *POST \/fault //p')
    answer "control: the fault of the manual" '^200 ' /fault "$manual"
    answer "control: the same fault twice" '^409 ' /fault "$manual"
    answer "control: it is cleared" '^200 ' /clear '{"id":"f1"}'
    answer "control: it is not cleared twice" '^404 ' /clear '{"id":"f1"}'

    answer "control: stop" '^200 .*"end":"finished"' /stop '{}'
    serve_reap bay
    expect "control: after which serve ends with 0" "$serve_status" 0
    expect "control: and leaves neither socket nor terminal" \
        "$(find "$scratch" -name 'bay.sock' -o -name 'bay.rs1')" ""
}

# What needs a clock that runs.
check_control_wires() {
    serve_anywhere bay --control "$scratch/bay.sock" || return
    answer "control: read asks over the wire" '^200 .*"value":61,' \
        '/read?device=q1&point=current_l1_A'
    answer "control: read behind the gateway and on its own address" '^200 .*"value":12[0-9],' \
        '/read?device=q0&point=current_l1_A'
    answer "control: read of a point nobody has" '"end":"error"' '/read?device=q1&point=happiness'
    answer "control: read without a point" '^400 .*say which' '/read?device=q1'
    answer "control: read with an encoded name" '^200 .*"value":61,' \
        '/read?device=%71%31&point=current%5Fl1_A'
    answer "control: a command over the wire" '^200 .*"reply":"accepted"' /verb \
        '{"device":"q1","verb":"breaker.command","with":{"op":"open","password":"aB3x"}}'
    answer "control: and one with a wrong password" '^200 .*"reply":"refused"' /verb \
        '{"device":"q2","verb":"breaker.command","with":{"op":"open","password":"Zz9x"}}'
    answer "control: a fault delays what is behind it" '^200 ' /fault \
        '{"id":"slow","kind":"latency","left":["entry"],"arguments":"{delay: 300ms}"}'
    local begin_ms
    begin_ms=$(now_ms)
    poll 127.77.0.11 "$(port_of bay)" 255 1 >"$scratch/poll"
    expect_within "control: by 300 ms each way" $(($(now_ms) - begin_ms)) 550 1500
    begin_ms=$(now_ms)
    poll "$gateway" "$(port_of bay)" 255 1 >"$scratch/poll"
    expect_within "control: and nobody else" $(($(now_ms) - begin_ms)) 0 250
    serve_stop bay
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The Panel Server's HTTPS as four clients see it that nobody here wrote: curl, OpenSSL's s_client,
# gnutls-cli and nmap's judgement of ciphers (PS-101, PS-201 to PS-205, PS-214, PS-215). Sourced by
# run, whose variables it uses.
# shellcheck disable=SC2154

readonly panel=127.77.0.10 entry=127.77.0.11
readonly curl_handshake=35 curl_untrusted=60 # curl's exit codes
readonly lock_failures=10 lock_s=600         # DOCA0211EN-12
readonly old_ciphers=DEFAULT@SECLEVEL=0      # Else the client itself refuses old versions.

# web HOST PATH [OPTION]...: curl there, without trust and without news of progress.
web() {
    local at=https://$1:$https_port$2
    shift 2
    curl -sk "$@" "$at"
}

# status_of HOST PATH [OPTION]...
status_of() { web "$@" -o /dev/null -w '%{http_code}'; }

# log_in HOST USER PASSWORD [OPTION]...
log_in() {
    local host=$1 body="{\"user\": \"$2\", \"password\": \"$3\"}"
    shift 3
    web "$host" /api/session -H 'Content-Type: application/json' -d "$body" "$@"
}

# exit_of COMMAND...: its exit code alone.
exit_of() {
    "$@" >/dev/null 2>&1
    echo $?
}

curl_versions() {
    local url=https://$panel:$https_port/login
    expect_match "curl: TLS 1.2 and HTTP/1.1 are agreed" \
        "$(curl -skv -o /dev/null -w 'HTTP/%{http_version}' "$url" 2>&1)" \
        'SSL connection using TLSv1\.2 .*HTTP/1\.1'
    expect "curl: nobody vouches for it" "$(exit_of curl -s "$url")" $curl_untrusted
    expect "curl: TLS 1.0 is refused" \
        "$(exit_of curl -sk --tlsv1.0 --tls-max 1.0 --ciphers $old_ciphers "$url")" $curl_handshake
    expect "curl: TLS 1.1 is refused" \
        "$(exit_of curl -sk --tlsv1.0 --tls-max 1.1 --ciphers $old_ciphers "$url")" $curl_handshake
    expect "curl: who can more takes TLS 1.2" \
        "$(exit_of curl -sk --tlsv1.2 --tls-max 1.3 "$url")" 0
    expect "curl: TLS 1.3 alone is refused, as the profile says" \
        "$(exit_of curl -sk --tlsv1.3 "$url")" $curl_handshake
    expect "curl: nobody answers in clear" \
        "$(exit_of curl -s "http://$panel:$https_port/login")" 52
}

curl_session() {
    local jar=$scratch/jar said csrf folder=$scratch/download file
    expect "curl: without a session it is led to the login" \
        "$(web $panel /settings -o /dev/null -w '%{http_code} %{redirect_url}')" \
        "303 https://$panel:$https_port/login?next=/settings"
    expect "curl: and gets there" "$(status_of $panel /settings -L)" 200
    said=$(log_in $panel SecurityAdmin "$panel_password" -c "$jar" -D "$scratch/head")
    expect_match "curl: it logs in" "$said" '"result":"granted"'
    expect_match "curl: the cookie is for this host, TLS, no script, and has no life of its own" \
        "$(grep -a session "$jar")" "^#HttpOnly_$panel	FALSE	/	TRUE	0	session	.{43}$"
    expect_match "curl: and not with requests of other sites" \
        "$(grep -i '^set-cookie' "$scratch/head")" 'SameSite=Strict'
    csrf=$(sed -n 's/.*"csrf":"\([^"]*\)".*/\1/p' <<<"$said")
    expect "curl: with the cookie a page opens" "$(status_of $panel / -b "$jar")" 200
    local put=(-b "$jar" -X PUT -H 'Content-Type: application/json' -d '{"modbus":{"eth":true}}')
    expect "curl: nothing is set without the second token" \
        "$(status_of $panel /api/settings "${put[@]}")" 403
    expect "curl: nor with a wrong one" \
        "$(status_of $panel /api/settings "${put[@]}" -H "X-CSRF-Token: ${csrf}A")" 403
    expect "curl: nor from another origin" "$(status_of $panel /api/settings "${put[@]}" \
        -H "X-CSRF-Token: $csrf" -H 'Origin: https://elsewhere.test')" 403
    expect "curl: with it it is" \
        "$(status_of $panel /api/settings "${put[@]}" -H "X-CSRF-Token: $csrf")" 200
    mkdir -p "$folder"
    (cd "$folder" && web $panel /api/logs.csv -b "$jar" -OJ)
    file=$(find "$folder" -name 'audit-*.csv')
    expect "curl: the log comes as a file whose first line names the fields" \
        "$(head -n 1 "$file" | tr -d '\r')" 'number,time,source,category,type,event,result'
    expect_match "curl: it tells of the login" "$(cat "$file")" ',access,web,login-ok,success'
    expect_match "curl: and of what was refused" "$(cat "$file")" \
        ',access,web,access-refused,failure'
    expect "curl: it logs out" \
        "$(status_of $panel /api/session -X DELETE -b "$jar" -H "X-CSRF-Token: $csrf")" 204
    expect "curl: and the old cookie opens nothing" "$(status_of $panel / -b "$jar")" 303
}

curl_lock() {
    local codes='' said
    expect_match "curl: the login is open" "$(web $entry /api/login-state)" '"state":"open"'
    for _ in $(seq $lock_failures); do
        codes+=$(log_in $entry SecurityAdmin wrong -o /dev/null -w '%{http_code} ')
    done
    expect "curl: wrong passwords are refused" "$codes" "$(printf '401 %.0s' $(seq $lock_failures))"
    expect "curl: then the right one is too" \
        "$(log_in $entry SecurityAdmin "$panel_password" -o /dev/null -w '%{http_code}')" 423
    said=$(web $entry /api/login-state)
    expect_match "curl: the login is locked" "$said" '"state":"locked"'
    expect_within "curl: for what is left of ten minutes" \
        "$(sed -n 's/.*"remaining_s":\([0-9]*\).*/\1/p' <<<"$said")" $((lock_s - 60)) $lock_s
}

# certificate_of HOST: in PEM, as openssl gets it.
certificate_of() {
    openssl s_client -connect "$1:$https_port" </dev/null 2>/dev/null | openssl x509
}

s_client() {
    local at=$panel:$https_port said text
    said=$(openssl s_client -connect "$at" </dev/null 2>&1)
    expect_match "s_client: TLS 1.2 with forward secrecy" "$said" \
        'New, TLSv1\.2, Cipher is ECDHE-ECDSA-AES(128|256)-GCM-SHA(256|384)'
    expect_match "s_client: a certificate that signed itself" "$said" \
        'Verify return code: 18 \(self.signed certificate\)'
    expect_match "s_client: renegotiation is the safe one" "$said" \
        'Secure Renegotiation IS supported'
    expect_match "s_client: no compression" "$said" 'Compression: NONE'
    expect_match "s_client: and is refused" \
        "$(printf 'R\nR\n' | openssl s_client -tls1_2 -connect "$at" 2>&1)" 'no renegotiation'
    expect "s_client: no session is resumed" "$(openssl s_client -tls1_2 -reconnect -connect "$at" \
        </dev/null 2>/dev/null | grep -cE '^Reused')" 0
    for version in tls1 tls1_1; do
        expect_match "s_client: $version gets the alert protocol_version" \
            "$(openssl s_client -$version -cipher $old_ciphers -connect "$at" </dev/null 2>&1)" \
            'alert number 70'
    done
    expect_match "s_client: tls1_3 alone gets it too" \
        "$(openssl s_client -tls1_3 -connect "$at" </dev/null 2>&1)" 'alert number 70'
    text=$(certificate_of $panel | openssl x509 -noout -text)
    expect_match "s_client: X.509 version 3" "$text" 'Version: 3 \(0x2\)'
    expect_match "s_client: it names the model" "$text" 'Subject: .*CN = PAS600L-'
    expect_match "s_client: and the address" "$text" 'IP Address:10\.77\.0\.10'
    expect "s_client: it is its own issuer" "$(sed -n 's/^ *Issuer: //p' <<<"$text")" \
        "$(sed -n 's/^ *Subject: //p' <<<"$text")"
}

# fingerprint HOST
fingerprint() { certificate_of "$1" | openssl x509 -noout -fingerprint -sha256; }
public_key() { certificate_of "$1" | openssl x509 -noout -pubkey; }

two_servers() {
    expect_match "two Panel Servers: each shows a certificate" "$(fingerprint $entry)" \
        '[Ss][Hh][Aa]256'
    expect "two Panel Servers: and another one" \
        "$([ "$(fingerprint $panel)" != "$(fingerprint $entry)" ] && echo differs)" differs
    expect "two Panel Servers: and another key" \
        "$([ "$(public_key $panel)" != "$(public_key $entry)" ] && echo differs)" differs
    expect "one Panel Server: both interfaces show the same" "$(fingerprint 127.77.0.12)" \
        "$(fingerprint 127.78.0.12)"
    expect "one Panel Server: again and again" "$(fingerprint $panel)" "$(fingerprint $panel)"
}

gnutls() {
    local said only='NORMAL:-VERS-ALL:+VERS-'
    said=$(gnutls-cli -p "$https_port" $panel </dev/null 2>&1)
    expect_match "gnutls-cli: nobody vouches for it" "$said" 'The certificate issuer is unknown'
    expect_match "gnutls-cli: and it goes no further" "$said" \
        'Status: The certificate is NOT trusted'
    said=$(gnutls-cli --insecure --print-cert -p "$https_port" $panel </dev/null 2>&1)
    expect_match "gnutls-cli: told to go on, it shakes hands" "$said" 'Handshake was completed'
    expect_match "gnutls-cli: with TLS 1.2" "$said" \
        'Description: \(TLS1\.2[^)]*\)-\(ECDHE-[A-Z0-9-]*\)-\(ECDSA-SHA256\)-\(AES-(128|256)-GCM\)'
    expect_match "gnutls-cli: shows a certificate of the model" "$said" 'subject .*CN=PAS600L-'
    expect_match "gnutls-cli: X.509 version 3, says certtool" \
        "$(sed -n '/BEGIN CERT/,/END CERT/p' <<<"$said" | certtool -i 2>&1)" 'Version: 3'
    expect_match "gnutls-cli: TLS 1.1 is refused" "$(gnutls-cli --insecure \
        --priority "${only}TLS1.1" -p "$https_port" $panel </dev/null 2>&1)" \
        'protocol version|Fatal error'
    expect_match "gnutls-cli: TLS 1.3 alone is refused" "$(gnutls-cli --insecure \
        --priority "${only}TLS1.3" -p "$https_port" $panel </dev/null 2>&1)" \
        'protocol version|Fatal error'
    said=$(printf 'GET /login HTTP/1.1\r\nHost: fort\r\nConnection: close\r\n\r\n' |
        gnutls-cli --insecure -p "$https_port" $panel 2>&1)
    expect_match "gnutls-cli: and gets the page" "$said" 'HTTP/1\.1 200 OK'
    expect_match "gnutls-cli: which ends in good order" "$said" \
        'Peer has closed the GnuTLS connection'
}

# Of the Panel Server on port 443, in the network where nmap is alone with it.
nmap_https() {
    local said=$scratch/nmap-https.txt versions
    nmap -n -Pn -p 443 \
        --script ssl-enum-ciphers,ssl-cert,ssl-heartbleed,ssl-poodle,ssl-ccs-injection \
        $panel >"$said" 2>&1
    versions=$(grep -oE '(SSLv|TLSv)[0-9.]+:' "$said" | tr '\n' ' ')
    expect "nmap: TLS 1.2 and nothing else" "$versions" 'TLSv1.2: '
    expect "nmap: every cipher has the grade A" \
        "$(grep -E 'TLS_[A-Z0-9_]+ ' "$said" | grep -vc -- ' - A$')" 0
    expect_within "nmap: it found ciphers" \
        "$(grep -cE 'TLS_ECDHE_ECDSA_WITH_AES_[A-Z0-9_]+' "$said")" 1 8
    expect_match "nmap: the least of them is A" "$(cat "$said")" 'least strength: A'
    expect_match "nmap: no compression" "$(sed -n '/compressors/,/cipher pref/p' "$said")" 'NULL'
    expect_match "nmap: the certificate" "$(cat "$said")" 'Subject: commonName=PAS600L-'
    expect "nmap: none of the known holes" "$(grep -c VULNERABLE "$said")" 0
}

# https_peers: all of them but nmap.
https_peers() {
    curl_versions
    curl_session
    curl_lock
    s_client
    two_servers
    gnutls
}

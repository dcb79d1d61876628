# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The npm peers of tests/peers/package-lock.json, for suites that use one; sourced by their `run`
# from the root of the sources.

# npm_peers FOLDER: installs them there, again when the lock file changed; suites that run at the
# same time wait for each other.
npm_peers() {
    local folder=$1
    mkdir -p "$(dirname "$folder")" || return 1
    (
        flock 9 || exit 1
        if [ -d "$folder/node_modules" ] &&
            cmp -s tests/peers/package-lock.json "$folder/package-lock.json"; then
            exit 0
        fi
        rm -rf "$folder"
        mkdir -p "$folder" &&
            cp tests/peers/package.json tests/peers/package-lock.json tests/peers/.npmrc \
                "$folder" &&
            (cd "$folder" && npm ci) && exit 0
        rm -rf "$folder"
        exit 1
    ) 9>"$folder.lock"
}

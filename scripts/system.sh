#!/bin/sh
# Sees to the programs the tests drive: a browser, voices, PostgreSQL and Redis. Installs them with apt when it may,
# otherwise says what to type.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
has_postgres() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

missing=
has chromium || has chromium-browser || has google-chrome || missing="$missing chromium"
has espeak-ng || missing="$missing espeak-ng"
has flite || missing="$missing flite"
has_postgres || missing="$missing postgresql"
has redis-server || missing="$missing redis-server"
[ -n "$missing" ] || exit 0

say_what_to_type() {
    echo "The tests need programs that are not here and could not be installed:$missing" >&2
    echo "On Debian or Ubuntu type:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 1
}

has apt-get || say_what_to_type
if [ "$(id -u)" = 0 ]; then
    as_root=
elif has sudo && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    say_what_to_type
fi

echo "Installing with apt:$missing ..."
export DEBIAN_FRONTEND=noninteractive
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
# Old package lists may still do.
$apt update </dev/null || true
# shellcheck disable=SC2086 # a list of names
$apt install -y --no-install-recommends $missing </dev/null >/dev/null || say_what_to_type

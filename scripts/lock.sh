#!/bin/sh
# Renews the lock files from requirements/*.in: exact versions and hashes for every platform, no addresses.
# UPGRADE=1 takes the newest versions the .in files allow; otherwise locked versions stay.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || echo .venv/bin/uv)
[ -x "$uv" ] || { echo "uv is needed to renew the lock: pip install uv" >&2; exit 1; }
for name in base test dev; do
    "$uv" pip compile --quiet ${UPGRADE:+--upgrade} "requirements/$name.in" --output-file "requirements/$name.txt" \
        --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links
done
if grep -nE '://|--(extra-)?index-url|--find-links' requirements/*.txt; then
    echo "The lock files must hold no addresses." >&2
    exit 1
fi

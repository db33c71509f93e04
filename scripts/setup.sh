#!/bin/sh
# Makes .venv and installs one locked set of packages into it: base, test or dev. A second run is instant.
set -eu
cd "$(dirname "$0")/.."

set_name=${1:?which set: base, test or dev}
lock=requirements/$set_name.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

# 3.11 is what a fresh Debian has; the lock knows nothing newer than 3.14.
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'

find_python() {
    for name in python3.13 python3.12 python3.11 python3.14 python3 python; do
        if "$name" -c "$fits" >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

if ! .venv/bin/python -c "$fits" >/dev/null 2>&1; then
    python=$(find_python) || {
        echo "Python 3.11 to 3.14 is needed and was not found. On Debian or Ubuntu type:" >&2
        echo "    sudo apt-get install -y python3 python3-venv" >&2
        exit 1
    }
    echo "Making .venv with $("$python" --version) ..."
    if ! log=$("$python" -m venv --clear .venv 2>&1) &&
        ! { rm -rf .venv && command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$python" .venv; }; then
        rm -rf .venv
        printf '%s\n' "$log" >&2
        echo "Python cannot make a virtual environment. On Debian or Ubuntu type:" >&2
        echo "    sudo apt-get install -y python3-venv" >&2
        exit 1
    fi
fi

stamp=.venv/installed-$set_name
sum=$(cksum <"$lock")
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$sum" ]; then
    exit 0
fi

echo "Installing the locked packages of $lock (about a minute the first time) ..."
if ! { command -v uv >/dev/null 2>&1 &&
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"; }; then
    .venv/bin/python -m pip install --quiet --require-hashes -r "$lock" </dev/null || {
        echo "The packages could not be installed. Check the network, or your package index, and run this again." >&2
        exit 1
    }
fi

# A larger set holds the smaller ones in the same versions.
case $set_name in
dev) sets="base test dev" ;;
test) sets="base test" ;;
*) sets="base" ;;
esac
for name in $sets; do
    cksum <"requirements/$name.txt" >".venv/installed-$name"
done

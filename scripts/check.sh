#!/bin/sh
# Everything that can be said about the code without running calls.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step() {
    echo "== $*"
    "$@"
}

step ruff check --quiet .
step ruff format --check --quiet .
step mypy
step lint-imports --no-cache
step python -m pytest tests/arch tests/house -q
export VOICE_DATA_DIR="$scratch"
step python manage.py makemigrations --check --dry-run --verbosity 0

# The production profile, with secrets made for this one check.
export DJANGO_SETTINGS_MODULE=voiceapp.settings.prod VOICE_ALLOWED_HOSTS=voice.example VOICE_BEHIND_TLS_PROXY=on
VOICE_SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))')
VOICE_ENCRYPTION_KEYS=$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
export VOICE_SECRET_KEY VOICE_ENCRYPTION_KEYS
step python manage.py check --deploy --fail-level WARNING

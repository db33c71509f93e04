"""The profiles start as they promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

SECRETS = {
    "VOICE_SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "VOICE_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "VOICE_ALLOWED_HOSTS": "voice.example",
}


def manage(project: Path, data: Path, profile: str, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment |= {"VOICE_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": f"voiceapp.settings.{profile}", **extra}
    arguments = [sys.executable, "manage.py", *command]
    return subprocess.run(arguments, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_production_passes_the_deployment_check_without_a_finding(project: Path, tmp_path: Path) -> None:
    done = manage(project, tmp_path, "prod", "check", "--deploy", "--fail-level", "WARNING", **SECRETS)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_production_does_not_start_without_its_secrets_and_hosts(project: Path, tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    done = manage(project, tmp_path, "prod", "check", **given)
    assert done.returncode != 0
    assert missing in done.stderr


def test_a_laptop_needs_nothing_and_makes_private_secrets(project: Path, tmp_path: Path) -> None:
    done = manage(project, tmp_path, "dev", "check")
    assert done.returncode == 0, done.stderr
    for name in ("secret_key", "encryption_key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_misspelt_variable_is_a_warning(project: Path, tmp_path: Path) -> None:
    done = manage(project, tmp_path, "dev", "check", VOICE_MAX_CALS="3")
    assert "voiceapp.W001" in done.stderr
    assert "VOICE_MAX_CALS" in done.stderr


def test_a_key_that_cannot_encrypt_stops_the_start(project: Path, tmp_path: Path) -> None:
    done = manage(project, tmp_path, "dev", "check", VOICE_ENCRYPTION_KEYS="guessable")
    assert done.returncode != 0
    assert "voiceapp.E001" in done.stderr
    assert "guessable" not in done.stderr


def test_models_and_migrations_agree(project: Path, tmp_path: Path) -> None:
    done = manage(project, tmp_path, "dev", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_migrations_run_on_postgres(project: Path, tmp_path: Path, postgres_database: str) -> None:
    done = manage(project, tmp_path, "dev", "migrate", "--no-input", DATABASE_URL=postgres_database)
    assert done.returncode == 0, done.stderr

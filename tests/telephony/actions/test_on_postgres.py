"""What SQLite lets pass, or cannot show, holds on PostgreSQL: placements side by side, locks, characters it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SUITES = ("actions/test_caps.py", "actions/test_transfers.py", "webhooks/test_voice.py", "webhooks/test_status.py")


def test_the_rules_hold_on_postgres(project: Path, tmp_path: Path, postgres_database: str) -> None:
    """Reliability S2, T2, T4."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = {**kept, "DATABASE_URL": postgres_database, "VOICE_DATA_DIR": str(tmp_path)}
    suites = [f"tests/telephony/{name}" for name in SUITES]
    command = [sys.executable, "-m", "pytest", *suites, "-q", "-p", "no:cacheprovider", "--create-db"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout.splitlines()[-1], done.stdout

"""What holds on SQLite, where placements follow each other anyway, holds where they really run side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_caps_hold_on_postgres(project: Path, tmp_path: Path, postgres_database: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = {**kept, "DATABASE_URL": postgres_database, "VOICE_DATA_DIR": str(tmp_path)}
    command = [
        sys.executable, "-m", "pytest", "tests/telephony/actions/test_caps.py", "-q", "-p", "no:cacheprovider",
        "--create-db",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout

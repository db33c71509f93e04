"""Imports point down: the contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

from tests.arch.sources import PROJECT


def test_the_floor_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

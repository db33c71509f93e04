"""Every test has its own calls folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def calls_folder(settings: Any, tmp_path: Path) -> Path:
    """An empty calls folder."""
    folder = tmp_path / "calls"
    folder.mkdir()
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": folder}
    return folder

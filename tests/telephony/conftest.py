"""Every test has its own calls folder and a public address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.rows import PUBLIC


@pytest.fixture(autouse=True)
def calls_folder(settings: Any, tmp_path: Path) -> Path:
    """An empty calls folder."""
    folder = tmp_path / "calls"
    folder.mkdir()
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": folder, "PUBLIC_URL": PUBLIC}
    return folder


@pytest.fixture
def voice(settings: Any) -> Callable[..., None]:
    """Change what the deployment decides: ``voice(PUBLIC_URL="")``."""

    def change(**values: Any) -> None:
        settings.VOICE = {**settings.VOICE, **values}

    return change

"""A house that is reached by telephone, and what is typed beside it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.house import PROJECT, House, Template, environment
from tests.services import free_port


@dataclass(frozen=True, slots=True)
class TelephoneHouse:
    """A running house; ``accounts`` what a simulated carrier knows of each, ``emulator`` where it looks for one."""

    house: House
    accounts: dict[str, dict[str, Any]]
    emulator: str

    @classmethod
    async def start(cls, template: Template, folder: Path) -> TelephoneHouse:
        """Make accounts, numbers and a bot, and start the server."""
        house = template.copy(folder)
        found = cls(house, {}, f"http://127.0.0.1:{free_port()}")
        made = await asyncio.to_thread(found._run, "-m", "tests.e2e.phones")
        assert made.returncode == 0, made.stderr
        found.accounts.update(json.loads(made.stdout))
        house.port = free_port()
        await house.start(port=house.port, **found.variables)
        return found

    @property
    def variables(self) -> dict[str, str]:
        """What the server and the commands beside it are told."""
        return {"VOICE_PUBLIC_URL": f"http://127.0.0.1:{self.house.port}", "VOICE_CARRIER_EMULATOR": self.emulator}

    @property
    def environment(self) -> dict[str, str]:
        """All variables of a command."""
        return environment(self.house.folder, **self.variables)

    async def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        return await asyncio.to_thread(self._run, "manage.py", *words)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip

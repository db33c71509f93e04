"""A real installation: its folder, its server process, and a look at its rows from outside."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
READY = re.compile(r"is ready: http://localhost:(\d+)/")
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 60.0
AS_ROOT = os.geteuid() == 0
ONLY_LOOPBACK = ("unshare", "-n" if AS_ROOT else "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
FINAL = ("ended", "failed", "refused")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables of a process of this installation, without those of the machine that mean something to it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VOICE_") and name not in ("ROLE", "PORT", "DATABASE_URL", "REDIS_URL")
    }
    return kept | {"DJANGO_SETTINGS_MODULE": "voiceapp.settings.dev", "VOICE_DATA_DIR": str(folder), **more}


@dataclass(frozen=True, slots=True)
class Template:
    """An installation without a server, to be copied; API keys by bot."""

    folder: Path
    keys: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> Template:
        """Prepare one (about four seconds)."""
        folder.mkdir(parents=True)
        made = subprocess.run(
            [sys.executable, "-m", "tests.e2e.prepare"],
            cwd=PROJECT,
            env=environment(folder),
            capture_output=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr.decode()
        return cls(folder, json.loads(made.stdout))

    def copy(self, folder: Path) -> House:
        """Return an installation of its own."""
        shutil.copytree(self.folder, folder)
        return House(folder, self.keys)


class House:
    """One installation. ``start`` runs its server; ``stop`` asks it to end, ``kill`` does not ask."""

    def __init__(self, folder: Path, keys: dict[str, str]) -> None:
        self.folder, self.keys = folder, keys
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.cut_off = False
        self._logs = 0

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://localhost:{self.port}"

    @property
    def password(self) -> str:
        """The administrator's."""
        return (self.folder / "administrator-password.txt").read_text().strip()

    @property
    def log(self) -> str:
        """What the present server has written."""
        return (self.folder / f"server-{self._logs}.log").read_text(errors="replace")

    async def start(self, *, cut_off: bool = False, port: int = 0, **variables: str) -> None:
        """Start the server and wait until it listens; ``cut_off`` gives it a network that is only ``lo``."""
        self._logs += 1
        self.cut_off = cut_off
        command = [*(ONLY_LOOPBACK if cut_off else ()), sys.executable, "manage.py", "serve", "--port", str(port)]
        with (self.folder / f"server-{self._logs}.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 (it outlives the loop that starts it)
                command, cwd=PROJECT, env=environment(self.folder, **variables), stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_DEADLINE_S
        while not (ready := READY.search(self.log)):
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            await asyncio.sleep(0.02)
        self.port = int(ready[1])

    async def stop(self) -> int:
        """Ask the server to end and return its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def signal(self, number: int) -> None:
        """Send a signal to the server."""
        assert self.process is not None
        self.process.send_signal(number)

    async def kill(self) -> None:
        """End the server as a power cut would."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> int:
        """Wait for the server's end and return its exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, STOP_DEADLINE_S)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Read from the database, beside the server."""
        connection = sqlite3.connect(f"file:{self.folder / 'voiceapp.sqlite3'}?mode=ro", uri=True, timeout=20)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def call(self, call_id: str) -> sqlite3.Row:
        """One call's row."""
        (row,) = self.rows("select * from bots_call where id = ?", plain(call_id))
        return row

    async def final(self, call_id: str, seconds: float = 15.0) -> sqlite3.Row:
        """Wait until a call is final and return its row."""
        deadline = time.monotonic() + seconds
        while (row := self.call(call_id))["status"] not in FINAL:
            assert time.monotonic() < deadline, f"still {row['status']}\n{self.log[-3000:]}"
            await asyncio.sleep(0.05)
        return row

    def turns(self, call_id: str) -> list[sqlite3.Row]:
        """A call's transcript."""
        return self.rows('select * from bots_transcriptturn where call_id = ? order by at, "index"', plain(call_id))

    def words(self, turn_id: int) -> list[sqlite3.Row]:
        """The words of one turn."""
        return self.rows('select * from bots_transcriptword where turn_id = ? order by "index"', turn_id)

    def events(self, call_id: str, kind: str) -> list[dict[str, Any]]:
        """The data of a call's journal events of one kind."""
        query = "select data from bots_callevent where call_id = ? and kind = ? order by seq"
        return [json.loads(row["data"]) for row in self.rows(query, plain(call_id), kind)]

    def recording(self, call_id: str) -> sqlite3.Row:
        """The recording's row."""
        (row,) = self.rows("select * from bots_recording where call_id = ?", plain(call_id))
        return row

    def calls(self) -> list[sqlite3.Row]:
        """All calls, oldest first."""
        return self.rows("select * from bots_call order by created_at, id")

    def file(self, call_id: str, name: str) -> Path:
        """A file of one call."""
        return self.folder / "calls" / call_id / name


def plain(call_id: str) -> str:
    """A call's id as SQLite keeps it."""
    return call_id.replace("-", "")

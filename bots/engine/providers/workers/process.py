"""The server's end of one worker process: start, messages with deadlines, clean close."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.engine.errors import ProviderError
from bots.engine.providers.workers import child
from bots.engine.providers.workers.errors import (
    WorkerDied,
    WorkerProtocolError,
    WorkerRefused,
    WorkerStartError,
    WorkerStuck,
)
from bots.engine.providers.workers.wire import HEADER, Message, WireError, decode, encode, payload_length

logger = logging.getLogger(__name__)

ENGINE_ROOT = str(Path(__file__).resolve().parents[4])
INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
READ_LIMIT = 1 << 18
BACKLOG_LIMIT = 1 << 20
CLOSE_DEADLINE_S = 1.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to run: a module with ``serve(port, settings)``, its settings, and the packages it imports.

    ``refusals`` makes the coded error for each ``reason`` the module answers with (``{"voice": make_unknown_voice}``).
    """

    name: str
    module: str
    packages: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    refusals: Mapping[str, Callable[[], ProviderError]] = field(default_factory=dict)
    start_deadline_s: float = 15.0


def site_folders(packages: tuple[str, ...]) -> list[str]:
    """Return the folders to import ``packages`` from, each once; a package that is not installed adds none."""
    folders: dict[str, None] = {}
    for package in packages:
        found = importlib.util.find_spec(package)
        for place in (found.submodule_search_locations or ()) if found else ():
            folders[str(Path(place).parent)] = None
    return list(folders)


def worker_environment() -> dict[str, str]:
    """Return the few variables a worker needs; no key or address of the server is passed on."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class WorkerProcess:
    """One running worker. Use from one event loop; one reader at a time.

    A failure in the message stream (death, deadline, garbage) makes the worker unusable: it is ended, and every message
    from then on raises ``WorkerDied``.
    """

    def __init__(self, spec: WorkerSpec, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise WorkerStartError("The speech worker has no pipes.")
        self.spec = spec
        self.ready: Mapping[str, Any] = {}
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._ended_by_us = False
        self._expected: tuple[int, bytes] | None = None
        self._complaints = asyncio.create_task(self._log_complaints(), name=f"{spec.name} worker stderr")

    @classmethod
    async def start(cls, spec: WorkerSpec) -> WorkerProcess:
        """Spawn the process and wait until it says it is ready.

        Raises ``WorkerStartError`` when it cannot start or is late, its refusal when it says why it will not serve.
        """
        command = [sys.executable, "-I", "-S", "-X", "utf8", child.__file__, spec.module, ENGINE_ROOT]
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command, *site_folders(spec.packages), stdin=pipe, stdout=pipe, stderr=pipe, limit=READ_LIMIT,
                env=worker_environment(), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise WorkerStartError("The speech worker process could not be started.", retryable=True) from error
        worker = cls(spec, process)
        started = False
        try:
            worker.ready = await worker.request(spec.settings, answer="ready", deadline_s=spec.start_deadline_s)
            started = True
        except (WorkerDied, WorkerStuck) as error:
            raise WorkerStartError("The speech worker did not become ready.", retryable=True) from error
        finally:
            if not started:
                await worker.close(grace_s=0)
        return worker

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether messages can still be exchanged."""
        return not self._ended_by_us and self._process.returncode is None and not self._stdin.is_closing()

    def post(self, message: Mapping[str, Any] | bytes) -> None:
        """Send without waiting.

        Raises ``WorkerDied`` when the process is gone, ``WorkerStuck`` when it has not read for about 1 MiB, and
        ``WorkerProtocolError`` for a message that is too long (the worker stays usable then).
        """
        try:
            data = encode(message)
        except WireError as error:
            raise WorkerProtocolError("The message for the speech worker is too long.") from error
        self.post_bytes(data)

    def post_bytes(self, data: bytes) -> None:
        """Send bytes that are already a message, without waiting; errors as in ``post``."""
        if not self.usable:
            raise WorkerDied("The speech worker process has ended.", retryable=True)
        self._stdin.write(data)
        if self._stdin.transport.get_write_buffer_size() > BACKLOG_LIMIT:
            self.kill()
            raise WorkerStuck("The speech worker does not keep up.", retryable=True)

    async def receive(self, deadline_s: float | None) -> Message:
        """Return the next message; ``None`` as deadline leaves the limit to the caller.

        Raises ``WorkerDied``, ``WorkerStuck`` (late), ``WorkerProtocolError`` (garbage, or the worker says that ours
        was) or the error that the spec has for a refusal (``WorkerRefused`` for one it does not know).
        """
        try:
            async with asyncio.timeout(deadline_s):
                message = await self._read()
        except TimeoutError as error:
            self.kill()
            raise WorkerStuck("The speech worker did not answer in time.", retryable=True) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self.kill()
            raise WorkerDied("The speech worker process has ended.", retryable=True) from error
        except WireError as error:
            self.kill()
            raise WorkerProtocolError("The speech worker sent something unreadable.") from error
        if isinstance(message, dict) and message.get("op") == "error":
            if message.get("reason") == "protocol":
                self.kill()
                raise WorkerProtocolError("The speech worker could not read a message.")
            refusal = self.spec.refusals.get(str(message.get("reason")))
            raise refusal() if refusal else WorkerRefused("The speech worker refused a request.")
        return message

    async def request(self, message: Mapping[str, Any], *, answer: str, deadline_s: float) -> dict[str, Any]:
        """Send and return the message whose ``op`` is ``answer``; what comes before it is dropped. Errors as above."""
        self.post(message)
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    reply = await self.receive(None)
                    if isinstance(reply, dict) and reply.get("op") == answer:
                        return reply
        except TimeoutError as error:
            self.kill()
            raise WorkerStuck("The speech worker did not answer in time.", retryable=True) from error

    def kill(self) -> None:
        """End the process at once; ``close`` still has to be awaited."""
        self._ended_by_us = True
        if self._process.returncode is None:
            self._process.kill()

    async def close(self, *, grace_s: float = CLOSE_DEADLINE_S) -> None:
        """Close the pipe and wait until the process has ended; it is killed after ``grace_s``."""
        self._ended_by_us = True
        self._stdin.close()
        try:
            async with asyncio.timeout(grace_s):
                await self._ended()
        except TimeoutError:
            self.kill()
            await self._ended()
        finally:
            if self._process.returncode is None:
                self.kill()
            await self._complaints

    async def _ended(self) -> None:
        # asyncio reports the end only after every pipe is read to its end, so what is left unread must be read here.
        try:
            while await self._stdout.read(READ_LIMIT):
                pass
        except ConnectionError:
            logger.debug("worker pipe broke while closing", extra={"worker": self.spec.name})
        await self._process.wait()

    async def _read(self) -> Message:
        # What is expected outlives a reader that is cancelled in the middle of a message: the next one goes on there.
        if self._expected is None:
            self._expected = payload_length(await self._stdout.readexactly(HEADER.size))
        length, kind = self._expected
        payload = await self._stdout.readexactly(length)
        self._expected = None
        return decode(kind, payload)

    async def _log_complaints(self) -> None:
        while said := await self._stderr.read(READ_LIMIT):
            logger.debug(
                "speech worker stderr", extra={"worker": self.spec.name, "said": said.decode(errors="replace")}
            )

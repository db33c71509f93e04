"""Who may talk with a code bot, and the tasks in which it does (RUN-01, TASK-18)."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import logging
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bots.actions.errors import ActionError
from bots.engine.transports.runner_args import RunnerArguments

log = logging.getLogger(__name__)

MAX_SESSIONS = 20
GOODBYE_S = 5.0
CodeBot = Callable[[RunnerArguments], Awaitable[None]]


def load_code_bot(path: Path) -> CodeBot:
    """Return the file's ``bot`` function; raises ActionError that says what the file lacks."""
    spec = importlib.util.spec_from_file_location("code_bot", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ActionError("bot.no_file", f"{path.name} is not a Python file.", next_step="Name a file such as bot.py.")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    bot = getattr(module, "bot", None)
    if not inspect.iscoroutinefunction(bot):
        raise ActionError(
            "bot.no_function", f"{path.name} has no function bot.",
            next_step="Define `async def bot(runner_args):` in it.",
        )  # fmt: skip
    found: CodeBot = bot
    return found


class CodeBotSessions:
    """Opens sessions for one bot: each is asked for once, and runs in a task of its own."""

    def __init__(self, bot: CodeBot, transport: str) -> None:
        self._bot, self.transport = bot, transport
        self._asked: dict[str, Mapping[str, Any]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def ask(self, body: Mapping[str, Any]) -> str:
        """Return the secret that opens one session; raises ActionError when there are too many."""
        if len(self._running) >= MAX_SESSIONS:
            raise ActionError("server.full", "Too many sessions run.", next_step="End one of them.", http_status=429)
        if len(self._asked) >= MAX_SESSIONS:
            self._asked.pop(next(iter(self._asked)))
        token = secrets.token_urlsafe(24)
        self._asked[token] = dict(body)
        return token

    def open(self, token: str) -> Mapping[str, Any]:
        """Return what the client sent along; raises ActionError for a secret that nobody was given, or twice."""
        body = self._asked.pop(token, None)
        if body is None:
            raise ActionError("session.unknown", "There is no such session.", next_step="Start again.", http_status=404)
        return body

    def run(self, arguments: RunnerArguments, on_end: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Let the bot talk: one run is one session (TASK-18). However it ends, ``on_end`` closes the connection."""
        task = asyncio.get_running_loop().create_task(self._talk(arguments, on_end), name="code bot")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _talk(self, arguments: RunnerArguments, on_end: Callable[[], Awaitable[None]]) -> None:
        log.info("a session begins", extra={"transport": type(arguments).__name__})
        try:
            await self._bot(arguments)
        except Exception:
            log.exception("the bot failed")
        finally:
            log.info("a session ended")
            await on_end()

    async def close(self) -> None:
        """End what runs."""
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=GOODBYE_S)

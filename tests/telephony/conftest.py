"""Every test has its own calls folder and a public address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.testing.tapes import TapeSTT
from bots.hosting.switchboard import Switchboard, install_switchboard
from telephony.carriers.rest import install_sender
from tests.bots.hosting.stage import canned, make_board
from tests.telephony.phone import Interface, tape_ear, tape_voice
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


@pytest.fixture
def interface() -> Iterator[Interface]:
    """The carriers' own interfaces; each that was opened must be closed in the end."""
    made = Interface()
    install_sender(made.sender)
    yield made
    install_sender(None)


@pytest.fixture
def ears() -> list[TapeSTT]:
    """The recognisers of the calls, in their order."""
    return []


@pytest.fixture
async def board(ears: list[TapeSTT]) -> AsyncIterator[Switchboard]:
    """The process's switchboard; calls that a test leaves open are ended."""

    def hear() -> TapeSTT:
        ears.append(tape_ear())
        return ears[-1]

    made = make_board(canned(pocketsphinx=hear, espeak=tape_voice))
    install_switchboard(made)
    yield made
    hosts = list(made.hosts.values())
    for host in hosts:
        await host.end(EndReason.CANCELLED)
    await asyncio.gather(*(host.task for host in hosts if host.task is not None), return_exceptions=True)
    await made.close()
    install_switchboard(None)

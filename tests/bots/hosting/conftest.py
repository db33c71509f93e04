"""A switchboard whose calls need no speech engine, a bot and a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.engine.core.outcome import EndReason
from bots.hosting.switchboard import Switchboard, install_switchboard
from bots.models import Bot
from tests.bots.factories import make_bot, make_user
from tests.bots.hosting.stage import make_board


@pytest.fixture
def voice(settings: Any) -> Any:
    """Change what the deployment decides: ``voice(RESUME_GRACE_S=0.2)``."""

    def change(**values: Any) -> None:
        settings.VOICE = {**settings.VOICE, **values}

    return change


@pytest.fixture
def bot(transactional_db: None) -> Bot:
    return make_bot()


@pytest.fixture
def ann(transactional_db: None) -> Any:
    return make_user("ann")


@pytest.fixture
async def board() -> AsyncIterator[Switchboard]:
    """The process's switchboard; calls that a test leaves open are ended."""
    made = make_board()
    install_switchboard(made)
    yield made
    hosts = list(made.hosts.values())
    for host in hosts:
        await host.end(EndReason.CANCELLED)
    await asyncio.gather(*(host.task for host in hosts if host.task is not None), return_exceptions=True)
    await made.close()
    install_switchboard(None)

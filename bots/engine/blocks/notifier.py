"""One part of a program tells another that something happened (PAR-09)."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod


class BaseNotifier(ABC):
    """Something that can be awaited until somebody fires it (PAR-09)."""

    @abstractmethod
    async def notify(self) -> None:
        """Wake who waits."""

    @abstractmethod
    async def wait(self) -> None:
        """Wait for the next notification."""


class EventNotifier(BaseNotifier):
    """Wakes all who wait and is ready again (PAR-09).

    A notification that nobody waits for is kept for the next ``wait``; several of them count once.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    async def notify(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()

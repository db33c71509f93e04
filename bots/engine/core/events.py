"""Named events with async handlers, for everything that offers them (PIPE-13)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)

EventHandler = Callable[..., Awaitable[Any]]


class EventSource:
    """Registers handlers by name and calls them in the order of registration.

    A handler gets the emitter first. One that fails is logged and the others still run (PIPE-13).
    """

    _handlers: dict[str, list[EventHandler]] | None = None

    def event_handler(self, name: str) -> Callable[[EventHandler], EventHandler]:
        """Decorate an async function to make it a handler of ``name``."""

        def register(handler: EventHandler) -> EventHandler:
            self.add_event_handler(name, handler)
            return handler

        return register

    def add_event_handler(self, name: str, handler: EventHandler) -> None:
        """Add a handler of ``name``."""
        if self._handlers is None:
            self._handlers = {}
        self._handlers.setdefault(name, []).append(handler)

    async def emit(self, name: str, *args: Any) -> None:
        """Call every handler of ``name`` with the emitter and ``args``."""
        for handler in (self._handlers or {}).get(name, ()):
            try:
                await handler(self, *args)
            except Exception:
                log.exception("an event handler failed", extra={"event": name, "emitter": type(self).__name__})

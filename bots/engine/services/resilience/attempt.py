"""One request to one model, read into a queue of its own so that several may run side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.engine.errors import EngineError
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import LLMEvent, TextDelta, ToolCallDelta
from bots.engine.services.llm_failures import RequestLost
from bots.engine.services.llm_metrics import LLMMetrics, RequestMeter

if TYPE_CHECKING:
    from bots.engine.clock import BaseClock
    from bots.engine.context.context import LLMContext

MAX_WAITING = 4096
"""Events that may wait to be read; a model that runs ahead further is not read on until somebody reads."""


@dataclass(slots=True)
class Member:
    """A model of the chain. ``key`` names its endpoint, ``account`` its key at the provider (never the secret).

    ``scope`` is everything its replies depend on besides the context: bot, provider, settings, persona. A ``local`` one
    follows rules: it is shown whole conversations, and is asked outside of them only where there is no other.
    """

    service: LLMService
    key: str
    account: str = ""
    scope: str = ""
    local: bool = False

    @property
    def label(self) -> str:
        """The model's name, for metrics and journal."""
        return self.service.model_name or self.key


def talkers(members: Sequence[Member]) -> list[Member]:
    """Return the models that find words of their own, or all where there are none: those that follow rules cannot go on
    with what another said, or sum it up."""
    return [member for member in members if not member.local] or list(members)


class Attempt:
    """Reads a model's stream; tells ``on_news`` of every event and of the end.

    ``role`` says why it was made: first, retry, fallback, hedge, prefetch, continuation, probe.
    """

    def __init__(
        self, member: Member, role: str, context: LLMContext, clock: BaseClock, on_news: Callable[[], None]
    ) -> None:
        self.member, self.role = member, role
        self.context, self._clock, self.on_news = context, clock, on_news
        self.meter = RequestMeter(clock, member.label)
        self.begun = clock.now()
        self.events: deque[LLMEvent] = deque()
        self.error: EngineError | None = None
        self.over = self.settled = False
        self.characters = 0
        self.progress_at = self.begun
        self._room = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None

    def run(self, spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]]) -> None:
        """Begin the request in a task of the call."""
        self._task = spawn(self._read(), f"{self.member.label} {self.role}")

    @property
    def has_spoken(self) -> bool:
        """Whether text or a tool call came: from then on this attempt is the reply."""
        return any(_is_token(event) for event in self.events)

    def stop(self) -> None:
        """End the request; what it brought and nobody read is gone."""
        if self._task is not None:
            self._task.cancel()

    def metrics(self) -> LLMMetrics:
        """Return what the request cost until now (LK-08)."""
        return self.meter.metrics(cancelled=not self.over)

    def pop(self) -> LLMEvent:
        """Return the next event."""
        event = self.events.popleft()
        self._room.set()
        return event

    async def _read(self) -> None:
        self.error = RequestLost("A request to the language model ended in an unknown way.")
        lost = False
        try:
            async with aclosing(self.member.service.stream(self.context)) as events:  # type: ignore[type-var]
                async for event in events:
                    self.meter.take(event)
                    self.events.append(event)
                    self.characters += len(event.text) if isinstance(event, TextDelta) else 0
                    self.progress_at = self._clock.now()
                    self.on_news()
                    while len(self.events) >= MAX_WAITING:
                        self._room.clear()
                        await self._room.wait()
            self.error = None
        except EngineError as error:
            self.error = error
        except asyncio.CancelledError:
            lost = True
            raise
        finally:
            self.over = not lost
            self.on_news()


def _is_token(event: LLMEvent) -> bool:
    return isinstance(event, ToolCallDelta) or (isinstance(event, TextDelta) and bool(event.text.strip()))

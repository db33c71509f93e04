"""One reply, whoever gives it: words once and in order, tool calls whole, tokens counted once (LK-16, P7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from math import inf
from typing import TYPE_CHECKING

from bots.engine.errors import EngineError
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_failures import AllModelsFailed

from .attempt import Attempt, Member, talkers
from .continuation import OverlapFilter, context_to_go_on
from .lineup import Lineup
from .race import Race, RaceTrack

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


class Reply:
    """Text is handed on as it comes. Tool calls wait for the end of their request: of one that breaks, none is run.

    A request that breaks before anything was said is given up and another takes its place; one that breaks later is
    continued by another model, which is told what was said, once; models that follow rules cannot do that. ``shown``
    gives the conversation as a model is to see it, ``model`` is the name of the one that answers.
    """

    def __init__(
        self,
        track: RaceTrack,
        members: Sequence[Member],
        shown: Callable[[Member], LLMContext],
        claimed: Attempt | None = None,
    ) -> None:
        self._track, self._members, self._shown = track, members, shown
        self._race = Race(track, Lineup(members, track.book), shown, first=claimed)
        self._said = ""
        self._continued = False
        self.model = ""

    async def events(self) -> AsyncIterator[LLMEvent]:
        """Yield the reply's events, ``Finished`` last; raises ``llm.all_failed``."""
        soft = self._track.policy.soft_s
        filler_at = self._track.clock.now() + soft if soft else inf
        while True:
            attempt = await self._race.winner(filler_at)
            filler_at = inf
            self.model = attempt.member.label
            calls: list[ToolCallDelta] = []
            finished: Finished | None = None
            try:
                async with aclosing(self._read(attempt)) as events:  # type: ignore[type-var]
                    async for event in events:
                        if isinstance(event, TextDelta):
                            self._said += event.text
                            yield event
                        elif isinstance(event, ToolCallDelta):
                            await self._track.began()
                            calls.append(event)
                        elif isinstance(event, Finished):
                            finished = event
            except EngineError as error:
                # What fails after the last word, such as the count of tokens, breaks nothing.
                if finished is None:
                    self._take_over(attempt, error)
                    continue
            for event in calls:
                yield event
            if attempt.meter.tokens is not None:
                yield Usage(attempt.meter.tokens, attempt.meter.label)
            yield finished or Finished("tool_calls" if calls else "stop")
            self._track.accounts.settle(attempt, "won" if self._said or calls else "empty")
            return

    async def _read(self, attempt: Attempt) -> AsyncIterator[LLMEvent]:
        """Yield a request's events without text that was said before, and without counts of tokens."""
        overlap = OverlapFilter(self._said) if self._said else None
        async with aclosing(self._race.read(attempt)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, TextDelta):
                    if text := overlap.feed(event.text) if overlap is not None else event.text:
                        yield TextDelta(text)
                elif not isinstance(event, Usage):
                    yield event
        if overlap is not None and (rest := overlap.flush()):
            yield TextDelta(rest)

    def _take_over(self, attempt: Attempt, error: EngineError) -> None:
        """Let another model go on; raises when the rules do not allow it."""
        self._race.broke(attempt, error)
        if not self._said.strip():
            return
        if self._continued or not self._track.policy.take_over:
            raise AllModelsFailed("The answer broke off in the middle.") from error
        self._continued = True
        broken = attempt.member
        members = talkers([*(member for member in self._members if member is not broken), broken])
        said, shown = self._said, self._shown
        self._race = Race(
            self._track, Lineup(members, self._track.book), lambda member: context_to_go_on(shown(member), said),
            role="continuation", after=broken, reason=error.code,
        )  # fmt: skip

    def close(self) -> None:
        """End what is still under way: the reply was cut, or it is over."""
        self._race.close("cut")

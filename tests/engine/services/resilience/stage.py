"""Models that do what a test says, behind the resilient service, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.frames import ErrorFrame, Frame, LLMContextFrame, LLMTextFrame, TTSSpeakFrame
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta
from bots.engine.services.resilience.attempt import Member
from bots.engine.services.resilience.cache import ResponseCache
from bots.engine.services.resilience.health import HealthBook
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.services.resilience.service import ResilientLLMService
from tests.engine.core.probes import UP, Probe, Run, in_a_run

Event = LLMEvent | EngineError | float | str


def words(text: str) -> list[Event]:
    """A whole good answer."""
    return [TextDelta(word) for word in text.split(" ")] + [Finished("stop")] if text else [Finished("stop")]


class Model(LLMService):
    """Answers each request with the next list of its script, then with the last one again.

    In a list: events, texts, seconds to wait, failures to raise. ``began`` are the times of its requests, ``open`` how
    many of them are not closed, ``seen`` their contexts.
    """

    def __init__(self, name: str, *script: Sequence[Event], **options: Any) -> None:
        super().__init__(**options)
        self.model_name = name
        self.script = [list(events) for events in script] or [words(f"{name} here")]
        self.began: list[float] = []
        self.seen: list[list[dict[str, Any]]] = []
        self.open = 0
        self.local = False

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        self.began.append(round(self.clock.now(), 3))
        self.seen.append([dict(message) for message in context.get_messages()])
        events = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        self.open += 1
        try:
            for event in events:
                if isinstance(event, EngineError):
                    raise event
                if isinstance(event, float):
                    await self.clock.sleep(event)
                elif isinstance(event, str):
                    yield TextDelta(event)
                else:
                    yield event
        finally:
            self.open -= 1


def member(model: LLMService, **options: Any) -> Member:
    """The model as a member of a chain, its name as its key."""
    return Member(model, str(model.model_name), **({"account": f"key of {model.model_name}"} | options))


@dataclass
class Stage:
    """What one run of a resilient service was and left."""

    llm: ResilientLLMService
    run: Run
    before: Probe
    behind: Probe
    book: HealthBook
    contexts: list[LLMContext] = field(default_factory=list)

    def said(self) -> str:
        """All text of all replies."""
        return "".join(frame.text for frame in self.behind.of(LLMTextFrame))

    def fillers(self) -> list[str]:
        """What was said beside the replies."""
        return [frame.text for frame in self.behind.of(TTSSpeakFrame)]

    def errors(self) -> list[str]:
        """The codes of error frames."""
        return [frame.code for frame in self.before.of(ErrorFrame, direction=UP)]

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """The data of all journal events ``llm.<kind>``."""
        return [dict(event.data) for event in self.run.events if event.kind == f"llm.{kind}"]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """Model, role and outcome of every request, in the order of their ends."""
        return [(data["model"], data["role"], data["outcome"]) for data in self.noted("request")]

    async def ask(self, text: str = "hi", *, wait: float = 20.0, context: LLMContext | None = None) -> LLMContext:
        """Ask for a reply and wait."""
        context = context if context is not None else LLMContext([{"role": "user", "content": text}])
        await self.run.task.queue_frame(LLMContextFrame(context))
        await self.run.clock.sleep(wait)
        return context

    async def send(self, *frames: Frame, wait: float = 0.0) -> None:
        """Let frames enter."""
        await self.run.task.queue_frames(frames)
        await self.run.clock.sleep(wait)


async def ask_once(stage: Stage) -> None:
    """The usual play: one question."""
    await stage.ask()


def staged(
    *models: LLMService,
    play: Callable[[Stage], Awaitable[None]] = ask_once,
    policy: ResiliencePolicy | None = None,
    apology: str = "I am sorry.",
    cache: bool = False,
    **options: Any,
) -> Stage:
    """Run a play over a chain of models and return what is left."""
    stages: list[Stage] = []

    def make() -> Run:
        clock = SystemClock(seed=1)
        book = HealthBook(clock)
        llm = ResilientLLMService(
            [member(model, local=getattr(model, "local", False)) for model in models],
            policy=policy or ResiliencePolicy(),
            book=book,
            cache=ResponseCache(clock) if cache else None,
            apology=apology,
        )
        before, behind = Probe("before"), Probe("behind")
        run = Run(before, llm, behind, **options)
        stages.append(Stage(llm, run, before, behind, book))
        return run

    async def perform(run: Run) -> None:
        await play(stages[0])

    in_a_run(make, perform)
    assert all(getattr(model, "open", 0) == 0 for model in models)
    return stages[0]

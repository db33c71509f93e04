"""A whole call in virtual time, played by a script (lessons T14, idea 2)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.outcome import EndReason, Outcome
from bots.engine.core.params import Deadlines, PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import Frame, UserTextFrame
from bots.engine.tools.registry import FunctionHandler
from bots.engine.turns.pair import LLMContextAggregatorPair

from .caller import CallerTransport
from .loop import run_virtual
from .tapes import TapeLLM, TapeReply, TapeSTT, TapeTTS

STARTED_AT = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)
LOOK_EVERY = 0.02


@dataclass(slots=True)
class CallParts:
    """The processors of a scripted call; ``behind`` stands between the output and the assistant's aggregator."""

    transport: CallerTransport
    stt: TapeSTT
    pair: LLMContextAggregatorPair
    llm: TapeLLM
    tts: TapeTTS
    behind: Sequence[FrameProcessor] = ()

    def in_order(self) -> list[FrameProcessor]:
        """Return the canonical pipeline (core.md 0.4)."""
        return [
            self.transport.input(),
            self.stt,
            self.pair.user(),
            self.llm,
            self.tts,
            self.transport.output(),
            *self.behind,
            self.pair.assistant(),
        ]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is left of a scripted call; ``heard`` are the words that the far end heard to their end, in order."""

    outcome: Outcome
    events: tuple[JournalEvent, ...]
    journal: bytes
    messages: tuple[dict[str, Any], ...]
    heard: tuple[str, ...]
    sent_messages: tuple[Mapping[str, Any], ...]

    def of(self, *kinds: str) -> list[JournalEvent]:
        """Return the journal's events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    @property
    def transcript(self) -> list[tuple[str, str]]:
        """Who said what, in the order of the journal."""
        return [(event.kind.partition(".")[0], event.data["text"]) for event in self.of("user.turn", "bot.turn")]

    @property
    def stored_words(self) -> list[str]:
        """The words that the journal's turns hold as heard."""
        return [word["text"] for event in self.of("bot.turn") for word in event.data["words"] if word["heard"]]

    @property
    def planned_words(self) -> list[str]:
        """All words of the journal's turns of the bot, heard or not."""
        return [word["text"] for event in self.of("bot.turn") for word in event.data["words"]]


class LiveCall:
    """A call that runs, as its script sees it. ``at`` waits for a media time; seconds everywhere."""

    def __init__(self, task: PipelineTask, parts: CallParts) -> None:
        self.task, self.parts = task, parts
        self.clock = task.clock
        self.context = parts.pair.context

    async def until(self, at: float | None) -> None:
        """Wait for a media time; one that is over is no wait."""
        if at is not None and at > self.clock.now():
            await self.clock.sleep(at - self.clock.now())

    async def wait(self, seconds: float) -> None:
        """Do nothing for a while."""
        await self.clock.sleep(seconds)

    async def say(self, text: str, *, at: float | None = None, seconds: float = 0.6, silence: float = 0.3) -> None:
        """Speak for ``seconds``, then fall silent for as long as the voice detection needs to notice."""
        await self.until(at)
        self.parts.stt.will_hear(text)
        await self.parts.transport.input().speak(seconds)
        await self.parts.transport.input().speak(silence, voiced=False)

    async def interrupt_at_word(self, number: int, text: str = "stop", *, limit: float = 30.0) -> None:
        """Speak as soon as the far end heard ``number`` words in all."""
        latest = self.clock.now() + limit
        while len(self.heard()) < number and self.clock.now() < latest:
            await self.clock.sleep(LOOK_EVERY)
        await self.say(text)

    async def type(self, text: str, *, at: float | None = None, aloud: bool = True) -> None:
        """Send a typed turn."""
        await self.until(at)
        await self.parts.transport.input().push_frame(UserTextFrame(text, audio_response=aloud))

    async def queue(self, *frames: Frame) -> None:
        """Let frames enter at the source."""
        await self.task.queue_frames(frames)

    async def bot_silent(self, *, quiet: float = 0.5, limit: float = 60.0) -> None:
        """Wait until the far end has played everything and nothing came for ``quiet`` seconds."""
        ear, latest = self.parts.transport.output().ear, self.clock.now() + limit
        since = self.clock.now()
        while self.clock.now() < latest and self.clock.now() < max(since, ear.plays_until) + quiet:
            await self.clock.sleep(LOOK_EVERY)

    async def hang_up(self, *, at: float | None = None) -> None:
        """Be gone."""
        await self.until(at)
        self.parts.transport.output().ear.hang_up(self.clock.now())
        await self.task.cancel(EndReason.CALLER_HUNG_UP)

    def heard(self) -> list[str]:
        """Return the words that were played to their end until now."""
        words, played = self.parts.tts.words, self.parts.transport.output().ear.samples_by_mark(self.clock.now())
        return [words[mark][0] for mark, samples in played.items() if mark in words and samples >= words[mark][1]]


Play = Callable[[LiveCall], Awaitable[None]]
"""A script: what happens in the call."""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """Builds and runs a call; the same arguments give the same journal, byte for byte.

    ``make`` may exchange parts before the pipeline is built, ``arrange`` the order of its processors. ``tools`` are
    registered with the model. When the script returns, the call is hung up unless it has ended.
    """

    replies: Sequence[TapeReply | str] = ()
    tools: Mapping[str, FunctionHandler] = field(default_factory=dict)
    make: Callable[[CallParts], CallParts] = lambda parts: parts
    arrange: Callable[[CallParts], list[FrameProcessor]] = CallParts.in_order
    params: PipelineParams = field(default_factory=lambda: PipelineParams(audio_out_sample_rate=16000))
    deadlines: Deadlines | None = None
    clearable: bool = False
    seed: int = 1
    idle_timeout_secs: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> ScriptedCall:
        """Return a call with some arguments changed."""
        return replace(self, **changes)

    def run(self, play: Play) -> CallRecord:
        """Play the call on a fresh virtual loop."""
        return run_virtual(self.perform(play))

    async def perform(self, play: Play) -> CallRecord:
        """Play the call on the running loop."""
        sink = MemorySink()
        clock = SystemClock(STARTED_AT, self.seed)
        journal = Journal(clock, sink)
        pair = LLMContextAggregatorPair(LLMContext())
        parts = self.make(
            CallParts(CallerTransport(clearable=self.clearable), TapeSTT(), pair, TapeLLM(self.replies), TapeTTS())
        )
        for name, handler in self.tools.items():
            parts.llm.register_function(name, handler)
        task = PipelineTask(
            Pipeline(self.arrange(parts)),
            params=self.params,
            observers=[parts.pair.latency],
            clock=clock,
            journal=journal,
            deadlines=self.deadlines,
            idle_timeout_secs=self.idle_timeout_secs,
            **self.settings,
        )
        running = asyncio.create_task(task.run(), name="call")
        live = LiveCall(task, parts)
        playing = asyncio.create_task(_play(task, live, play), name="script")
        outcome = await running
        playing.cancel()
        await asyncio.wait({playing})
        if not playing.cancelled() and (error := playing.exception()) is not None:
            raise error
        events = tuple(event for line in sink.lines if (event := parse_line(line)) is not None)
        return CallRecord(
            outcome,
            events,
            b"".join(sink.lines),
            tuple(parts.pair.context.get_messages()),
            tuple(live.heard()),
            tuple(parts.transport.output().messages),
        )


async def _play(task: PipelineTask, live: LiveCall, play: Play) -> None:
    while task.state in ("created", "starting"):
        await live.clock.sleep(LOOK_EVERY)
    await play(live)
    if task.state in ("running", "ending"):
        await live.hang_up()

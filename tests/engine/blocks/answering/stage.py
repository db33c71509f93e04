"""Whole bots on the telephone, in virtual time: the far end is played by a script."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bots.engine.build import BuiltCall, CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.outcome import Outcome
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import AnsweredByFrame, InputDTMFFrame, KeypadEntry
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import BotSpec, PhoneSpec, ServiceSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM, TapeReply, TapeSTT, TapeTTS

BOT = BotSpec(
    slug="caller", name="Acme Clinic", stt=ServiceSpec("pocketsphinx"), llm=ServiceSpec("scripted"),
    tts=ServiceSpec("espeak"), greeting="Good morning, this is Acme.", phone=PhoneSpec(outbound=True),
)  # fmt: skip
LONGEST_S = 200.0


def speech_by(**makers: Callable[[], FrameProcessor]) -> tuple[Provider, ...]:
    """The registry's rows with services that play by rule; by the names stt, llm and tts."""
    doubles = {"pocketsphinx": makers["stt"], "scripted": makers["llm"], "espeak": makers["tts"]}

    def row(provider: Provider, make: Callable[[], FrameProcessor]) -> Provider:
        return replace(provider, make=lambda options, spec, shared, key: make())

    return tuple(row(one, doubles[one.name]) if one.name in doubles else one for one in PROVIDERS)


def tone(hertz: float, seconds: float, rate: int = 16000) -> bytes:
    """A tone as s16le mono."""
    at = np.arange(round(rate * seconds)) / rate
    return bytes((np.sin(2 * math.pi * hertz * at) * 6000).astype("<i2").tobytes())


@dataclass
class FarSide:
    """Whoever is at the other end, while the call runs."""

    built: BuiltCall
    transport: CallerTransport
    stt: TapeSTT
    tts: TapeTTS
    events: list[JournalEvent]

    async def says(self, text: str, seconds: float = 0.6, *, silence: float = 1.0) -> None:
        """Speak, and be silent until that is noticed."""
        self.stt.will_hear(text)
        await self.voice(seconds)
        await self.quiet(silence)

    def overhear(self, hear: Callable[[bytes], None]) -> None:
        """Tell of each 20 ms that the bot's side plays, as s16le mono."""
        output = self.transport.output()
        write = output.write_audio

        def written(pcm: bytes) -> None:
            hear(pcm)
            write(pcm)

        output.write_audio = written  # type: ignore[method-assign]

    async def voice(self, seconds: float) -> None:
        await self.transport.input().speak(seconds)

    async def quiet(self, seconds: float) -> None:
        await self.transport.input().speak(seconds, voiced=False)

    async def beeps(self, seconds: float = 0.5, hertz: float = 1000.0) -> None:
        """A beep, in time; the voice detector of these calls takes it for a voice, as real ones may."""
        pcm = tone(hertz, seconds)
        for start in range(0, len(pcm), 640):
            await asyncio.sleep(0.02)
            await self.transport.input().receive_audio(pcm[start : start + 640], 16000)

    async def presses(self, keys: str) -> None:
        for key in keys:
            await self.transport.input().push_frame(InputDTMFFrame(KeypadEntry(key)))

    async def carrier_says(self, kind: str) -> None:
        await self.built.task.queue_frame(AnsweredByFrame(kind))

    def heard(self) -> str:
        """What the far side heard until now, word by word."""
        played = self.transport.output().ear.samples_by_mark(self.built.task.clock.now())
        return " ".join(self.tts.words[mark][0] for mark in played if mark in self.tts.words)


Play = Callable[[FarSide], Awaitable[None]]


@dataclass
class Placed:
    """What is left of a call; ``heard`` is what the far side heard at all."""

    outcome: Outcome
    events: list[JournalEvent]
    llm: TapeLLM
    heard: str
    built: BuiltCall
    answered: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.kind == kind]

    @property
    def found(self) -> list[tuple[str, str]]:
        """What was found out, and how, in order."""
        return [(data["kind"], data["by"]) for data in self.of("answer.detected")]

    @property
    def said(self) -> list[str]:
        return [data["text"] for data in self.of("bot.turn")]


def placed(play: Play, spec: BotSpec = BOT, replies: Sequence[TapeReply | str] = (), **setting: Any) -> Placed:
    """Build the bot's call, let it begin with the script, and hang up after it unless the call has ended by then."""

    async def main() -> Placed:
        sink, clock, events = MemorySink(), SystemClock(seed=1), list[JournalEvent]()
        llm, stt, tts, transport = TapeLLM(replies), TapeSTT(), TapeTTS(), CallerTransport()
        journal = Journal(clock, sink)
        journal.listen(events.append)
        providers = speech_by(stt=lambda: stt, llm=lambda: llm, tts=lambda: tts)
        call = CallSetting(clock=clock, journal=journal, shared=SharedResources(), providers=providers, **setting)
        built = build_call(spec, transport, call)
        answered: list[tuple[str, str]] = []

        async def note(_: object, kind: str, by: str) -> None:
            answered.append((str(kind), str(by)))

        if built.answer is not None:
            built.answer.add_event_handler("on_answered", note)
        running = asyncio.create_task(built.task.run())
        await asyncio.sleep(0.1)
        await built.begin()
        far = FarSide(built, transport, stt, tts, events)
        playing = asyncio.create_task(play(far))
        await asyncio.wait({running, playing}, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.sleep(0.5)
            await built.task.cancel()
        outcome = await running
        playing.cancel()
        await asyncio.wait({playing})
        if not playing.cancelled() and (error := playing.exception()) is not None:
            raise error
        found = [event for line in sink.lines if (event := parse_line(line))]
        return Placed(outcome, found, llm, far.heard(), built, answered)

    return run_virtual(main())

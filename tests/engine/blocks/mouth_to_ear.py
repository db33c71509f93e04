"""Two whole bots that call each other, mouth to ear, in virtual time (reliability C17)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bots.engine.audio.pcm import samples_of
from bots.engine.build import BuiltCall, CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent
from bots.engine.core.outcome import EndReason, Outcome
from bots.engine.providers.resources import SharedResources
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import UtteranceSTTService
from bots.engine.spec import BotSpec
from bots.engine.testing.caller import CallerOutput, CallerTransport, ScriptedVAD
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import Script, TapeLLM, TapeTTS, TapeVoice
from bots.engine.transports.params import TransportParams
from bots.engine.transports.playout import BLOCK_SECS
from tests.engine.blocks.answering.stage import speech_by

RATE = 16000
SILENCE = bytes(round(BLOCK_SECS * RATE) * 2)


class Listener(UtteranceSTTService):
    """Hears the words of another bot's voice: every word has a sample value of its own."""

    def __init__(self, words: Callable[[], dict[int, tuple[str, int]]]) -> None:
        super().__init__()
        self._words, self._heard = words, dict[int, int]()

    async def begin_utterance(self) -> None:
        self._heard.clear()

    async def hear(self, pcm: bytes) -> None:
        for mark, samples in groupby(samples_of(pcm).tolist()):
            self._heard[mark] = self._heard.get(mark, 0) + sum(1 for _ in samples)

    async def finish_utterance(self) -> Transcript:
        words = self._words()
        text = [
            words[mark][0] for mark, samples in self._heard.items() if mark in words and samples * 2 > words[mark][1]
        ]
        return Transcript(" ".join(text), 1.0)


class Mouth(CallerOutput):
    """What is spoken waits for the other's ear."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.waiting: deque[bytes] = deque()

    def write_audio(self, pcm: bytes) -> None:
        super().write_audio(pcm)
        self.waiting.append(pcm)


class Wire(CallerTransport):
    """One end of the line."""

    def __init__(self) -> None:
        super().__init__(TransportParams(vad_analyzer=ScriptedVAD(), audio_out_sample_rate=RATE))
        self._output = Mouth(self.params)
        self.mouth = self._output


@dataclass
class Side:
    """One of the two: its call while it runs, and what is left of it."""

    built: BuiltCall
    wire: Wire
    events: list[JournalEvent]
    outcome: Outcome | None = None

    @property
    def said(self) -> list[str]:
        return [event.data["text"] for event in self.events if event.kind == "bot.turn"]

    @property
    def turns(self) -> int:
        """What was heard of the other."""
        return sum(event.kind == "user.turn" for event in self.events)

    @property
    def reason(self) -> EndReason:
        assert self.outcome is not None
        return self.outcome.reason


def call_each_other(
    first: tuple[BotSpec, Script], second: tuple[BotSpec, Script], *, longest_s: float
) -> tuple[Side, Side]:
    """Connect two bots until one of them ends the call; the other one's caller has hung up then."""

    async def main() -> tuple[Side, Side]:
        voices = [TapeTTS(TapeVoice(word=0.15), sample_rate=RATE) for _ in range(2)]
        sides = [_side(*who, voices[me], voices[1 - me]) for me, who in enumerate((first, second))]
        running = [asyncio.create_task(side.built.task.run()) for side in sides]
        await asyncio.sleep(0.05)
        line = [asyncio.create_task(_carry(sides[me], sides[1 - me])) for me in range(2)]
        for side in sides:
            await side.built.begin()
        done, _ = await asyncio.wait(running, timeout=longest_s, return_when=asyncio.FIRST_COMPLETED)
        assert done, "nobody ended the call"
        for side in sides:
            await side.built.task.cancel(EndReason.CALLER_HUNG_UP)
        for side, task in zip(sides, running, strict=True):
            side.outcome = await task
        for task in line:
            task.cancel()
        await asyncio.wait(line)
        return sides[0], sides[1]

    return run_virtual(main())


def _side(spec: BotSpec, script: Script, voice: TapeTTS, other: TapeTTS) -> Side:
    clock, events, wire = SystemClock(seed=1), list[JournalEvent](), Wire()
    journal = Journal(clock)
    journal.listen(events.append)
    providers = speech_by(
        stt=lambda: Listener(lambda: other.words), llm=lambda: TapeLLM(script=script), tts=lambda: voice
    )
    setting: dict[str, Any] = {"shared": SharedResources(), "providers": providers}
    return Side(build_call(spec, wire, CallSetting(clock=clock, journal=journal, **setting)), wire, events)


async def _carry(speaker: Side, hearer: Side) -> None:
    """Bring what one says to the other, block by block, and silence between."""
    while True:
        await asyncio.sleep(BLOCK_SECS)
        mouth = speaker.wire.mouth.waiting
        await hearer.wire.input().receive_audio(mouth.popleft() if mouth else SILENCE, RATE)

"""Services that answer at once, a caller's line that only notes, and a call built of them like any bot's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bots.engine.audio.vad import VADAnalyzer
from bots.engine.blocks.recorder import CallRecorder, TrackSink
from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, JournalSink, MemorySink
from bots.engine.core.params import PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.rtvi.observer import RTVIObserver
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import UtteranceSTTService
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.transports.base import TransportParams
from bots.engine.transports.relay import RelayTransport
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams

READY = {
    "label": "rtvi-ai", "type": "client-ready", "id": "1",
    "data": {"version": "2.1.0", "about": {"library": "@pipecat-ai/client-js", "library_version": "1.13.1"}},
}  # fmt: skip
REPLY = "Certainly, I have noted that for you."


class Marks:
    """When things happened, in real seconds; only the first time of each since :meth:`clear`."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.news = asyncio.Event()

    def note(self, what: str) -> None:
        now = perf_counter()
        self.at.setdefault(what, now)
        self.last[what] = now
        self.news.set()

    def clear(self) -> None:
        self.at.clear()
        self.last.clear()

    async def wait(self, what: str, timeout: float = 5.0) -> None:
        async with asyncio.timeout(timeout):
            while what not in self.at:
                self.news.clear()
                await self.news.wait()


class CannedVAD(VADAnalyzer):
    """Takes everything but digital silence for a voice."""

    def voice_confidence(self, window: bytes) -> float:
        return 1.0 if any(window) else 0.0


class CannedSTT(UtteranceSTTService):
    """Has understood everything the moment the caller falls silent."""

    async def begin_utterance(self) -> None:
        """Nothing to get ready."""

    async def hear(self, pcm: bytes) -> None:
        """Nothing to compute."""

    async def finish_utterance(self) -> Transcript:
        return Transcript("I would like to book a table.", 0.9)


class CannedLLM(LLMService):
    """Streams one reply, word by word, ``gap`` seconds apart; notes ``first token`` and ``last token``."""

    def __init__(self, marks: Marks, *, text: str = REPLY, gap: float = 0.0) -> None:
        super().__init__()
        self._marks, self._text, self._gap = marks, text, gap

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        for word in self._text.split():
            if self._gap:
                await self.clock.sleep(self._gap)
            self._marks.note("first token")
            self._marks.note("last token")
            yield TextDelta(word + " ")
        yield Finished()


class CannedTTS(TTSService):
    """Speaks every text for ``seconds``, in pieces of 100 ms, at once."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(sample_rate=24000)
        self._piece = bytes(range(1, 97)) * 50
        self._pieces = max(1, round(seconds / 0.1))

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        for _ in range(self._pieces):
            yield SpeechPiece(self._piece)


class NotingLine:
    """A connection that sends nothing; notes ``audio`` and ``silence`` and counts."""

    name, clearable = "noting", True

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self.blocks = self.messages = 0
        self.ready = asyncio.Event()

    def clear(self) -> None:
        self._marks.note("silence")

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        self.blocks += 1
        self._marks.note("audio")

    def write_message(self, message: Mapping[str, Any]) -> None:
        self.messages += 1
        if message["type"] == "bot-ready":
            self.ready.set()

    async def close(self, reason: str) -> None:
        """Nothing is open."""


class NoTracks:
    """Counts what a recording would hold."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        self.written += len(pcm)
        return True


@dataclass(frozen=True, slots=True)
class Setting:
    """What a simulated call is made of."""

    vad: Callable[[], VADAnalyzer | None] = lambda: None
    sink: Callable[[], JournalSink] = MemorySink
    tracks: Callable[[], TrackSink] = NoTracks
    token_gap: float = 0.0
    reply_secs: float = 1.0
    text: str = REPLY
    user: LLMUserAggregatorParams | None = None
    rate: int | None = None
    """Hz of both ways; None: the pipeline's."""


@dataclass(slots=True)
class SimulatedCall:
    """A call with canned services; ``async with`` runs it, with a client that has shaken hands."""

    setting: Setting
    marks: Marks = field(default_factory=Marks)

    def __post_init__(self) -> None:
        self.clock = SystemClock(seed=1)
        self.journal = Journal(self.clock, self.setting.sink())
        rate = self.setting.rate
        self.transport = RelayTransport(
            TransportParams(vad_analyzer=self.setting.vad(), audio_in_sample_rate=rate, audio_out_sample_rate=rate)
        )
        context = LLMContext([{"role": "system", "content": "Be short."}])
        self.pair = LLMContextAggregatorPair(context, user_params=self.setting.user, hears_audio=False)
        rtvi = RTVIProcessor(transport=self.transport)
        parts: list[FrameProcessor] = [
            self.transport.input(), rtvi, CannedSTT(), self.pair.user(),
            CannedLLM(self.marks, text=self.setting.text, gap=self.setting.token_gap),
            CannedTTS(seconds=self.setting.reply_secs), self.transport.output(),
            CallRecorder(self.setting.tracks()), self.pair.assistant(),
        ]  # fmt: skip
        self.task = PipelineTask(
            Pipeline(parts),
            params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
            observers=[RTVIObserver(rtvi), self.pair.latency],
            clock=self.clock,
            journal=self.journal,
            max_duration_secs=1800.0,
        )
        self.line = NotingLine(self.marks)

    clock: SystemClock = field(init=False)
    journal: Journal = field(init=False)
    transport: RelayTransport = field(init=False)
    pair: LLMContextAggregatorPair = field(init=False)
    task: PipelineTask = field(init=False)
    line: NotingLine = field(init=False)
    _run: asyncio.Task[object] | None = field(init=False, default=None)

    async def __aenter__(self) -> SimulatedCall:  # noqa: PYI034 (slots and Self do not go together in a dataclass)
        await self.transport.attach(self.line)
        await self.transport.input().receive_message(READY)
        self._run = asyncio.create_task(self.task.run())
        async with asyncio.timeout(10):
            await self.line.ready.wait()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.task.cancel()
        assert self._run is not None
        await self._run
        self.journal.close()

    async def hear(self, pcm: bytes) -> None:
        """Let the microphone deliver 16 kHz audio."""
        await self.transport.input().receive_audio(pcm, 16000)

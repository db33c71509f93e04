"""Services that play what a script gives them, with exact timing: recogniser, model and voice of a scripted call."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.engine.errors import EngineError
from bots.engine.frames import LLMTokenUsage, SpokenWord
from bots.engine.services.llm import LLMDeadlines, LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import UtteranceSTTService
from bots.engine.services.tts import SpeechPiece, TTSDeadlines, TTSService
from bots.engine.text.aggregation import TextAggregationMode

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

MARKS = 30000


class TapeSTT(UtteranceSTTService):
    """Knows what the caller says; the final text comes ``delay`` seconds after the caller fell silent."""

    def __init__(self, *, delay: float = 0.1) -> None:
        super().__init__()
        self._delay = delay
        self._said: list[str] = []

    def will_hear(self, text: str) -> None:
        """Note what the caller begins to say now."""
        self._said.append(text)

    async def begin_utterance(self) -> None:
        """Nothing needs getting ready."""

    async def hear(self, pcm: bytes) -> None:
        """The words are known without listening."""

    async def finish_utterance(self) -> Transcript:
        await self.clock.sleep(self._delay)
        said, self._said = self._said, []
        return Transcript(" ".join(said), 1.0)


@dataclass(frozen=True, slots=True)
class TapeCall:
    """A tool call that the model asks for; without an id the service gives one."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class TapeReply:
    """One answer: text in tokens, then tool calls. Seconds; ``error`` is raised after the last token."""

    text: str = ""
    calls: Sequence[TapeCall] = ()
    first: float = 0.1
    between: float = 0.01
    error: EngineError | None = None


Script = Callable[["LLMContext"], TapeReply]


class TapeLLM(LLMService):
    """Answers each context with the next reply of the tape, or as ``script`` decides; then with silence."""

    def __init__(
        self,
        replies: Sequence[TapeReply | str] = (),
        *,
        script: Script | None = None,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        apology: str = "",
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, deadlines=deadlines, apology=apology)
        self._tape = [TapeReply(reply) if isinstance(reply, str) else reply for reply in replies]
        self._script = script
        self.seen: list[list[dict[str, Any]]] = []
        self.model_name = "tape"

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        self.seen.append([dict(message) for message in context.get_messages()])
        reply = self._script(context) if self._script is not None else self._next_reply()
        await self.clock.sleep(reply.first)
        tokens = re.findall(r"\S+\s*", reply.text)
        for token in tokens:
            yield TextDelta(token)
            await self.clock.sleep(reply.between)
        if reply.error is not None:
            raise reply.error
        for index, call in enumerate(reply.calls):
            yield ToolCallDelta(index, call.id, call.name, json.dumps(dict(call.arguments)))
        yield Usage(LLMTokenUsage(len(self.seen[-1]), len(tokens), len(self.seen[-1]) + len(tokens)), "tape")
        yield Finished("tool_calls" if reply.calls else "stop")

    def _next_reply(self) -> TapeReply:
        return self._tape.pop(0) if self._tape else TapeReply()


@dataclass(frozen=True, slots=True)
class TapeVoice:
    """How a tape speaks. Seconds: ``word`` of audio per word, ``delay`` before the first, ``between`` two pieces.

    ``jitter`` adds up to that much to every wait, by the call's chance. ``words_per_piece`` words make one piece;
    ``timings`` tells where words are. ``fail_after`` pieces of every sentence, ``error`` is raised.
    """

    word: float = 0.2
    delay: float = 0.05
    between: float = 0.0
    jitter: float = 0.0
    words_per_piece: int = 2
    timings: bool = True
    fail_after: int | None = None
    error: EngineError | None = None


class TapeTTS(TTSService):
    """Speaks by rule, and marks each word's samples with a value of its own, so that an ear can tell them apart."""

    def __init__(
        self,
        voice: TapeVoice | None = None,
        *,
        sample_rate: int | None = None,
        text_aggregation_mode: TextAggregationMode | None = None,
        deadlines: TTSDeadlines | None = None,
        **base: Any,
    ) -> None:
        super().__init__(
            sample_rate=sample_rate, text_aggregation_mode=text_aggregation_mode, deadlines=deadlines, **base
        )
        self.voice = voice or TapeVoice()
        self.words: dict[int, tuple[str, int]] = {}
        self.model_name = "tape"

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        voice, words = self.voice, text.split()
        await self._pause(voice.delay)
        at = 0.0
        for index in range(0, len(words), voice.words_per_piece):
            if voice.fail_after is not None and index >= voice.fail_after * voice.words_per_piece:
                if voice.error is not None:
                    raise voice.error
                return
            spoken, audio = [], b""
            for word in words[index : index + voice.words_per_piece]:
                spoken.append(SpokenWord(word, at, at + voice.word))
                audio += self._marked(word)
                at += voice.word
            yield SpeechPiece(audio, spoken if voice.timings else ())
            await self._pause(voice.between)

    def _marked(self, word: str) -> bytes:
        mark, samples = len(self.words) % MARKS + 1, round(self.voice.word * self.sample_rate)
        self.words[mark] = (word, samples)
        return mark.to_bytes(2, "little") * samples

    async def _pause(self, seconds: float) -> None:
        seconds += self.clock.random.uniform(0.0, self.voice.jitter) if self.voice.jitter else 0.0
        if seconds:
            await self.clock.sleep(seconds)

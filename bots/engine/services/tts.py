"""The synthesiser's processor: text in, sentences out as segments of the ledger, audio as it comes (SPCH-05…14)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from bots.engine.core.ledger import Segment
from bots.engine.core.processor import handles
from bots.engine.errors import EngineError, ProviderError
from bots.engine.frames import (
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    SpokenWord,
    StartFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSUpdateSettingsFrame,
    TTSWordsFrame,
)
from bots.engine.text.aggregation import TextAggregationMode, TextAggregator
from bots.engine.text.filters import BaseTextFilter
from bots.engine.text.sentences import aggregator_for

from .metrics import MeasuredProcessor
from .word_timing import CHARACTERS_PER_SECOND, merged_words, pace_of

AHEAD_LIMIT_S = 20.0


class SpeechTimeout(ProviderError):
    """The synthesiser did not deliver in time."""

    code = "tts.timeout"
    next_step = "Try again; if it goes on, choose another voice provider in the bot's settings."


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A piece of synthesised speech: s16le mono at the service's rate, and the words it brought timings for.

    Word offsets count in seconds from the first sample of the sentence.
    """

    audio: bytes = b""
    words: Sequence[SpokenWord] = ()


@dataclass(frozen=True, slots=True)
class TTSDeadlines:
    """Seconds until the first audio of a sentence, and between two pieces (reliability, section 3)."""

    first: float = 4.0
    between: float = 3.0


class TTSService(MeasuredProcessor):
    """Speaks what arrives; subclasses turn one text into audio.

    ``sample_rate`` in Hz (None: the pipeline's output rate). Tokens are gathered to sentences or, in token mode, spoken
    as they come (SPCH-06). Text frames marked ``skip_tts`` go on unspoken (SPCH-08). At most 20 s of audio wait
    unheard.
    """

    waits = True

    def __init__(
        self,
        *,
        sample_rate: int | None = None,
        text_aggregation_mode: TextAggregationMode = TextAggregationMode.SENTENCE,
        text_aggregator: TextAggregator | None = None,
        text_filters: Sequence[BaseTextFilter] = (),
        deadlines: TTSDeadlines | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.sample_rate = sample_rate or 0
        self._aggregator = text_aggregator or aggregator_for(text_aggregation_mode)
        self._filters = tuple(text_filters)
        self._deadlines = deadlines or TTSDeadlines()
        self._reply: int | None = None
        self._unspoken: list[str] = []
        self._pace = CHARACTERS_PER_SECOND
        self._numbered = self._late = False

    @abstractmethod
    def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        """Synthesise one text and yield its pieces; closing the iterator ends the request."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.sample_rate = self.sample_rate or frame.audio_out_sample_rate

    @handles(LLMFullResponseStartFrame, consume=True)
    async def on_reply_start(self, frame: LLMFullResponseStartFrame) -> None:
        """Begin a reply; a model that does not know the ledger gets its number here."""
        self._forget_text()
        self._late, self._numbered = False, frame.reply is not None
        self._reply = frame.reply if frame.reply is not None else self.ledger.open_reply()
        await self.push_frame(frame if self._numbered else LLMFullResponseStartFrame(self._reply))

    @handles(LLMFullResponseEndFrame, consume=True)
    async def on_reply_end(self, frame: LLMFullResponseEndFrame) -> None:
        """Say the rest. The end of a reply that was cut off may come late and must not end the next one."""
        reply = self._reply
        if reply is None or (self._numbered and frame.reply != reply):
            await self.push_frame(frame)
            return
        for sentence in self._aggregator.flush():
            await self._say(sentence, reply)
        self._show_unspoken()
        self._forget_text()
        self._reply = None
        await self.push_frame(frame if self._numbered else LLMFullResponseEndFrame(reply))

    def _show_unspoken(self) -> None:
        """Enter what was shown instead of spoken into the ledger; it counts as received."""
        if self._reply is not None and (shown := "".join(self._unspoken).strip()):
            self.ledger.plan(self._reply, shown, spoken=False)

    @handles(TTSSpeakFrame, consume=True)
    async def on_speak(self, frame: TTSSpeakFrame) -> None:
        reply = self.ledger.open_reply(insert=True, to_context=frame.append_to_context)
        sentences = aggregator_for(TextAggregationMode.SENTENCE)
        planned = [self._plan(text, reply) for text in (*sentences.feed(frame.text), *sentences.flush())]
        if not any(planned):
            self.ledger.forget(reply)
        for segment in planned:
            if segment is not None and not segment.cut:
                await self._speak(segment)

    @handles(TTSUpdateSettingsFrame, consume=True)
    async def on_settings(self, frame: TTSUpdateSettingsFrame) -> None:
        self.update_settings(frame.settings)

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        """Take new settings for the next sentence."""

    @handles(TextFrame, consume=True)
    async def on_text(self, frame: TextFrame) -> None:
        if frame.skip_tts or isinstance(frame, TTSTextFrame):
            if frame.skip_tts:
                self._unspoken.append(frame.text)
            await self.push_frame(frame)
            return
        if self._late and isinstance(frame, LLMTextFrame):
            return
        async for sentence in self._aggregator.aggregate(frame.text):
            await self._say(sentence, self._reply)

    def on_interruption(self) -> None:
        """Forget the text. What a model goes on sending of the reply that was cut off is late and not spoken."""
        self._show_unspoken()
        self._forget_text()
        self._late = self._late or self._reply is not None
        self._reply = None

    def _forget_text(self) -> None:
        self._aggregator.reset()
        self._unspoken.clear()
        for text_filter in self._filters:
            text_filter.reset()

    async def _say(self, text: str, reply: int | None) -> None:
        if (segment := self._plan(text, reply)) is not None:
            await self._speak(segment)

    def _plan(self, text: str, reply: int | None) -> Segment | None:
        """Note a sentence in ledger and journal; nothing when there is nothing to say or the reply was cut off."""
        for text_filter in self._filters:
            text = text_filter.filter(text)
        text = text.strip()
        if not any(character.isalnum() for character in text) or not self.ledger.is_alive(reply):
            return None
        segment = self.ledger.plan(reply if reply is not None else self.ledger.open_reply(insert=True), text)
        self.journal.record("bot.segment", {"reply": segment.reply, "segment": segment.id, "text": text})
        return segment

    async def _speak(self, segment: Segment) -> None:
        await self.push_frame(TTSStartedFrame(segment.id, segment.text, segment.reply))
        try:
            await self._synthesise(segment)
        except TimeoutError:
            error = SpeechTimeout("The synthesiser did not deliver in time.")
            await self._break_off(segment, error)
        except EngineError as error:
            await self._break_off(segment, error)
        except Exception:
            self.ledger.fail(segment.id)
            await self.push_frame(TTSStoppedFrame(segment.id))
            raise
        await self.push_frame(TTSStoppedFrame(segment.id))

    async def _break_off(self, segment: Segment, error: EngineError) -> None:
        self.ledger.fail(segment.id)
        await self.push_error(error.message, error)

    async def _synthesise(self, segment: Segment) -> None:
        await self.start_ttfb_metrics()
        await self.start_tts_usage_metrics(segment.text)
        known: list[SpokenWord] = []
        seconds, limit = 0.0, self._deadlines.first
        await self.push_frame(TTSWordsFrame(segment.id, merged_words(segment.text, known, pace=self._pace)))
        async with aclosing(self.run_tts(segment.text)) as pieces:  # type: ignore[type-var]
            while True:
                async with asyncio.timeout(limit):
                    piece = await anext(pieces, None)
                if piece is None:
                    break
                limit = self._deadlines.between
                if segment.cut:
                    # A voice that swallowed its cancellation goes on; nobody is to hear it.
                    return
                self.setup_data.progress()
                if piece.words:
                    known += piece.words
                    await self.push_frame(TTSWordsFrame(segment.id, merged_words(segment.text, known, pace=self._pace)))
                if piece.audio:
                    await self.stop_ttfb_metrics()
                    seconds += len(piece.audio) / 2 / self.sample_rate
                    await self.push_frame(TTSAudioRawFrame(piece.audio, self.sample_rate, 1, None, segment.id))
                    await self._not_too_far_ahead()
        if seconds:
            self._pace = pace_of(segment.text, seconds)
        else:
            self.ledger.fail(segment.id)
        await self.push_frame(TTSWordsFrame(segment.id, merged_words(segment.text, known, seconds)))

    async def _not_too_far_ahead(self) -> None:
        while self.ledger.ahead_s > AHEAD_LIMIT_S:
            await self.clock.sleep(0.1)

"""The synthesiser's processor: text in, sentences out as segments of the ledger, audio as it comes (SPCH-05…14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from bots.engine.audio.pcm import silence
from bots.engine.core.ledger import Segment
from bots.engine.core.processor import handles
from bots.engine.frames import (
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
    TTSUpdateSettingsFrame,
)
from bots.engine.text.aggregation import TextAggregationMode, TextAggregator
from bots.engine.text.filters import BaseTextFilter
from bots.engine.text.sentences import aggregator_for

from .settings import CHECK, SettingRefused
from .tts_errors import SpeechTimeout
from .tts_sound import SpeechPiece, TTSDeadlines
from .tts_voice import SpeakingService

__all__ = ["SpeechPiece", "SpeechTimeout", "TTSDeadlines", "TTSService"]

SILENCE_S = 2.0
_SENTENCE, _TOKEN = TextAggregationMode.SENTENCE, TextAggregationMode.TOKEN


class TTSService(SpeakingService):
    """Speaks what arrives; subclasses turn one text into audio (SPCH-05, SPCH-17).

    ``sample_rate`` in Hz wins over the pipeline's output rate (SPCH-14). Tokens are gathered to sentences, by
    ``text_aggregator`` where one is given, or in token mode spoken as they come (SPCH-06; ``aggregate_sentences`` is
    the older name of the choice). ``text_filters`` (``text_filter`` for a single one) make the text fit for speaking
    (SPCH-07). Text frames marked ``skip_tts`` go on unspoken (SPCH-08). Words are told with their places and come out
    as ``TTSTextFrame`` when they are heard (SPCH-09), not at all with ``push_text_frames`` off. An interruption forgets
    all text and ends the request (SPCH-10). ``push_stop_frames``: the voice does not say when it is done, so
    ``stop_frame_timeout_s`` without sound end a sentence. ``push_silence_after_stop`` plays ``silence_time_s`` of
    silence behind every reply and insert (SPCH-12). Raises ``service.setting`` (also a ``ValueError``) for values and
    combinations that cannot be meant.
    """

    waits = True

    def __init__(
        self,
        *,
        sample_rate: int | None = None,
        text_aggregation_mode: TextAggregationMode | None = None,
        aggregate_sentences: bool | None = None,
        text_aggregator: TextAggregator | None = None,
        text_filters: Sequence[BaseTextFilter] = (),
        text_filter: BaseTextFilter | None = None,
        push_silence_after_stop: bool = False,
        silence_time_s: float = SILENCE_S,
        **voice: Any,
    ) -> None:
        super().__init__(sample_rate=sample_rate, **voice)
        mode = text_aggregation_mode
        CHECK.kinds_or_none(TextAggregationMode, "a TextAggregationMode", text_aggregation_mode=mode)
        CHECK.kinds_or_none(bool, "true or false", aggregate_sentences=aggregate_sentences)
        CHECK.kinds_or_none(TextAggregator, "a text aggregator", text_aggregator=text_aggregator)
        CHECK.lists(BaseTextFilter, "text filters", text_filters=text_filters)
        CHECK.kinds_or_none(BaseTextFilter, "a text filter", text_filter=text_filter)
        CHECK.flags(push_silence_after_stop=push_silence_after_stop)
        CHECK.waits(silence_time_s=silence_time_s)
        if aggregate_sentences is not None:
            older = _SENTENCE if aggregate_sentences else _TOKEN
            if text_aggregation_mode not in (None, older):
                raise SettingRefused("aggregate_sentences contradicts text_aggregation_mode.")
            text_aggregation_mode = older
        if text_aggregator is not None and text_aggregation_mode is _TOKEN:
            raise SettingRefused("text_aggregation_mode TOKEN and a text_aggregator exclude each other.")
        self._aggregator = text_aggregator or aggregator_for(text_aggregation_mode or _SENTENCE)
        self._filters = (*text_filters, *([text_filter] if text_filter is not None else ()))
        self._silence_s = silence_time_s if push_silence_after_stop else 0.0
        self._reply: int | None = None
        self._unspoken: list[str] = []
        self._numbered = self._late = False

    # -- settings -----------------------------------------------------------------------------------------------------

    @handles(TTSUpdateSettingsFrame, consume=True)
    async def on_settings(self, frame: TTSUpdateSettingsFrame) -> None:
        self.update_settings(frame.settings)

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        """Take new settings for the next sentence; ``text_filter`` holds those of the filters (SPCH-13)."""
        rest = dict(settings)
        filters = rest.pop("text_filter", None)
        if rest:
            super().update_settings(rest)
        for text_filter in self._filters if isinstance(filters, Mapping) else ():
            text_filter.update_settings(filters)

    def set_voice(self, voice: str) -> None:
        """Use another voice from the next sentence on; a pattern handler may call it between two (SPCH-13, TXT-08)."""
        self.update_settings({"voice": voice})

    def use_text_aggregator(self, aggregator: TextAggregator) -> None:
        """Gather text with another aggregator; before the call runs."""
        self._aggregator = aggregator

    def use_text_filters(self, filters: Sequence[BaseTextFilter]) -> None:
        """Filter text with other filters; before the call runs."""
        self._filters = tuple(filters)

    # -- replies ------------------------------------------------------------------------------------------------------

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
        *rest, last = self._aggregator.flush() or [""]
        for sentence in rest:
            await self._say(sentence, reply)
        if not self._late:
            await self._say_plain(_finished(last, self._filters), reply)
        self._show_unspoken()
        self._forget_text()
        self._reply = None
        if any(segment.spoken for segment in self.ledger.segments_of(reply)):
            await self._be_silent()
        await self.push_frame(frame if self._numbered else LLMFullResponseEndFrame(reply))

    def _show_unspoken(self) -> None:
        """Enter what was shown instead of spoken into the ledger; it counts as received."""
        if self._reply is not None and (shown := "".join(self._unspoken).strip()):
            self.ledger.plan(self._reply, shown, spoken=False)

    async def _be_silent(self) -> None:
        if self._silence_s:
            pcm = silence(self._silence_s, self.sample_rate)
            await self.push_frame(TTSAudioRawFrame(pcm, self.sample_rate, 1))

    @handles(TTSSpeakFrame, consume=True)
    async def on_speak(self, frame: TTSSpeakFrame) -> None:
        """Speak without the model; the filters' state within a reply is not touched (SPCH-11)."""
        reply = self.ledger.open_reply(insert=True, to_context=frame.append_to_context)
        sentences, filters = aggregator_for(_SENTENCE), [copy(text_filter) for text_filter in self._filters]
        for text_filter in filters:
            text_filter.reset()
        *rest, last = [*sentences.feed(frame.text), *sentences.flush()] or [""]
        texts = [*(_filtered(text, filters) for text in rest), _finished(last, filters)]
        planned = [segment for text in texts if (segment := self._planned(text, reply)) is not None]
        if not planned:
            self.ledger.forget(reply)
            return
        for segment in planned:
            if segment is not planned[0] and self.voice_is_lost:
                await self.leave_out(segment)
            elif not segment.cut:
                await self.speak(segment, go_on=segment is planned[-1])
        await self._be_silent()

    # -- text ---------------------------------------------------------------------------------------------------------

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

    def drop_reply(self) -> None:
        self._late = True
        self._aggregator.reset()
        for text_filter in self._filters:
            text_filter.reset()

    def _forget_text(self) -> None:
        self._aggregator.reset()
        self._unspoken.clear()
        for text_filter in self._filters:
            text_filter.reset()

    async def _say(self, text: str, reply: int | None) -> None:
        if not (self._late and reply is not None):
            await self._say_plain(_filtered(text, self._filters), reply)

    async def _say_plain(self, text: str, reply: int | None) -> None:
        if (segment := self._planned(text, reply)) is not None:
            await self.speak(segment)

    def _planned(self, text: str, reply: int | None) -> Segment | None:
        """Plan a sentence; nothing when there is nothing to say or the reply was cut off."""
        text = text.strip()
        if not any(character.isalnum() for character in text) or not self.ledger.is_alive(reply):
            return None
        return self.plan(text, reply if reply is not None else self.ledger.open_reply(insert=True))


def _filtered(text: str, filters: Sequence[BaseTextFilter]) -> str:
    for text_filter in filters:
        text = text_filter.filter(text)
    return text


def _finished(text: str, filters: Sequence[BaseTextFilter]) -> str:
    """Return the last piece of a response as the filters leave it, with what they held back."""
    for text_filter in filters:
        text = (text_filter.filter(text) if text else "") + text_filter.flush()
    return text

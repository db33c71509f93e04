"""One sentence at a time: synthesis under deadlines, a second try, and what is heard when there is no voice."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bots.engine.core.ledger import Segment
from bots.engine.errors import EngineError
from bots.engine.frames import (
    EndTaskFrame,
    FrameDirection,
    SpokenWord,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSWordsFrame,
)

from .settings import CHECK, ConfiguredService
from .tts_canned import LONGEST_S, CannedLine, CannedLines
from .tts_errors import SpeechEmpty, SpeechTimeout
from .tts_sound import SoundAligner, SpeechPiece, TTSDeadlines, slices
from .word_timing import CHARACTERS_PER_SECOND, merged_words, pace_of

AHEAD_LIMIT_S = 3.0
LOOK_EVERY_S = 0.1
STOP_FRAME_TIMEOUT_S = 3.0


@dataclass(slots=True)
class Sounding:
    """What there is of a sentence so far."""

    seconds: float = 0.0
    known: list[SpokenWord] = field(default_factory=list)


class SpeakingService(ConfiguredService):
    """Turns segments of the ledger into frames; :class:`TTSService` says which.

    At most three seconds of audio wait unheard (P14). A sentence that fails before it sounds is tried once more where
    that may help (P2), and with the settings that worked last where new ones do not; one that breaks off goes on with
    the words that had no sound yet (P13). When that fails too, ``apology`` is played from a recording that was made
    while the voice worked, and after ``give_up_after`` replies in a row that had to end so, the call is ended politely
    (0: never) (P16).
    """

    records_early: ClassVar[bool] = True
    """Whether the line for bad times is recorded at the start, and not only once a sentence has sounded."""

    def __init__(
        self,
        *,
        sample_rate: int | None = None,
        push_text_frames: bool = True,
        push_stop_frames: bool = False,
        stop_frame_timeout_s: float = STOP_FRAME_TIMEOUT_S,
        deadlines: TTSDeadlines | None = None,
        apology: str = "",
        canned: CannedLines | None = None,
        give_up_after: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        CHECK.rates(sample_rate=sample_rate)
        CHECK.flags(push_text_frames=push_text_frames, push_stop_frames=push_stop_frames)
        CHECK.seconds(stop_frame_timeout_s=stop_frame_timeout_s)
        CHECK.whole(0, give_up_after=give_up_after)
        self.sample_rate = sample_rate or 0
        self.push_text_frames = push_text_frames
        self._stop_by_silence, self._silence_limit = push_stop_frames, stop_frame_timeout_s
        self._deadlines = deadlines or TTSDeadlines()
        self._apology, self._give_up_after = apology, give_up_after
        self._canned = canned if canned is not None else CannedLines()
        self._proven: Any = None
        self._line: CannedLine | None = None
        self._preparing = False
        self._lost = 0
        self._pace = CHARACTERS_PER_SECOND

    @abstractmethod
    def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        """Synthesise one text and yield its pieces; closing the iterator ends the request."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.sample_rate = self.sample_rate or frame.audio_out_sample_rate
        if self.records_early:
            self._prepare()

    # -- a sentence ---------------------------------------------------------------------------------------------------

    async def speak(self, segment: Segment, *, go_on: bool = True) -> None:
        """Speak a segment; a failure is told upstream and ends only this segment. ``go_on``: then say its rest."""
        await self.push_frame(TTSStartedFrame(segment.id, segment.text, segment.reply))
        sounding = Sounding()
        try:
            await self._try_twice(segment, sounding)
        except EngineError as error:
            self.ledger.fail(segment.id)
            await self.push_frame(TTSStoppedFrame(segment.id))
            await self.push_error(error.message, error)
            await self._after_failure(segment, sounding, go_on and may_go_on(error))
        except Exception:
            self.ledger.fail(segment.id)
            await self.push_frame(TTSStoppedFrame(segment.id))
            raise
        else:
            self._lost = 0
            self._prepare()
            await self.push_frame(TTSStoppedFrame(segment.id))

    async def _try_twice(self, segment: Segment, sounding: Sounding) -> None:
        try:
            await self._requested(segment, sounding)
        except EngineError as error:
            changed = self._proven is not None and self.options is not self._proven
            if not (error.retryable or changed) or sounding.seconds or segment.cut:
                raise
            if changed and not error.retryable:
                await self.push_error(error.message, error)
                self.options = self._proven
                self.settings_changed()
            await self._requested(segment, sounding)
        self._proven = self.options

    async def _requested(self, segment: Segment, sounding: Sounding) -> None:
        """Synthesise; a request that failed, or was cut off, worked and cost too (MET-01, MET-02)."""
        try:
            await self._synthesise(segment, sounding)
        finally:
            await self.stop_request_metrics(text=segment.text)

    async def _synthesise(self, segment: Segment, sounding: Sounding) -> None:
        await self.start_ttfb_metrics()
        await self.start_processing_metrics()
        await self._tell_words(segment, sounding)
        aligner = SoundAligner(self.sample_rate)
        async with aclosing(self.run_tts(segment.text)) as pieces:  # type: ignore[type-var]
            while (piece := await self.next_piece(pieces, sounding)) is not None:
                if segment.cut:
                    # A voice that swallowed its cancellation goes on; nobody is to hear it.
                    return
                self.setup_data.progress()
                if piece.words:
                    sounding.known += piece.words
                    await self._tell_words(segment, sounding)
                if piece.audio:
                    await self._sound(segment, aligner.take(piece.audio, piece.sample_rate), sounding)
        if rest := aligner.flush():
            await self._sound(segment, rest, sounding)
        if not sounding.seconds:
            raise SpeechEmpty("The synthesiser answered without sound.")
        self._pace = pace_of(segment.text, sounding.seconds)
        await self.push_frame(
            TTSWordsFrame(segment.id, merged_words(segment.text, sounding.known, sounding.seconds))
        )  # fmt: skip

    async def next_piece(self, pieces: AsyncIterator[SpeechPiece], sounding: Sounding) -> SpeechPiece | None:
        """Return the next piece, None at the end; a voice that never says "end" has ended when it falls silent."""
        limit = self._deadlines.between if sounding.seconds else self._deadlines.first
        by_silence = self._stop_by_silence and sounding.seconds
        try:
            async with asyncio.timeout(self._silence_limit if by_silence else limit):
                return await anext(pieces, None)
        except TimeoutError as error:
            if by_silence:
                return None
            raise SpeechTimeout("The synthesiser did not deliver in time.") from error

    async def _tell_words(self, segment: Segment, sounding: Sounding) -> None:
        await self.push_frame(
            TTSWordsFrame(segment.id, merged_words(segment.text, sounding.known, pace=self._pace))
        )  # fmt: skip

    async def _sound(self, segment: Segment, pcm: bytes, sounding: Sounding) -> None:
        for part in slices(pcm, self.sample_rate):
            first = not sounding.seconds
            if first:
                self.first_byte()
            sounding.seconds += len(part) / 2 / self.sample_rate
            await self.push_frame(TTSAudioRawFrame(part, self.sample_rate, 1, None, segment.id))
            if first:
                await self.stop_ttfb_metrics()
            while self.ledger.ahead_s > AHEAD_LIMIT_S and not segment.cut:
                await self.clock.sleep(LOOK_EVERY_S)

    # -- no voice -----------------------------------------------------------------------------------------------------

    async def leave_out(self, segment: Segment) -> None:
        """End a planned segment without speaking it."""
        self.ledger.fail(segment.id)
        await self.push_frame(TTSStoppedFrame(segment.id))

    async def _after_failure(self, segment: Segment, sounding: Sounding, go_on: bool) -> None:
        """Go on, once, with the words that had no sound yet; if there was none at all, the voice is lost."""
        if segment.cut or not self.ledger.is_alive(segment.reply):
            return
        if not sounding.seconds:
            await self._voice_lost()
        elif go_on:
            words = merged_words(segment.text, sounding.known, pace=self._pace)
            rest = " ".join(word.text for word in words if word.end > sounding.seconds + 0.02)
            if rest and rest != segment.text:
                await self.speak(self.plan(rest, segment.reply), go_on=False)

    def plan(self, text: str, reply: int, *, canned: bool = False) -> Segment:
        """Note a sentence in ledger and journal."""
        segment = self.ledger.plan(reply, text)
        segment.text_frames = self.push_text_frames
        data: dict[str, Any] = {"reply": segment.reply, "segment": segment.id, "text": text}
        self.journal.record("bot.segment", data | ({"canned": True} if canned else {}))
        return segment

    def drop_reply(self) -> None:
        """Leave the rest of the present reply unsaid."""

    async def _voice_lost(self) -> None:
        """Play the recorded line, leave the rest of the reply unsaid, and in the end give up (P16)."""
        self._lost += 1
        if self._line is not None:
            self.drop_reply()
            segment = self.plan(self._apology, self.ledger.open_reply(insert=True), canned=True)
            await self.push_frame(TTSStartedFrame(segment.id, segment.text, segment.reply))
            pcm, words = self._line.pcm, self._line.words
            seconds = len(pcm) / 2 / self.sample_rate
            await self.push_frame(TTSWordsFrame(segment.id, merged_words(segment.text, words, seconds)))
            for part in slices(pcm, self.sample_rate):
                await self.push_frame(TTSAudioRawFrame(part, self.sample_rate, 1, None, segment.id))
            await self.push_frame(TTSStoppedFrame(segment.id))
        if self._lost == self._give_up_after:
            await self.push_frame(EndTaskFrame("The bot lost its voice."), FrameDirection.UPSTREAM)

    @property
    def voice_is_lost(self) -> bool:
        """Whether the last sentence had no sound at all."""
        return self._lost > 0

    def _prepare(self) -> None:
        """Have the line for bad times recorded, unless it is there already."""
        if self._apology and self._line is None and not self._preparing:
            self._preparing = True
            self.create_task(self._record_line(), f"{self.name} recorded line")

    async def _record_line(self) -> None:
        key = (type(self).__name__, self.model_name, repr(self.options), self.sample_rate, self._apology)
        self._line = self._canned.get(key)
        if self._line is None:
            try:
                async with asyncio.timeout(LONGEST_S):
                    self._line = await self._recorded(self._apology)
                self._canned.put(key, self._line)
            except (EngineError, TimeoutError):
                # Whatever is wrong is told with the next sentence; the line is tried again after one that worked.
                self._line = None
        self._preparing = False

    async def _recorded(self, text: str) -> CannedLine:
        aligner, sound, words = SoundAligner(self.sample_rate), bytearray(), list[SpokenWord]()
        await self.start_tts_usage_metrics(text)
        async with aclosing(self.run_tts(text)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                sound += aligner.take(piece.audio, piece.sample_rate)
                words += piece.words
                if len(sound) > LONGEST_S * self.sample_rate * 2:
                    break
        sound += aligner.flush()
        if not sound:
            raise SpeechEmpty("The synthesiser answered without sound.")
        return CannedLine(bytes(sound), tuple(words))


def may_go_on(error: EngineError) -> bool:
    """Whether the rest of a sentence may be spoken by a new request."""
    return error.retryable or isinstance(error, SpeechTimeout)

"""Recognisers on a persistent connection: the service owns the line, the vendor brings a codec (SPCH-17, P10…P12)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bots.engine.core.processor import handles
from bots.engine.frames import InputAudioRawFrame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame

from .failures import Failure
from .sockets import Connect, open_websocket
from .stt import STTDeadlines, Transcript
from .stt_codec import Heard, STTEvent, VendorEvent
from .stt_connection import ConnectedSTTService, MakeCodec
from .stt_errors import RecognitionTimeout
from .stt_line import RecogniserLine
from .stt_ring import AudioRing, Sound
from .stt_text import Answered, Stretch, UtteranceText

RING_S = 10.0
PRE_ROLL_S = 0.5
NEAR_THE_END_S = 0.25


@dataclass(slots=True)
class _Utterance:
    """Somebody speaks, or has just stopped; ``onset`` and ``end`` in media seconds, ``flush_at`` a block's number."""

    onset: float
    noticed: float
    end: float | None = None
    flush_at: int | None = None
    waited: bool = False
    final_came: float = 0.0
    text: UtteranceText = field(default_factory=UtteranceText)

    def rest_from(self, ring: AudioRing) -> float:
        """Return from where on a new connection must hear, and drop the text that it will tell again."""
        self.text.drop_guesses()
        if not self.text:
            return self.onset - PRE_ROLL_S
        if (until := self.text.final_until) is not None:
            return until
        if not ring.covers(self.onset):
            return self.final_came
        self.text.clear()
        return self.onset - PRE_ROLL_S


class StreamingSTTService(ConnectedSTTService):
    """Streams all unmuted audio over one connection and gives one final text per utterance (SPCH-17).

    ``codec(options, rate)`` makes the vendor's translation for a new connection (services 13.3). While the caller
    speaks, every event updates the interim text; the caller's stop asks the vendor for the rest, and what is then known
    becomes the final text. Without voice activity frames every final of the vendor is passed on as it comes.

    A connection that drops is made anew, at once and then with growing, random pauses; the last ``ring_secs`` seconds
    of audio are kept, and what was not final is sent again, so that no word is lost or doubled (P10). While the caller
    speaks, two seconds without an answer count as a drop (P11). Texts are held by number or time, so repeated, revised
    and reordered ones do no harm (P12). A wrong key or certificate ends the trying until a setting changes (P15, P17).
    Raises ``service.setting`` where ``ring_secs`` is below 5.
    """

    def __init__(
        self,
        codec: MakeCodec,
        options: Any = None,
        *,
        connect: Connect = open_websocket,
        deadlines: STTDeadlines | None = None,
        ring_secs: float = RING_S,
        **base: Any,
    ) -> None:
        super().__init__(codec, connect, deadlines or STTDeadlines(), ring_secs, **base)
        self.options = options
        self._utterance: _Utterance | None = None
        self._answered = Answered()
        self._late: asyncio.TimerHandle | None = None

    async def cleanup(self) -> None:
        self._stop_waiting()

    @property
    def quiet(self) -> bool:
        return self._utterance is None

    def begin(self, line: RecogniserLine) -> None:
        """Decide from where on the new connection hears: after the last final text of an utterance that is open."""
        since = self.clock.now() - PRE_ROLL_S
        if self._utterance is not None:
            since = self._utterance.rest_from(self._ring)
            line.flush_at = self._utterance.flush_at
        self._ring.rewind(max(since, self._answered.until))

    # -- audio and voice activity -------------------------------------------------------------------------------------

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        if self.muted or not frame.audio:
            return
        seconds = len(frame.audio) / 2 / frame.sample_rate
        at = frame.at if frame.at is not None else self.clock.now() - seconds
        self._ring.add(Sound(frame.audio, frame.sample_rate, at))
        if self._line is not None:
            self._line.look()

    def drop_utterance(self) -> bool:
        dropped = self._utterance is not None
        # The vendor holds the beginning of a sentence that must not come back with the next one.
        self._renew = self._renew or dropped
        self._close_utterance(self.clock.now())
        self._ring.forget()
        return dropped

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        """Begin an utterance and its time to first text (SPCH-04); one whose text is still awaited goes on."""
        if self.muted:
            return
        self._stop_waiting()
        now = self.clock.now()
        if self._utterance is not None:
            self._utterance.end = self._utterance.flush_at = None
            self._utterance.noticed = now
        else:
            self._utterance = _Utterance(frame.at if frame.at is not None else now, now)
            await self.start_ttfb_metrics()
        if self._line is not None:
            self._line.flush_at = None
            self._line.attend()

    @handles(UserStoppedSpeakingFrame)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        """Ask the vendor for the final text of what was sent until now (SPCH-04)."""
        utterance = self._utterance
        if utterance is None:
            return
        await self.start_processing_metrics()
        utterance.end = frame.last_voiced_at if frame.last_voiced_at is not None else self.clock.now()
        utterance.flush_at = self._ring.end
        if self._line is not None:
            self._line.flush_at = utterance.flush_at
            self._line.look()
        self._wait(self.deadlines.final)

    # -- text ---------------------------------------------------------------------------------------------------------

    async def take(self, event: STTEvent, line: RecogniserLine) -> None:
        flushed = line.is_flushed(event)
        if isinstance(event, Heard):
            flushed = await self._hear(event, line) or flushed
        elif isinstance(event, VendorEvent):
            await self.emit(event.name, event.data)
        if flushed and self._utterance is not None:
            self._utterance.text.drop_guesses()
            await self._commit()
        elif isinstance(event, Heard) and self._utterance is not None:
            await self.push_interim(self._utterance.text.transcript().text)

    async def _hear(self, event: Heard, line: RecogniserLine) -> bool:
        """Take a text; whether it is the last one of an utterance whose vendor does not answer ``finalize``."""
        key = f"{self.connections}:{event.segment}" if event.segment is not None else ""
        stretch = Stretch(
            event.text, event.final, key, line.heard_at.media(event.start), line.heard_at.media(event.end),
            event.confidence, event.language,
        )  # fmt: skip
        utterance = self._utterance
        if self._answered.covers(stretch, speaking=utterance is not None):
            return False
        if utterance is None:
            await self._pass_on(stretch)
            return False
        utterance.text.take(stretch)
        if stretch.text.strip():
            await self.stop_ttfb_metrics()
        if not stretch.final:
            return False
        utterance.final_came = self.clock.now()
        if line.codec.confirms_flush or utterance.flush_at is None or utterance.end is None:
            return False
        return stretch.end is None or stretch.end >= utterance.end - NEAR_THE_END_S

    async def _pass_on(self, stretch: Stretch) -> None:
        """Push what the vendor's own endpointing found, where no voice activity is known."""
        if not stretch.final:
            await self.push_interim(stretch.text)
        elif stretch.text.strip():
            self._answered.note([stretch.key], stretch.end)
            said = Transcript(stretch.text.strip(), stretch.confidence, stretch.language)
            await self.push_final(said, stretch.at, stretch.end)

    async def _commit(self) -> None:
        """Give the utterance its final text."""
        utterance = self._utterance
        if utterance is None:
            return
        end = utterance.end if utterance.end is not None else self.clock.now()
        self._close_utterance(max(end, utterance.text.final_until or 0.0))
        await self.stop_processing_metrics()
        await self.push_final(utterance.text.transcript(), utterance.onset, end)

    def _close_utterance(self, until: float) -> None:
        self._stop_waiting()
        utterance, self._utterance = self._utterance, None
        self._answered.note(utterance.text.keys if utterance is not None else (), until)
        if self._line is not None:
            self._line.flush_at = None
        self.renew_when_quiet()

    # -- time ---------------------------------------------------------------------------------------------------------

    def silence_left(self) -> float | None:
        """Return how long the line may still be silent; None while nobody speaks (P11)."""
        utterance, line = self._utterance, self._line
        if utterance is None or line is None or utterance.flush_at is not None or not line.codec.interim:
            return None
        since = max(utterance.noticed, line.opened_at or 0.0, line.last_heard or 0.0)
        return since + self.deadlines.silent - self.clock.now()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._late = self.clock.call_later(
            seconds, lambda: self.create_task(self._final_is_late(), f"{self.name} late text")
        )

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    async def _final_is_late(self) -> None:
        """Two seconds after the caller stopped: take what is known; if that is nothing, say so and connect anew."""
        utterance, line = self._utterance, self._line
        if utterance is None or utterance.flush_at is None:
            return
        if not utterance.text and line is None and not utterance.waited:
            utterance.waited = True
            self._wait(self.deadlines.give_up - self.deadlines.final)
            return
        owes = line is None or line.codec.confirms_flush
        nothing, unsure = not utterance.text, not utterance.text.all_final
        await self._commit()
        if line is not None and (owes or (unsure and not nothing)):
            line.drop(Failure.SILENT)
        if nothing and owes:
            error = RecognitionTimeout("The recogniser did not answer in time.")
            await self.push_error(error.message, error)
            await self.say_sorry()

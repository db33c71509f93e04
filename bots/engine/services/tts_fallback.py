"""Voices that stand in for each other, sentence by sentence (PAR-05; P3, P13, P16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from typing import Any

from bots.engine.core.processor import ProcessorSetup, Routes
from bots.engine.errors import EngineError
from bots.engine.frames import StartFrame

from .settings import SettingRefused
from .standing import Standing
from .tts import TTSService
from .tts_errors import SpeechEmpty, SpeechTimeout
from .tts_sound import SpeechPiece, TTSDeadlines
from .tts_voice import Sounding

OWN_SETTINGS = frozenset({"voice", "model", "voice_id", "reference_id", "voice_url", "model_id", "model_name"})
"""What one vendor's settings call by a name that another does not know."""


class FallbackTTSService(TTSService):
    """Speaks each sentence with the first of ``voices`` that is well (PAR-05).

    A voice that gives no sound in its time, or fails before, is followed by the next with the same sentence; one that
    breaks off in a sentence is followed at the word that had no sound yet (P13). A failed voice rests and is tried
    again later, by one call at a time (``standing``, shared by ``keys``). A voice that cannot start within
    ``start_secs`` is such a one, and the call begins if any can (P3). When no voice has sound, what is said is the
    recorded line of the first one (P16). Settings hold for all voices, those of voice and model for the first only.
    The voices are no part of the pipeline: this processor lends them its place. Journal: ``service.switched``. Raises
    ``service.setting``.
    """

    def __init__(
        self,
        voices: Sequence[TTSService],
        *,
        standing: Standing | None = None,
        keys: Sequence[str] = (),
        start_secs: float = 2.0,
        name: str | None = None,
    ) -> None:
        if not voices or not all(isinstance(voice, TTSService) for voice in voices):
            raise SettingRefused("voices must be a list of at least one speech service.")
        if keys and len(set(keys)) != len(voices):
            raise SettingRefused("keys must be one name for each voice.")
        if not start_secs > 0:
            raise SettingRefused("start_secs must be more than 0 seconds.")
        first = voices[0]
        limits = [voice._deadlines for voice in voices]
        super().__init__(
            sample_rate=first.sample_rate or None,
            text_aggregator=first._aggregator,
            text_filters=first._filters,
            push_text_frames=first.push_text_frames,
            push_silence_after_stop=bool(first._silence_s),
            silence_time_s=first._silence_s,
            deadlines=TTSDeadlines(
                sum(limit.first for limit in limits) + start_secs + 1.0, max(limit.between for limit in limits) + 1.0
            ),
            apology=first._apology,
            canned=first._canned,
            give_up_after=first._give_up_after,
            name=name,
        )
        self.voices = tuple(voices)
        self.model_name = first.model_name
        self._start_secs = start_secs
        self._keys = tuple(keys) or tuple(str(place) for place in range(len(voices)))
        self._given = standing
        self._not_started: set[int] = set()
        self._speaking = 0
        for voice in voices:
            voice._apology = ""

    # -- the voices stand where this processor stands -----------------------------------------------------------------

    def setup(self, setup: ProcessorSetup) -> None:
        super().setup(setup)
        self._standing = self._given or Standing(setup.clock.now)
        for voice in self.voices:
            voice.setup(setup)

    def link(self, down: Routes, up: Routes) -> None:
        super().link(down, up)
        for voice in self.voices:
            voice.link(down, up)

    async def start(self, frame: StartFrame) -> None:
        self._frame = frame
        found = await asyncio.gather(*(self._begin(place) for place in range(len(self.voices))))
        errors = [error for error in found if error is not None]
        if len(errors) == len(self.voices):
            raise errors[0]
        for error in errors:
            await self.push_error(error.message, error)
        await super().start(frame)

    async def _begin(self, place: int) -> EngineError | None:
        """Start a voice; return what kept it from starting."""
        try:
            async with asyncio.timeout(self._start_secs):
                await self.voices[place].start(self._frame)
        except TimeoutError:
            error: EngineError = SpeechTimeout("The synthesiser was not ready in time.")
        except EngineError as failure:
            error = failure
        else:
            self._not_started.discard(place)
            return None
        self._not_started.add(place)
        self._standing.failed(self._keys[place], hopeless=error.owner == "author")
        return error

    async def cleanup(self) -> None:
        async with AsyncExitStack() as stack:
            for voice in self.voices:
                stack.push_async_callback(voice.cleanup)
            await super().cleanup()

    def on_interruption(self) -> None:
        super().on_interruption()
        for voice in self.voices:
            voice.on_interruption()

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        rest = dict(settings)
        if (filters := rest.pop("text_filter", None)) is not None:
            super().update_settings({"text_filter": filters})
        if rest:
            self.voices[0].update_settings(rest)
        for voice in self.voices[1:]:
            for name, value in rest.items():
                if name not in OWN_SETTINGS:
                    with suppress(SettingRefused):
                        voice.update_settings({name: value})

    # -- a sentence ---------------------------------------------------------------------------------------------------

    def _lined_up(self) -> list[int]:
        keys = self._standing.line_up(self._keys)
        better = self._standing.better_than(keys[0], self._keys)
        if better is not None:
            keys = [better, *(key for key in keys if key != better)]
        return [self._keys.index(key) for key in keys]

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        failure: EngineError | None = None
        for place in self._lined_up():
            if failure is not None:
                await self.push_error(failure.message, failure)
            sounding = Sounding()
            try:
                if place in self._not_started and (late := await self._begin(place)) is not None:
                    raise late
                async with aclosing(self._spoken(place, text, sounding, failure)) as pieces:  # type: ignore[type-var]
                    async for piece in pieces:
                        yield piece
            except EngineError as error:
                self._standing.failed(self._keys[place], hopeless=error.owner == "author")
                if sounding.seconds:
                    # What is missing is said by the next voice; the sentence goes on at the word without sound.
                    error.retryable = True
                    raise
                failure = error
            else:
                self._standing.worked(self._keys[place])
                return
        if failure is not None:
            failure.retryable = False
            raise failure

    async def _spoken(
        self, place: int, text: str, sounding: Sounding, failure: EngineError | None
    ) -> AsyncIterator[SpeechPiece]:
        """Yield one voice's pieces; raises where it is late, fails, or has no sound."""
        voice = self.voices[place]
        async with aclosing(voice.run_tts(text)) as pieces:  # type: ignore[type-var]
            while (piece := await voice.next_piece(pieces, sounding)) is not None:
                if piece.audio and not sounding.seconds:
                    sounding.seconds = len(piece.audio) / 2 / (piece.sample_rate or voice.sample_rate)
                    self._note_voice(place, failure)
                yield replace(piece, sample_rate=piece.sample_rate or voice.sample_rate)
        if not sounding.seconds:
            raise SpeechEmpty("The synthesiser answered without sound.")

    def _note_voice(self, place: int, failure: EngineError | None) -> None:
        before, self._speaking = self._speaking, place
        self.model_name = self.voices[place].model_name
        if before != place:
            names = [type(self.voices[one]).__name__ for one in (before, place)]
            reason = failure.code if failure is not None else "recovered" if place < before else "resting"
            self.journal.record("service.switched", {"from": names[0], "to": names[1], "reason": reason})

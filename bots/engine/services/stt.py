"""The recogniser's processor: caller audio in, interim and final text out (SPCH-01…04)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bots.engine.checks import given
from bots.engine.core.journal import rounded
from bots.engine.core.processor import handles
from bots.engine.frames import (
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    StartFrame,
    STTMuteFrame,
    STTUpdateSettingsFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
)

from .settings import CHECK, ConfiguredService, SettingRefused


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final text of an utterance; ``confidence`` 0..1 where the recogniser tells it."""

    text: str
    confidence: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class STTDeadlines:
    """Seconds: ``connect`` until a connection stands, ``final`` from the end of speech to the final text (then the
    request is made anew), ``give_up`` until the utterance is given up, ``silent`` without an answer while the caller
    speaks (reliability section 3, P11). Raises ``service.setting`` (also a ``ValueError``) unless all are above 0.
    """

    connect: float = 2.0
    final: float = 2.0
    give_up: float = 4.0
    silent: float = 2.0

    def __post_init__(self) -> None:
        CHECK.above_zero(**given(self, "connect", "final", "give_up", "silent"))
        if self.give_up < self.final:
            raise SettingRefused("give_up must not be less than final.")


class STTService(ConfiguredService):
    """Base of the recognisers: 16-bit mono PCM in, interim and final transcription frames out (SPCH-01).

    It stands behind the input transport and before the user aggregator; a transport that transcribes by itself may
    push the same frames in its place (SPCH-15). ``audio_passthrough`` lets caller audio go on to whoever else wants
    it, a recorder for one (SPCH-02). ``STTMuteFrame`` mutes and unmutes (SPCH-03), ``STTUpdateSettingsFrame`` changes
    settings. ``apology`` is said when speech was heard and nothing could be made of it.
    """

    def __init__(
        self,
        *,
        user_id: str = "caller",
        language: str | None = None,
        audio_passthrough: bool = True,
        apology: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        CHECK.flags(audio_passthrough=audio_passthrough)
        CHECK.kinds(str, "a text", user_id=user_id)
        CHECK.kinds_or_none(str, "a language's name", language=language)
        self.user_id, self.language = user_id, language
        self.audio_passthrough = audio_passthrough
        self.muted = False
        self.rate = 16000
        self._apology = apology
        if not audio_passthrough:
            vars(self)["_handled"] = tuple(
                (method, replace(mark, consume=True) if InputAudioRawFrame in mark.types else mark)
                for method, mark in self._handled
            )

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.rate = frame.audio_in_sample_rate

    @handles(STTMuteFrame)
    async def on_mute(self, frame: STTMuteFrame) -> None:
        """Mute: an utterance that is under way is dropped, and its partial text taken back."""
        if frame.mute and not self.muted and self.drop_utterance():
            await self.push_interim("")
        self.muted = frame.mute

    def drop_utterance(self) -> bool:
        """Forget what was heard of an utterance that is not over; whether there was one."""
        return False

    @handles(STTUpdateSettingsFrame)
    async def on_settings(self, frame: STTUpdateSettingsFrame) -> None:
        self.update_settings(frame.settings)

    def settings_changed(self) -> None:
        super().settings_changed()
        self.language = getattr(self.options, "language", None) or self.language

    async def push_interim(self, text: str) -> None:
        """Push a partial text, for display."""
        await self.push_frame(InterimTranscriptionFrame(text, self.user_id, self.clock.timestamp(), self.language))

    async def push_final(self, transcript: Transcript, at: float | None, end: float | None) -> None:
        """Journal the final text of an utterance and push it; an empty one takes the partials back. Media seconds."""
        data: dict[str, Any] = {"text": transcript.text, "final": True, "confidence": transcript.confidence}
        self.journal.record("user.transcript", data | {"at": rounded(at), "end": rounded(end)})
        if transcript.text.strip():
            language = transcript.language or self.language
            await self.push_frame(
                TranscriptionFrame(
                    transcript.text, self.user_id, self.clock.timestamp(), language, at, end, transcript.confidence
                )
            )
        else:
            await self.push_interim("")

    async def say_sorry(self) -> None:
        """Let the caller hear that nothing was understood, where the service was given words for it (P11)."""
        if self._apology:
            await self.push_frame(TTSSpeakFrame(self._apology))

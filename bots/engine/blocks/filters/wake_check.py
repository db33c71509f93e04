"""Lets transcriptions pass only after a wake phrase (FILT-06)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bots.engine.blocks.errors import BlockSettingWrong, positive
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import Frame, FrameDirection, InterimTranscriptionFrame, TranscriptionFrame

REMEMBERED = 400


class WakeState(Enum):
    """Whether a participant has said a wake phrase (FILT-06)."""

    IDLE = 1
    AWAKE = 2


@dataclass(slots=True)
class _Participant:
    state: WakeState = WakeState.IDLE
    awake_until: float = 0.0
    heard: str = ""


def _pattern(phrase: object) -> str:
    words = re.findall(r"\w+(?:['’]\w+)*", phrase) if isinstance(phrase, str) else []
    if not words:
        raise BlockSettingWrong("wake_phrases must be texts of at least one word.")
    # Recognisers put commas and full stops between words as they like.
    return r"\b" + r"[\s\W]+".join(re.escape(word) for word in words) + r"\b"


class WakeCheckFilter(FrameProcessor):
    """Drops transcriptions until a wake phrase is found, then passes them for ``keepalive_timeout`` seconds (FILT-06).

    Each transcription that passes renews the time. Every participant (``user_id``) has a state of its own; text is
    gathered over frames, so a phrase may come in pieces, and what stands before the phrase is cut off. Letter case and
    spacing do not count, words are whole. Partial texts pass only while their participant is awake; every other frame
    passes. Raises ``block.setting``.
    """

    def __init__(self, wake_phrases: Sequence[str], keepalive_timeout: float = 3, *, name: str | None = None) -> None:
        super().__init__(name=name)
        if isinstance(wake_phrases, str) or not wake_phrases:
            raise BlockSettingWrong("wake_phrases must be a list of at least one phrase.")
        self._phrases = re.compile("|".join(_pattern(phrase) for phrase in wake_phrases), re.IGNORECASE)
        self._keepalive = positive("keepalive_timeout", keepalive_timeout)
        self._participants: dict[str, _Participant] = {}

    def state_of(self, user_id: str) -> WakeState:
        """Return a participant's state as it is now."""
        known = self._participants.get(user_id)
        return self._current(known) if known is not None else WakeState.IDLE

    def _current(self, participant: _Participant) -> WakeState:
        if participant.state is WakeState.AWAKE and self.clock.now() >= participant.awake_until:
            participant.state, participant.heard = WakeState.IDLE, ""
        return participant.state

    @handles(TranscriptionFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_transcription(self, frame: TranscriptionFrame) -> None:
        participant = self._participants.setdefault(frame.user_id, _Participant())
        if self._current(participant) is WakeState.AWAKE:
            self._keep_awake(participant)
            await self.push_frame(frame)
            return
        participant.heard = f"{participant.heard} {frame.text}"[-REMEMBERED:].strip()
        found = self._phrases.search(participant.heard)
        if found is None:
            return
        text, participant.heard = participant.heard[found.start() :], ""
        participant.state = WakeState.AWAKE
        self._keep_awake(participant)
        await self.push_frame(replace(frame, text=text))

    def _keep_awake(self, participant: _Participant) -> None:
        participant.awake_until = self.clock.now() + self._keepalive

    @handles(InterimTranscriptionFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_interim(self, frame: Frame) -> None:
        """Keep partial texts back too: one that stands in for a late final text would answer the sleeping bot."""
        if isinstance(frame, InterimTranscriptionFrame) and self.state_of(frame.user_id) is WakeState.AWAKE:
            await self.push_frame(frame)

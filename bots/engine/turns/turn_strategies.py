"""The newer turn model: what begins a turn of the caller and what ends it, as lists of strategies (TURN-27)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from bots.engine.audio.turn_analyzer import BaseTurnAnalyzer

from .strategies import CHECK, MinWordsInterruptionStrategy


class BaseUserTurnStartStrategy(ABC):
    """Says when speech becomes a turn. ``enable_interruptions``: whether that cuts the bot off."""

    name = "start"

    def __init__(self, *, enable_interruptions: bool = True) -> None:
        self.enable_interruptions = enable_interruptions

    @abstractmethod
    async def on_voice(self, bot_speaking: bool) -> bool:
        """Whether the caller's first sound begins a turn."""

    @abstractmethod
    async def on_text(self, text: str, *, final: bool, bot_speaking: bool) -> bool:
        """Whether the text of the utterance so far begins a turn."""


class VADUserTurnStartStrategy(BaseUserTurnStartStrategy):
    """The caller's first sound begins the turn."""

    name = "voice"

    async def on_voice(self, bot_speaking: bool) -> bool:
        return True

    async def on_text(self, text: str, *, final: bool, bot_speaking: bool) -> bool:
        return False


class TranscriptionUserTurnStartStrategy(BaseUserTurnStartStrategy):
    """The first understood word begins the turn; ``use_interim``: one that is not final counts too."""

    name = "transcription"

    def __init__(self, *, use_interim: bool = True, enable_interruptions: bool = True) -> None:
        super().__init__(enable_interruptions=enable_interruptions)
        self._use_interim = use_interim

    async def on_voice(self, bot_speaking: bool) -> bool:
        return False

    async def on_text(self, text: str, *, final: bool, bot_speaking: bool) -> bool:
        return (final or self._use_interim) and bool(text.strip())


class MinWordsUserTurnStartStrategy(TranscriptionUserTurnStartStrategy):
    """Over the bot's voice ``min_words`` words begin the turn (TURN-17), while it is silent one is enough."""

    name = "min_words"

    def __init__(self, min_words: int, *, use_interim: bool = True, enable_interruptions: bool = True) -> None:
        super().__init__(use_interim=use_interim, enable_interruptions=enable_interruptions)
        self._words = MinWordsInterruptionStrategy(min_words)

    async def on_text(self, text: str, *, final: bool, bot_speaking: bool) -> bool:
        understood = await super().on_text(text, final=final, bot_speaking=bot_speaking)
        return understood and (not bot_speaking or self._words.enough(text))


class BaseUserTurnStopStrategy(ABC):
    """Says how much longer to wait when the caller has fallen silent."""

    hears_audio = False

    async def on_voice(self) -> None:  # noqa: B027 (a hook)
        """The caller's voice sounds (again)."""

    async def on_audio(self, audio: bytes, sample_rate: int, *, voiced: bool) -> None:  # noqa: B027 (a hook)
        """Take caller audio of the turn, s16le mono; only where ``hears_audio``."""

    @abstractmethod
    async def on_silence(self, silent_secs: float) -> float | None:
        """Return after how many more seconds the turn is over, the last sound being ``silent_secs`` ago.

        None: another strategy must know.
        """


class SpeechTimeoutUserTurnStopStrategy(BaseUserTurnStopStrategy):
    """The turn is over when the caller has said nothing more for ``user_speech_timeout`` seconds."""

    def __init__(self, user_speech_timeout: float = 0.6) -> None:
        CHECK.waits(user_speech_timeout=user_speech_timeout)
        self._seconds = user_speech_timeout

    async def on_silence(self, silent_secs: float) -> float | None:
        return self._seconds


class TurnAnalyzerUserTurnStopStrategy(BaseUserTurnStopStrategy):
    """A turn analyzer decides from the sound of the last words (TURN-07); its silence rule decides otherwise."""

    hears_audio = True

    def __init__(self, turn_analyzer: BaseTurnAnalyzer) -> None:
        CHECK.kinds(BaseTurnAnalyzer, "a turn analyzer", turn_analyzer=turn_analyzer)
        self._analyzer = turn_analyzer

    async def on_audio(self, audio: bytes, sample_rate: int, *, voiced: bool) -> None:
        self._analyzer.set_sample_rate(sample_rate)
        self._analyzer.append_audio(audio, is_speech=voiced)

    async def on_silence(self, silent_secs: float) -> float | None:
        verdict = await self._analyzer.analyze_end_of_turn()
        if verdict.complete:
            self._analyzer.clear()
            return 0.0
        return max(0.0, self._analyzer.params.stop_secs - silent_secs)


@dataclass(frozen=True, slots=True)
class UserTurnStrategies:
    """``start``: the first that says so begins the turn. ``stop``: the one whose wait is over first ends it.

    Without ``start`` voice begins a turn; without ``stop`` a turn is over as soon as its text is there.
    """

    start: Sequence[BaseUserTurnStartStrategy] = ()
    stop: Sequence[BaseUserTurnStopStrategy] = ()

    def __post_init__(self) -> None:
        CHECK.lists(BaseUserTurnStartStrategy, "start strategies", start=self.start)
        CHECK.lists(BaseUserTurnStopStrategy, "stop strategies", stop=self.stop)

"""When the caller is not listened to: one rule a strategy, and what they say together (TURN-23, TURN-25).

Each strategy looks at the frames it watches and says whether it wants the caller muted; the caller is muted while any
of them does. :class:`.stt_mute.STTMuteFilter` and the user aggregator's ``user_mute_strategies`` (TURN-27) share them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from bots.engine.checks import Checks
from bots.engine.core.journal import Journal
from bots.engine.errors import SpecError
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
)

from .utterances import Utterances


class MuteError(SpecError, ValueError):
    """A mute is configured in a way that contradicts itself or lacks a part."""

    code = "turns.mute"
    next_step = "Choose the smallest set of mute strategies that the conversation needs."


WATCHED = (
    BotStartedSpeakingFrame, BotSpeakingFrame, BotStoppedSpeakingFrame, FunctionCallInProgressFrame,
    FunctionCallResultFrame, FunctionCallCancelFrame, InterruptionFrame,
)  # fmt: skip
"""What strategies look at (TURN-25)."""


class BaseUserMuteStrategy(ABC):
    """Follows the bot and its function calls, and says whether the caller is muted now."""

    name = "custom"
    muted = False

    @abstractmethod
    async def process_frame(self, frame: Frame) -> bool:
        """Take a watched frame and return whether this strategy wants the caller muted from now on."""


class AlwaysUserMuteStrategy(BaseUserMuteStrategy):
    """Muted whenever the bot speaks (TURN-23 ``ALWAYS``)."""

    name = "always"

    async def process_frame(self, frame: Frame) -> bool:
        if isinstance(frame, BotStartedSpeakingFrame | BotStoppedSpeakingFrame):
            self.muted = isinstance(frame, BotStartedSpeakingFrame)
        return self.muted


class FirstSpeechUserMuteStrategy(BaseUserMuteStrategy):
    """Muted while the bot speaks for the first time, and never again (TURN-23 ``FIRST_SPEECH``)."""

    name = "first_speech"

    def __init__(self) -> None:
        self._over = False

    async def process_frame(self, frame: Frame) -> bool:
        if isinstance(frame, BotStartedSpeakingFrame):
            self.muted = not self._over
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._over, self.muted = True, False
        return self.muted


class MuteUntilFirstBotCompleteUserMuteStrategy(BaseUserMuteStrategy):
    """Muted from the start of the call until the bot's first speech is over (``MUTE_UNTIL_FIRST_BOT_COMPLETE``)."""

    name = "mute_until_first_bot_complete"
    muted = True

    async def process_frame(self, frame: Frame) -> bool:
        if isinstance(frame, BotStoppedSpeakingFrame):
            self.muted = False
        return self.muted


class FunctionCallUserMuteStrategy(BaseUserMuteStrategy):
    """Muted while a function call runs: from its start to its result or cancellation (TURN-23, TURN-25).

    Cancel frames travel downstream only and may not pass here; an interruption ends the calls that it cancels.
    """

    name = "function_call"

    def __init__(self) -> None:
        self._running: dict[str, bool] = {}

    async def process_frame(self, frame: Frame) -> bool:
        if isinstance(frame, FunctionCallInProgressFrame):
            self._running[frame.tool_call_id] = frame.cancel_on_interruption
        elif isinstance(frame, FunctionCallResultFrame | FunctionCallCancelFrame):
            self._running.pop(frame.tool_call_id, None)
        elif isinstance(frame, InterruptionFrame):
            self._running = {call: False for call, cancelled in self._running.items() if not cancelled}
        self.muted = bool(self._running)
        return self.muted


class CallbackUserMuteStrategy(BaseUserMuteStrategy):
    """Asks a callback, again and again while the bot speaks and never else (TURN-23 ``CUSTOM``)."""

    def __init__(self, should_mute: Callable[[], Awaitable[bool]]) -> None:
        Checks(MuteError).functions(should_mute=should_mute)
        self._should_mute = should_mute

    async def process_frame(self, frame: Frame) -> bool:
        if isinstance(frame, BotStartedSpeakingFrame | BotSpeakingFrame):
            self.muted = bool(await self._should_mute())
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self.muted = False
        return self.muted


class UserMute:
    """The union of strategies: the caller is muted while any one demands it (TURN-24)."""

    def __init__(self, strategies: Sequence[BaseUserMuteStrategy]) -> None:
        kinds = {type(strategy) for strategy in strategies}
        if {FirstSpeechUserMuteStrategy, MuteUntilFirstBotCompleteUserMuteStrategy} <= kinds:
            raise MuteError(
                "strategies: FIRST_SPEECH and MUTE_UNTIL_FIRST_BOT_COMPLETE treat the bot's first speech differently; "
                "choose one of them."
            )
        self._strategies = tuple(strategies)
        self.muted = self._wanted()

    @property
    def reasons(self) -> list[str]:
        """The strategies that want the caller muted now."""
        return [strategy.name for strategy in self._strategies if strategy.muted]

    def _wanted(self) -> bool:
        return any(strategy.muted for strategy in self._strategies)

    async def follow(self, frame: Frame) -> bool:
        """Take a watched frame; return whether the caller's state changed by it."""
        for strategy in self._strategies:
            await strategy.process_frame(frame)
        before, self.muted = self.muted, self._wanted()
        return before is not self.muted


class MuteGate:
    """What passes while the caller may be muted: whole utterances, or nothing of them (TURN-24).

    Speech that is under way when the mute begins ends there; speech that begins muted is dropped to its end and noted
    as discarded.
    """

    def __init__(self, strategies: Sequence[BaseUserMuteStrategy], journal: Journal) -> None:
        self._mute = UserMute(strategies)
        self._journal = journal
        self._dropped = Utterances(journal)
        self.inside = False
        """Whether an utterance that passed has not ended yet."""

    @property
    def muted(self) -> bool:
        """Whether the caller is muted now."""
        return self._mute.muted

    @property
    def reasons(self) -> list[str]:
        """Names of the strategies that mute the caller now."""
        return self._mute.reasons

    async def follow(self, frame: Frame) -> bool:
        """Take a watched frame; return whether the caller was muted or unmuted by it."""
        if not await self._mute.follow(frame):
            return False
        self.note()
        return True

    def note(self) -> None:
        """Write down whether the caller is muted."""
        if self.muted:
            self._journal.record("user.muted", {"reasons": self.reasons})
        else:
            self._journal.record("user.unmuted")

    def starts(self, at: float | None) -> bool:
        """Whether speech that begins now passes."""
        self.inside = not self.muted
        if self.muted:
            self._dropped.begin(at)
        return self.inside

    def stops(self, last_voiced_at: float | None) -> bool:
        """Whether the end of speech passes."""
        passes, self.inside = self.inside or not self._dropped.waiting, False
        self._dropped.end(last_voiced_at)
        self._dropped.settle("discarded", "muted")
        return passes and not self.muted

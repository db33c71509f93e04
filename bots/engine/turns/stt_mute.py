"""The mute filter: what the caller says is not heard while a strategy says so (TURN-22…26, CONF-09, CONF-17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import Enum

from bots.engine.checks import Checks
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    Frame,
    FrameDirection,
    InterimTranscriptionFrame,
    InterruptionTaskFrame,
    StartFrame,
    STTMuteFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from .user_mute import (
    WATCHED,
    AlwaysUserMuteStrategy,
    BaseUserMuteStrategy,
    CallbackUserMuteStrategy,
    FirstSpeechUserMuteStrategy,
    FunctionCallUserMuteStrategy,
    MuteError,
    MuteGate,
    MuteUntilFirstBotCompleteUserMuteStrategy,
    UserMute,
)

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class STTMuteStrategy(Enum):
    """When the caller is muted (TURN-23)."""

    FIRST_SPEECH = "first_speech"
    MUTE_UNTIL_FIRST_BOT_COMPLETE = "mute_until_first_bot_complete"
    FUNCTION_CALL = "function_call"
    ALWAYS = "always"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class STTMuteConfig:
    """The strategies, and the callback that ``CUSTOM`` needs: ``(filter) -> bool`` (TURN-22).

    ``FIRST_SPEECH`` together with ``MUTE_UNTIL_FIRST_BOT_COMPLETE``, and ``CUSTOM`` without a callback, are refused.
    """

    strategies: Collection[STTMuteStrategy]
    should_mute_callback: Callable[[STTMuteFilter], Awaitable[bool]] | None = None

    def __post_init__(self) -> None:
        known = isinstance(self.strategies, Collection) and all(isinstance(s, STTMuteStrategy) for s in self.strategies)
        if not known or not self.strategies:
            raise MuteError("strategies must be a set of at least one STTMuteStrategy.")
        if self.should_mute_callback is not None:
            Checks(MuteError).functions(should_mute_callback=self.should_mute_callback)
        if STTMuteStrategy.CUSTOM in self.strategies and self.should_mute_callback is None:
            raise MuteError("should_mute_callback is required for the strategy CUSTOM.")
        UserMute([_PLAIN[strategy]() for strategy in self.strategies if strategy in _PLAIN])


_PLAIN: dict[STTMuteStrategy, type[BaseUserMuteStrategy]] = {
    STTMuteStrategy.FIRST_SPEECH: FirstSpeechUserMuteStrategy,
    STTMuteStrategy.MUTE_UNTIL_FIRST_BOT_COMPLETE: MuteUntilFirstBotCompleteUserMuteStrategy,
    STTMuteStrategy.FUNCTION_CALL: FunctionCallUserMuteStrategy,
    STTMuteStrategy.ALWAYS: AlwaysUserMuteStrategy,
}


class STTMuteFilter(FrameProcessor):
    """Stands between recogniser and user aggregator (TURN-24): drops the caller's speech edges and texts while muted.

    The recogniser is told by ``STTMuteFrame`` upstream; raw audio goes on, or the recording would lose the caller
    (CONF-17). Interruptions are dropped at their cause: a muted caller starts none, and a request made in the caller's
    name does not pass upstream. One that took place is a fact that everybody must hear of, so its frame goes on. Speech
    that is under way when the mute begins ends there; speech that begins muted is dropped to its end. Event:
    ``on_mute_changed(muted, reasons)``, for those who show callers that they are muted (TURN-26).
    """

    def __init__(self, config: STTMuteConfig, *, name: str | None = None) -> None:
        super().__init__(name=name)
        Checks(MuteError).kinds(STTMuteConfig, "an STTMuteConfig", config=config)
        self._strategies = [_PLAIN[strategy]() for strategy in config.strategies if strategy in _PLAIN]
        if STTMuteStrategy.CUSTOM in config.strategies and (callback := config.should_mute_callback) is not None:
            self._strategies.append(CallbackUserMuteStrategy(lambda: callback(self)))
        self._gate: MuteGate | None = None

    @property
    def muted(self) -> bool:
        """Whether the caller is muted now."""
        return self._gate is not None and self._gate.muted

    @property
    def reasons(self) -> list[str]:
        """Names of the strategies that mute the caller now."""
        return [] if self._gate is None else self._gate.reasons

    @property
    def gate(self) -> MuteGate:
        """What passes and what not; there is one once the call began."""
        if self._gate is None:
            self._gate = MuteGate(self._strategies, self.journal)
        return self._gate

    @handles(StartFrame, direction=DOWN)
    async def on_start(self, frame: StartFrame) -> None:
        """Tell of a mute that is there from the start."""
        if self.gate.muted:
            self.gate.note()
            await self._tell()

    @handles(*WATCHED)
    async def on_watched(self, frame: Frame) -> None:
        if await self.gate.follow(frame):
            await self._tell()

    async def _tell(self) -> None:
        """Let recogniser and listeners know that the caller was muted or may be heard again."""
        if self.muted and self.gate.inside:
            self.gate.inside = False
            await self.push_frame(UserStoppedSpeakingFrame(self.clock.now(), self.clock.now()))
        await self.push_frame(STTMuteFrame(self.muted), UP)
        await self.emit("on_mute_changed", self.muted, self.reasons)

    @handles(UserStartedSpeakingFrame, direction=DOWN, consume=True)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        if self.gate.starts(frame.at):
            await self.push_frame(frame)

    @handles(UserStoppedSpeakingFrame, direction=DOWN, consume=True)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        if self.gate.stops(frame.last_voiced_at):
            await self.push_frame(frame)

    @handles(
        TranscriptionFrame, InterimTranscriptionFrame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame,
        direction=DOWN, consume=True,
    )  # fmt: skip
    async def on_rest(self, frame: Frame) -> None:
        if not self.muted:
            await self.push_frame(frame)

    @handles(InterruptionTaskFrame, direction=UP, consume=True)
    async def on_request(self, frame: InterruptionTaskFrame) -> None:
        if not (self.muted and frame.reason == "user_speech"):
            await self.push_frame(frame, UP)

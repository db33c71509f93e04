"""Conversations that go nowhere end: too many turns, or two machines that repeat themselves (reliability C17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.core.outcome import EndReason
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FrameDirection,
    LLMContextFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from .errors import CHECK, function
from .repetition import Repetition

DOWN = FrameDirection.DOWNSTREAM


class ConversationGuard(FrameProcessor):
    """Ends a call after ``max_turns`` turns of the caller (0: no limit), or with ``loops`` when both sides repeat.

    The turn that goes too far is not answered by the model: ``goodbye`` is said instead, and ``end(reason)`` is awaited
    with max_turns or loop, which ends the call when that was heard (or talked over). Stands between the user aggregator
    and the model; its events ``on_user_turn`` and ``on_assistant_turn`` belong to :meth:`user_turn` and
    :meth:`bot_turn`. Journal: ``call.guarded`` with reason and turns. Raises ``block.setting``.
    """

    def __init__(
        self,
        *,
        max_turns: int,
        goodbye: str,
        end: Callable[[EndReason], Awaitable[None]],
        loops: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        CHECK.whole(0, max_turns=max_turns)
        CHECK.kinds(str, "a text", goodbye=goodbye)
        CHECK.flags(loops=loops)
        function("end", end)
        self._max_turns, self._goodbye, self._end = max_turns, goodbye.strip(), end
        self._repetition = Repetition() if loops else None
        self._turns = 0
        self._reason: EndReason | None = None
        self._over = False
        self._voice_at: float | None = None
        self._voiced_s = 0.0

    @handles(UserStartedSpeakingFrame, direction=DOWN)
    async def on_voice(self, frame: UserStartedSpeakingFrame) -> None:
        self._voice_at = self.clock.now() if frame.at is None else frame.at

    @handles(UserStoppedSpeakingFrame, direction=DOWN)
    async def on_silence(self, frame: UserStoppedSpeakingFrame) -> None:
        if self._voice_at is not None:
            last = self.clock.now() if frame.last_voiced_at is None else frame.last_voiced_at
            self._voiced_s += max(0.0, last - self._voice_at)
            self._voice_at = None

    async def user_turn(self, emitter: object, text: str, disposition: str, turn: int) -> None:
        """Take a turn of the caller."""
        seconds, self._voiced_s = self._voiced_s, 0.0
        if disposition != "turn":
            return
        self._turns += 1
        if self._repetition is not None and self._repetition.caller_said(text, seconds):
            self._reason = EndReason.LOOP
        if self._max_turns and self._turns > self._max_turns:
            self._reason = EndReason.MAX_TURNS

    async def bot_turn(self, emitter: object, text: str, interrupted: bool) -> None:
        """Take what was heard of the bot."""
        if self._repetition is not None:
            self._repetition.bot_said(text)

    @handles(LLMContextFrame, direction=DOWN, consume=True)
    async def on_context(self, frame: LLMContextFrame) -> None:
        if self._over:
            return
        if self._reason is None:
            await self.push_frame(frame)
            return
        self._over = True
        self.journal.record("call.guarded", {"reason": self._reason.value, "turns": self._turns})
        if self._goodbye:
            await self.push_frame(TTSSpeakFrame(self._goodbye))
        await self._end(self._reason)

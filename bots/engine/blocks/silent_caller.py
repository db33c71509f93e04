"""What a bot says to a caller who says nothing (TASK-36; reliability section 3: prompts, then a polite end)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bots.engine.core.processor import handles
from bots.engine.frames import (
    BotStoppedSpeakingFrame,
    FrameDirection,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserTextFrame,
)

from .errors import CHECK, BlockSettingWrong, function
from .user_idle import UserIdleProcessor

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


def _texts(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(texts, str) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise BlockSettingWrong(f"{name} must be a list of texts.")
    return tuple(texts)


class SilentCaller(UserIdleProcessor):
    """Says one of ``prompts`` after each ``timeout`` seconds of silence, ``goodbye`` last, and calls ``end`` (TASK-36).

    The end comes when the goodbye was heard; a caller who speaks meanwhile stays, and the prompts begin anew. A goodbye
    that cannot be spoken ends the call after one more ``timeout``. While ``asks()`` is False nothing is said and
    nothing counted: somebody else speaks, or is waited for. Journal: ``user.idle`` with count and action
    (prompt, goodbye, end). Raises ``block.setting``.
    """

    def __init__(
        self,
        *,
        prompts: Sequence[str],
        goodbye: str,
        end: Callable[[], Awaitable[None]],
        timeout: float,
        asks: Callable[[], bool] = lambda: True,
        name: str | None = None,
    ) -> None:
        super().__init__(self._ask, timeout, name=name)
        function("end", end)
        function("asks", asks)
        self._asks = asks
        CHECK.kinds(str, "a text", goodbye=goodbye)
        self._prompts, self._goodbye, self._end = _texts("prompts", prompts), goodbye.strip(), end
        self._leaving = False

    async def _ask(self, processor: UserIdleProcessor, retry_count: int) -> bool:
        if not self._asks():
            self._retries = 0
            return True
        if retry_count <= len(self._prompts):
            await self._say("prompt", retry_count, self._prompts[retry_count - 1])
        elif self._goodbye and retry_count == len(self._prompts) + 1:
            self._leaving = True
            await self._say("goodbye", retry_count, self._goodbye)
        else:
            await self._leave(retry_count)
            return False
        return True

    async def _say(self, action: str, count: int, text: str) -> None:
        self.journal.record("user.idle", {"count": count, "action": action})
        await self.push_frame(TTSSpeakFrame(text))

    async def _leave(self, count: int) -> None:
        self._leaving = False
        self.journal.record("user.idle", {"count": count, "action": "end"})
        await self._end()

    @handles(BotStoppedSpeakingFrame, direction=UP)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        await super().on_bot_stopped(frame)
        if self._leaving and not frame.interrupted:
            await self._leave(self.retry_count)

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._leaving = False
        await super().on_user_started(frame)

    @handles(UserTextFrame)
    async def on_text(self, frame: UserTextFrame) -> None:
        self._leaving = False
        await super().on_text(frame)

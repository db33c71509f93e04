"""Notices that the caller has gone silent (TASK-33…36)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import cast

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    UserIdleFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
)

from .errors import BlockSettingWrong, function, positive

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
BasicCallback = Callable[["UserIdleProcessor"], Awaitable[None]]
RetryCallback = Callable[["UserIdleProcessor", int], Awaitable[bool]]


def _asks_for_the_count(callback: object) -> bool:
    function("callback", callback)
    try:
        inspect.signature(cast(RetryCallback, callback)).bind("processor", 1)
    except TypeError:
        pass
    else:
        return True
    try:
        inspect.signature(cast(BasicCallback, callback)).bind("processor")
    except TypeError as error:
        raise BlockSettingWrong("callback must take the processor, or the processor and the retry count.") from error
    return False


class UserIdleProcessor(FrameProcessor):
    """Calls back when nobody has spoken for ``timeout`` seconds; both arguments are required (TASK-33).

    ``callback(processor)`` is called again and again; ``callback(processor, retry_count)`` gets 1 the first time and
    ends the watch for good by returning False (TASK-34). Before each call a ``UserIdleFrame`` goes downstream. The
    watch begins with the first speech of either side. The caller's speech (or typed text) sets the count back and holds
    the watch until it is over; the bot's speech and a running function call hold it too; the end of the pipeline ends
    it (TASK-35). Place it behind the recogniser and before the user aggregator (CONF-13). Prompt once or twice, then
    say goodbye and end by ``EndTaskFrame`` upstream or by the task's queue, as ``SilentCaller`` does; 5 to 10 s suit
    voice (TASK-36). Raises ``block.setting``.
    """

    def __init__(self, callback: BasicCallback | RetryCallback, timeout: float, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._counts = _asks_for_the_count(callback)
        self._callback = callback
        self._timeout = positive("timeout", timeout)
        self._retries = 0
        self._begun = self._over = self._telling = False
        self._user_speaks = self._bot_speaks = False
        self._calls: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def retry_count(self) -> int:
        """How often the caller was found idle since the caller last spoke."""
        return self._retries

    # -- who is active ------------------------------------------------------------------------------------------------

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._begun = self._user_speaks = True
        self._retries = 0
        self._disarm()

    @handles(UserStoppedSpeakingFrame)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        self._user_speaks = False
        self._arm()

    @handles(UserTextFrame)
    async def on_text(self, frame: UserTextFrame) -> None:
        self._begun = True
        self._retries = 0
        self._arm()

    @handles(BotSpeakingFrame, direction=UP)
    async def on_bot_speaking(self, frame: BotSpeakingFrame) -> None:
        self._begun = True
        self._arm()

    @handles(BotStartedSpeakingFrame, direction=UP)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        self._begun = self._bot_speaks = True
        self._disarm()

    @handles(BotStoppedSpeakingFrame, direction=UP)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        self._bot_speaks = False
        self._arm()

    @handles(FunctionCallInProgressFrame, direction=UP)
    async def on_call(self, frame: FunctionCallInProgressFrame) -> None:
        self._calls.add(frame.tool_call_id)
        self._disarm()

    @handles(FunctionCallResultFrame, FunctionCallCancelFrame)
    async def on_call_over(self, frame: FunctionCallResultFrame | FunctionCallCancelFrame) -> None:
        self._calls.discard(frame.tool_call_id)
        self._arm()

    @handles(EndFrame, CancelFrame, direction=DOWN)
    async def on_end(self, frame: Frame) -> None:
        self._stop()

    async def cleanup(self) -> None:
        self._stop()

    # -- the watch ----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._over = True
        self._disarm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._disarm()
        active = self._user_speaks or self._bot_speaks or self._telling or bool(self._calls)
        if self._begun and not self._over and not active:
            self._timer = self.clock.call_later(self._timeout, self._expired)

    def _expired(self) -> None:
        self._timer = None
        self._retries += 1
        self._telling = True
        self.create_task(self._tell(), f"{self.name} callback")

    async def _tell(self) -> None:
        await self.push_frame(UserIdleFrame(self._retries))
        try:
            if self._counts:
                self._over = not await cast(RetryCallback, self._callback)(self, self._retries) or self._over
            else:
                await cast(BasicCallback, self._callback)(self)
        finally:
            self._telling = False
            self._arm()

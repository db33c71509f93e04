"""A menu of keys: what a caller may press instead of saying it (PROD-22, DTMF-04, DTMF-05)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FrameDirection,
    InputDTMFFrame,
    KeypadEntry,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
)
from bots.engine.spec import KeyChoice

from .errors import CHECK, BlockSettingWrong, function
from .user_idle import UserIdleProcessor

DOWN = FrameDirection.DOWNSTREAM
Press = Callable[[str], Awaitable[bool]]


class KeypadMenu(FrameProcessor):
    """Lets each key mean something: words that count as spoken, an answer without the model, or a function.

    The first key cuts the bot off. ``press(function)`` runs a function of the flow (or a tool) as if the model had
    called it and returns whether it is offered now. A key without a meaning, or whose function is not offered, is
    answered with ``unknown``. Who speaks while ``asks()`` is True talks with the bot. ``once``: after the first choice
    keys are text again, for a ``DTMFAggregator`` behind this. Journal: ``keypad.choice`` with key and action (phrase,
    answer, function, unknown). Raises ``block.setting``.
    """

    def __init__(
        self,
        choices: Mapping[str, KeyChoice],
        *,
        unknown: str,
        press: Press,
        once: bool = False,
        asks: Callable[[], bool] = lambda: True,
        user_id: str = "caller",
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        CHECK.kinds(str, "a text", unknown=unknown)
        CHECK.flags(once=once)
        function("press", press)
        function("asks", asks)
        if not choices or not set(choices) <= set(KeypadEntry):
            raise BlockSettingWrong("choices must be given by keys of a telephone keypad.")
        for choice in choices.values():
            if sum(map(bool, (choice.phrase, choice.answer, choice.function))) != 1:
                raise BlockSettingWrong("choices must each have one of phrase, answer and function.")
        self._choices = dict(choices)
        self._unknown, self._press, self._once, self._user_id = unknown, press, once, user_id
        self._asks = asks
        self.settled = False
        """Whether the caller has chosen, or talks instead: nothing is repeated any more."""
        self._closed = False

    @handles(UserStartedSpeakingFrame, direction=DOWN)
    async def on_voice(self, frame: UserStartedSpeakingFrame) -> None:
        self.settled = self.settled or self._asks()

    @handles(InputDTMFFrame, direction=DOWN, consume=True)
    async def on_key(self, frame: InputDTMFFrame) -> None:
        if self._closed:
            await self.push_frame(frame)
            return
        await self.interrupt("keypad")
        choice = self._choices.get(frame.button, KeyChoice())
        action = "phrase" if choice.phrase else "answer" if choice.answer else "unknown"
        if choice.function and await self._press(choice.function):
            action = "function"
        self.journal.record("keypad.choice", {"key": str(frame.button), "action": action})
        if action != "unknown":
            self.settled, self._closed = True, self._once
        if choice.phrase:
            now = self.clock.now()
            await self.push_frame(
                TranscriptionFrame(
                    choice.phrase, self._user_id, self.clock.timestamp(), at=now, end=now, confidence=1.0
                )
            )
        elif action in ("answer", "unknown") and (text := choice.answer or self._unknown):
            await self.push_frame(TTSSpeakFrame(text))


class MenuReminder(UserIdleProcessor):
    """Says the menu again after each ``timeout`` seconds of silence, ``repeats`` times, until ``settled()``.

    While ``asks()`` is False nothing is said and nothing counted: nobody is there yet who could press a key. Raises
    ``block.setting``.
    """

    def __init__(
        self,
        prompt: str,
        *,
        timeout: float,
        repeats: int,
        settled: Callable[[], bool],
        asks: Callable[[], bool] = lambda: True,
        name: str | None = None,
    ) -> None:
        super().__init__(self._remind, timeout, name=name)
        CHECK.texts(prompt=prompt)
        CHECK.whole(0, repeats=repeats)
        function("settled", settled)
        function("asks", asks)
        self._prompt, self._repeats, self._settled, self._asks = prompt, repeats, settled, asks

    async def _remind(self, processor: UserIdleProcessor, retry_count: int) -> bool:
        if not self._asks():
            self._retries = 0
            return True
        if self._settled() or retry_count > self._repeats:
            return False
        await self.push_frame(TTSSpeakFrame(self._prompt))
        return True


def menu_blocks(
    choices: Mapping[str, KeyChoice],
    *,
    press: Press,
    unknown: str,
    once: bool,
    prompt: str,
    repeat_secs: float,
    repeats: int,
    asks: Callable[[], bool],
) -> Sequence[FrameProcessor]:
    """Return the menu, and what repeats its prompt where there is one."""
    menu = KeypadMenu(choices, unknown=unknown, press=press, once=once, asks=asks)
    if not prompt or not repeats:
        return [menu]
    return [menu, MenuReminder(prompt, timeout=repeat_secs, repeats=repeats, settled=lambda: menu.settled, asks=asks)]

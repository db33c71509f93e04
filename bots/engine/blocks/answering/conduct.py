"""What is done about a machine, a screener or a menu once it is known (lessons T17; reliability C17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from bots.engine.blocks.alarm import Alarm
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import KeypadEntry, OutputDTMFFrame, TTSSpeakFrame

from .findings import AnswerKind
from .plan import AnswerPlan

QUIET_S = 1.5
"""Silence after which a machine that gave no beep is taken to record."""

BREATH_S = 0.3
AFTER_BEEP_S = 0.15
PATIENCE_S = 60.0
"""How long a machine may greet, a screener may ask its owner and a menu may be walked through."""

LOST_VOICE_S = 12.0
MOST_TRIES = 3
KEY_EVERY_S = 0.25


class Stage(Enum):
    """How far it has come."""

    NOTHING = auto()
    LISTENING = auto()
    """A machine greets: what is to be left waits for its beep, or for silence."""
    LEAVING = auto()
    SCREENED = auto()
    IN_MENU = auto()
    OVER = auto()


class Conduct:
    """Follows a plan; ``end(detail)`` ends the call when everything said was heard.

    A message that the machine talks into is left anew, three times at the most: its greeting had a pause. A screener is
    answered, a menu's keys are pressed, three times at the most too.
    """

    def __init__(self, owner: FrameProcessor, plan: AnswerPlan, end: Callable[[str], Awaitable[None]]) -> None:
        self._owner, self._plan, self._end = owner, plan, end
        self._alarm, self._patience = Alarm(owner), Alarm(owner)
        self._tries = dict.fromkeys((Stage.LEAVING, Stage.SCREENED, Stage.IN_MENU), 0)
        self._owes_answer = self._sounds = False
        self.stage = Stage.NOTHING
        self.voiced = False
        self.last_voiced_at = 0.0
        self.beep_sounds: Callable[[], bool] = bool

    @property
    def waits_for_somebody(self) -> bool:
        """Whether a person may still come to the telephone."""
        return self.stage in (Stage.SCREENED, Stage.IN_MENU)

    def stop(self) -> None:
        """A person is there, or the call is over."""
        self._alarm.cancel()
        self._patience.cancel()
        if self.stage is not Stage.OVER:
            self.stage = Stage.NOTHING

    async def begin(self, kind: AnswerKind, *, after_beep: bool = False) -> None:
        """Do what the plan says about this kind."""
        if self.stage in (Stage.LEAVING, Stage.OVER):
            return
        plan = self._plan
        if kind is AnswerKind.MACHINE and plan.on_machine == "leave_message":
            if self.stage is not Stage.LISTENING:
                self._wait_in(Stage.LISTENING)
            if after_beep:
                self._alarm.set(AFTER_BEEP_S, self._leave_message)
            else:
                self._expect_silence()
        elif kind is AnswerKind.SCREENER and plan.screener_text and self._may_try(Stage.SCREENED):
            self._wait_in(Stage.SCREENED)
            self._answer_soon()
        elif kind is AnswerKind.MENU and plan.menu_keys and self._may_try(Stage.IN_MENU):
            self._wait_in(Stage.IN_MENU)
            self._answer_soon()
        else:
            await self._leave(kind.value)

    def _may_try(self, stage: Stage) -> bool:
        self._tries[stage] += 1
        return self._tries[stage] <= MOST_TRIES

    def _wait_in(self, stage: Stage) -> None:
        self.stage = stage
        self._patience.set(PATIENCE_S, self._out_of_patience)

    async def _out_of_patience(self) -> None:
        await self._leave("nobody came")

    async def _leave(self, detail: str) -> None:
        self.stop()
        self.stage = Stage.OVER
        await self._end(detail)

    # -- what is heard ------------------------------------------------------------------------------------------------

    def voice_started(self) -> None:
        """The far end speaks (again)."""
        if self.stage is Stage.LISTENING or self._owes_answer:
            self._alarm.cancel()

    def voice_stopped(self) -> None:
        """The far end is silent."""
        if self.stage is Stage.LISTENING:
            self._expect_silence()
        elif self._owes_answer:
            self._answer_soon()

    def beep(self) -> None:
        """A beep ended."""
        if self.stage is Stage.LISTENING:
            self._alarm.set(AFTER_BEEP_S, self._leave_message)

    def bot_started(self) -> None:
        """The message is heard."""
        if self.stage is Stage.LEAVING:
            self._sounds = True
            self._alarm.cancel()

    async def bot_stopped(self, *, interrupted: bool) -> None:
        """The message was heard, or cut off by a greeting that went on."""
        if self.stage is Stage.LEAVING and not interrupted:
            await self._leave("message left")
        elif self.stage is Stage.LEAVING:
            await self._leave_anew()

    async def cut_off(self) -> None:
        """What was about to be said will not be: the message begins anew."""
        if self.stage is Stage.LEAVING and not self._sounds:
            await self._leave_anew()

    async def _leave_anew(self) -> None:
        if self._tries[Stage.LEAVING] >= MOST_TRIES:
            await self._leave("message cut off")
            return
        self._wait_in(Stage.LISTENING)
        self._expect_silence()

    # -- what is said -------------------------------------------------------------------------------------------------

    def _expect_silence(self) -> None:
        now = self._owner.clock.now()
        if not self.voiced:
            self._alarm.set((self.last_voiced_at or now) + QUIET_S - now, self._leave_message)

    async def _leave_message(self) -> None:
        if self.stage is not Stage.LISTENING:
            return
        if self.beep_sounds():
            self._alarm.set(AFTER_BEEP_S, self._leave_message)
            return
        self._patience.cancel()
        self._may_try(Stage.LEAVING)
        self.stage, self._sounds = Stage.LEAVING, False
        self._owner.journal.record("answer.message", {"attempt": self._tries[Stage.LEAVING]})
        self._alarm.set(LOST_VOICE_S, self._lost_voice)
        await self._owner.push_frame(TTSSpeakFrame(self._plan.message))

    async def _lost_voice(self) -> None:
        await self._leave("the message could not be spoken")

    def _answer_soon(self) -> None:
        self._owes_answer = True
        if not self.voiced:
            self._alarm.set(BREATH_S, self._answer)

    async def _answer(self) -> None:
        self._owes_answer = False
        if self.stage is Stage.SCREENED:
            self._owner.journal.record("answer.screener", {"attempt": self._tries[Stage.SCREENED]})
            await self._owner.push_frame(TTSSpeakFrame(self._plan.screener_text))
        elif self.stage is Stage.IN_MENU:
            self._owner.journal.record("answer.keys", {"keys": len(self._plan.menu_keys)})
            for place, key in enumerate(self._plan.menu_keys):
                if place:
                    await self._owner.clock.sleep(KEY_EVERY_S)
                await self._owner.push_frame(OutputDTMFFrame(KeypadEntry(key)))

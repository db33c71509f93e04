"""Finds out who took a call that was placed, before the bot speaks (lessons T17; reliability C17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.blocks.alarm import Alarm
from bots.engine.blocks.errors import CHECK, function
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import EngineError
from bots.engine.frames import (
    AnsweredByFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FrameDirection,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from .beep import BeepDetector
from .conduct import Conduct, Stage
from .findings import AnswerKind, Finding, FoundBy
from .plan import AnswerPlan
from .words import asks_to_wait, found_in, is_doubtful

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
FIRST_WORDS_S = 2.5
"""So long the bot waits for the first words of whoever took the call; in silence it speaks first then."""

WORDS_LATE_S = 1.5
MORE_WORDS_S = 1.2
TURN_LATE_S = 5.0
SPEECH_ALONE_S = 4.0
"""Speech at a stretch that nobody could understand is a machine's beyond this, a person's below it."""

ENDLESS_S = 15.0
UNDECIDED_S = 45.0
"""Music with pauses, of which nobody understands a word, is a machine's after this."""
REVISED_WITHIN_S = 30.0
REVISED_WITHIN_TURNS = 1
"""What words, a beep or the carrier say later is believed only so long, and only of somebody who said so little."""

GREETING_S = 1.0
_KNOWN = {kind.value for kind in AnswerKind}


class AnswerDetector(FrameProcessor):
    """Tells people from machines, call screeners and menus, and lets only people talk with the bot (lessons T17).

    The carrier's word (``AnsweredByFrame``) comes first; else what the first words say and how long they take, a beep,
    or silence. Journal: ``answer.detected`` with kind, by, confidence (0..1), after_s (seconds since :meth:`begin`) and
    revised: what is heard later may correct it. Event: ``on_answered(kind, by)``. Stands before the user aggregator,
    an ``AnswerGate`` behind it asks :meth:`passes`. ``end(detail)`` ends the call as the plan says; raises
    ``block.setting``.
    """

    def __init__(self, plan: AnswerPlan, *, end: Callable[[str], Awaitable[None]], name: str | None = None) -> None:
        super().__init__(name=name)
        CHECK.kinds(AnswerPlan, "an AnswerPlan", plan=plan)
        function("end", end)
        self._conduct = Conduct(self, plan, end)
        self._beep = BeepDetector()
        self._conduct.beep_sounds = lambda: self._beep.sounding
        self._alarm, self._limit = Alarm(self), Alarm(self)
        self._opening: Callable[[], Awaitable[None]] | None = None
        self._opens_itself = True
        self._early: Finding | None = None
        self._began = 0.0
        self.kind: AnswerKind | None = None
        self.talking = False
        """Whether the bot talks with whom it called: a person, or somebody who has said nothing yet."""
        self._turns = 0
        self._said: list[str] = []
        self._judged = False
        self._voice_at: float | None = None
        self._stretch = self._heard_s = 0.0

    async def begin(self, opening: Callable[[], Awaitable[None]], *, opens_itself: bool) -> None:
        """Wait for whoever took the call; ``opening()`` is awaited when the bot is to speak.

        ``opens_itself``: the bot has first words of its own, so what was heard before them is no question to the model.
        """
        self._opening, self._opens_itself = opening, opens_itself
        self._began = self.clock.now()
        if self._early is not None:
            await self._decide(self._early)
            if self.kind is AnswerKind.HUMAN and self._voice_at is None:
                self._talk(heard=False)
        elif self._voice_at is None and not self._said:
            self._alarm.set(FIRST_WORDS_S, self._nobody_spoke)
        if self.kind is None:
            self._limit.set(UNDECIDED_S, self._stays_undecided)

    async def passes(self) -> bool:
        """Whether the model answers what was just said; the end of a turn is also when a person is known by it."""
        said, judged = " ".join(self._said), self._judged
        self._judged = False
        if self.talking:
            if self.kind is None:
                await self._decide(Finding(AnswerKind.HUMAN, FoundBy.WORDS, 0.9))
            self._turns += 1
            self._said.clear()
            return True
        if self._opening is None:
            self._early = self._early or Finding(AnswerKind.HUMAN, FoundBy.WORDS, 0.7)
            return False
        if judged or self._conduct.stage in (Stage.LISTENING, Stage.LEAVING, Stage.OVER):
            self._said.clear()
            return False
        if self._conduct.waits_for_somebody:
            self._said.clear()
            if asks_to_wait(said):
                return False
        elif is_doubtful(said, self._stretch) and self.kind is None:
            self._alarm.set(MORE_WORDS_S, self._said_no_more)
            return False
        if self.kind is not AnswerKind.HUMAN:
            await self._decide(Finding(AnswerKind.HUMAN, FoundBy.WORDS, 0.9))
        return self._talk(heard=True)

    # -- deciding -----------------------------------------------------------------------------------------------------

    @property
    def _may_change(self) -> bool:
        """Whether what is found now is believed, after all that was."""
        soon = self.clock.now() - self._began <= REVISED_WITHIN_S and self._turns <= REVISED_WITHIN_TURNS
        return soon if self.talking else self._conduct.stage not in (Stage.LEAVING, Stage.OVER)

    async def _decide(self, finding: Finding, *, after_beep: bool = False) -> None:
        revised = self.kind not in (None, finding.kind) and not self._conduct.waits_for_somebody
        self.kind = finding.kind
        self._alarm.cancel()
        self._limit.cancel()
        self.journal.record(
            "answer.detected",
            {"kind": finding.kind.value, "by": finding.by.value, "confidence": finding.confidence,
             "after_s": round(self.clock.now() - self._began, 3), "revised": revised},
        )  # fmt: skip
        await self.emit("on_answered", finding.kind, finding.by)
        if finding.kind is AnswerKind.HUMAN:
            self._conduct.stop()
            return
        if self.talking:
            self.talking = False
            await self.interrupt("answer")
        await self._conduct.begin(finding.kind, after_beep=after_beep)

    def _talk(self, *, heard: bool) -> bool:
        """Let the bot speak; return whether the model answers what was heard, because the bot has no first words."""
        if self.talking or self._opening is None:
            return heard
        self.talking, opening = True, self._opening
        self._said.clear()
        self._alarm.cancel()
        if heard and not self._opens_itself:
            return True
        self.create_task(self._open(opening), f"{self.name} opening")
        return False

    async def _open(self, opening: Callable[[], Awaitable[None]]) -> None:
        try:
            await opening()
        except EngineError as error:
            await self.push_error(error.message, error, fatal=True)

    async def _nobody_spoke(self) -> None:
        if self._voice_at is None and not self.talking and self._conduct.stage is Stage.NOTHING:
            self._talk(heard=False)

    async def _said_no_more(self) -> None:
        await self._decide(Finding(AnswerKind.HUMAN, FoundBy.WORDS, 0.6))
        self._talk(heard=False)

    async def _understood_nothing(self) -> None:
        """No turn has come of what was said: there are no words, or whoever decides on turns waits for more."""
        if self._said and self.clock.now() < self._conduct.last_voiced_at + TURN_LATE_S:
            self._alarm.set(self._conduct.last_voiced_at + TURN_LATE_S - self.clock.now(), self._understood_nothing)
            return
        if self.kind is None and not self._said and self._stretch > SPEECH_ALONE_S:
            await self._decide(Finding(AnswerKind.MACHINE, FoundBy.TIMING, 0.6))
        elif self.kind is None:
            await self._decide(Finding(AnswerKind.HUMAN, FoundBy.TIMING, 0.5))
        if self.kind is AnswerKind.HUMAN:
            self._talk(heard=False)

    async def _speaks_without_end(self) -> None:
        await self._decide(Finding(AnswerKind.MACHINE, FoundBy.TIMING, 0.7))

    async def _stays_undecided(self) -> None:
        if not self.talking:
            await self._decide(Finding(AnswerKind.MACHINE, FoundBy.TIMING, 0.5))

    async def _judge(self, text: str) -> None:
        stretch = self._stretch if self._voice_at is None else self.clock.now() - self._voice_at
        finding = found_in(text, stretch)
        if finding is None or not self._may_change:
            return
        again = finding.kind is self.kind and (self._judged or not self._conduct.waits_for_somebody)
        self._judged = True
        if not again:
            await self._decide(finding)

    # -- what is heard ------------------------------------------------------------------------------------------------

    @handles(UserStartedSpeakingFrame, direction=DOWN)
    async def on_voice(self, frame: UserStartedSpeakingFrame) -> None:
        self._voice_at = self.clock.now() if frame.at is None else frame.at
        self._conduct.voiced = True
        self._conduct.voice_started()
        self._judged = False
        self._alarm.cancel()
        if self._opening is not None and not self.talking and self._conduct.stage is Stage.NOTHING:
            self._alarm.set(ENDLESS_S, self._speaks_without_end)

    @handles(UserStoppedSpeakingFrame, direction=DOWN)
    async def on_silence(self, frame: UserStoppedSpeakingFrame) -> None:
        now = self.clock.now()
        last = now if frame.last_voiced_at is None else frame.last_voiced_at
        self._stretch = max(0.0, last - (last if self._voice_at is None else self._voice_at))
        self._heard_s += self._stretch
        self._voice_at = None
        self._conduct.voiced, self._conduct.last_voiced_at = False, last
        self._conduct.voice_stopped()
        self._alarm.cancel()
        if not self.talking and self._conduct.stage is Stage.NOTHING:
            self._alarm.set(WORDS_LATE_S, self._understood_nothing)

    @handles(InterimTranscriptionFrame, direction=DOWN)
    async def on_partial(self, frame: InterimTranscriptionFrame) -> None:
        if self._may_change and frame.text.strip():
            await self._judge(" ".join([*self._said, frame.text]))

    @handles(TranscriptionFrame, direction=DOWN)
    async def on_words(self, frame: TranscriptionFrame) -> None:
        if self._may_change and frame.text.strip():
            self._said.append(frame.text)
            await self._judge(" ".join(self._said))

    @handles(InputAudioRawFrame, direction=DOWN)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        if not self._may_change or not self._beep.hear(frame.audio, frame.sample_rate):
            return
        if self._conduct.stage is Stage.LISTENING:
            self._conduct.beep()
        elif self._opening is not None and self._conduct.stage is Stage.NOTHING and self._sounds_recorded():
            await self._decide(Finding(AnswerKind.MACHINE, FoundBy.BEEP, 0.8), after_beep=True)

    def _sounds_recorded(self) -> bool:
        """Whether a beep makes a machine of what was heard before it: a greeting, or nothing at all."""
        return self._heard_s >= GREETING_S or (self._heard_s == 0.0 and not self.talking)

    @handles(AnsweredByFrame, direction=DOWN, consume=True)
    async def on_carrier(self, frame: AnsweredByFrame) -> None:
        if frame.kind not in _KNOWN:
            return
        finding = Finding(AnswerKind(frame.kind), FoundBy.CARRIER, 0.9)
        if self._opening is None:
            self._early = finding
        elif self._conduct.stage is Stage.NOTHING and finding.kind is not self.kind and self._may_change:
            if finding.kind is not AnswerKind.HUMAN or self.kind is None:
                await self._decide(finding)
            if self.kind is AnswerKind.HUMAN and self._voice_at is None and not self._said:
                self._talk(heard=False)

    # -- what the bot says, and the end -------------------------------------------------------------------------------

    @handles(BotStartedSpeakingFrame, direction=UP)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        self._conduct.bot_started()

    @handles(BotStoppedSpeakingFrame, direction=UP)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        await self._conduct.bot_stopped(interrupted=frame.interrupted)

    @handles(InterruptionFrame, direction=DOWN)
    async def on_cut(self, frame: InterruptionFrame) -> None:
        await self._conduct.cut_off()

    @handles(EndFrame, CancelFrame, direction=DOWN)
    async def on_end(self, frame: Frame) -> None:
        await self.cleanup()

    async def cleanup(self) -> None:
        self._alarm.cancel()
        self._limit.cancel()
        self._conduct.stop()

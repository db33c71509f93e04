"""Every millisecond between the caller's last sound and the bot's first, in media time (lessons T5, idea 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bots.engine.clock import BaseClock
from bots.engine.core.lag import STEP, LoopLag
from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.scope import TaskScope
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
)

from .waiting import PARTS, Segment, WaitingTime


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """The wait for the first sound of a reply, in contiguous segments that sum to ``total_ms``.

    ``origin``: "voice" counts from the caller's last voiced sample, "text" from the typed turn; "prompt" is speech that
    nobody asked for (a greeting, a reminder), counted from the frame that wanted it. ``reply`` is the ledger's number.
    """

    total_ms: float
    segments: tuple[Segment, ...]
    origin: str = "voice"
    reply: int | None = None

    @property
    def answers(self) -> bool:
        """Whether a caller waited for it."""
        return self.origin != "prompt"

    def as_data(self) -> dict[str, Any]:
        """Return what the journal and the clients carry; ``setting`` is a place in the bot's draft, or empty."""
        parts = [
            {"name": part.name, "ms": round(part.ms, 1), "owner": PARTS[part.name].owner,
             "setting": PARTS[part.name].setting}
            for part in self.segments
        ]  # fmt: skip
        return {
            "total_ms": round(self.total_ms, 1), "segments": parts, "sentence": self.sentence, "origin": self.origin
        }  # fmt: skip

    @property
    def sentence(self) -> str:
        """Say in words where most of the time went."""
        if not self.segments:
            return ""
        spent: dict[str, float] = {}
        for part in self.segments:
            spent[part.name] = spent.get(part.name, 0.0) + part.ms
        name = max(spent, key=lambda known: spent[known])
        return f"{spent[name]:.0f} of {self.total_ms:.0f} ms {PARTS[name].words}."


@dataclass(slots=True)
class _Wait:
    """A wait under way; ``after`` is the newest reply that was already being spoken when it began."""

    time: WaitingTime
    origin: str
    text: str = ""
    after: int = 0
    reply: int | None = None


class LatencyObserver(BaseObserver):
    """Follows each turn from the caller's silence to the bot's voice; emits ``on_turn_latency(latency)`` for answers.

    A wait begins when the caller falls silent, counts once the user aggregator takes the words for a turn
    (:meth:`on_user_turn`), and ends with the first sample of a reply that was not being spoken before. A caller who
    cuts in ends it unmeasured.
    """

    patience_secs = None
    frame_types = (
        UserStartedSpeakingFrame, UserStoppedSpeakingFrame, UserTextFrame, TranscriptionFrame, LLMContextFrame,
        LLMFullResponseStartFrame, LLMTextFrame, FunctionCallsStartedFrame, TTSSpeakFrame, TTSStartedFrame,
        TTSAudioRawFrame, TTSTextFrame, BotStartedSpeakingFrame, BotStoppedSpeakingFrame, InterruptionFrame,
    )  # fmt: skip

    def __init__(self) -> None:
        self._asked: dict[str, _Wait] = {}
        self._accepted: _Wait | None = None
        self._open: _Wait | None = None
        self._replies: dict[int | None, int | None] = {}
        self._newest_reply = 0
        self._stop: UserStoppedSpeakingFrame | None = None
        self._understood = self._bot_speaks = False
        self._clock: BaseClock | None = None
        self._last: TurnLatency | None = None
        self._follow: dict[type[Frame], Callable[[Any, float], None]] = {
            UserStartedSpeakingFrame: self._caller_speaks,
            UserStoppedSpeakingFrame: self._caller_silent,
            UserTextFrame: self._caller_typed,
            TranscriptionFrame: self._caller_understood,
            LLMContextFrame: self._model_asked,
            LLMFullResponseStartFrame: lambda frame, now: self._turn_to("llm", ("engine",), now),
            FunctionCallsStartedFrame: lambda frame, now: self._turn_to("tools", ("engine", "llm"), now),
            LLMTextFrame: self._text_came,
            TTSSpeakFrame: self._asked_to_speak,
            TTSStartedFrame: self._voice_asked,
            InterruptionFrame: self._cut,
            BotStoppedSpeakingFrame: self._bot_silent,
        }

    def attach(self, clock: BaseClock, scope: TaskScope) -> None:
        """Take the call's clock, so that a loop that stood still can be told from a slow provider."""
        self._clock = clock

    def close(self) -> None:
        self._asked.clear()
        self._accepted = self._open = None
        self._watch(False)

    async def on_user_turn(self, aggregator: object, text: str, disposition: str, turn: int) -> None:
        """Learn what became of the caller's words: a turn that is answered, or something to forget."""
        typed = self._asked.get("text")
        asked = self._asked.pop("text" if typed is not None and typed.text == text else "voice", None)
        self._accepted = asked if disposition == "turn" else None

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        now = timestamp / 1e9
        if isinstance(frame, LLMContextFrame) and direction is not FrameDirection.DOWNSTREAM:
            self._turn_to("engine", ("tools",), now)
        elif direction is not FrameDirection.DOWNSTREAM:
            return
        elif isinstance(frame, TTSAudioRawFrame):
            self._voice_came(frame, now)
        elif isinstance(frame, BotStartedSpeakingFrame):
            self._bot_speaks = True
            await self._heard(frame.at if frame.at is not None else now)
        elif isinstance(frame, TTSTextFrame):
            if frame.segment in self._replies and frame.at is not None:
                await self._heard(frame.at)
        else:
            follow = self._follow.get(type(frame))
            if follow is None:
                # A class of somebody's own is followed as what it is a kind of.
                follow = next(self._follow[kind] for kind in type(frame).__mro__ if kind in self._follow)
                self._follow[type(frame)] = follow
            follow(frame, now)

    # -- the caller ---------------------------------------------------------------------------------------------------

    def _caller_speaks(self, frame: UserStartedSpeakingFrame, now: float) -> None:
        self._understood = False

    def _caller_silent(self, frame: UserStoppedSpeakingFrame, now: float) -> None:
        if frame is self._stop:
            return
        self._stop = frame
        begun = min(now, frame.last_voiced_at if frame.last_voiced_at is not None else now)
        time = WaitingTime(begun)
        time.mark("end_of_turn", begun)
        if frame.quiet_at is not None and frame.at is not None and frame.quiet_at < frame.at:
            time.mark("turn", frame.quiet_at)
        time.mark("arrival", min(now, frame.at if frame.at is not None else now))
        time.mark("turn" if self._understood else "stt", now)
        self._asked["voice"] = _Wait(time, "voice")
        self._watch(True)

    def _caller_understood(self, frame: TranscriptionFrame, now: float) -> None:
        self._understood = bool(frame.text.strip()) or self._understood
        asked = self._asked.get("voice")
        if asked is not None and self._understood:
            if asked.time.part == "turn":
                asked.time.rename("stt")
            asked.time.mark("turn", now)

    def _caller_typed(self, frame: UserTextFrame, now: float) -> None:
        if frame.run_immediately and frame.audio_response:
            self._asked["text"] = self._begun("text", "turn", now, frame.text)
            self._watch(True)

    @staticmethod
    def _begun(origin: str, part: str, now: float, text: str = "") -> _Wait:
        time = WaitingTime(now)
        time.mark(part, now)
        return _Wait(time, origin, text)

    # -- the reply ----------------------------------------------------------------------------------------------------

    def _model_asked(self, frame: LLMContextFrame, now: float) -> None:
        if self._accepted is not None:
            self._open, self._accepted = self._accepted, None
            self._open.after, self._understood = self._newest_reply, False
            self._open.time.mark("engine", now)
        else:
            self._unprompted(now)

    def _asked_to_speak(self, frame: TTSSpeakFrame, now: float) -> None:
        if self._accepted is None:
            self._unprompted(now)

    def _unprompted(self, now: float) -> None:
        if self._open is None and not self._bot_speaks:
            self._open = self._begun("prompt", "engine", now)
            self._open.after = self._newest_reply

    def _turn_to(self, part: str, from_parts: tuple[str, ...], now: float) -> None:
        if self._open is not None and self._open.time.part in from_parts:
            self._open.time.mark(part, now)

    def _text_came(self, frame: LLMTextFrame, now: float) -> None:
        if not frame.skip_tts:
            self._turn_to("sentence", ("engine", "llm", "tools"), now)

    def _voice_asked(self, frame: TTSStartedFrame, now: float) -> None:
        wait, reply = self._open, frame.reply
        if wait is not None and (reply is None or reply > wait.after):
            self._replies[frame.segment] = reply
            if wait.time.part != "transport":
                wait.time.mark("tts", now)
        self._newest_reply = max(self._newest_reply, reply or 0)

    def _voice_came(self, frame: TTSAudioRawFrame, now: float) -> None:
        wait = self._open
        if wait is not None and wait.time.part != "transport" and frame.segment in self._replies:
            wait.reply = self._replies[frame.segment]
            wait.time.mark("transport", now)

    def _cut(self, frame: InterruptionFrame, now: float) -> None:
        self._open = None
        self._replies.clear()

    def _bot_silent(self, frame: BotStoppedSpeakingFrame, now: float) -> None:
        self._bot_speaks = False

    async def _heard(self, at: float) -> None:
        """End the wait with the first sound of its reply; a sound before that is of something else."""
        wait = self._open
        if wait is None or wait.time.part != "transport":
            return
        self._open = None
        self._replies.clear()
        stalls = self._stalls(wait.time.begun)
        self._watch(False)
        # Sound that arrives late on a held-up machine can seem to end after its answer began: that measures nothing.
        if at < wait.time.begun:
            return
        segments = tuple(wait.time.segments(at, stalls, STEP))
        self._last = TurnLatency((at - wait.time.begun) * 1000, segments, wait.origin, wait.reply)
        if self._last.answers:
            await self.emit("on_turn_latency", self._last)

    def take(self, reply: int | None = None) -> TurnLatency | None:
        """Return the newest latency once, if it is that of ``reply`` (of any reply without a number)."""
        last = self._last
        if last is None or (reply is not None and last.reply is not None and last.reply != reply):
            return None
        self._last = None
        return last

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _watch(self, wanted: bool) -> None:
        if self._clock is not None:
            lag = LoopLag.of(asyncio.get_running_loop())
            (lag.watch if wanted else lag.leave)(self)

    def _stalls(self, since: float) -> list[tuple[float, float]]:
        """Return when the loop stood still, in media time."""
        if self._clock is None:
            return []
        loop = asyncio.get_running_loop()
        ahead = loop.time() - self._clock.now()
        return [(began - ahead, over - ahead) for began, over in LoopLag.of(loop).stalls(since + ahead)]

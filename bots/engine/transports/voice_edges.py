"""From voice activity to the edges of the caller's speech (TURN-06…10, lessons T4).

Voice activity says where the voice is. Here that becomes speech that starts and stops: without the bot's own echo, with
a turn analyzer's opinion on whether the caller is done, and with short pauses told to those who asked for them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bots.engine.audio.turn_analyzer import TurnVerdict
from bots.engine.audio.vad import VADAnalyzer, VADEvent, VADState
from bots.engine.frames import (
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from .echo_log import EchoLog

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

    from .params import TransportParams


class VoiceEdges:
    """Feeds a voice detector and pushes the edges of speech from the input transport ``owner``."""

    def __init__(self, owner: FrameProcessor, vad: VADAnalyzer, params: TransportParams) -> None:
        self._owner, self._vad = owner, vad
        self._turn, self._pause_secs = params.turn_analyzer, params.pause_secs
        self._echo, self._echo_log = params.echo, EchoLog()
        self._rate = 0
        self._zero = 0.0
        self._samples = 0
        self.speaking = False
        self._pausing = False
        self._quiet_at: int | None = None
        self._judging: asyncio.Task[None] | None = None
        self._failed = False
        self._feeding = asyncio.Lock()

    async def start(self, rate: int) -> None:
        """Get ready for audio of ``rate`` Hz; a rate that a part cannot take is refused."""
        self._rate = rate
        self._vad.set_sample_rate(rate)
        if self._turn is not None:
            self._turn.set_sample_rate(rate)
            self._turn.update_vad_start_secs(self._vad.params.start_secs)
            await self._turn.start()

    async def hear(self, pcm: bytes, at: float) -> None:
        """Take a block of caller audio whose first sample has media time ``at``."""
        # What was received cannot lie ahead of now, even where a burst after a stall is placed there.
        end = min(at + len(pcm) / 2 / self._rate, self._owner.clock.now())
        self._zero = end - (self._samples + len(pcm) // 2) / self._rate
        if self._echo is not None:
            is_echo = self._echo.heard(pcm, self._rate, at)
            self._echo_log.note(self._owner.journal, is_echo=is_echo, at=at, end=end, match=self._echo.match)
            if is_echo:
                pcm = bytes(len(pcm))
        await self.feed(pcm)

    async def feed(self, pcm: bytes) -> None:
        """Let the detectors hear a block, or the silence that stands for one that does not come."""
        async with self._feeding:
            self._samples += len(pcm) // 2
            for event in await self._vad.feed(pcm):
                await self._voice_changed(event)
            if self._turn is not None:
                await self._listen_for_the_end(pcm)
            if self._pause_secs and self.speaking:
                await self._tell_pauses()

    async def _voice_changed(self, event: VADEvent) -> None:
        if event.state is VADState.SPEAKING:
            self._stop_judging()
            self._quiet_at = None
            if not self.speaking:
                await self._begin(self._media_time(event.onset_sample))
        elif event.state is VADState.QUIET and self.speaking:
            self._quiet_at = event.at_sample
            if self._turn is None:
                await self._end(None)
            else:
                self._stop_judging()
                self._judging = self._owner.create_task(self._judge(), f"{self._owner.name} end of turn")

    async def _begin(self, at: float) -> None:
        self.speaking, self._pausing = True, False
        self._owner.journal.record("user.started", {"at": round(at, 4)})
        await self._owner.push_frame(UserStartedSpeakingFrame(at))

    async def _end(self, verdict: TurnVerdict | None) -> None:
        self.speaking = False
        quiet_at, self._quiet_at = self._samples if self._quiet_at is None else self._quiet_at, None
        decided_at = quiet_at
        last = self._media_time(self._vad.last_voiced_sample)
        by = {} if verdict is None else {"by": verdict.reason, "probability": round(verdict.probability, 3)}
        self._owner.journal.record("user.stopped", {"last_voiced_at": round(last, 4), **by})
        if self._turn is not None:
            self._turn.clear()
            decided_at = self._samples
        await self._owner.push_frame(
            UserStoppedSpeakingFrame(self._media_time(decided_at), last, self._media_time(quiet_at))
        )

    def _media_time(self, sample: int) -> float:
        return max(0.0, self._zero + sample / self._rate)

    # -- short pauses -------------------------------------------------------------------------------------------------

    async def _tell_pauses(self) -> None:
        last = self._vad.last_voiced_sample
        pausing = (self._samples - last) / self._rate >= self._pause_secs
        if pausing is self._pausing:
            return
        self._pausing = pausing
        now, voiced = self._media_time(self._samples), self._media_time(last)
        frame = VADUserStoppedSpeakingFrame(now, voiced) if pausing else VADUserStartedSpeakingFrame(now)
        await self._owner.push_frame(frame)

    # -- the turn analyzer --------------------------------------------------------------------------------------------

    async def _listen_for_the_end(self, pcm: bytes) -> None:
        turn = self._turn
        if turn is None:
            return
        done = turn.append_audio(pcm, is_speech=self._vad.state is VADState.SPEAKING)
        if done and self.speaking and self._quiet_at is not None:
            self._stop_judging()
            await self._end(TurnVerdict(True, 0.0, "silence"))

    async def _judge(self) -> None:
        """Ask whether the caller is done; when not, or when nobody can say, silence decides (TURN-10)."""
        turn, journal = self._turn, self._owner.journal
        if turn is None:
            return
        asked = self._owner.clock.now()
        verdict = await turn.analyze_end_of_turn()
        took = round((self._owner.clock.now() - asked) * 1000, 1)
        journal.record(
            "turn.judged",
            {"complete": verdict.complete, "probability": round(verdict.probability, 3), "reason": verdict.reason,
             "ms": took},
        )  # fmt: skip
        if (failure := turn.failure) is not None and not self._failed:
            self._failed = True
            await self._owner.push_error(failure.message, failure)
        if verdict.complete and self.speaking and self._quiet_at is not None:
            self._judging = None
            await self._end(verdict)

    def _stop_judging(self) -> None:
        if self._judging is not None:
            self._judging.cancel()
            self._judging = None

    async def close(self) -> None:
        """Tell of echo that is not over, and let the analyzer release what it holds."""
        self._echo_log.close(self._owner.journal)
        if self._turn is not None:
            await self._turn.cleanup()

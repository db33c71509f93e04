"""From voice to the edges of speech: turn analyzer, short pauses, echo (TURN-06…10)."""

from __future__ import annotations

import asyncio

import pytest

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.turn_analyzer import BaseSmartTurn, Floats, SmartTurnParams, TurnVerdict
from bots.engine.audio.vad import VADParams
from bots.engine.errors import EngineError, SpecError
from bots.engine.frames import (
    ErrorFrame,
    FrameDirection,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from bots.engine.testing.caller import CallerInput, ScriptedVAD
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import Probe, Run, in_a_run

QUICK = VADParams(confidence=0.5, start_secs=0.1, stop_secs=0.2, min_volume=0.0)


class ToldTurns(BaseSmartTurn):
    """Gives one verdict after the other; takes ``delay`` seconds for each."""

    def __init__(self, *verdicts: bool | EngineError, delay: float = 0.0, stop_secs: float = 2.0) -> None:
        super().__init__(params=SmartTurnParams(stop_secs=stop_secs))
        self.verdicts, self.delay = list(verdicts), delay
        self.heard_secs: list[float] = []

    async def predict(self, audio: Floats) -> TurnVerdict:
        self.heard_secs.append(len(audio) / 16000)
        if self.delay:
            await asyncio.sleep(self.delay)
        verdict = self.verdicts.pop(0)
        if isinstance(verdict, EngineError):
            raise verdict
        return TurnVerdict(verdict, 0.8 if verdict else 0.2)


def played(*parts: float, turns: ToldTurns | None = None, pause_secs: float = 0.0) -> tuple[Run, Probe]:
    """Let a caller speak and be silent in turn, seconds each."""
    params = TransportParams(vad_analyzer=ScriptedVAD(QUICK), turn_analyzer=turns, pause_secs=pause_secs)
    source, probe, before = CallerInput(params), Probe(), Probe("before")

    async def play(run: Run) -> None:
        for number, seconds in enumerate(parts):
            await source.speak(seconds, voiced=number % 2 == 0)

    run = in_a_run(lambda: Run(before, source, probe), play)
    probe.seen += [item for item in before.seen if item[1] is FrameDirection.UPSTREAM]
    return run, probe


def test_a_complete_turn_ends_at_the_first_pause() -> None:  # TURN-07, TURN-08, TURN-10
    turns = ToldTurns(True)
    run, probe = played(1.0, 1.0, turns=turns)
    (stopped,) = probe.of(UserStoppedSpeakingFrame)
    assert stopped.last_voiced_at == pytest.approx(1.0, abs=0.04)
    (event,) = [event for event in run.events if event.kind == "user.stopped"]
    assert event.at == pytest.approx(1.22, abs=0.05)
    assert (event.data["by"], event.data["probability"]) == ("model", 0.8)
    assert turns.heard_secs == [pytest.approx(1.25, abs=0.06)]


def test_an_incomplete_turn_goes_on_over_the_pause() -> None:  # TURN-10
    turns = ToldTurns(False, True)
    run, probe = played(1.0, 0.6, 1.0, 1.0, turns=turns)
    assert len(probe.of(UserStartedSpeakingFrame)) == len(probe.of(UserStoppedSpeakingFrame)) == 1
    assert [event.data["complete"] for event in run.events if event.kind == "turn.judged"] == [False, True]
    assert turns.heard_secs[1] == pytest.approx(2.8, abs=0.1)


def test_silence_ends_what_the_model_calls_incomplete() -> None:  # TURN-10
    run, probe = played(1.0, 3.0, turns=ToldTurns(False, stop_secs=1.0))
    (event,) = [event for event in run.events if event.kind == "user.stopped"]
    assert event.data["by"] == "silence"
    assert event.at == pytest.approx(2.0, abs=0.06)
    assert len(probe.of(UserStoppedSpeakingFrame)) == 1


def test_a_voice_that_is_back_before_the_verdict_makes_it_void() -> None:
    run, probe = played(1.0, 0.4, 1.0, 0.5, 0.4, 2.0, turns=ToldTurns(True, True, True, delay=0.6))
    (event,) = [event for event in run.events if event.kind == "user.stopped"]
    assert event.at > 3.5
    assert len(probe.of(UserStartedSpeakingFrame)) == 1


def test_a_model_that_fails_is_reported_once_and_silence_decides() -> None:  # TURN-11
    run, probe = played(
        1.0, 0.4, 0.5, 2.0, turns=ToldTurns(EngineError("down"), EngineError("down"), stop_secs=1.0)
    )  # fmt: skip
    assert run.codes() == ["engine.error"]
    assert len(probe.of(ErrorFrame, direction=FrameDirection.UPSTREAM)) == 1
    (event,) = [event for event in run.events if event.kind == "user.stopped"]
    assert event.data["by"] == "silence"


def test_a_turn_analyzer_needs_voice_activity() -> None:  # TURN-08
    with pytest.raises(SpecError, match="vad_analyzer"):
        TransportParams(turn_analyzer=ToldTurns())
    with pytest.raises(SpecError, match="pause_secs"):
        TransportParams(pause_secs=-1.0)


def test_short_pauses_are_told_where_somebody_asked() -> None:
    _, probe = played(1.0, 0.15, 0.5, 1.0, pause_secs=0.1)
    stops, starts = probe.of(VADUserStoppedSpeakingFrame), probe.of(VADUserStartedSpeakingFrame)
    assert [frame.last_voiced_at for frame in stops] == [pytest.approx(1.0, abs=0.05), pytest.approx(1.65, abs=0.05)]
    assert len(starts) == 1
    assert len(probe.of(UserStoppedSpeakingFrame)) == 1
    assert played(1.0, 0.15, 0.5, 1.0)[1].of(VADUserStoppedSpeakingFrame) == []


def test_echo_is_no_speech_but_is_accounted_for() -> None:  # TURN-06: filter, echo, voice activity, recognition
    class AllEcho(EchoDetector):
        def heard(self, pcm: bytes, rate: int, at: float) -> bool:
            return any(pcm)

    source, probe = CallerInput(TransportParams(vad_analyzer=ScriptedVAD(QUICK), echo=AllEcho())), Probe()

    async def play(run: Run) -> None:
        await source.speak(1.0)
        await source.speak(1.0, voiced=False)
        await source.speak(0.1)

    run = in_a_run(lambda: Run(source, probe), play)
    assert probe.of(UserStartedSpeakingFrame) == []
    (decision,) = [event.data for event in run.events if event.kind == "barge_in"]
    assert (decision["decision"], decision["reason"]) == ("ignore", "echo")
    (utterance,) = [event.data for event in run.events if event.kind == "user.utterance"]
    assert utterance["disposition"] == "echo"
    assert utterance["end"] == pytest.approx(1.0, abs=0.03)

"""What a turn analyzer hears of a turn, and when silence decides for it (TURN-07…10)."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from bots.engine.audio.turn_analyzer import BaseSmartTurn, Floats, SmartTurnError, SmartTurnParams, TurnVerdict
from bots.engine.errors import EngineError

RATE = 16000
COMPLETE = TurnVerdict(True, 0.9)


def ten_ms(level: int) -> bytes:
    return np.full(160, level, dtype="<i2").tobytes()


class Told(BaseSmartTurn):
    """Says what it is told and keeps what it heard."""

    def __init__(self, verdict: TurnVerdict | EngineError = COMPLETE, **options: Any) -> None:
        super().__init__(sample_rate=RATE, params=SmartTurnParams(**options))
        self.verdict, self.asked = verdict, 0
        self.audio: Floats = np.zeros(0, dtype=np.float32)

    async def predict(self, audio: Floats) -> TurnVerdict:
        self.asked += 1
        self.audio = audio
        if isinstance(self.verdict, EngineError):
            raise self.verdict
        return self.verdict


def hear(analyzer: Told, *parts: tuple[int, float]) -> bool:
    """Feed (level, seconds) parts; level 0 is silence."""
    done = False
    for level, seconds in parts:
        for _ in range(round(seconds * 100)):
            done = analyzer.append_audio(ten_ms(level), is_speech=level > 1)
    return done


def test_the_documented_defaults() -> None:  # TURN-09
    assert SmartTurnParams() == SmartTurnParams(stop_secs=3.0, pre_speech_ms=0.0, max_duration_secs=8.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("stop_secs", 0), ("stop_secs", -1), ("pre_speech_ms", -5), ("max_duration_secs", 0), ("stop_secs", float("nan")),
     ("max_duration_secs", True), ("pre_speech_ms", "10")],
)  # fmt: skip
def test_parameters_that_mean_nothing_are_refused_by_name(name: str, value: object) -> None:  # TURN-09
    with pytest.raises(SmartTurnError, match=name) as caught:
        SmartTurnParams(**{name: value})  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)


def test_the_turn_is_heard_from_its_first_voice_to_now() -> None:  # TURN-10
    analyzer = Told()
    hear(analyzer, (1, 1.0), (8000, 0.5), (0, 0.2))
    verdict = asyncio.run(analyzer.analyze_end_of_turn())
    assert verdict == TurnVerdict(True, 0.9)
    assert len(analyzer.audio) == pytest.approx(0.7 * RATE, abs=320)
    assert analyzer.audio.dtype == np.float32
    assert analyzer.audio.max() == pytest.approx(8000 / 32768, abs=0.001)


def test_what_came_before_the_voice_is_heard_as_long_as_asked() -> None:  # TURN-09, TURN-10
    analyzer = Told(pre_speech_ms=300.0)
    analyzer.update_vad_start_secs(0.2)
    hear(analyzer, (1, 2.0), (8000, 0.5))
    asyncio.run(analyzer.analyze_end_of_turn())
    assert len(analyzer.audio) == pytest.approx(1.0 * RATE, abs=320)


def test_of_a_long_turn_only_the_end_is_heard() -> None:  # TURN-09: a rolling window
    analyzer = Told(max_duration_secs=1.0)
    hear(analyzer, (4000, 5.0), (8000, 0.4))
    asyncio.run(analyzer.analyze_end_of_turn())
    assert len(analyzer.audio) == RATE
    assert analyzer.audio[0] == pytest.approx(4000 / 32768, abs=0.001)
    assert analyzer.audio[-1] == pytest.approx(8000 / 32768, abs=0.001)


def test_silence_longer_than_stop_secs_is_complete_without_the_model() -> None:  # TURN-10
    analyzer = Told(TurnVerdict(False, 0.1), stop_secs=1.0)
    assert not hear(analyzer, (8000, 0.5), (0, 0.9))
    assert hear(analyzer, (0, 0.2))
    assert asyncio.run(analyzer.analyze_end_of_turn()).reason == "silence"
    assert analyzer.asked == 0
    analyzer.clear()
    assert not analyzer.speech_triggered
    assert not hear(analyzer, (0, 3.0))


def test_voice_takes_the_silence_back() -> None:  # TURN-10
    analyzer = Told(stop_secs=1.0)
    assert not hear(analyzer, (8000, 0.5), (0, 0.9), (8000, 0.1), (0, 0.9))
    assert analyzer.silence_secs == pytest.approx(0.9)


def test_a_model_that_fails_counts_as_incomplete() -> None:
    failure = EngineError("no")
    analyzer = Told(failure)
    hear(analyzer, (8000, 0.5))
    assert asyncio.run(analyzer.analyze_end_of_turn()) == TurnVerdict(False, 0.0, "failed")
    assert analyzer.failure is failure


def test_eight_kilohertz_are_heard_at_sixteen() -> None:
    analyzer = Told()
    analyzer._fixed_rate = None
    analyzer.set_sample_rate(8000)
    analyzer.append_audio(np.full(8000, 5000, dtype="<i2").tobytes(), is_speech=True)
    asyncio.run(analyzer.analyze_end_of_turn())
    assert len(analyzer.audio) == RATE


def test_a_rate_of_its_own_must_be_the_transports() -> None:  # TURN-11…13
    with pytest.raises(SmartTurnError, match="sample_rate"):
        Told().set_sample_rate(8000)
    with pytest.raises(SmartTurnError, match="sample_rate"):
        BaseSmartTurn.set_sample_rate(Told(), 4000)

"""The four states of voice activity and their hold times, with a detector that says what it is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.audio.vad import SpeechTracker, VADAnalyzer, VADParams, VADSampleRateError, VADState
from bots.engine.errors import SpecError

LOUD = np.full(512, 8000, dtype="<i2").tobytes()
SOFT = np.full(512, 20, dtype="<i2").tobytes()
START, STOP = 6, 25


class ToldAnalyzer(VADAnalyzer):
    """Takes a window for a voice when its first sample is 8000 or 20."""

    def voice_confidence(self, window: bytes) -> float:
        return 0.9 if window[:2] in (LOUD[:2], SOFT[:2]) else 0.1


def states(analyzer, *windows):
    return [(event.state, event.at_sample // 512) for event in analyzer.analyze(b"".join(windows))]


@pytest.fixture
def analyzer():
    return ToldAnalyzer(sample_rate=16000)


def test_speech_starts_after_the_start_time(analyzer):  # TURN-02, TURN-03
    assert states(analyzer, bytes(1024), *[LOUD] * START) == [(VADState.STARTING, 2), (VADState.SPEAKING, 1 + START)]
    assert analyzer.onset_sample == 512
    assert analyzer.last_voiced_sample == 512 * (1 + START)


def test_a_short_noise_starts_nothing(analyzer):
    assert states(analyzer, *[LOUD] * (START - 1), bytes(1024))[-1][0] is VADState.QUIET
    assert analyzer.state is VADState.QUIET


def test_speech_stops_after_the_stop_time_and_tells_where_it_fell_silent(analyzer):
    analyzer.analyze(LOUD * 10)
    events = analyzer.analyze(bytes(1024 * STOP))
    assert [event.state for event in events] == [VADState.STOPPING, VADState.QUIET]
    assert events[-1].at_sample == 512 * (10 + STOP)
    assert events[-1].last_voiced_sample == 512 * 10
    assert events[-1].onset_sample == 0


def test_a_pause_shorter_than_the_stop_time_does_not_end_speech(analyzer):
    analyzer.analyze(LOUD * 10)
    assert [state for state, _ in states(analyzer, bytes(1024 * (STOP - 1)), LOUD)] == [
        VADState.STOPPING,
        VADState.SPEAKING,
    ]
    assert analyzer.onset_sample == 0


def test_a_confident_but_too_quiet_voice_is_not_speech(analyzer):
    assert analyzer.analyze(SOFT * 40) == []
    analyzer.set_params(VADParams(min_volume=0.2))
    assert analyzer.analyze(SOFT * 40)[-1].state is VADState.SPEAKING


def test_volume_rises_at_once_and_falls_slowly():
    analyzer = ToldAnalyzer(sample_rate=16000)
    assert analyzer.analyze(LOUD)[0].volume > 0.9
    (event,) = analyzer.analyze(bytes(1024))
    assert event.volume > 0.6


def test_zero_hold_times_still_ask_for_one_window():
    analyzer = ToldAnalyzer(sample_rate=16000, params=VADParams(start_secs=0, stop_secs=0))
    assert [state for state, _ in states(analyzer, LOUD)] == [VADState.STARTING, VADState.SPEAKING]
    assert [state for state, _ in states(analyzer, bytes(1024))] == [VADState.STOPPING, VADState.QUIET]


def test_a_stream_that_ends_while_speaking_ends_the_speech(analyzer):
    analyzer.analyze(LOUD * 10)
    (event,) = analyzer.finish()
    assert event.state is VADState.QUIET
    assert event.last_voiced_sample == 5120
    assert analyzer.finish() == []
    assert states(analyzer, *[LOUD] * START)[-1] == (VADState.SPEAKING, 10 + START)


@settings(deadline=None)
@given(
    plan=st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=6),
    pieces=st.lists(st.integers(1, 5000), min_size=1, max_size=10),
)
def test_any_split_of_the_input_gives_the_same_events(plan, pieces):
    audio = b"".join((LOUD if loud else bytes(1024)) * count for loud, count in plan)
    whole = ToldAnalyzer(sample_rate=16000).analyze(audio)
    analyzer, events, start, turn = ToldAnalyzer(sample_rate=16000), [], 0, 0
    while start < len(audio):
        size = pieces[turn % len(pieces)]
        events += analyzer.analyze(audio[start : start + size])
        start, turn = start + size, turn + 1
    assert events == whole


@pytest.mark.parametrize("rate", [11025, 44100, 48000])
def test_other_rates_are_refused_with_a_code(rate):
    with pytest.raises(VADSampleRateError) as caught:
        ToldAnalyzer().set_sample_rate(rate)
    assert caught.value.code == "vad.sample_rate"


def test_audio_before_the_rate_is_known_is_refused():
    with pytest.raises(VADSampleRateError):
        ToldAnalyzer().analyze(LOUD)


@pytest.mark.parametrize(
    ("name", "value"),
    [("confidence", 1.1), ("min_volume", -0.1), ("start_secs", -1), ("stop_secs", -0.2), ("confidence", float("nan")),
     ("stop_secs", float("inf")), ("start_secs", "0.2"), ("min_volume", True)],
)  # fmt: skip
def test_parameters_that_mean_nothing_are_refused_by_name(name, value):  # TURN-02
    with pytest.raises(SpecError, match=f"VAD {name} must be") as caught:
        VADParams(**{name: value})
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "vad.params"


def test_the_documented_defaults_and_sample_settings():  # TURN-02, TURN-05
    assert VADParams() == VADParams(confidence=0.7, start_secs=0.2, stop_secs=0.8, min_volume=0.6)
    assert [VADParams(stop_secs=secs).stop_secs for secs in (0.5, 0.6, 0.2)] == [0.5, 0.6, 0.2]


def test_a_start_survives_a_dip_in_confidence_but_a_dip_starts_nothing():
    tracker = SpeechTracker(VADParams(), 16000, 512)
    assert tracker.advance(0.6, 1.0) == []
    confidences = [0.9, 0.6, 0.9, 0.6, 0.9, 0.9]
    changes = [event.state for confidence in confidences for event in tracker.advance(confidence, 1.0)]
    assert changes == [VADState.STARTING, VADState.SPEAKING]

"""The bot's own voice in the microphone is told from another voice (lessons T4)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from bots.engine.audio.echo import EchoDetector, EchoError
from bots.engine.audio.pcm import bytes_of, samples_of
from bots.engine.audio.resampler import resample_once
from tests.engine.audio.voice import BEFORE_SECS, sentence

RATE = 16000
Sound = npt.NDArray[np.float64]


def voice(*, backwards: bool = False) -> Sound:
    """Speech of about two seconds; backwards it is somebody else's."""
    spoken = samples_of(sentence(RATE))[round(BEFORE_SECS * RATE) : -round(1.5 * RATE)].astype(np.float64)
    return spoken[::-1] if backwards else spoken


def delayed(sound: Sound, seconds: float, db: float) -> Sound:
    return np.concatenate([np.zeros(round(seconds * RATE)), sound * 10 ** (db / 20)])


def heard(bot: Sound, caller: Sound, *, out_rate: int = RATE) -> tuple[list[bool], list[float]]:
    """What is said of each loud block of the caller's, and how like the bot it is."""
    detector = EchoDetector()
    played = resample_once(bytes_of(bot), RATE, out_rate)
    step, verdicts, likeness = round(out_rate * 0.02) * 2, [], []
    for number in range(len(caller) // 320):
        if piece := played[number * step : (number + 1) * step]:
            detector.played(piece, out_rate, number * 0.02)
        block = bytes_of(caller[number * 320 : (number + 1) * 320])
        loud = np.sqrt(np.mean(samples_of(block).astype(float) ** 2)) > 120
        is_echo = detector.heard(block, RATE, number * 0.02)
        if loud and number > 5:
            verdicts.append(is_echo)
            likeness.append(detector.match.likeness)
    return verdicts, likeness


@pytest.mark.parametrize("out_rate", [8000, 16000, 24000, 22050])
def test_an_echo_is_known_at_any_rate(out_rate: int) -> None:
    verdicts, likeness = heard(voice(), delayed(voice(), 0.12, -12), out_rate=out_rate)
    assert sum(verdicts) / len(verdicts) > 0.95
    assert np.median(likeness) > 0.8


def test_an_echo_in_a_room_is_known() -> None:
    chance = np.random.default_rng(1)
    room = chance.standard_normal(1600) * np.exp(-np.arange(1600) / 320)
    room *= 0.6 / np.sqrt(np.sum(room**2))
    sound = voice() + np.convolve(voice(), room)[: len(voice())]
    verdicts, likeness = heard(voice(), delayed(sound, 0.2, -12))
    assert sum(verdicts) / len(verdicts) > 0.95
    assert np.median(likeness) > 0.75


def test_the_same_speaker_saying_something_else_is_no_echo() -> None:
    verdicts, likeness = heard(voice(), voice(backwards=True) * 0.5)
    assert not any(verdicts)
    assert max(likeness) < 0.55
    assert np.median(likeness) < 0.35


def test_a_voice_over_the_echo_is_heard() -> None:
    own, echo = voice(backwards=True)[: round(0.6 * RATE)], delayed(voice(), 0.12, -20)
    both = echo.copy()
    begin = round(0.9 * RATE)
    both[begin : begin + len(own)] += own * 0.5
    detector, verdicts = EchoDetector(), []
    for number in range(len(both) // 320):
        detector.played(bytes_of(voice()[number * 320 : (number + 1) * 320]), RATE, number * 0.02)
        verdicts.append(detector.heard(bytes_of(both[number * 320 : (number + 1) * 320]), RATE, number * 0.02))
    over = verdicts[begin // 320 + 8 : (begin + len(own)) // 320]
    assert sum(over) / len(over) < 0.2


def test_what_was_taken_back_makes_no_echo() -> None:
    detector = EchoDetector()
    for number in range(50):
        detector.played(bytes_of(voice()[number * 320 : (number + 1) * 320]), RATE, number * 0.02)
    detector.cut(0.0)
    block = bytes_of(voice()[8000:13000])
    assert not detector.heard(block, RATE, 0.5)


def test_silence_and_what_comes_long_after_are_no_echo() -> None:
    detector = EchoDetector()
    detector.played(bytes_of(voice()[:16000]), RATE, 0.0)
    assert not detector.heard(bytes(640), RATE, 0.2)
    assert not detector.heard(bytes_of(voice()[8000:16000]), RATE, 9.0)


@pytest.mark.parametrize(("name", "value"), [("max_delay_secs", 0), ("max_delay_secs", 2), ("threshold", 1)])
def test_numbers_that_mean_nothing_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(EchoError, match=name):
        EchoDetector(**{name: value})

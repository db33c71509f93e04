"""The tone after which a machine records (lessons T17)."""

import numpy as np
import pytest

from bots.engine.blocks.answering.beep import BeepDetector

from .stage import tone

pytestmark = pytest.mark.heavy


def beeps(pcm: bytes, rate: int, block: int = 640) -> int:
    detector = BeepDetector()
    return sum(detector.hear(pcm[start : start + block], rate) for start in range(0, len(pcm), block))


def voice(seconds: float, rate: int, pitch: float = 180.0) -> bytes:
    """A vowel: many harmonics."""
    at = np.arange(round(rate * seconds)) / rate
    wave = sum(np.sin(2 * np.pi * pitch * number * at) / number for number in range(1, 18))
    return bytes((np.asarray(wave) * 3000).astype("<i2").tobytes())


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("hertz", [450.0, 850.0, 1000.0, 1400.0, 1900.0])
@pytest.mark.parametrize("seconds", [0.35, 0.5, 0.9])
def test_a_steady_tone_is_found_when_it_is_over(rate: int, hertz: float, seconds: float) -> None:
    sound = tone(hertz, seconds, rate)
    assert beeps(voice(1.0, rate) + sound, rate) == 0
    assert beeps(voice(1.0, rate) + sound + bytes(rate // 5), rate) == 1


def test_noise_under_the_tone_does_not_hide_it_and_it_may_come_in_any_pieces() -> None:
    noise = np.random.default_rng(1).normal(0, 200, 16000)
    loud = np.frombuffer(bytes(3200) + tone(1000.0, 0.5, 8000) + bytes(4000), "<i2")
    pcm = (loud + noise[: len(loud)]).astype("<i2").tobytes()
    assert [beeps(pcm, 8000, block) for block in (160, 320, 1000, 60000)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "pcm",
    [
        bytes(16000), voice(2.0, 8000), voice(1.0, 8000, 440.0), tone(425.0, 1.0, 8000) + bytes(1600),
        tone(1000.0, 0.2, 8000) + bytes(1600), tone(300.0, 0.5, 8000) + bytes(1600),
        tone(2200.0, 0.5, 8000) + bytes(1600), tone(1000.0, 4.0, 8000) + bytes(1600),
        np.random.default_rng(2).normal(0, 4000, 16000).astype("<i2").tobytes(),
        (np.frombuffer(tone(770.0, 0.5, 8000), "<i2") // 2 + np.frombuffer(tone(1336.0, 0.5, 8000), "<i2") // 2)
        .astype("<i2").tobytes() + bytes(1600),
    ],
    ids=["silence", "voice", "high voice", "ringing", "short", "low", "high", "endless", "noise", "telephone key"],
)  # fmt: skip
def test_other_sounds_are_no_beep(pcm: bytes) -> None:
    assert beeps(pcm, 8000) == 0

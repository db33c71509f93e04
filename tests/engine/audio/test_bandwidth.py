"""Telephone speech is told from other speech, and filled above its band."""

from __future__ import annotations

import numpy as np
import pytest

from bots.engine.audio import g711
from bots.engine.audio.bandwidth import Widener
from bots.engine.audio.resampler import Resampler

RATE, STEP = 16000, 640


def voice(seconds: float = 1.0) -> bytes:
    """A vowel with a breath of noise over it, as every mouth makes it."""
    times = np.arange(int(RATE * seconds)) / RATE
    tones = sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 25))
    noise = np.random.default_rng(3).normal(0, 0.02, len(times))
    return ((tones + noise) * 4000).astype("<i2").tobytes()


def over_the_telephone(pcm: bytes) -> bytes:
    down = Resampler(RATE, 8000)
    narrow = g711.ulaw_decode(g711.ulaw_encode(down.process(pcm) + down.flush()))
    up = Resampler(8000, RATE)
    return up.process(narrow) + up.flush()


def passed(pcm: bytes, step: int = STEP) -> tuple[bytes, Widener]:
    widener = Widener()
    return b"".join(widener.process(pcm[at : at + step]) for at in range(0, len(pcm), step)), widener


def above_4500(pcm: bytes) -> float:
    energy = np.abs(np.fft.rfft(np.frombuffer(pcm, "<i2").astype(float))) ** 2
    return float(energy[int(len(energy) * 0.5625) :].sum() / energy.sum())


def test_wide_speech_stays_as_it_is() -> None:
    sound = voice()
    same, widener = passed(sound)
    assert same == sound
    assert not widener.narrow


def test_telephone_speech_gets_an_upper_band_twenty_decibels_lower() -> None:
    narrow = over_the_telephone(voice())
    assert above_4500(narrow) < 1e-5
    filled, widener = passed(narrow)
    assert widener.narrow
    assert len(filled) == len(narrow)
    assert 1e-4 < above_4500(filled) < 0.01
    before, after = (np.frombuffer(pcm, "<i2").astype(float) for pcm in (narrow, filled))
    assert ((after - before) ** 2).mean() == pytest.approx((before**2).mean() / 100, rel=0.1)


@pytest.mark.parametrize("step", [320, 640, 1022])
def test_it_does_not_matter_how_the_sound_is_cut(step: int) -> None:
    narrow = over_the_telephone(voice(0.5))
    begun, widener = passed(narrow)
    assert widener.narrow
    assert passed(narrow, step)[0][4000:] == begun[4000:]


def test_silence_decides_nothing() -> None:
    widener = Widener()
    assert widener.process(bytes(640)) == bytes(640)
    assert widener.process(b"") == b""
    assert not widener.narrow


@pytest.mark.heavy
def test_a_caller_may_change_to_a_headset() -> None:
    _, widener = passed(over_the_telephone(voice()))
    for at in range(0, 2 * RATE, STEP):
        widener.process(voice()[at % (2 * RATE - STEP) :][:STEP])
    assert not widener.narrow

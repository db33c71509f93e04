"""Streaming resampler: exact length, bit-exact for any split, little delay."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.audio.pcm import bytes_of, samples_of
from bots.engine.audio.resampler import Resampler, resample_once

RATES = [8000, 16000, 22050, 24000, 44100, 48000]


def tone(rate: int, frequency: float, seconds: float = 0.3) -> bytes:
    times = np.arange(round(rate * seconds)) / rate
    return bytes_of(20000 * np.sin(2 * np.pi * frequency * times))


def error_db(got: bytes, wanted: bytes, edge: int) -> float:
    a, b = samples_of(got)[edge:-edge].astype(float), samples_of(wanted)[edge:-edge].astype(float)
    return 10 * math.log10(max(1e-12, float(((a - b) ** 2).mean()) / 2e8))


@settings(deadline=None)
@given(
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    noise=st.binary(max_size=3000),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
)
def test_any_split_gives_the_same_bytes_and_the_exact_length(rates, noise, cuts):
    whole = resample_once(noise, *rates)
    resampler = Resampler(*rates)
    edges = [0, *sorted(cut for cut in cuts if cut < len(noise)), len(noise)]
    pieces = [resampler.process(noise[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join(pieces) + resampler.flush() == whole
    if rates[0] != rates[1]:
        samples = len(noise) // 2
        assert len(whole) == 2 * ((2 * samples * rates[1] + rates[0]) // (2 * rates[0]))


@pytest.mark.parametrize("out_rate", RATES)
@pytest.mark.parametrize("in_rate", RATES)
def test_speech_band_tone_survives_every_pair_of_rates(in_rate, out_rate):
    frequency = 0.4 * min(in_rate, out_rate)
    got = resample_once(tone(in_rate, frequency), in_rate, out_rate)
    assert error_db(got, tone(out_rate, frequency), out_rate // 50) < -70


def test_what_the_lower_rate_cannot_hold_is_removed():
    got = samples_of(resample_once(tone(16000, 4400), 16000, 8000))[160:-160]
    assert np.abs(got).max() <= 4


def test_equal_rates_pass_through_unchanged():
    resampler = Resampler(16000, 16000)
    assert resampler.process(b"\x01\x02\x03") == b"\x01\x02\x03"
    assert resampler.flush() == b""
    assert resampler.delay == 0.0


@pytest.mark.parametrize(("in_rate", "out_rate"), [(8000, 16000), (16000, 8000), (24000, 16000), (44100, 16000)])
def test_output_waits_no_longer_than_the_stated_delay(in_rate, out_rate):
    resampler = Resampler(in_rate, out_rate)
    assert resampler.delay <= 0.003
    step, out = in_rate // 50, 0
    for number in range(1, 20):
        out += len(resampler.process(bytes(2 * step))) // 2
        assert number * 0.02 - out / out_rate <= resampler.delay + 1e-9


def test_steady_level_keeps_its_value_exactly():
    level = np.full(4000, 12345, dtype="<i2").tobytes()
    assert set(samples_of(resample_once(level, 16000, 24000))[100:-100]) == {12345}


def test_flush_begins_a_new_stream():
    resampler = Resampler(24000, 16000)
    first = resampler.process(tone(24000, 440)) + resampler.flush()
    assert resampler.process(tone(24000, 440)) + resampler.flush() == first


def test_full_scale_square_saturates_instead_of_wrapping():
    square = np.where(np.arange(800) // 20 % 2, 32767, -32768).astype("<i2").tobytes()
    out = samples_of(resample_once(square, 8000, 16000))
    assert out.max() == 32767
    assert out.min() == -32768
    assert (out[2:38] < -20000).all()
    assert (out[42:78] > 20000).all()


def test_rates_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match="positive"):
        Resampler(0, 16000)

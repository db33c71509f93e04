"""Tones of keys (DTMF-06)."""

import numpy as np
import pytest

from bots.engine.audio.dtmf import PAUSE_SECS, TONE_SECS, frequencies, tone


@pytest.mark.parametrize("rate", [8000, 24000])
@pytest.mark.parametrize("key", "0123456789*#")
def test_a_key_sounds_of_its_two_frequencies(key: str, rate: int) -> None:  # DTMF-06
    samples = np.frombuffer(tone(key, rate), "<i2")
    assert len(samples) == round((TONE_SECS + PAUSE_SECS) * rate)
    spectrum = np.abs(np.fft.rfft(samples[: round(TONE_SECS * rate)]))
    strongest = sorted(np.argsort(spectrum)[-2:] / TONE_SECS)
    assert strongest == pytest.approx(sorted(frequencies(key)), abs=6)
    assert not samples[round(TONE_SECS * rate) :].any() and np.abs(samples).max() < 32767


def test_each_key_has_a_pair_of_its_own_and_nothing_else_has_one() -> None:
    assert len({frequencies(key) for key in "0123456789*#"}) == 12
    for wrong in ("A", "", "12"):
        with pytest.raises(KeyError):
            frequencies(wrong)

"""Music for who waits: soft, repeatable, never clipped."""

import numpy as np

from bots.engine.audio.hold_music import hold_music


def test_hold_music_is_soft_and_has_no_click_where_it_begins_again() -> None:
    for rate in (8000, 16000, 24000):
        samples = np.frombuffer(hold_music(rate), "<i2").astype(float) / 32768
        assert len(samples) == 8 * rate
        level = 20 * np.log10(np.sqrt(np.mean(samples**2)))
        assert -40 < level < -24
        assert np.abs(samples).max() < 0.2
        steps = np.abs(np.diff(np.concatenate([samples[-rate // 10 :], samples[: rate // 10]])))
        assert steps.max() < 0.05

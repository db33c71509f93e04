"""A sound under the bot's voice and in its pauses (AUD-05, AUD-06)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bots.engine.audio import wav
from bots.engine.audio.mixers import SoundfileMixer
from bots.engine.audio.pcm import samples_of
from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    InterruptionFrame,
    MixerEnableFrame,
    MixerUpdateSettingsFrame,
    OutputAudioRawFrame,
)
from bots.engine.testing.caller import CallerOutput
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import UP, Probe, Run, in_a_run

RATE = 16000


@pytest.fixture
def hum(tmp_path: Path) -> SoundfileMixer:
    """A steady sound of level 1000, added at half its level."""
    path = tmp_path / "hum.wav"
    path.write_bytes(wav.encode((1000).to_bytes(2, "little") * RATE, RATE))
    return SoundfileMixer({"hum": str(path)}, "hum", volume=0.5)


def played(mixer: SoundfileMixer, *steps: Any) -> tuple[list[int], Probe, Probe, Run]:
    """Queue frames; numbers are pauses in seconds. The level of each 20 ms block that was written comes first."""
    before, output, behind = Probe("before"), CallerOutput(TransportParams(audio_out_mixer=mixer)), Probe("behind")

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            elif isinstance(step, str):
                await run.task.interrupt(step)
            else:
                await run.task.queue_frame(step)

    run = in_a_run(lambda: Run(before, output, behind, params=PipelineParams(audio_out_sample_rate=RATE)), play)
    levels = [int(np.median(samples_of(frame.audio))) for frame in behind.of(OutputAudioRawFrame)]
    return levels, before, behind, run


def voice(seconds: float) -> OutputAudioRawFrame:
    return OutputAudioRawFrame((2000).to_bytes(2, "little") * int(RATE * seconds), RATE, 1)


def test_the_sound_fills_pauses_and_lies_under_the_voice_without_being_speech(hum: SoundfileMixer) -> None:  # AUD-05
    levels, before, behind, run = played(hum, 0.5, voice(0.2), 1.0)
    assert set(levels) == {500, 2500}
    assert levels.count(2500) == 10
    assert len(levels) == pytest.approx(1.5 / 0.02, abs=5)
    times = [frame.at for frame in behind.of(OutputAudioRawFrame)]
    assert np.allclose(np.diff(times), 0.02)
    assert len(before.of(BotStartedSpeakingFrame, direction=UP)) == 1
    assert len(before.of(BotSpeakingFrame, direction=UP)) == 1
    assert [event.kind for event in run.events].count("bot.stopped") == 1


def test_it_is_changed_and_switched_while_it_plays(hum: SoundfileMixer) -> None:  # AUD-06
    louder, off, on = MixerUpdateSettingsFrame({"volume": 1.0}), MixerEnableFrame(False), MixerEnableFrame(True)
    levels, *_ = played(hum, 0.2, louder, 0.2, off, 0.4, on, 0.2)
    assert levels[0] == 500
    assert levels[-1] == 1000
    assert set(levels) == {500, 1000}
    assert len(levels) == pytest.approx(0.6 / 0.02, abs=9), "nothing is written while it is off"


def test_what_a_mixer_cannot_mean_is_reported_and_changes_nothing(hum: SoundfileMixer) -> None:  # AUD-06
    levels, _, _, run = played(hum, 0.1, MixerUpdateSettingsFrame({"sound": "rain"}), 0.1)
    assert run.codes() == ["audio.mixer_settings"]
    assert set(levels) == {500}


def test_a_far_end_is_not_told_that_the_sound_ends_while_it_goes_on(
    hum: SoundfileMixer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AUD-05: a far end that takes whole pieces would fill each 20 ms with silence."""
    ends: list[bool] = []
    monkeypatch.setattr(CallerOutput, "sound_ends", lambda self: ends.append(True))
    played(hum, 0.5, voice(0.2), 0.5)
    assert ends == []
    played(hum, MixerEnableFrame(False), voice(0.2), 0.5)
    assert ends


def test_it_goes_on_through_an_interruption(hum: SoundfileMixer) -> None:  # AUD-05
    levels, _, behind, _ = played(hum, voice(2.0), 0.5, "user_speech", 0.5)
    assert behind.of(InterruptionFrame)
    assert levels[-10:] == [500] * 10
    assert 2500 in levels

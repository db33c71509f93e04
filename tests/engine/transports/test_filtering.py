"""The caller's audio through a filter: before voice detection, in order, at its own time (AUD-01, TURN-06)."""

import pytest

from bots.engine.audio.filters.base import BaseAudioFilter
from bots.engine.audio.filters.blocks import Blocks
from bots.engine.audio.pcm import Buffer
from bots.engine.frames import FilterEnableFrame, InputAudioRawFrame, UserStartedSpeakingFrame
from bots.engine.testing.caller import VOICE, CallerInput, ScriptedVAD
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import Probe, Run, in_a_run

STEP = 0.02
VOICED = VOICE * 320


class Silencer(BaseAudioFilter):
    """Takes everything away, a tenth of a second at a time; fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = Blocks(1600)
        self.broken = False

    async def filter(self, audio: Buffer) -> bytes:
        if self.broken:
            raise RuntimeError
        return b"".join(bytes(len(block)) if self.enabled else block for block in self.blocks.feed(audio))


def heard(audio_filter: Silencer, *steps: object) -> tuple[Probe, Run]:
    """Let the caller speak without a pause; each step lasts half a second and does one thing before it."""
    params = TransportParams(audio_in_filter=audio_filter, vad_analyzer=ScriptedVAD())
    source, probe = CallerInput(params), Probe()

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, FilterEnableFrame):
                await run.task.queue_frame(step)
            elif step == "break":
                audio_filter.broken = True
            for _ in range(25):
                await run.clock.sleep(STEP)
                await source.receive_audio(VOICED, 16000)

    return probe, in_a_run(lambda: Run(source, probe), play)


def test_voice_detection_and_everything_behind_it_hear_the_filtered_audio() -> None:  # AUD-01, TURN-06
    probe, _ = heard(Silencer(), None)
    frames = probe.of(InputAudioRawFrame)
    assert not any(any(frame.audio) for frame in frames)
    assert not probe.of(UserStartedSpeakingFrame)


def test_what_a_filter_held_back_keeps_its_media_time() -> None:  # AUD-01
    probe, _ = heard(Silencer(), None)
    frames = probe.of(InputAudioRawFrame)
    assert [len(frame.audio) for frame in frames] == [3200] * 5
    assert [frame.at for frame in frames] == pytest.approx([frames[0].at + 0.1 * number for number in range(5)])
    assert frames[0].at == pytest.approx(0.0, abs=0.021)


def test_it_is_switched_while_the_call_runs() -> None:  # AUD-01
    probe, _ = heard(Silencer(), None, FilterEnableFrame(False), FilterEnableFrame(True))
    voiced = [any(frame.audio) for frame in probe.of(InputAudioRawFrame)]
    assert voiced == [False] * 5 + [True] * 5 + [False] * 5
    assert len(probe.of(UserStartedSpeakingFrame)) == 1
    assert len(probe.of(FilterEnableFrame)) == 2, "others may want to know"


def test_a_filter_that_fails_is_left_out_and_the_caller_is_heard() -> None:
    probe, run = heard(Silencer(), None, "break")
    assert run.codes() == ["audio.filter_failed"]
    voiced = [any(frame.audio) for frame in probe.of(InputAudioRawFrame)]
    assert voiced == [False] * 5 + [True] * 25
    assert len(probe.of(UserStartedSpeakingFrame)) == 1

"""The input side: audio and messages become frames at the pipeline's rate; voice becomes edges of speech (TURN-01…)."""

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    InputAudioRawFrame,
    InputTransportMessageFrame,
    StartFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.testing.caller import VOICE, CallerInput, ScriptedVAD
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import Probe, Run, in_a_run

VOICED, SILENT = VOICE * 320, bytes(640)


def test_audio_comes_at_the_rate_of_the_pipeline_and_in_mono() -> None:  # TASK-06
    source, probe = CallerInput(TransportParams()), Probe()

    async def play(run: Run) -> None:
        for _ in range(50):
            await run.clock.sleep(0.02)
            await source.receive_audio(VOICE * 2 * 960, 48000, 2)

    in_a_run(lambda: Run(source, probe), play)
    frames = probe.of(InputAudioRawFrame)
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(16000, 1)}
    samples = sum(len(frame.audio) // 2 for frame in frames)
    assert samples == pytest.approx(16000, abs=200)
    ends = [frame.at + len(frame.audio) / 2 / 16000 for frame in frames]
    assert all(abs(frame.at - end) < 1e-6 for frame, end in zip(frames[1:], ends[:-1], strict=True))


def test_the_rate_of_the_transport_wins() -> None:
    source, probe = CallerInput(TransportParams(audio_in_sample_rate=8000)), Probe()

    async def play(run: Run) -> None:
        await source.receive_audio(bytes(320), 8000)

    in_a_run(lambda: Run(source, probe, params=PipelineParams(audio_in_sample_rate=16000)), play)
    assert [frame.sample_rate for frame in probe.of(InputAudioRawFrame)] == [8000]


def test_nothing_comes_before_the_start_frame_and_early_messages_keep_their_order() -> None:
    source, probe = CallerInput(TransportParams()), Probe()

    class Slow(Probe):
        async def start(self, frame: StartFrame) -> None:
            await source.receive_message({"n": 0})
            await source.receive_audio(SILENT, 16000)
            await self.clock.sleep(1)
            await source.receive_message({"n": 1})
            await source.receive_audio(SILENT, 16000)

    async def play(run: Run) -> None:
        await run.clock.sleep(1)
        await source.receive_message({"n": 2})

    in_a_run(lambda: Run(source, Slow(), probe), play)
    assert isinstance(probe.seen[0][0], StartFrame)
    assert [frame.message["n"] for frame in probe.of(InputTransportMessageFrame)] == [0, 1, 2]
    assert probe.of(InputAudioRawFrame) == []


def test_speech_begins_at_its_onset_and_ends_at_its_last_sound() -> None:  # TURN-02, TURN-03
    source, probe = CallerInput(TransportParams(vad_analyzer=ScriptedVAD())), Probe()

    async def play(run: Run) -> None:
        await source.speak(1.0, voiced=False)
        await source.speak(1.0)
        await source.speak(1.0, voiced=False)

    run = in_a_run(lambda: Run(source, probe), play)
    (started,), (stopped,) = probe.of(UserStartedSpeakingFrame), probe.of(UserStoppedSpeakingFrame)
    assert started.at == pytest.approx(1.0, abs=0.04)
    assert stopped.last_voiced_at == pytest.approx(2.0, abs=0.04)
    assert stopped.at == pytest.approx(2.2, abs=0.05)
    assert [event.kind for event in run.events if event.kind.startswith("user.")] == ["user.started", "user.stopped"]
    noticed = next(event.at for event in run.events if event.kind == "user.started")
    assert noticed == pytest.approx(1.1, abs=0.05)


def test_speech_ends_by_time_when_audio_stops_without_an_end() -> None:  # client contract, section 6
    source, probe = CallerInput(TransportParams(vad_analyzer=ScriptedVAD())), Probe()

    async def play(run: Run) -> None:
        await source.speak(1.0)
        await source.audio_paused()
        await run.clock.sleep(1)
        await source.speak(1.0)
        await source.user_muted(True)
        await run.clock.sleep(1)
        await source.user_muted(False)

    in_a_run(lambda: Run(source, probe), play)
    assert len(probe.of(UserStartedSpeakingFrame)) == len(probe.of(UserStoppedSpeakingFrame)) == 2
    first, second = probe.of(UserStartedSpeakingFrame)
    assert first.at == pytest.approx(0.0, abs=0.04)
    assert second.at == pytest.approx(2.0, abs=0.08)
    assert [type(frame) for frame in probe.of(UserMuteStartedFrame, UserMuteStoppedFrame)] == [
        UserMuteStartedFrame,
        UserMuteStoppedFrame,
    ]


def test_audio_that_comes_back_at_once_goes_on_as_the_same_speech() -> None:
    source, probe = CallerInput(TransportParams(vad_analyzer=ScriptedVAD())), Probe()

    async def play(run: Run) -> None:
        await source.speak(0.5)
        await source.audio_paused()
        await run.clock.sleep(0.05)
        await source.speak(0.5)
        await source.speak(0.5, voiced=False)

    in_a_run(lambda: Run(source, probe), play)
    assert len(probe.of(UserStartedSpeakingFrame)) == 1


def test_audio_that_is_not_wanted_is_not_taken() -> None:
    source, probe = CallerInput(TransportParams(audio_in_enabled=False)), Probe()

    async def play(run: Run) -> None:
        await source.receive_audio(VOICED, 16000)
        await source.receive_audio(b"", 16000)

    in_a_run(lambda: Run(source, probe), play)
    assert probe.of(InputAudioRawFrame) == []

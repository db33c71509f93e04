"""Silero and energy analyzers on a recorded voice."""

import asyncio

import numpy as np
import pytest

from bots.engine.audio.energy import EnergyVADAnalyzer
from bots.engine.audio.pcm import bytes_of, mix, silence
from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.silero_batch import SileroBatcher
from bots.engine.audio.silero_model import SileroModel, shared_model
from bots.engine.audio.vad import VADParams, VADSampleRateError, VADState
from tests.engine.audio.voice import BEFORE_SECS, sentence


def noise(seconds: float, rate: int, level: float) -> bytes:
    return bytes_of(np.random.default_rng(7).standard_normal(round(seconds * rate)) * level)


@pytest.mark.parametrize("analyzer", [SileroVADAnalyzer, EnergyVADAnalyzer])
@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("gain", [1.0, 0.1], ids=["full level", "20 dB lower"])
def test_a_voice_starts_and_stops_speech_once(analyzer, rate, gain):
    events = analyzer(sample_rate=rate).analyze(sentence(rate, gain))
    settled = [event for event in events if event.state in (VADState.SPEAKING, VADState.QUIET)]
    while settled[0].state is VADState.QUIET:  # a start that was given up
        settled.pop(0)
    assert 0 <= settled[0].onset_sample / rate - BEFORE_SECS < 0.5
    assert [event.state for event in settled].count(VADState.QUIET) == 1
    end = settled[-1]
    assert end.state is VADState.QUIET
    fell_silent = len(sentence(rate, gain)) / 2 / rate - 1.5
    assert abs(end.last_voiced_sample / rate - fell_silent) < 0.25
    assert (end.at_sample - end.last_voiced_sample) / rate == pytest.approx(0.8, abs=0.033)


@pytest.mark.parametrize("analyzer", [SileroVADAnalyzer, EnergyVADAnalyzer])
@pytest.mark.parametrize("audio", [silence(2, 16000), noise(2, 16000, 60)], ids=["silence", "room noise"])
def test_no_voice_starts_nothing(analyzer, audio):
    assert never_speaking(analyzer(sample_rate=16000).analyze(audio))


def never_speaking(events):
    return all(event.state is not VADState.SPEAKING for event in events)


def test_loud_hiss_does_not_fool_the_model():
    assert never_speaking(SileroVADAnalyzer(sample_rate=16000).analyze(noise(2, 16000, 3000)))


def test_the_energy_floor_rises_to_steady_noise():
    analyzer = EnergyVADAnalyzer(sample_rate=16000, params=VADParams(min_volume=0.0))
    events = analyzer.analyze(noise(14, 16000, 600))
    assert events[-1].state is VADState.QUIET


def test_a_voice_in_noise_is_found():
    audio = mix(sentence(), noise(5, 16000, 300))
    assert not never_speaking(SileroVADAnalyzer(sample_rate=16000).analyze(audio))


def test_the_session_is_loaded_once_and_memory_per_call_is_small():
    one, two = SileroVADAnalyzer(sample_rate=16000), SileroVADAnalyzer(sample_rate=8000)
    assert one._model is two._model is shared_model()
    assert one._stream.state.nbytes + len(one._stream.context) < 1400


def test_the_windows_are_the_documented_ones():  # TURN-01
    assert {rate: SileroVADAnalyzer(rate).num_frames_required() for rate in (8000, 16000)} == {8000: 256, 16000: 512}
    assert SileroVADAnalyzer().sample_rate == 0
    with pytest.raises(VADSampleRateError, match="8000 or 16000"):
        SileroVADAnalyzer(44100)


def test_five_seconds_of_quiet_clear_the_model_and_speech_does_not():  # TURN-04
    analyzer = SileroVADAnalyzer(sample_rate=16000)
    analyzer.analyze(sentence())
    assert analyzer._stream.epoch == 1
    analyzer.analyze(silence(5.1, 16000))
    assert analyzer._stream.epoch == 2


@pytest.mark.heavy
async def test_the_batched_path_gives_the_events_of_the_inline_path():
    batcher = SileroBatcher()
    audio = {rate: sentence(rate) for rate in (8000, 16000)}
    calls = [(SileroVADAnalyzer(sample_rate=rate, batcher=batcher), rate) for rate in (8000, 16000) * 4]

    async def run(analyzer, rate):
        events, step = [], rate // 25
        for start in range(0, len(audio[rate]), step):
            events += await analyzer.feed(audio[rate][start : start + step])
        return [(event.state, event.at_sample) for event in events]

    try:
        answers = await asyncio.gather(*(run(*call) for call in calls))
    finally:
        batcher.close()
    for (_, rate), got in zip(calls, answers, strict=True):
        inline = SileroVADAnalyzer(sample_rate=rate).analyze(audio[rate])
        assert got == [(event.state, event.at_sample) for event in inline]


class CountingModel(SileroModel):
    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def run(self, rate, rows, states):
        self.sizes.append(len(rows))
        return super().run(rate, rows, states)


async def test_many_calls_share_a_run():
    model = CountingModel()
    batcher = SileroBatcher(model)
    calls = [SileroVADAnalyzer(sample_rate=16000, batcher=batcher) for _ in range(12)]
    await asyncio.gather(*(call.feed(bytes(1024)) for call in calls))
    batcher.close()
    assert model.sizes == [12]


async def test_a_lone_call_runs_at_once():
    model = CountingModel()
    batcher = SileroBatcher(model)
    analyzer = SileroVADAnalyzer(sample_rate=16000, batcher=batcher)
    await analyzer.feed(bytes(3 * 1024))
    batcher.close()
    assert model.sizes == [1, 1, 1]


async def test_a_failing_model_fails_every_call_of_the_batch_and_the_next_batch_runs():
    class Broken(CountingModel):
        def run(self, rate, rows, states):
            if not self.sizes:
                self.sizes.append(len(rows))
                raise RuntimeError("broken")
            return super().run(rate, rows, states)

    batcher = SileroBatcher(Broken())
    analyzer = SileroVADAnalyzer(sample_rate=16000, batcher=batcher)
    with pytest.raises(RuntimeError, match="broken"):
        await analyzer.feed(bytes(1024))
    assert await analyzer.feed(bytes(1024)) == []
    batcher.close()


async def test_closing_cancels_what_waits():
    batcher = SileroBatcher()
    calls = [SileroVADAnalyzer(sample_rate=16000, batcher=batcher) for _ in range(6)]
    answer = batcher.submit(calls[0]._stream, bytes(1024))
    batcher.close()
    assert answer.cancelled()
    assert batcher.submit(calls[0]._stream, bytes(1024)).cancelled()

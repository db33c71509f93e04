"""The output side: pace, order, edges of the bot's speech, and the account of what was heard (CONF-20, SPCH-10)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    TextFrame,
    TTSSpeakFrame,
    TTSTextFrame,
)
from bots.engine.testing.call import LiveCall, ScriptedCall
from bots.engine.testing.caller import CallerOutput
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import UP, Probe, Run, in_a_run

OUT = PipelineParams(audio_out_sample_rate=16000)


def tone(seconds: float, rate: int = 16000, channels: int = 1) -> OutputAudioRawFrame:
    return OutputAudioRawFrame(b"\x00\x10" * int(seconds * rate) * channels, rate, channels)


class Timed(CallerOutput):
    """Notes when blocks and messages were written."""

    def __init__(self, params: TransportParams | None = None) -> None:
        super().__init__(params or TransportParams())
        self.written: list[float] = []
        self.told: list[tuple[float, Any]] = []

    def write_audio(self, pcm: bytes) -> None:
        super().write_audio(pcm)
        self.written.append(self.clock.now())

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self.told.append((self.clock.now(), message["n"]))


def played(*steps: Any, params: TransportParams | None = None) -> tuple[Probe, Timed, Probe, Run]:
    """Queue frames; numbers are pauses in seconds."""
    before, output, behind = Probe("before"), Timed(params), Probe("behind")

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            else:
                await run.task.queue_frame(step)
        await run.clock.sleep(5)

    return before, output, behind, in_a_run(lambda: Run(before, output, behind, params=OUT), play)


def test_sound_is_written_in_steps_of_20_ms_a_little_ahead_of_its_time() -> None:
    _, output, _, _ = played(tone(1.0))
    assert len(output.written) == 50
    began = output.written[0]
    for number, at in enumerate(output.written):
        due = began + number * 0.02
        assert due - 0.0801 <= at <= due + 0.0001
    assert output.ear.plays_until == pytest.approx(began + 1.0)


def test_sound_that_comes_in_bursts_is_paced_by_the_clock() -> None:
    _, output, _, _ = played(tone(0.5), 0.1, tone(0.5), 0.9, tone(0.1))
    gaps = [b - a for a, b in zip(output.ear.blocks, output.ear.blocks[1:], strict=False) for a, b in ((a.end, b.at),)]
    assert max(gaps) == pytest.approx(0.0, abs=0.021)
    assert sum(len(block.pcm) for block in output.ear.blocks) >= 2 * 16000 * 1.1


def test_other_rates_and_stereo_are_converted() -> None:
    _, output, _, _ = played(tone(0.5, 48000), tone(0.5, 16000, 2))
    assert output.ear.plays_until - output.ear.blocks[0].at == pytest.approx(1.0, abs=0.03)


def test_an_output_without_sound_plays_nothing_and_lets_messages_pass() -> None:
    params = TransportParams(audio_out_enabled=False)
    _, output, behind, _ = played(tone(0.5), OutputTransportMessageFrame({"n": 1}), params=params)
    assert output.written == []
    assert [message for _, message in output.told] == [1]
    assert behind.of(BotStartedSpeakingFrame) == []


def test_the_edges_of_speech_are_those_of_playout_and_go_both_ways() -> None:  # CONF-20
    before, output, behind, run = played(0.5, tone(1.0))
    for probe, way in ((before, UP), (behind, None)):
        kinds = (BotStartedSpeakingFrame, BotStoppedSpeakingFrame)
        started, stopped = probe.of(*kinds, direction=way) if way else probe.of(*kinds)
        assert started.at == pytest.approx(output.ear.blocks[0].at)
        assert stopped.at == pytest.approx(output.ear.plays_until)
    assert 4 <= len(before.of(BotSpeakingFrame, direction=UP)) <= 6
    assert [event.kind for event in run.events if event.kind.startswith("bot.")] == ["bot.started", "bot.stopped"]


def test_a_short_pause_is_no_silence_and_a_long_one_is() -> None:
    assert len(played(tone(0.3), 0.5, tone(0.3))[2].of(BotStartedSpeakingFrame)) == 1
    assert len(played(tone(0.3), 1.5, tone(0.3))[2].of(BotStartedSpeakingFrame)) == 2


def test_what_stands_behind_sound_goes_on_when_it_was_heard() -> None:  # TASK-19
    _, output, behind, run = played(
        tone(0.5), TextFrame("a"), OutputTransportMessageFrame({"n": 1}), tone(0.5), TextFrame("b"), EndFrame()
    )
    began = output.written[0]
    assert [frame.text for frame in behind.of(TextFrame)] == ["a", "b"]
    assert output.told == [(pytest.approx(began + 0.5, abs=0.021), 1)]
    assert run.outcome is not None
    assert run.outcome.reason is EndReason.BOT_ENDED
    assert run.outcome.duration_s == pytest.approx(began + 1.0, abs=0.03)


def test_an_urgent_message_does_not_wait() -> None:
    _, output, _, _ = played(
        tone(1.0), OutputTransportMessageFrame({"n": 1}), 0.1, OutputTransportMessageUrgentFrame({"n": 2})
    )
    assert [number for _, number in output.told] == [2, 1]


def test_played_sound_goes_on_with_its_time_for_the_recorder() -> None:
    _, output, behind, _ = played(0.2, tone(0.3))
    blocks = behind.of(OutputAudioRawFrame)
    assert [frame.at for frame in blocks] == pytest.approx([block.at for block in output.ear.blocks])


def test_words_are_told_when_they_were_heard() -> None:  # SPCH-09, CTX-05
    probe = Probe()

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three"))
        await call.bot_silent()

    def arrange(parts: Any) -> list[Any]:
        order = parts.in_order()
        return [*order[:-1], probe, order[-1]]

    record = ScriptedCall(arrange=arrange).run(play)
    words = probe.of(TTSTextFrame)
    assert [word.text for word in words] == ["one", "two", "three"]
    began = record.of("bot.started")[0].data["at"]
    assert [round(word.end - began, 3) for word in words] == [0.2, 0.4, 0.6]


def test_an_output_that_cannot_write_ends_the_call_and_says_so() -> None:
    class Broken(CallerOutput):
        def write_audio(self, pcm: bytes) -> None:
            raise ConnectionError("reset")

    async def play(run: Run) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        await run.task.queue_frame(tone(1.0))
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(Broken(TransportParams()), params=OUT), play)
    assert run.outcome is not None and run.outcome.reason is EndReason.PIPELINE_ERROR
    assert any(event.data["fatal"] for event in run.events if event.kind == "error")


@pytest.mark.parametrize("clearable", [True, False])
def test_a_hang_up_leaves_what_was_heard_until_then(clearable: bool) -> None:
    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three four five six seven"))
        await call.wait(0.77)
        await call.hang_up()

    record = ScriptedCall(clearable=clearable).run(play)
    assert record.stored_words == list(record.heard) == ["one", "two", "three"]
    assert record.messages[-1]["content"] == "one two three"

"""The recording for a bot's own code: aligned, resampled, in chunks, by turns (REC-01…12)."""

import inspect
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.blocks.audio_buffer import AudioBufferProcessor, BufferSettingsWrong
from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from tests.engine.core.probes import Probe, Run, in_a_run

RATE = 8000
STEP = RATE // 50
USER, BOT = b"\1\0", b"\2\0"
SILENCE = b"\0\0"


class Kept:
    """What the events brought."""

    def __init__(self, buffer: AudioBufferProcessor) -> None:
        self.merged: list[tuple[bytes, int, int]] = []
        self.tracks: list[tuple[bytes, bytes]] = []
        self.turns: list[tuple[str, bytes]] = []
        buffer.add_event_handler("on_audio_data", self.on_merged)
        buffer.add_event_handler("on_track_audio_data", self.on_tracks)
        for side in ("user", "bot"):
            buffer.add_event_handler(f"on_{side}_turn_audio_data", self.on_turn(side))

    async def on_merged(self, _: object, audio: bytes, rate: int, channels: int) -> None:
        self.merged.append((audio, rate, channels))

    async def on_tracks(self, _: object, user: bytes, bot: bytes, rate: int, channels: int) -> None:
        assert (rate, channels) == (RATE, 1)
        self.tracks.append((user, bot))

    def on_turn(self, side: str) -> Any:
        async def keep(_: object, audio: bytes, rate: int, channels: int) -> None:
            assert (rate, channels) == (RATE, 1)
            self.turns.append((side, audio))

        return keep


def recorded(buffer: AudioBufferProcessor, *steps: tuple[float, Frame] | str) -> tuple[Kept, Probe]:
    """Send frames at their moments, which count from the last "start"; "start" and "stop" switch the recording."""
    kept, behind = Kept(buffer), Probe()

    async def play(run: Run) -> None:
        begun = run.clock.now()
        for step in steps:
            if step == "start":
                begun = run.clock.now()
                await buffer.start_recording()
            elif step == "stop":
                await run.clock.sleep(0.001)
                await buffer.stop_recording()
            else:
                moment, frame = step  # type: ignore[misc]
                await run.clock.sleep(max(0.0, begun + moment - run.clock.now()))
                at = getattr(frame, "at", None)
                await run.task.queue_frame(frame if at is None else replace(frame, at=at + begun))  # type: ignore[call-arg]
        await run.clock.sleep(0.01)

    in_a_run(lambda: Run(buffer, behind, params=PipelineParams(audio_out_sample_rate=RATE)), play)
    return kept, behind


def said(kind: Any, begin: float, seconds: float, sample: bytes, rate: int = RATE, at: bool = True) -> list[Any]:
    """Audio in blocks of 20 ms, each sent when it is over."""
    count = round(seconds * 50)
    moments = [begin + 0.02 * number for number in range(count)]
    return [(moment + 0.02, kind(sample * (rate // 50), rate, 1, moment if at else None)) for moment in moments]


def test_the_constructor_is_the_documented_one() -> None:  # REC-01, REC-12
    found = {name: parameter.default for name, parameter in inspect.signature(AudioBufferProcessor).parameters.items()}
    assert found == {
        "sample_rate": None, "num_channels": 1, "buffer_size": 0, "enable_turn_audio": False,
        "user_continuous_stream": True, "name": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "name"),
    [({"sample_rate": 0}, "sample_rate"), ({"num_channels": 3}, "num_channels"), ({"buffer_size": -2}, "buffer_size"),
     ({"buffer_size": 3}, "buffer_size")],
)  # fmt: skip
def test_what_it_cannot_mean_is_refused_by_name(values: dict[str, int], name: str) -> None:
    with pytest.raises(BufferSettingsWrong, match=f"^{name} "):
        AudioBufferProcessor(**values)  # type: ignore[arg-type]


def both(*tracks: list[Any]) -> list[Any]:
    return sorted((step for track in tracks for step in track), key=lambda step: float(step[0]))


def test_both_sides_lie_at_their_time_in_one_mixed_track() -> None:  # REC-02, REC-03, REC-04, REC-07
    steps = both(said(InputAudioRawFrame, 0, 1.0, USER), said(OutputAudioRawFrame, 0.5, 1.0, BOT))
    kept, behind = recorded(AudioBufferProcessor(), "start", *steps, "stop")
    assert len(behind.of(InputAudioRawFrame, OutputAudioRawFrame)) == len(steps), "it hands everything on"
    half = RATE // 2
    (merged, rate, channels) = kept.merged[0]
    assert (rate, channels, len(kept.merged)) == (RATE, 1, 1)
    assert merged == USER * half + b"\3\0" * half + BOT * half
    assert kept.tracks == [(USER * half * 2 + SILENCE * half, SILENCE * half + BOT * half * 2)]


def test_two_channels_are_caller_left_and_bot_right() -> None:  # REC-03
    steps = both(said(InputAudioRawFrame, 0, 0.2, USER), said(OutputAudioRawFrame, 0, 0.2, BOT))
    kept, _ = recorded(AudioBufferProcessor(num_channels=2), "start", *steps, "stop")
    assert kept.merged == [((USER + BOT) * (RATE // 5), RATE, 2)]


def test_nothing_is_kept_before_it_is_started_and_a_new_start_forgets() -> None:  # REC-05
    buffer = AudioBufferProcessor()
    early = said(InputAudioRawFrame, 0, 0.1, USER)
    kept, _ = recorded(buffer, *early, "start", *said(InputAudioRawFrame, 0, 0.1, BOT, at=False), "start", "stop")
    assert kept.merged == []
    assert not buffer.has_audio()


def test_the_end_of_the_call_hands_out_what_is_left() -> None:  # REC-05
    buffer = AudioBufferProcessor()
    steps = both(said(InputAudioRawFrame, 0, 0.1, USER), said(OutputAudioRawFrame, 0, 0.1, BOT))
    kept, _ = recorded(buffer, "start", *steps)
    assert kept.tracks == [(USER * (RATE // 10), BOT * (RATE // 10))]


def test_a_full_buffer_is_handed_out_in_equal_chunks_that_lose_nothing() -> None:  # REC-04, REC-08, REC-09
    steps = both(said(InputAudioRawFrame, 0, 3.5, USER), said(OutputAudioRawFrame, 1.25, 0.5, BOT))
    kept, _ = recorded(AudioBufferProcessor(buffer_size=RATE * 2), "start", *steps, "stop")
    assert [len(user) for user, _ in kept.tracks] == [RATE * 2] * 3 + [RATE]
    assert all(len(user) == len(bot) for user, bot in kept.tracks)
    user, bot = (b"".join(track) for track in zip(*kept.tracks, strict=True))
    assert user == USER * int(3.5 * RATE)
    assert bot == SILENCE * int(1.25 * RATE) + BOT * (RATE // 2) + SILENCE * int(1.75 * RATE)


def test_audio_that_comes_after_its_chunk_was_handed_out_does_not_shift_what_follows() -> None:  # REC-07
    late = [(moment + 1.5 if moment < 0.5 else moment, frame) for moment, frame in said(InputAudioRawFrame, 0, 3, USER)]
    steps = both(late, said(OutputAudioRawFrame, 0, 3, BOT))
    kept, _ = recorded(AudioBufferProcessor(buffer_size=RATE), "start", *steps, "stop")
    user, bot = (b"".join(track) for track in zip(*kept.tracks, strict=True))
    assert bot == BOT * (3 * RATE)
    assert user[RATE * 2 :] == USER * (2 * RATE)


def test_other_rates_are_converted_and_gaps_stay() -> None:  # REC-07
    steps = both(
        said(InputAudioRawFrame, 0, 0.5, b"\x10\x27", rate=16000), said(InputAudioRawFrame, 1, 0.5, b"\x10\x27", 16000)
    )
    kept, _ = recorded(AudioBufferProcessor(), "start", *steps, "stop")
    user, _ = kept.tracks[0]
    levels = [abs(int.from_bytes(user[at : at + 2], "little", signed=True)) for at in range(0, len(user), 2)]
    assert len(levels) == pytest.approx(1.5 * RATE, abs=2)
    assert min(levels[RATE // 4 : RATE // 2 - 30]) > 9000
    assert max(levels[RATE // 2 + 30 : RATE - 30]) < 50


def test_bursts_without_timestamps_are_joined_where_the_stream_is_not_continuous() -> None:  # REC-12
    bursts = said(InputAudioRawFrame, 0, 0.2, USER) + said(InputAudioRawFrame, 2, 0.2, USER)
    kept, _ = recorded(AudioBufferProcessor(user_continuous_stream=False), "start", *bursts, "stop")
    assert kept.tracks[0][0] == USER * int(0.4 * RATE)


def test_each_turn_comes_by_itself_from_its_onset_on() -> None:  # REC-06
    steps = both(
        said(InputAudioRawFrame, 0, 2, USER), said(OutputAudioRawFrame, 2, 0.5, BOT),
        [(0.71, UserStartedSpeakingFrame(0.5)), (1.501, UserStoppedSpeakingFrame(1.5)),
         (2.001, BotStartedSpeakingFrame(2.0)), (2.51, BotStoppedSpeakingFrame(2.5))],
    )  # fmt: skip
    kept, _ = recorded(AudioBufferProcessor(enable_turn_audio=True), "start", *steps, "stop")
    assert kept.turns == [("user", USER * RATE), ("bot", BOT * (RATE // 2))]
    quiet, _ = recorded(AudioBufferProcessor(), "start", *steps, "stop")
    assert quiet.turns == []

"""The recording: samples at media offsets, chunks of at most half a second (lessons T9, DESIGN 1.2)."""

import itertools

import pytest

from bots.engine.blocks.recorder import CHUNK_SAMPLES, RECORD_RATE, CallRecorder
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from tests.engine.core.probes import Probe, Run, in_a_run


class Tape:
    """Keeps what is written, as two tracks of samples."""

    def __init__(self) -> None:
        self.chunks: list[tuple[str, int, bytes]] = []

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        self.chunks.append((track, offset, pcm))
        return True

    def track(self, name: str) -> bytes:
        out = bytearray()
        for track, offset, pcm in self.chunks:
            if track == name:
                out.extend(bytes(max(0, offset * 2 - len(out))))
                out[offset * 2 : offset * 2 + len(pcm)] = pcm
        return bytes(out)


def recorded(*frames: Frame) -> tuple[Tape, Run, Probe]:
    tape, behind = Tape(), Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frames(frames)
        await run.clock.sleep(1)

    return tape, in_a_run(lambda: Run(CallRecorder(tape), behind), play), behind


def blocks(kind: type[Frame], begin: float, count: int, rate: int = RECORD_RATE, value: int = 1) -> list[Frame]:
    pcm = value.to_bytes(2, "little") * (rate // 50)
    return [kind(pcm, rate, 1, begin + number * 0.02) for number in range(count)]  # type: ignore[call-arg]


def test_both_tracks_lie_where_they_were_heard() -> None:
    tape, run, _ = recorded(*blocks(InputAudioRawFrame, 0.5, 50), *blocks(OutputAudioRawFrame, 1.0, 25, value=2))
    assert tape.track("caller") == bytes(16000) + b"\1\0" * 16000
    assert tape.track("bot") == bytes(32000) + b"\2\0" * 8000
    events = [event.data for event in run.events if event.kind == "audio.chunk"]
    assert [(event["track"], event["offset"], event["samples"]) for event in events] == [
        (track, offset, len(pcm) // 2) for track, offset, pcm in tape.chunks
    ]
    for track in ("caller", "bot"):
        assert [event["number"] for event in events if event["track"] == track] == list(
            range(1, 1 + sum(event["track"] == track for event in events))
        )


def test_no_chunk_is_longer_than_half_a_second() -> None:
    tape, _, _ = recorded(*blocks(InputAudioRawFrame, 0.0, 160))
    sizes = [len(pcm) // 2 for _, _, pcm in tape.chunks]
    assert max(sizes) == CHUNK_SAMPLES == 8000
    assert sum(sizes) == 160 * 320


def test_a_pause_is_a_gap_and_not_closed_up() -> None:
    tape, _, _ = recorded(*blocks(InputAudioRawFrame, 0.0, 10), *blocks(InputAudioRawFrame, 2.0, 10, value=2))
    track = tape.track("caller")
    assert track[:6400] == b"\1\0" * 3200
    assert not any(track[6400:64000])
    assert track[64000:] == b"\2\0" * 3200


@pytest.mark.parametrize("rate", [8000, 24000, 48000])
def test_other_rates_keep_their_place_and_length(rate: int) -> None:
    tape, _, _ = recorded(*blocks(OutputAudioRawFrame, 1.0, 100, rate), *blocks(OutputAudioRawFrame, 5.0, 100, rate))
    spans = [(offset, offset + len(pcm) // 2) for _, offset, pcm in tape.chunks]
    assert spans[0][0] == 16000
    assert spans[-1][1] == pytest.approx(7 * 16000, abs=40)
    assert any(begin == 5 * 16000 for begin, _ in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_audio_of_the_caller_goes_on_and_played_audio_ends_here() -> None:
    _, _, behind = recorded(*blocks(InputAudioRawFrame, 0.0, 1), *blocks(OutputAudioRawFrame, 0.0, 1))
    assert len(behind.of(InputAudioRawFrame)) == 1
    assert behind.of(OutputAudioRawFrame) == []


def test_a_call_is_recorded_as_the_far_end_heard_it() -> None:
    tape = Tape()

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        order = parts.in_order()
        return [*order[:-1], CallRecorder(tape), order[-1]]

    far: dict[str, tuple[float, float]] = {}

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three four five six"))
        await call.wait(0.5)
        await call.task.interrupt()
        await call.wait(0.5)
        await call.queue(TTSSpeakFrame("seven eight"))
        await call.bot_silent()
        ear = call.parts.transport.output().ear
        far["span"] = (ear.blocks[0].at, ear.plays_until)

    record = ScriptedCall(arrange=arrange).run(play)
    offsets = [offset for track, offset, _ in tape.chunks if track == "bot"]
    assert offsets[0] / RECORD_RATE == pytest.approx(far["span"][0], abs=0.001)
    assert len(tape.track("bot")) / 2 / RECORD_RATE == pytest.approx(far["span"][1], abs=0.001)
    assert record.stored_words == list(record.heard)

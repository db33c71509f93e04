"""The bot's voice as packets: on time, in order, silent when there is nothing to say."""

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from av import CodecContext, Packet
from av.audio.codeccontext import AudioCodecContext

from bots.engine.testing.loop import VirtualLoop, run_virtual
from bots.engine.transports.rtp_timeline import RtpTimeline
from bots.engine.transports.webrtc.voice import MAX_BLOCKS, OpusEncoder, VoiceQueue, VoiceTrack

from .client import loudest, tone


def decoded(packets: list[bytes]) -> bytes:
    codec = CodecContext.create("libopus", "r")
    assert isinstance(codec, AudioCodecContext)
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", 48000
    return b"".join(
        bytes(frame.planes[0])[: frame.samples * 2] for data in packets for frame in codec.decode(Packet(data))
    )


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_each_block_becomes_one_packet_that_sounds_the_same(rate: int) -> None:
    encoder = OpusEncoder(rate)
    size = rate // 50
    packets = [encoder.encode(tone(700, rate, n * size, size)) for n in range(50)]
    heard = decoded(packets)
    assert len(heard) == 50 * 960 * 2
    assert loudest(heard[9600 * 2 :], 48000) == pytest.approx(700, abs=5)
    level = float(np.abs(np.frombuffer(heard[9600 * 2 :], "<i2")).mean())
    assert 4000 < level < 6000


def test_silence_is_tiny_and_speech_after_it_is_whole() -> None:
    encoder = OpusEncoder(24000)
    packets = [encoder.encode(tone(700, 24000, n * 480, 480)) for n in range(25)]
    packets += [encoder.encode(bytes(960)) for _ in range(200)]
    packets += [encoder.encode(tone(900, 24000, n * 480, 480)) for n in range(50)]
    assert max(len(packet) for packet in packets[40:225]) < 10
    heard = np.frombuffer(decoded(packets), "<i2")
    assert len(heard) == 275 * 960
    assert np.abs(heard[40 * 960 : 224 * 960]).max() < 50
    after = heard[227 * 960 :]
    assert loudest(after.tobytes(), 48000) == pytest.approx(900, abs=5)
    assert 4000 < float(np.abs(after).mean()) < 6000


def test_packets_leave_every_20_ms_of_the_clock_with_matching_rtp_times() -> None:
    async def pull() -> list[tuple[float, int]]:
        track = VoiceTrack(VoiceQueue(24000))
        out = []
        for _ in range(500):
            packet = await track.recv()
            assert packet.pts is not None
            out.append((asyncio.get_running_loop().time(), packet.pts))
        return out

    out = run_virtual(pull())
    assert [pts for _, pts in out] == [960 * n for n in range(500)]
    assert [at for at, _ in out] == pytest.approx([0.02 * n for n in range(500)], abs=1e-6)


def test_after_a_stall_time_is_skipped_instead_of_sent_in_a_burst() -> None:
    class Stalling(VirtualLoop):
        def stall(self, seconds: float) -> None:
            self._virtual.skipped += seconds

    async def pull() -> tuple[list[float], int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Stalling)
        track = VoiceTrack(VoiceQueue(24000))
        for _ in range(10):
            await track.recv()
        loop.stall(1.0)
        times = []
        last = None
        for _ in range(20):
            last = await track.recv()
            times.append(loop.time())
        assert last is not None
        assert last.pts == pytest.approx(loop.time() * 48000, abs=960)
        return times, track.late

    with asyncio.Runner(loop_factory=Stalling) as runner:
        times, late = runner.run(pull())
    assert late == 49
    assert sum(1 for at in times if at == times[0]) <= 2


def test_silence_is_sent_while_nothing_waits_and_a_full_queue_drops_the_oldest() -> None:
    queue = VoiceQueue(24000)
    assert queue.take() == bytes(960)
    for number in range(MAX_BLOCKS + 5):
        queue.put(number.to_bytes(2, "little") * 480)
    assert (len(queue), queue.take()[:2]) == (MAX_BLOCKS, (5).to_bytes(2, "little"))
    assert queue.clear() == pytest.approx(0.02 * (MAX_BLOCKS - 1))
    assert (len(queue), queue.clear()) == (0, 0.0)


def test_blocks_of_odd_lengths_are_cut_to_packets() -> None:
    queue = VoiceQueue(24000)
    for _ in range(4):
        queue.put(b"\1\2" * 360)
    assert [queue.take() for _ in range(3)] == [b"\1\2" * 480] * 3
    queue.put(b"\3\4" * 100)
    queue.clear()
    queue.put(b"\5\6" * 480)
    assert queue.take() == b"\5\6" * 480


def test_a_stopped_track_ends() -> None:
    async def pull() -> None:
        track = VoiceTrack(VoiceQueue(24000))
        track.stop()
        with pytest.raises(MediaStreamError):
            await track.recv()

    run_virtual(pull())


def test_the_senders_clock_places_audio_and_lost_packets_leave_a_gap() -> None:
    timeline = RtpTimeline()
    assert timeline.place(5.0, 0.02, 1.1) == pytest.approx(1.08)
    assert timeline.place(5.02, 0.02, 1.19) == pytest.approx(1.1)
    assert timeline.place(5.10, 0.02, 1.2) == pytest.approx(1.18)


def test_a_new_connection_ties_the_clocks_anew_and_time_never_runs_back() -> None:
    timeline = RtpTimeline()
    timeline.place(100.0, 0.02, 1.0)
    assert timeline.place(0.0, 0.02, 7.0) == pytest.approx(6.98)
    assert timeline.place(0.02, 0.02, 6.0) >= 7.0


def test_a_burst_after_a_stall_keeps_its_place() -> None:
    timeline = RtpTimeline()
    for number in range(10):
        timeline.place(number * 0.02, 0.02, 1.0 + number * 0.02)
    places = [timeline.place((10 + number) * 0.02, 0.02, 1.9) for number in range(30)]
    assert places == pytest.approx([1.18 + number * 0.02 for number in range(30)])


def test_a_microphone_that_was_detached_is_placed_where_it_goes_on() -> None:
    timeline = RtpTimeline()
    timeline.place(0.0, 0.02, 1.0)
    places = [timeline.place(0.02 + number * 0.02, 0.02, 4.0 + number * 0.02) for number in range(40)]
    assert places[-1] == pytest.approx(4.0 + 39 * 0.02 - 0.02)

"""A call over a socket in virtual time: what arrives, what is refused, what is sent and when."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.core.journal import JournalEvent
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    Frame,
    InputAudioRawFrame,
    InputTransportMessageFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    TranscriptionFrame,
)
from bots.engine.testing.loop import run_virtual
from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode, encode_audio, encode_data
from bots.engine.transports.websocket import WebSocketTransport


class Middle(FrameProcessor):
    """Stands between input and output and keeps what passes."""

    def __init__(self) -> None:
        super().__init__()
        self.audio: list[InputAudioRawFrame] = []
        self.messages: list[dict[str, Any]] = []
        self.transcriptions: list[str] = []

    @handles(InputAudioRawFrame, InputTransportMessageFrame, TranscriptionFrame)
    async def keep(self, frame: Frame) -> None:
        if isinstance(frame, InputAudioRawFrame):
            self.audio.append(frame)
        elif isinstance(frame, InputTransportMessageFrame):
            self.messages.append(dict(frame.message))
        elif isinstance(frame, TranscriptionFrame):
            self.transcriptions.append(frame.text)


class Socket:
    """The far end: takes messages unless it is stuck, and notes when they came."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, AudioMessage | DataMessage]] = []
        self.closed: tuple[int, str] | None = None
        self.stuck = asyncio.Event()
        self.stuck.set()

    async def send(self, data: bytes) -> None:
        await self.stuck.wait()
        found = decode(data)
        assert isinstance(found, AudioMessage | DataMessage)
        self.taken.append((asyncio.get_running_loop().time(), found))

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    @property
    def audio(self) -> list[tuple[float, AudioMessage]]:
        return [(at, found) for at, found in self.taken if isinstance(found, AudioMessage)]

    @property
    def data(self) -> list[dict[str, Any]]:
        return [json.loads(found.data) for _, found in self.taken if isinstance(found, DataMessage)]

    @property
    def codes(self) -> list[str]:
        return [message["data"]["code"] for message in self.data if message["type"] == "error"]


class Call:
    """One running call over the socket."""

    def __init__(self) -> None:
        self.socket = Socket()
        self.transport = WebSocketTransport(self.socket.send, self.socket.close)
        self.middle = Middle()
        self.gone: list[str] = []
        self.transport.add_event_handler("on_client_disconnected", self._gone)
        self.task = PipelineTask(
            Pipeline([self.transport.input(), self.middle, self.transport.output()]), idle_timeout_secs=None
        )

        self.events: list[JournalEvent] = []
        self.task.journal.listen(self.events.append)

    async def _gone(self, transport: object, client: object, reason: str) -> None:
        self.gone.append(reason)

    async def play(self, seconds: float) -> None:
        await self.middle.push_frame(OutputAudioRawFrame(b"\1\0" * int(24000 * seconds), 24000))

    def kinds(self) -> list[str]:
        return [event.data["code"] for event in self.events if event.kind == "input.rejected"]


def in_a_call(play: Callable[[Call], Awaitable[None]]) -> Call:
    async def main() -> Call:
        call = Call()
        running = asyncio.create_task(call.task.run())
        await asyncio.sleep(0.01)
        await play(call)
        await call.task.cancel()
        await running
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
        return call

    return run_virtual(main())


def test_microphone_audio_enters_at_the_rate_of_the_call() -> None:
    async def speak(call: Call) -> None:
        for _ in range(100):
            await call.transport.feed(encode_audio(b"\2\0" * 256, 16000))
            await asyncio.sleep(0.016)
        await call.transport.feed(encode_audio(b"\2\0\2\0" * 960, 48000, 2))

    call = in_a_call(speak)
    assert {frame.sample_rate for frame in call.middle.audio} == {16000}
    assert sum(len(frame.audio) for frame in call.middle.audio[:100]) == 100 * 512
    assert 400 <= len(call.middle.audio[100].audio) <= 640
    assert call.kinds() == []


def test_what_was_recorded_before_the_call_was_ready_may_come_at_once() -> None:
    async def burst(call: Call) -> None:
        for _ in range(190):
            await call.transport.feed(encode_audio(bytes(512), 16000))

    call = in_a_call(burst)
    assert len(call.middle.audio) == 190
    assert call.kinds() == []


def test_audio_far_faster_than_real_time_is_dropped_with_one_complaint_a_second() -> None:
    async def flood(call: Call) -> None:
        for _ in range(400):
            await call.transport.feed(encode_audio(bytes(6400), 16000))
            await asyncio.sleep(0.01)

    call = in_a_call(flood)
    assert call.kinds() == ["input.too_fast"] * len(call.kinds())
    assert 2 <= len(call.kinds()) <= 5
    assert 60 < len(call.middle.audio) < 100
    assert call.socket.closed == (1000, "call ended")


def test_bad_input_is_answered_with_a_code_and_the_call_goes_on() -> None:
    async def bad(call: Call) -> None:
        for data in ("text", b"\xff\xff", encode_data("no json"), encode_audio(bytes(3), 16000), bytes(3 << 20)):
            await call.transport.feed(data)
        await call.transport.feed(encode_data('{"type":"client-ready"}'))
        await asyncio.sleep(0.1)

    call = in_a_call(bad)
    codes = ["input.text_message", "input.malformed", "input.malformed", "input.bad_audio", "input.too_large"]
    assert call.socket.codes == call.kinds() == codes
    assert [message["type"] for message in call.middle.messages] == ["client-ready"]


def test_too_much_bad_input_closes_the_socket() -> None:
    async def nonsense(call: Call) -> None:
        for _ in range(60):
            await call.transport.feed("nonsense")
        await asyncio.sleep(0.1)
        assert call.gone == ["input.given_up"]

    call = in_a_call(nonsense)
    assert call.socket.closed == (1008, "input.given_up")
    assert call.socket.codes == ["input.text_message"] * 50 + ["input.given_up"]
    assert call.socket.data[-1]["data"]["fatal"] is True


def test_bad_input_now_and_then_is_forgiven() -> None:
    async def sometimes(call: Call) -> None:
        for _ in range(200):
            await call.transport.feed("nonsense")
            await asyncio.sleep(0.25)

    assert in_a_call(sometimes).socket.closed == (1000, "call ended")


def test_a_storm_of_messages_is_held_off() -> None:
    async def storm(call: Call) -> None:
        for _ in range(520):
            await call.transport.feed(encode_data('{"type":"client-message"}'))
        await asyncio.sleep(0.1)

    call = in_a_call(storm)
    assert len(call.middle.messages) == 500
    assert call.socket.codes == ["input.too_fast"] * 20


def test_messages_sent_before_the_call_runs_are_kept() -> None:
    async def early() -> list[dict[str, Any]]:
        call = Call()
        await call.transport.feed(encode_data('{"type":"client-ready"}'))
        await call.transport.feed("nonsense")
        running = asyncio.create_task(call.task.run())
        await asyncio.sleep(0.1)
        await call.task.cancel()
        await running
        assert call.socket.codes == ["input.text_message"]
        return call.middle.messages

    assert run_virtual(early()) == [{"type": "client-ready"}]


def test_text_and_transcriptions_of_other_servers_are_understood() -> None:
    from tests.engine.transports.test_protobuf import field, frame

    async def peer(call: Call) -> None:
        call.task.ledger.open_reply()  # something to cut off
        await call.transport.feed(frame(1, field(3, "typed")))
        await call.transport.feed(frame(3, field(3, "spoken")))
        call.task.ledger.plan(call.task.ledger.open_reply(), "A reply that can be cut off.")
        await call.transport.feed(frame(5, field(1, 1)))
        await asyncio.sleep(0.01)
        assert [event.data["reason"] for event in call.events if event.kind == "interruption"] == ["client"]

    call = in_a_call(peer)
    assert call.middle.messages[0]["data"] == {"content": "typed"}
    assert call.middle.transcriptions == ["spoken"]


def test_sound_is_sent_as_24_khz_mono_in_short_frames_never_far_ahead_of_the_clock() -> None:
    async def play(call: Call) -> None:
        await call.middle.push_frame(OutputAudioRawFrame(b"\1\0" * 16000 * 3, 16000))
        await asyncio.sleep(4.0)

    sent = in_a_call(play).socket.audio
    began = sent[0][0]
    samples = 0
    for at, found in sent:
        assert (found.sample_rate, found.num_channels) == (24000, 1)
        assert len(found.audio) in (960, 1920)
        samples += len(found.audio) // 2
        assert samples / 24000 - (at - began) <= 0.0801
    assert 3.0 <= samples / 24000 <= 3.02


def test_sound_is_not_delayed_by_messages_that_wait() -> None:
    async def both(call: Call) -> None:
        call.socket.stuck.clear()
        for number in range(300):
            message = {"label": "rtvi-ai", "type": "server-message", "data": {"number": number}}
            await call.middle.push_frame(OutputTransportMessageUrgentFrame(message))
        await call.play(0.02)
        await asyncio.sleep(0.05)
        call.socket.stuck.set()
        await asyncio.sleep(0.05)

    taken = in_a_call(both).socket.taken
    assert len(taken) == 301
    assert [isinstance(found, AudioMessage) for _, found in taken[:2]].count(True) == 1


def test_a_client_that_reads_nothing_loses_updates_first_and_then_the_connection() -> None:
    async def stall(call: Call) -> None:
        call.socket.stuck.clear()
        writer = call.transport.socket.writer
        for number in range(5000):
            writer.message({"type": "metrics", "data": {"number": number}})
        assert len(writer) <= 501
        assert writer.dropped > 4000
        assert call.socket.closed is None
        for number in range(600):
            writer.message({"type": "server-message", "data": {"number": number}})
        assert len(writer) == 0
        await asyncio.sleep(0.1)
        assert call.gone == ["client.too_slow"]

    assert in_a_call(stall).socket.closed == (1013, "client.too_slow")


def test_a_client_that_takes_no_sound_for_seconds_is_let_go() -> None:
    async def stall(call: Call) -> None:
        call.socket.stuck.clear()
        await call.play(10.0)
        await asyncio.sleep(5.0)
        assert call.gone == ["client.too_slow"]

    call = in_a_call(stall)
    assert call.kinds() == ["client.too_slow"]


def test_an_interruption_ends_the_sound_within_the_lead_even_on_a_slow_socket() -> None:
    async def cut(call: Call) -> None:
        await call.play(5.0)
        await asyncio.sleep(1.0)
        await call.task.interrupt()
        sent = sum(len(found.audio) for _, found in call.socket.audio) / 48000
        assert sent <= 1.0801
        await asyncio.sleep(0.5)
        assert sum(len(found.audio) for _, found in call.socket.audio) / 48000 == sent
        call.socket.stuck.clear()
        await call.play(5.0)
        await asyncio.sleep(1.0)
        await call.task.interrupt()
        call.socket.stuck.set()
        await asyncio.sleep(0.5)
        assert sum(len(found.audio) for _, found in call.socket.audio) / 48000 <= sent + 0.0401

    in_a_call(cut)


def test_what_waits_is_written_before_the_socket_is_closed() -> None:
    async def last_words(call: Call) -> None:
        await call.middle.push_frame(OutputTransportMessageUrgentFrame({"type": "server-message", "data": {"bye": 1}}))

    call = in_a_call(last_words)
    assert call.socket.data == [{"type": "server-message", "data": {"bye": 1}}]
    assert call.socket.closed == (1000, "call ended")


def test_a_socket_that_is_gone_is_told_once_and_not_closed_again() -> None:
    async def leave(call: Call) -> None:
        await call.transport.disconnected(1001)
        await call.transport.disconnected(1001)
        await call.transport.feed(encode_audio(bytes(640), 16000))

    call = in_a_call(leave)
    assert (call.gone, call.socket.closed, call.middle.audio) == (["closed"], None, [])


def test_a_stream_that_stops_is_reported_as_a_pause_once() -> None:
    async def mute(call: Call) -> list[float]:
        pauses: list[float] = []

        async def paused() -> None:
            pauses.append(asyncio.get_running_loop().time())

        call.transport.input().audio_paused = paused  # type: ignore[method-assign]
        for _ in range(60):
            await call.transport.feed(encode_audio(bytes(512), 16000))
            await asyncio.sleep(0.016)
        stopped = asyncio.get_running_loop().time() - 0.016
        await asyncio.sleep(3)
        assert len(pauses) == 1
        assert 0.2 <= pauses[0] - stopped <= 0.21
        await call.transport.feed(encode_audio(bytes(512), 16000))
        await asyncio.sleep(1)
        assert len(pauses) == 2
        return pauses

    async def play(call: Call) -> None:
        await mute(call)

    in_a_call(play)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=80) | st.text(max_size=40) | st.text(max_size=60).map(encode_data), max_size=40))
def test_no_message_of_a_client_raises_and_every_bad_one_is_answered(messages: list[bytes | str]) -> None:
    async def fuzz(call: Call) -> None:
        for message in messages:
            await call.transport.feed(message)
        await asyncio.sleep(0.05)
        assert len(call.socket.codes) == call.transport.socket.intake.rejected

    call = in_a_call(fuzz)
    assert len(call.kinds()) == call.transport.socket.intake.rejected

"""A line over a carrier's stream: what it sends, takes and refuses (TEL-14, TEL-15, TEL-24)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import InputAudioRawFrame, InputDTMFFrame, KeypadEntry, OutputAudioRawFrame, OutputDTMFFrame
from bots.engine.testing.loop import run_virtual
from bots.engine.transports.carrier import CarrierLine
from bots.engine.transports.media_stream import MediaStreamSerializer, StreamStarted
from bots.engine.transports.params import TransportParams
from bots.engine.transports.relay import RelayTransport

from .json_stream import JsonStream, SilentJsonStream, sound_message

CHUNK = b"\x01\x00" * 160


class Middle(FrameProcessor):
    """Notes what the caller sends."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[InputAudioRawFrame] = []
        self.keys: list[KeypadEntry] = []

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        self.heard.append(frame)

    @handles(InputDTMFFrame)
    async def on_key(self, frame: InputDTMFFrame) -> None:
        self.keys.append(frame.button)


class Call:
    """A pipeline with one line; ``sent`` are the messages that the carrier got, with their times."""

    def __init__(self, serializer: MediaStreamSerializer | None = None) -> None:
        rate = TransportParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000)
        self.transport, self.middle = RelayTransport(rate), Middle()
        self.task = PipelineTask(
            Pipeline([self.transport.input(), self.middle, self.transport.output()]), idle_timeout_secs=None
        )
        self.sent: list[tuple[float, dict[str, str]]] = []
        self.over: list[str] = []
        self.closed: list[tuple[int, str]] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self.codes: list[str] = []
        self.events: list[tuple[str, dict[str, object]]] = []
        self.task.journal.listen(lambda event: self.events.append((event.kind, dict(event.data))))
        self.line = CarrierLine(
            self.transport, serializer or JsonStream(), StreamStarted("MZ1", "CA1"), self._send, self._close, self._over
        )

    async def _send(self, message: str | bytes) -> None:
        await self.taking.wait()
        self.sent.append((self.task.clock.now(), json.loads(message)))

    async def _close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    async def _over(self, reason: str) -> None:
        self.over.append(reason)

    async def feed(self, **message: object) -> None:
        await self.line.feed(json.dumps(message))

    async def hear(self, *numbers: int) -> None:
        for number in numbers:
            await self.line.feed(sound_message(CHUNK, chunk=number, at=number * 20))

    async def say(self, seconds: float) -> None:
        await self.middle.push_frame(OutputAudioRawFrame(b"\1\0" * round(8000 * seconds), 8000))

    def kinds(self) -> list[str]:
        return [message["event"] for _, message in self.sent]

    def rejected(self) -> list[object]:
        return [data["code"] for kind, data in self.events if kind == "input.rejected"]


def in_a_call(play: Callable[[Call], Awaitable[None]], serializer: MediaStreamSerializer | None = None) -> None:
    async def main() -> None:
        call = Call(serializer)
        await call.transport.attach(call.line)
        running, writing = asyncio.create_task(call.task.run()), asyncio.create_task(call.line.run())
        await asyncio.sleep(0.01)
        await play(call)
        await call.task.cancel()
        await running
        writing.cancel()
        await asyncio.wait({writing})

    run_virtual(main())


@pytest.mark.heavy
def test_sound_is_written_20_ms_apart_40_to_80_ms_ahead_for_minutes() -> None:  # T8
    async def play(call: Call) -> None:
        await call.say(120.0)
        await asyncio.sleep(121.0)
        times = [at for at, message in call.sent if message["event"] == "media"]
        assert len(times) == 6000
        began = times[0]
        for number, at in enumerate(times[4:], 4):
            assert 0.04 - 1e-6 <= began + number * 0.02 - at <= 0.08 + 1e-6
        steps = [b - a for a, b in pairwise(times[4:])]
        assert min(steps) > 0.0199 and max(steps) < 0.0201

    in_a_call(play)


def test_marks_go_with_the_sound_and_what_came_back_is_written_down() -> None:  # T8
    async def play(call: Call) -> None:
        await call.say(1.2)
        await asyncio.sleep(1.3)
        names = [message["name"] for _, message in call.sent if message["event"] == "mark"]
        assert len(names) == 5
        assert call.sent[0][1]["event"] == "mark" and call.sent[1][1]["event"] == "media"
        for name in names:
            await call.feed(event="mark", name=name)
        assert call.line.marks.all_played
        [(_, noted)] = [event for event in call.events if event[0] == "playout.acknowledged"]
        assert [len(mark) for mark in noted["marks"]] == [2] * 4

    in_a_call(play)


def test_a_mark_before_the_call_runs_is_no_error() -> None:
    async def main() -> None:
        call = Call()
        await call.feed(event="mark", name="0-1")
        await call.feed(event="key", key="1")
        await call.hear(1)
        await call.line.gone()
        assert call.over == ["closed"]

    run_virtual(main())


@pytest.mark.heavy
def test_many_marks_are_written_down_in_few_events() -> None:
    async def play(call: Call) -> None:
        await call.say(30.0)
        seen = 0
        for _ in range(320):
            await asyncio.sleep(0.1)
            while seen < len(call.sent):
                message = call.sent[seen][1]
                seen += 1
                if message["event"] == "mark":
                    await call.feed(event="mark", name=message["name"])
        noted = [event for event in call.events if event[0] == "playout.acknowledged"]
        assert 6 <= len(noted) <= 9

    in_a_call(play)


def test_a_clear_is_sent_once_before_everything_else() -> None:  # TEL-15
    async def play(call: Call) -> None:
        await call.say(2.0)
        await asyncio.sleep(0.5)
        before = len(call.sent)
        await call.task.interrupt()
        await call.task.interrupt()
        await asyncio.sleep(0.5)
        assert call.kinds()[before:] == ["clear", "mark"]

    in_a_call(play)


def test_an_interruption_while_the_bot_is_silent_clears_nothing() -> None:
    async def play(call: Call) -> None:
        await call.task.interrupt()
        await asyncio.sleep(0.1)
        assert call.sent == []

    in_a_call(play)


def test_what_a_slow_socket_has_not_taken_is_not_sent_after_a_clear() -> None:
    async def play(call: Call) -> None:
        call.taking.clear()
        await call.say(1.0)
        await asyncio.sleep(0.5)
        await call.task.interrupt()
        call.taking.set()
        await asyncio.sleep(0.1)
        assert call.kinds() == ["mark", "clear", "mark"]

    in_a_call(play)


def test_a_socket_that_takes_nothing_for_two_seconds_is_given_up() -> None:  # C12
    async def play(call: Call) -> None:
        call.taking.clear()
        await call.say(5.0)
        await asyncio.sleep(3.0)
        assert (call.over, call.closed) == (["client.too_slow"], [(1013, "client.too_slow")])
        assert call.rejected() == ["client.too_slow"]
        assert call.transport.line is None
        call.taking.set()

    in_a_call(play)


def test_sound_comes_in_at_its_place() -> None:
    async def play(call: Call) -> None:
        for number in (0, 1, 3, 2, 2, 4):
            await asyncio.sleep(0.02)
            await call.hear(number)
        assert len(call.middle.heard) == 5
        places = [frame.at for frame in call.middle.heard]
        assert [b - a for a, b in pairwise(places)] == pytest.approx([0.02] * 4)
        await call.line.gone()
        disturbed = [data for kind, data in call.events if kind == "input.disturbed"]
        assert disturbed == [{"reordered": 1, "dropped": 1, "lost_ms": 0}]

    in_a_call(play)


def test_sound_that_comes_in_bursts_keeps_its_place() -> None:  # C7
    async def play(call: Call) -> None:
        for number in range(0, 40, 4):
            await asyncio.sleep(0.08)
            await call.hear(*range(number, number + 4))
        places = [frame.at for frame in call.middle.heard]
        assert [b - a for a, b in pairwise(places)] == pytest.approx([0.02] * 39)

    in_a_call(play)


def test_what_the_caller_hears_is_not_what_he_says() -> None:
    async def play(call: Call) -> None:
        await call.line.feed(sound_message(CHUNK, inbound=False))
        assert call.middle.heard == []

    in_a_call(play)


def test_keys_become_frames_and_a_flood_of_them_is_refused() -> None:  # TEL-14, C13
    async def play(call: Call) -> None:
        for key in "12#*":
            await call.feed(event="key", key=key)
        assert [key.value for key in call.middle.keys] == list("12#*")
        for _ in range(40):
            await call.feed(event="key", key="9")
        assert len(call.middle.keys) == 20
        assert call.rejected() == ["stream.keys"] * 24
        await asyncio.sleep(1.0)
        await call.feed(event="key", key="5")
        assert call.middle.keys[-1] is KeypadEntry.FIVE

    in_a_call(play)


def test_keys_of_the_bot_are_their_tones() -> None:  # DTMF-06
    async def play(call: Call) -> None:
        await call.middle.push_frame(OutputDTMFFrame(KeypadEntry.SEVEN))
        await asyncio.sleep(0.5)
        assert call.kinds().count("media") >= 5
        call.line.write_key(KeypadEntry.SEVEN)
        call.line.write_message({"type": "server-message"})
        await asyncio.sleep(0.1)
        assert set(call.kinds()) == {"mark", "media"}

    in_a_call(play)


def test_a_stop_ends_the_line_and_what_comes_after_it_is_refused() -> None:  # C11, TEL-24
    async def play(call: Call) -> None:
        await call.hear(0, 1, 3)
        await call.feed(event="stop")
        assert call.over == ["stopped"]
        assert call.transport.line is None
        assert len(call.middle.heard) == 4
        await call.hear(4, 5)
        await call.feed(event="key", key="1")
        await call.line.gone()
        assert len(call.middle.heard) == 4
        assert call.rejected() == ["stream.order"] * 2
        assert (call.over, call.middle.keys) == (["stopped"], [])

    in_a_call(play)


def test_a_second_start_is_refused() -> None:  # C11
    async def play(call: Call) -> None:
        await call.feed(event="start")
        await call.hear(0)
        assert call.rejected() == ["stream.order"]
        assert len(call.middle.heard) == 1

    in_a_call(play)


@pytest.mark.parametrize("code", ["stream.malformed", "stream.too_large", "stream.order"])
def test_messages_that_cannot_be_read_are_noted_and_too_many_end_the_line(code: str) -> None:  # C9
    async def play(call: Call) -> None:
        await call.feed(event="nonsense", code=code)
        assert call.rejected() == [code]
        for _ in range(50):
            await call.feed(event="nonsense", code=code)
        await asyncio.sleep(0.1)
        assert (call.over, call.closed) == (["input.given_up"], [(1008, "input.given_up")])
        assert call.rejected()[-1] == "input.given_up"

    in_a_call(play)


def test_a_flood_of_marks_ends_the_line() -> None:  # C9
    async def play(call: Call) -> None:
        for number in range(600):
            await call.feed(event="mark", name=f"0-{number}")
        await asyncio.sleep(0.1)
        assert call.over == ["input.given_up"]

    in_a_call(play)


def test_a_clear_that_is_confirmed_measures_the_way() -> None:
    async def play(call: Call) -> None:
        await call.feed(event="cleared")
        await call.say(1.0)
        await asyncio.sleep(0.5)
        await call.task.interrupt()
        await asyncio.sleep(0.08)
        await call.feed(event="cleared")
        assert call.line.marks.way == pytest.approx(0.08)

    in_a_call(play)


def test_a_line_that_is_closed_sends_what_waits_first_and_within_a_second() -> None:
    async def play(call: Call) -> None:
        await call.say(0.06)
        await call.line.close("ended")
        assert call.kinds().count("media") == 3
        assert call.closed == [(1000, "ended")]

    in_a_call(play)


def test_a_socket_that_hangs_does_not_hold_up_the_close() -> None:
    async def play(call: Call) -> None:
        call.taking.clear()
        await call.say(0.06)
        began = call.task.clock.now()
        await call.line.close("ended")
        assert call.task.clock.now() - began < 1.0
        call.taking.set()

    in_a_call(play)


def test_sound_that_a_carrier_wants_in_larger_messages_is_sent_to_its_end() -> None:
    async def play(call: Call) -> None:
        await call.say(0.5)
        await asyncio.sleep(1.0)
        assert call.kinds() == ["mark", "media", "mark", "media", "media", "mark"]

    in_a_call(play, JsonStream(at_least=3200))


def test_a_carrier_without_marks_is_asked_for_none_and_is_200_ms_behind() -> None:
    async def play(call: Call) -> None:
        await call.say(0.5)
        await asyncio.sleep(0.4)
        now = call.task.clock.now()
        assert call.line.heard_until(now) == pytest.approx(now - 0.2)
        await asyncio.sleep(0.5)
        assert set(call.kinds()) == {"media"}

    in_a_call(play, SilentJsonStream())

"""Sockets that come and go under one call."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import OutputAudioRawFrame, OutputTransportMessageUrgentFrame
from bots.engine.testing.loop import run_virtual
from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode
from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.websocket.line import WebSocketLine


class Phone:
    """One socket and its line."""

    def __init__(self, transport: RelayTransport) -> None:
        self.audio = 0
        self.messages: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.line = WebSocketLine(transport, self._send, self._close)
        self.writing = asyncio.create_task(self.line.run())

    async def _send(self, data: bytes) -> None:
        found = decode(data)
        if isinstance(found, AudioMessage):
            self.audio += len(found.audio)
        elif isinstance(found, DataMessage):
            self.messages.append(json.loads(found.data))

    async def _close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class Call:
    def __init__(self) -> None:
        self.transport = RelayTransport()
        self.middle = FrameProcessor()
        self.task = PipelineTask(
            Pipeline([self.transport.input(), self.middle, self.transport.output()]), idle_timeout_secs=None
        )
        self.events: list[str] = []
        self.transport.add_event_handler("on_client_disconnected", self._gone)

    async def _gone(self, transport: object, line: object, reason: str) -> None:
        self.events.append(reason)

    async def say(self, number: int) -> None:
        await self.middle.push_frame(OutputTransportMessageUrgentFrame({"type": "server-message", "n": number}))


def in_a_call(play: Callable[[Call], Awaitable[None]]) -> None:
    async def main() -> None:
        call = Call()
        running = asyncio.create_task(call.task.run())
        await asyncio.sleep(0.01)
        await play(call)
        await call.task.cancel()
        await running
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    run_virtual(main())


def test_a_new_socket_takes_over_and_the_old_one_is_told_so() -> None:
    async def play(call: Call) -> None:
        first, second = Phone(call.transport), Phone(call.transport)
        await call.transport.attach(first.line)
        await call.middle.push_frame(OutputAudioRawFrame(b"\1\0" * 24000 * 2, 24000))
        await asyncio.sleep(0.5)
        await call.transport.attach(second.line)
        await first.line.gone()
        await asyncio.sleep(0.5)
        await call.say(1)
        await asyncio.sleep(0.01)
        assert first.closed == (4409, "replaced")
        assert first.audio > 20000
        assert second.audio > 20000
        assert (first.messages, second.messages) == ([], [{"type": "server-message", "n": 1}])
        assert call.events == []

    in_a_call(play)


def test_messages_wait_for_the_next_socket_when_one_is_gone() -> None:
    async def play(call: Call) -> None:
        first, second = Phone(call.transport), Phone(call.transport)
        await call.transport.attach(first.line)
        await first.line.gone()
        await call.say(2)
        await call.transport.attach(second.line)
        await asyncio.sleep(0.01)
        assert second.messages == [{"type": "server-message", "n": 2}]
        assert call.events == ["closed"]

    in_a_call(play)


def test_a_socket_that_sends_nonsense_is_closed_and_the_call_waits_for_another() -> None:
    async def play(call: Call) -> None:
        phone = Phone(call.transport)
        await call.transport.attach(phone.line)
        for _ in range(60):
            await phone.line.feed("nonsense")
        await asyncio.sleep(0.1)
        assert phone.closed == (1008, "input.given_up")
        assert call.events == ["input.given_up"]
        assert call.transport.line is None

    in_a_call(play)


def test_a_call_that_ends_says_what_it_has_to_say_first() -> None:
    async def play(call: Call) -> None:
        phone = Phone(call.transport)
        await call.transport.attach(phone.line)
        await call.say(3)
        await phone.line.close("ended")
        assert phone.messages == [{"type": "server-message", "n": 3}]
        assert phone.closed == (1000, "ended")

    in_a_call(play)

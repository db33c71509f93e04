"""Transports for runner arguments, and helpers that any transport takes (RUN-02, RUN-05, RUN-11…14)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from bots.engine.testing.loop import run_virtual
from bots.engine.transports.base import BaseTransport
from bots.engine.transports.creation import (
    TransportUnknown,
    create_transport,
    get_transport_client_id,
    maybe_capture_participant_camera,
    maybe_capture_participant_screen,
    transport_name,
)
from bots.engine.transports.params import TransportParams
from bots.engine.transports.runner_args import DailyRunnerArguments, RunnerArguments, WebSocketRunnerArguments
from bots.engine.transports.websocket import WebSocketTransport
from bots.engine.transports.websocket.open_socket import OpenSocket


class Door:
    """A socket that notes what is done to it."""

    def __init__(self) -> None:
        self.closed: list[int] = []
        self.socket = OpenSocket(self.send, self.close)

    async def send(self, data: bytes) -> None:
        return

    async def close(self, code: int, reason: str) -> None:
        self.closed.append(code)


def test_a_socket_becomes_a_transport_with_the_bots_parameters() -> None:  # RUN-05, RUN-12
    async def main() -> None:
        arguments = WebSocketRunnerArguments(websocket=Door().socket, body={"who": "ann"})
        wanted = {"websocket": lambda: TransportParams(audio_in_sample_rate=8000)}
        transport = await create_transport(arguments, wanted)
        assert isinstance(transport, WebSocketTransport)
        assert transport.params.audio_in_sample_rate == 8000
        assert arguments.body == {"who": "ann"}

    run_virtual(main())


def test_what_arrives_before_the_transport_is_not_lost() -> None:  # RUN-02, RUN-13
    async def main() -> None:
        door, events = Door(), []
        await door.socket.feed(b"\xff not a frame")
        await door.socket.disconnected(1001)
        transport = WebSocketTransport(door.socket.send, door.socket.close)
        for name in ("on_client_connected", "on_client_disconnected"):

            async def note(*args: Any, name: str = name) -> None:
                events.append(name)

            transport.add_event_handler(name, note)
        await door.socket.attach(transport)
        await asyncio.sleep(0.01)
        assert events == ["on_client_connected", "on_client_disconnected"]
        assert transport.close_code == 1001

    run_virtual(main())


def test_arguments_without_a_transport_or_parameters_are_named() -> None:  # RUN-02, RUN-05
    class Unheard(RunnerArguments):
        pass

    async def main() -> None:
        for arguments, said in [
            (WebSocketRunnerArguments(websocket=Door().socket), "no parameters for the transport websocket"),
            (Unheard(), "no transport for Unheard"),
        ]:
            with pytest.raises(TransportUnknown, match=said):
                await create_transport(arguments, {})
        room = DailyRunnerArguments(room_url="https://rooms.example/a")
        assert transport_name(room) == "daily"
        with pytest.raises(TransportUnknown, match="Rooms"):
            await create_transport(room, {"daily": TransportParams})

    run_virtual(main())


def test_helpers_skip_what_a_transport_cannot_do() -> None:  # RUN-11
    class Filming(BaseTransport):
        filmed: list[tuple[str, int]] = []

        async def capture_participant_camera(self, client: str, framerate: int) -> None:
            self.filmed.append((client, framerate))

    async def main() -> None:
        plain, filming = BaseTransport(TransportParams()), Filming(TransportParams())
        await maybe_capture_participant_camera(plain, "ann", 30)
        await maybe_capture_participant_camera(filming, "ann", 30)
        await maybe_capture_participant_screen(filming, "ann", 15)
        assert filming.filmed == [("ann", 30)]

    run_virtual(main())

    class Client:
        name = "pc-1"

    assert get_transport_client_id(BaseTransport(TransportParams()), Client()) == "pc-1"
    assert get_transport_client_id(BaseTransport(TransportParams()), object()) == ""


@pytest.mark.heavy
def test_packages_of_transports_are_imported_only_by_those_who_use_them() -> None:  # RUN-14
    code = "import sys, bots.engine.transports.creation; print(sorted({'aiortc', 'av', 'daphne'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""A client of the protocol without network or media: sends messages, keeps and checks what comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FrameDirection,
    InputTransportMessageFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)
from bots.engine.rtvi.contract import problems_in
from bots.engine.rtvi.messages import LABEL
from bots.engine.rtvi.version import ClientProfile, negotiate

DOWN = FrameDirection.DOWNSTREAM
JS = {"version": "2.1.0", "about": {"library": "@pipecat-ai/client-js", "library_version": "1.13.1"}}
SWIFT = {"version": "2.0.0", "about": {"library": "pipecat-client-ios"}}
KOTLIN = {"version": "2.0.0", "about": {"library": "Pipecat Android Client"}}
CPP = None


class ClientInput(FrameProcessor):
    """The input side: where the client's messages enter the pipeline."""


class ClientOutput(FrameProcessor):
    """The output side: hands messages to the client exactly as JSON would carry them."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._take = take

    @handles(OutputTransportMessageFrame, OutputTransportMessageUrgentFrame, direction=DOWN, consume=True)
    async def on_message(self, frame: OutputTransportMessageFrame | OutputTransportMessageUrgentFrame) -> None:
        self._take(json.loads(json.dumps(frame.message, allow_nan=False)))


class ScriptedClient:
    """Stands in for a browser or phone: put ``client.input`` first and ``client.output`` last in a pipeline.

    ``ready_data`` is what it announces in ``client-ready``; everything received is in ``received``, oldest first.
    """

    def __init__(self, ready_data: Mapping[str, Any] | None = JS) -> None:
        self.ready_data = ready_data
        self.received: list[dict[str, Any]] = []
        self.input = ClientInput()
        self.output = ClientOutput(self._take)
        self._ids = count(1)
        self._news = asyncio.Event()

    @property
    def profile(self) -> ClientProfile:
        """How the server should speak to this client."""
        return negotiate(self.ready_data).profile

    def _take(self, message: dict[str, Any]) -> None:
        self.received.append(message)
        self._news.set()

    async def send(self, kind: str, data: Any = None, message_id: str | None = None) -> str:
        """Send a message and return its id; ``data`` None is left out, as the libraries do."""
        message_id = f"{next(self._ids):08x}" if message_id is None else message_id
        message: dict[str, Any] = {"label": LABEL, "type": kind, "id": message_id}
        if data is not None:
            message["data"] = data
        await self.send_raw(message)
        return message_id

    async def send_raw(self, message: Any) -> None:
        """Send anything at all."""
        await self.input.push_frame(InputTransportMessageFrame(message))

    async def connect(self, timeout: float = 5.0) -> dict[str, Any]:
        """Send ``client-ready`` and return the ``bot-ready`` that answers it."""
        message_id = await self.send("client-ready", self.ready_data)
        return await self.wait_for("bot-ready", timeout, message_id=message_id)

    async def wait_for(self, kind: str, timeout: float = 5.0, *, message_id: str | None = None) -> dict[str, Any]:
        """Return the first message of a type (and id), waiting ``timeout`` seconds for it; raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            while True:
                for message in self.received:
                    if message["type"] == kind and message_id in (None, message.get("id")):
                        return message
                self._news.clear()
                await self._news.wait()

    async def ask(self, kind: str, data: Any = None, timeout: float = 5.0) -> dict[str, Any]:
        """Send a message and return whatever answers its id; raises ``TimeoutError``."""
        message_id = await self.send(kind, data)
        async with asyncio.timeout(timeout):
            while True:
                if found := [message for message in self.received if message.get("id") == message_id]:
                    return found[0]
                self._news.clear()
                await self._news.wait()

    def all(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the messages of these types, in order."""
        return [message for message in self.received if message["type"] in kinds]

    def types(self) -> list[str]:
        """Return the types of everything received, in order."""
        return [message["type"] for message in self.received]

    def problems(self) -> list[str]:
        """Return what a real client of this kind could not decode; empty when all is well."""
        return problems_in(self.received, self.profile)

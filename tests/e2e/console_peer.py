"""The other end of the console page: answers its start requests and plays a conversation over its WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from playwright.async_api import BrowserContext, Route, WebSocketRoute

from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode, encode_audio, encode_data

CALL_ID = "8d0a2f6e-6d0e-4a55-9d0f-3d3a4f6f5b11"
TOKEN = "token-that-takes-up-the-call"
SILENCE_20_MS = bytes(24000 // 50 * 2)


class Peer:
    """Speaks the server's side of the console's contract, one script line after the other.

    ``refusals`` are the answers of the next start requests, as (status, body); when none are left the start succeeds.
    """

    def __init__(self) -> None:
        self.starts: list[dict[str, Any]] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.received: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.audio_samples = 0
        self.loudest = 0
        self.socket: WebSocketRoute | None = None
        self._arrived = asyncio.Event()

    async def serve(self, context: BrowserContext) -> None:
        """Stand in for the server's calls in every page of the context."""
        await context.route("**/rtvi/*/start", self._start)
        await context.route("**/livez", lambda route: route.fulfill(status=200, body="ok"))
        await context.route_web_socket("**/rtvi/*/ws/*", self._opened)

    async def _start(self, route: Route) -> None:
        body = route.request.post_data_json
        self.starts.append(body)
        if self.refusals:
            status, answer = self.refusals.pop(0)
            await route.fulfill(status=status, json=answer)
            return
        host = route.request.url.split("/")[2]
        await route.fulfill(json={"wsUrl": f"ws://{host}/rtvi/desk/ws/s{len(self.starts)}", "token": "single-use"})

    def _opened(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        socket.on_message(self._message)

    def _message(self, data: str | bytes) -> None:
        assert isinstance(data, bytes), "the page sends binary frames only"
        frame = decode(data)
        if isinstance(frame, AudioMessage):
            assert (frame.sample_rate, frame.num_channels) == (16000, 1)
            samples = memoryview(frame.audio).cast("h")
            self.audio_samples += len(samples)
            self.loudest = max(self.loudest, *(abs(sample) for sample in samples))
            return
        assert isinstance(frame, DataMessage)
        message = json.loads(frame.data)
        self.received.append(message)
        self._arrived.set()
        if message["type"] == "client-ready":
            self._welcome(message["id"])

    def _welcome(self, request_id: str) -> None:
        resumed = bool(self.starts[-1]["body"].get("resume"))
        self.say("bot-ready", {"version": "2.1.0"}, id=request_id)
        self.own(
            "call", call_id=CALL_ID, call_url=f"/calls/{CALL_ID}/", resume_token=TOKEN, resumed=resumed, bot="desk",
            version=1, transport="websocket", max_duration_s=1800,
        )  # fmt: skip
        if self.history:
            self.own("history", turns=self.history)

    def say(self, kind: str, data: dict[str, Any] | None = None, **envelope: Any) -> None:
        """Send one RTVI message."""
        assert self.socket is not None
        message = {"label": "rtvi-ai", "type": kind, **envelope, **({} if data is None else {"data": data})}
        self.socket.send(encode_data(json.dumps(message)))

    def own(self, kind: str, **data: Any) -> None:
        """Send one of the product's own messages."""
        self.say("server-message", {"type": kind, **data})

    def play(self, pcm: bytes = SILENCE_20_MS) -> None:
        """Send bot audio, 24 kHz mono."""
        assert self.socket is not None
        self.socket.send(encode_audio(pcm, 24000))

    def segment(self, number: int, text: str) -> None:
        """Announce a piece of text that will be spoken."""
        self._output(number, text, "new", "")

    def heard(self, number: int, text: str, played: str) -> None:
        """Tell how far a piece has been played."""
        self._output(number, text, "completed" if played == text else "in-progress", played)

    def _output(self, number: int, text: str, status: str, played: str) -> None:
        progress = {"accumulated_text": played, "remaining_text": text[len(played) :]}
        self.say(
            "bot-output",
            {"text": text, "aggregated_by": "sentence", "segment_id": number, "spoken": False, "will_be_spoken": True,
             "spoken_status": status, "spoken_progress": progress},
        )  # fmt: skip

    def turn(self, number: int, text: str) -> None:
        """Let the caller say something, from the first partial to the settled turn."""
        self.say("user-started-speaking")
        for final in (False, True):
            self.say(
                "user-transcription",
                {"text": text, "final": final, "timestamp": "2026-01-01T10:00:00Z", "user_id": "u"},
            )
        self.say("user-stopped-speaking")
        self.own("user-turn", turn=number, text=text, disposition="turn")

    async def hang_up(self, code: int = 1000) -> None:
        """Close the socket."""
        assert self.socket is not None
        await self.socket.close(code=code)

    async def next_of(self, kind: str) -> dict[str, Any]:
        """Wait for the page's first message of a type."""
        while not (found := [message for message in self.received if message["type"] == kind]):
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), 10)
        return found[0]

"""Calls without engines that speak: services that play by rule, and a caller at the other end of a socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.actions.call_tokens import issue_call_token
from bots.actions.start_call import start_call
from bots.engine.audio.vad import VADAnalyzer, VADParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.testing.tapes import TapeSTT, TapeTTS, TapeVoice
from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode, encode_audio, encode_data
from bots.hosting.consumers import call_socket
from bots.hosting.database import in_database
from bots.hosting.host import CallHost
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, Call

FACTS = {"version": "2.1.0", "about": {"library": "@pipecat-ai/client-js", "library_version": "1.13.1"}}
Message = dict[str, Any]
PATIENCE_S = 20.0
"""How long anything may take on a machine that has other things to do."""


class LoudVAD(VADAnalyzer):
    """Takes everything but digital silence for a voice."""

    def voice_confidence(self, window: bytes) -> float:
        return 1.0 if any(window) else 0.0


class QuietResources(SharedResources):
    """Starts no worker and loads no model."""

    def voice_detector(self, params: VADParams) -> VADAnalyzer:
        return LoudVAD(params=params)


def canned(**makers: Callable[[], FrameProcessor]) -> tuple[Provider, ...]:
    """The registry with speech that plays by rule; ``makers`` take the place of further providers, by their name."""
    voices: dict[str, Callable[[], FrameProcessor]] = {
        "pocketsphinx": TapeSTT,
        "espeak": lambda: TapeTTS(TapeVoice(word=0.03, delay=0.0)),
        **makers,
    }

    def row(provider: Provider, make: Callable[[], FrameProcessor]) -> Provider:
        return replace(provider, make=lambda options, spec, shared, key: make())

    return tuple(
        row(provider, voices[provider.name]) if provider.name in voices else provider for provider in PROVIDERS
    )


def make_board(providers: Sequence[Provider] | None = None) -> Switchboard:
    """A switchboard whose calls need no engine."""
    return Switchboard(QuietResources(), providers or canned())


async def until(true: Callable[[], Any], seconds: float = PATIENCE_S, what: Callable[[], str] = str) -> Any:
    """Wait until this holds, and return it; ``what`` is said of it when it does not come to hold."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + seconds
    while not (found := true()):
        assert loop.time() < latest, f"waited for {what() or true}"
        await asyncio.sleep(0.005)
    return found


class Client:
    """A browser at the other end of the call's socket."""

    def __init__(self, slug: str, token: str, *, origin: str = "") -> None:
        self.messages: list[Message] = []
        self.audio = bytearray()
        self.close_code: int | None = None
        self.close_reason = ""
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        headers = [(b"host", b"testserver"), *([(b"origin", origin.encode())] if origin else [])]
        scope = {
            "type": "websocket", "query_string": f"token={token}".encode(), "headers": headers,
            "url_route": {"kwargs": {"slug": slug, "session": "any"}},
        }  # fmt: skip
        self.task = asyncio.create_task(call_socket(scope, self._to_server.get, self._take), name="client's socket")
        self._to_server.put_nowait({"type": "websocket.connect"})

    async def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.close_code, self.close_reason = message["code"], message["reason"]
            self.leave(message["code"])
        elif message["type"] == "websocket.send":
            found = decode(message["bytes"])
            if isinstance(found, AudioMessage):
                self.audio += found.audio
            elif isinstance(found, DataMessage):
                self.messages.append(json.loads(found.data))

    def send(self, kind: str, data: Any = None) -> None:
        message = {"label": "rtvi-ai", "type": kind, "id": uuid.uuid4().hex[:8], "data": data or {}}
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": encode_data(json.dumps(message))})

    def hear(self, pcm: bytes) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": encode_audio(pcm, 16000)})

    def leave(self, code: int = 1006) -> None:
        """Be gone without a word."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": code})

    def of(self, kind: str) -> list[Message]:
        """The data of what came: an RTVI type, or ``server/`` and the type of our own messages."""
        own = kind.partition("/")[2]
        found = [one.get("data") or {} for one in self.messages if one["type"] == ("server-message" if own else kind)]
        return [data for data in found if not own or data.get("type") == own]

    async def get(self, kind: str, number: int = 1, seconds: float = PATIENCE_S) -> Message:
        found = await until(
            lambda: self.of(kind)[number - 1 : number],
            seconds,
            lambda: f"{kind} {number}: {self.messages[-20:]}",
        )
        return dict(found[0])

    async def ready(self) -> Message:
        """Shake hands and return what the server said of the call."""
        before = len(self.of("server/call"))
        self.send("client-ready", FACTS)
        return await self.get("server/call", before + 1)

    async def greeted(self) -> None:
        await self.get("bot-stopped-speaking")

    async def say(self, text: str) -> None:
        """Type a turn and wait until the bot has answered aloud."""
        before = len(self.of("bot-stopped-speaking"))
        self.send("send-text", {"content": text, "options": {"run_immediately": True, "audio_response": True}})
        await self.get("bot-stopped-speaking", before + 1)

    async def closed(self, seconds: float = PATIENCE_S) -> int | None:
        """Wait until the server has closed the socket, and return the code."""
        async with asyncio.timeout(seconds):
            await asyncio.wait({self.task})
        return self.close_code


def new_call(bot: Bot, user: Any, **values: Any) -> tuple[Call, str]:
    """A call as ``start`` leaves it, and the token that opens it."""
    call = start_call(user=user, bot=bot, transport="websocket", **values)
    return call, issue_call_token(user=user, bot=bot, call=call)


async def connected(board: Switchboard, bot: Bot, user: Any) -> tuple[Client, CallHost]:
    """A caller whose call runs and whose handshake is done."""
    call, token = await in_database(new_call, bot, user)
    client = Client(bot.slug, token)
    host: CallHost = await until(lambda: board.hosts.get(call.pk))
    await client.ready()
    return client, host


async def over(host: CallHost, seconds: float = PATIENCE_S) -> Call:
    """Wait for the end of a call and return its final row."""
    assert host.task is not None
    async with asyncio.timeout(seconds):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(host.task)
    return await in_database(Call.objects.get, pk=host.facts.id)

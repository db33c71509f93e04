"""What a runner gives to a bot written in code: ``async def bot(runner_args)`` (RUN-01, RUN-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .webrtc.connection import WebRTCConnection
    from .websocket.open_socket import OpenSocket


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerArguments:
    """What every runner gives; ``body`` is what the client sent along when it asked for the session."""

    body: Mapping[str, Any] = field(default_factory=dict)
    handle_sigint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallWebRTCRunnerArguments(RunnerArguments):
    """A WebRTC caller."""

    webrtc_connection: WebRTCConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketRunnerArguments(RunnerArguments):
    """A caller on a socket."""

    websocket: OpenSocket


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRunnerArguments(RunnerArguments):
    """A room of a video service; this runner opens none, but bots that know rooms can ask for the class."""

    room_url: str
    token: str | None = None

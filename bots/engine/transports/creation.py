"""The transport for a runner's arguments, and helpers that work with any transport (RUN-05, RUN-11, RUN-14)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bots.engine.errors import PipelineError

from .base import BaseTransport
from .params import TransportParams
from .runner_args import DailyRunnerArguments, RunnerArguments, SmallWebRTCRunnerArguments, WebSocketRunnerArguments

log = logging.getLogger(__name__)

WEBRTC, WEBSOCKET, DAILY = "webrtc", "websocket", "daily"


class TransportUnknown(PipelineError):
    """A bot was given arguments of a transport that it, or this release, does not have."""

    code = "transport.unknown"
    owner = "author"
    next_step = "Run the bot over webrtc or websocket, and name its parameters under that name."


def transport_name(runner_args: RunnerArguments) -> str:
    """Return the name under which a bot keeps its parameters for these arguments."""
    if isinstance(runner_args, SmallWebRTCRunnerArguments):
        return WEBRTC
    if isinstance(runner_args, WebSocketRunnerArguments):
        return WEBSOCKET
    if isinstance(runner_args, DailyRunnerArguments):
        return DAILY
    raise TransportUnknown(f"There is no transport for {type(runner_args).__name__}.")


async def create_transport(
    runner_args: RunnerArguments, transport_params: Mapping[str, Callable[[], TransportParams]]
) -> BaseTransport:
    """Make the transport of these arguments; ``transport_params`` maps names to functions that make its parameters.

    A transport's package is imported only where it is used. Raises ``transport.unknown``.
    """
    name = transport_name(runner_args)
    if name not in transport_params:
        raise TransportUnknown(f"The bot has no parameters for the transport {name}.")
    params = transport_params[name]()
    if isinstance(runner_args, SmallWebRTCRunnerArguments):
        from .webrtc.transport import SmallWebRTCTransport

        return SmallWebRTCTransport(runner_args.webrtc_connection, params)
    if isinstance(runner_args, WebSocketRunnerArguments):
        from .websocket.transport import WebSocketTransport

        socket = runner_args.websocket
        transport = WebSocketTransport(socket.send, socket.close, params)
        await socket.attach(transport)
        return transport
    raise TransportUnknown("Rooms of a video service need a transport that this release does not have.")


def get_transport_client_id(transport: BaseTransport, client: Any) -> str:
    """Return a client's id on any transport; empty where it has none."""
    return str(getattr(client, "name", "") or getattr(client, "pc_id", ""))


async def maybe_capture_participant_camera(transport: BaseTransport, client: Any, framerate: int = 0) -> None:
    """Ask for a participant's camera, where the transport can; where it cannot, nothing happens."""
    await _maybe(transport, "capture_participant_camera", client, framerate)


async def maybe_capture_participant_screen(transport: BaseTransport, client: Any, framerate: int = 0) -> None:
    """Ask for a participant's screen, where the transport can; where it cannot, nothing happens."""
    await _maybe(transport, "capture_participant_screen", client, framerate)


async def _maybe(transport: BaseTransport, capability: str, client: Any, framerate: int) -> None:
    capture = getattr(transport, capability, None)
    if capture is None:
        log.debug("this transport cannot do that", extra={"capability": capability})
        return
    await capture(client, framerate)

"""One word for a socket that takes nothing more, whatever the server says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def send_message(send: Send, message: dict[str, Any]) -> None:
    """Send an ASGI message. Raises ConnectionError for a socket that is closing: daphne's own is a RuntimeError."""
    try:
        await send(message)
    except (RuntimeError, OSError) as error:
        raise ConnectionResetError("The socket is closing.") from error


async def send_close(send: Send, code: int, reason: str) -> None:
    """Close a socket; one that is closing already is closed."""
    try:
        await send_message(send, {"type": "websocket.close", "code": code, "reason": reason})
    except ConnectionError:
        return

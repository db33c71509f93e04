"""A chat completions server on this machine that answers as a test says, byte for byte."""

from __future__ import annotations

from typing import Any

from bots.engine.testing.servers.loopback import Exchange, LoopbackServer, Play, loopback

__all__ = ["ChatServer", "Exchange", "Play", "asked", "chat_server", "delta"]

ChatServer = LoopbackServer
chat_server = loopback


def delta(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of a stream."""
    said = more if text is None else {"content": text, **more}
    return {
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "tiny-1",
        "choices": [{"index": 0, "delta": said, "finish_reason": finish}],
    }  # fmt: skip


def asked(index: int | None, call_id: str | None = None, name: str | None = None, arguments: str | None = None) -> Any:
    """One fragment of a tool call."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"index": index, "id": call_id, "type": "function", "function": function}

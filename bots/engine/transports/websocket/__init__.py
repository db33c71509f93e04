"""Calls over a WebSocket, in the binary framing of the official clients."""

from .transport import WebSocketTransport

__all__ = ["WebSocketTransport"]

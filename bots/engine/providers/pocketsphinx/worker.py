"""The recogniser's worker process: audio in, partial and final texts out.

Messages to it: ``configure``, ``start``, PCM (16 kHz), ``end``, ``cancel``, ``reset``. From it: ``ready``,
``configured``, ``partial``, ``final``, ``cancelled``, ``reset``, ``error``.
"""

from __future__ import annotations

from typing import Any

from bots.engine.providers.workers.port import Port


def serve(port: Port, settings: dict[str, Any]) -> None:
    """Answer messages until the server closes the pipe."""
    try:
        from bots.engine.providers.pocketsphinx.decoders import general_decoder
        from bots.engine.providers.pocketsphinx.listener import Listener

        listener = Listener(port, general_decoder())
    except (ImportError, RuntimeError):
        port.send({"op": "error", "reason": "missing"})
        return
    port.send({"op": "ready"})
    while (message := port.read()) is not None:
        if isinstance(message, bytes):
            listener.audio(message)
            continue
        operation = message.get("op")
        if operation == "configure":
            listener.configure(message)
        elif operation == "start":
            listener.start(message["utterance"])
        elif operation == "end":
            listener.end()
        elif operation in ("cancel", "reset"):
            listener.cancel() if operation == "cancel" else listener.reset()
            port.send({"op": "cancelled" if operation == "cancel" else "reset"})
        else:
            port.send({"op": "error", "reason": "unknown_operation"})

"""A worker module that does what its settings say, mostly wrong things; the tests of the plumbing run it."""

from __future__ import annotations

import os
import time
from typing import Any

from bots.engine.providers.workers.port import Port


def serve(port: Port, settings: dict[str, Any]) -> None:
    mode = settings["mode"]
    if mode == "never_ready":
        time.sleep(60)
    if mode == "refuses":
        port.send({"op": "error", "reason": "missing"})
        return
    if mode == "raises":
        raise ValueError(settings["heard"])
    os.write(1, b"a library prints to stdout")
    port.send({"op": "ready", "pid": os.getpid(), "environment": sorted(os.environ)})
    while (message := port.read()) is not None:
        operation = message["op"] if isinstance(message, dict) else "pcm"
        if operation == "garbage":
            os.write(port._sink, b"\xff" * 64)
        elif operation == "sleep":
            time.sleep(60)
        elif operation == "die":
            os._exit(3)
        elif operation == "half":
            os.write(port._sink, b'\x00\x00\x00\x0eJ{"op":')
            port.read()
            os.write(port._sink, b'"half"}')
        else:
            port.send({"op": operation})
    if mode == "ignores_end":
        time.sleep(60)

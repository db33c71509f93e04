"""The carriers' emulated REST interfaces beside a test, in a thread with a loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from telephony.emulation.exchange import Exchange


@contextmanager
def running_exchange() -> Iterator[Exchange]:
    """An exchange that listens; its address is ``http://127.0.0.1:{exchange.port}``."""
    exchange, loop = Exchange(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="exchange", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(exchange.start(), loop).result(10)
    try:
        yield exchange
    finally:
        asyncio.run_coroutine_threadsafe(exchange.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()

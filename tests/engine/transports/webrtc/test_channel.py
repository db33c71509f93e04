"""The data channel under a client that does not read, and without a client."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.testing.loop import run_virtual
from bots.engine.transports.webrtc.channel import FLUSH_SECS, HIGH_BYTES, MAX_WAITING, OPEN_SECS, MessageChannel


class FarEnd:
    """A data channel whose reader decides when to read."""

    def __init__(self) -> None:
        self.readyState = "open"
        self.bufferedAmount = 0
        self.bufferedAmountLowThreshold = 0
        self.sent: list[str] = []
        self.handlers: dict[str, Callable[..., None]] = {}
        self.transport = self
        self._outbound_queue: list[Any] = []
        self._sent_queue: list[Any] = []

    def on(self, name: str, handler: Callable[..., None]) -> None:
        self.handlers[name] = handler

    def send(self, text: str) -> None:
        self.sent.append(text)
        self.bufferedAmount += len(text)

    def read(self) -> None:
        self.bufferedAmount = 0
        self.handlers["bufferedamountlow"]()


def channel(overflows: list[str]) -> MessageChannel:
    return MessageChannel(lambda raw: None, lambda: overflows.append("overflow"))


def test_without_a_client_the_newest_messages_wait_and_updates_go_first() -> None:
    overflows: list[str] = []
    messages = channel(overflows)
    messages.send({"type": "bot-ready"})
    for number in range(MAX_WAITING + 50):
        messages.send({"type": "metrics", "data": {"n": number}})
    far = FarEnd()
    messages.attach(far)  # type: ignore[arg-type]
    assert far.sent[0] == '{"type":"bot-ready"}'
    assert far.sent[-1].endswith(f'{{"n":{MAX_WAITING + 49}}}}}')
    assert (len(far.sent), messages.dropped, overflows) == (MAX_WAITING, 51, [])


def test_a_client_that_does_not_read_is_given_what_it_can_hold_and_the_rest_later() -> None:
    messages, far = channel([]), FarEnd()
    messages.attach(far)  # type: ignore[arg-type]
    big = {"type": "server-message", "data": {"x": "y" * 100_000}}
    for _ in range(10):
        messages.send(big)
    assert far.bufferedAmount < HIGH_BYTES + 100_100
    while far.bufferedAmount:
        far.read()
        if len(far.sent) == 10:
            break
    assert len(far.sent) == 10


def test_a_client_that_never_reads_is_given_up() -> None:
    overflows: list[str] = []
    messages, far = channel(overflows), FarEnd()
    messages.attach(far)  # type: ignore[arg-type]
    far.bufferedAmount = HIGH_BYTES
    for number in range(MAX_WAITING + 1):
        messages.send({"type": "server-message", "data": {"n": number}})
    assert overflows == ["overflow"]


def test_the_last_words_are_waited_for_but_not_for_ever() -> None:
    async def flush() -> float:
        messages, far = channel([]), FarEnd()
        messages.attach(far)  # type: ignore[arg-type]
        await messages.flush()
        assert asyncio.get_running_loop().time() == 0.0
        far._sent_queue.append("not acknowledged")
        await messages.flush()
        return asyncio.get_running_loop().time()

    assert FLUSH_SECS <= run_virtual(flush()) <= FLUSH_SECS + 0.01


def test_what_is_told_at_once_waits_for_the_first_channel_to_open() -> None:
    async def flush(opens_after: float | None) -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        messages, far = channel([]), FarEnd()
        messages.send({"type": "error"})

        def opens() -> None:
            messages.attach(far)  # type: ignore[arg-type]
            far.bufferedAmount = 0

        if opens_after is not None:
            loop.call_later(opens_after, opens)
        began = loop.time()
        await messages.flush()
        return far.sent, loop.time() - began

    sent, took = run_virtual(flush(0.3))
    assert sent == ['{"type":"error"}']
    assert 0.3 <= took < 0.35
    assert run_virtual(flush(None)) == ([], pytest.approx(OPEN_SECS, abs=0.01))


def test_a_channel_that_is_gone_is_not_waited_for() -> None:
    async def flush() -> float:
        loop = asyncio.get_running_loop()
        messages, far = channel([]), FarEnd()
        messages.attach(far)  # type: ignore[arg-type]
        messages.detach()
        messages.send({"type": "error"})
        began = loop.time()
        await messages.flush()
        return loop.time() - began

    assert run_virtual(flush()) == 0.0

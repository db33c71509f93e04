"""What can go wrong with a streamed answer, as knobs of a server (reliability 4.1: P1…P8, P15)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .loopback import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How an answer fails; seconds and bytes.

    ``silent``: accepted, never answered. ``first_secs``: wait before the first event, ``between_secs`` before each
    other. ``stall_after`` so many events nothing more comes. ``cut_after`` so many bytes the connection breaks off.
    ``piece``: bytes in one write; 1 cuts every character apart. ``status`` other than 200 refuses, with ``error`` as
    the body and ``headers``. ``instead``: bytes in the place of the stream; ``insert``: bytes after ``insert_after``
    events. ``endless``: the event before the last is repeated until the client is gone.
    """

    silent: bool = False
    first_secs: float = 0.0
    between_secs: float = 0.0
    stall_after: int | None = None
    cut_after: int | None = None
    piece: int = 0
    status: int = 200
    error: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: bytes | None = None
    insert: bytes = b""
    insert_after: int = 0
    endless: bool = False


class _Cut(Exception):
    """So many bytes were sent that the connection must break off now."""


async def stream_events(exchange: Exchange, events: Sequence[bytes], faults: Faults) -> None:
    """Answer a request with encoded server-sent events, failing as told."""
    sender = _Sender(exchange, faults)
    await exchange.chunked()
    try:
        if faults.instead is not None:
            await sender.send(faults.instead)
        else:
            await _all(sender, events, faults)
    except _Cut:
        exchange.abort()
        return
    await exchange.chunk(b"")


async def _all(sender: _Sender, events: Sequence[bytes], faults: Faults) -> None:
    await asyncio.sleep(faults.first_secs)
    for number, event in enumerate(events):
        if faults.insert and number == faults.insert_after:
            await sender.send(faults.insert)
        if number == faults.stall_after:
            await sender.exchange.gone()
            return
        if number:
            await asyncio.sleep(faults.between_secs)
        await sender.send(event)
        while faults.endless and number == len(events) - 2:
            await asyncio.sleep(faults.between_secs)
            await sender.send(event)


class _Sender:
    """Counts and cuts what is sent."""

    def __init__(self, exchange: Exchange, faults: Faults) -> None:
        self.exchange, self._faults = exchange, faults
        self._sent = 0

    async def send(self, data: bytes) -> None:
        limit = self._faults.cut_after
        if limit is not None:
            data = data[: limit - self._sent] if limit > self._sent else b""
        size = self._faults.piece or len(data)
        for start in range(0, len(data), size or 1):
            await self.exchange.chunk(data[start : start + size])
        self._sent += len(data)
        if limit is not None and self._sent >= limit:
            raise _Cut


async def refuse(exchange: Exchange, faults: Faults) -> bool:
    """Answer as told where that is no stream; return whether it was answered."""
    if faults.silent:
        await exchange.gone()
        return True
    if faults.status != 200 or faults.error is not None:
        await exchange.answer(faults.status, faults.error or {}, faults.headers)
        return True
    return False

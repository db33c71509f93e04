"""The request that ends a call at its carrier, as data: whoever owns the socket sends it (TEL-07, TEL-14)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HangUpRequest:
    """One HTTP request; ``over`` are the statuses that mean the call was over already."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = b""
    over: tuple[int, ...] = (404,)


def basic(user: str, password: str) -> str:
    """Return the value of an ``Authorization`` header."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()

"""Which addresses of a client the server sends packets to (client contract 3.3; reliability 17.3)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 512
_TYPES = {"host", "srflx", "relay"}


@dataclass(frozen=True, slots=True)
class CandidatePolicy:
    """UDP candidates with a plain address are admitted, except where a client could aim our packets at something else.

    Never: names (mDNS ``.local`` stalls for a second and is found again as peer-reflexive), multicast, broadcast,
    link-local (cloud metadata), unspecified and reserved addresses, ports below 1024. ``include_loopback`` admits the
    machine itself, ``allow_private`` private networks.
    """

    include_loopback: bool = False
    allow_private: bool = True

    def admits(self, text: str) -> bool:
        """Whether a candidate line (``candidate:…``) may be used; odd lines are simply not."""
        parts = text.removeprefix("a=").removeprefix("candidate:").split()
        if len(text) > MAX_LENGTH or len(parts) < 8 or parts[6] != "typ" or parts[7] not in _TYPES:
            return False
        if parts[1] != "1" or parts[2].lower() != "udp" or not _number_below(parts[3], 1 << 32):
            return False
        return _number_below(parts[5], 1 << 16) and int(parts[5]) >= 1024 and self.admits_address(parts[4])

    def admits_address(self, text: str) -> bool:
        """Whether packets may be sent to an address."""
        try:
            address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_loopback:
            return self.include_loopback
        if address.is_multicast or address.is_unspecified or address.is_link_local:
            return False
        if isinstance(address, ipaddress.IPv4Address) and address.is_reserved:
            return False
        return self.allow_private or address.is_global


def _number_below(text: str, limit: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < limit


@dataclass(frozen=True, slots=True)
class TrickledCandidate:
    """One candidate of a PATCH request, in the form every client sends it."""

    candidate: str
    mid: str | None
    line: int | None

    @classmethod
    def read(cls, raw: Any) -> TrickledCandidate | None:
        """Return the candidate in ``raw``, or None for whatever else stands there (end markers, nonsense)."""
        if not isinstance(raw, Mapping):
            return None
        text = raw.get("candidate")
        mid = raw.get("sdp_mid", raw.get("sdpMid"))
        line = raw.get("sdp_mline_index", raw.get("sdpMLineIndex"))
        if not isinstance(text, str) or not text.strip():
            return None
        known_line = line if isinstance(line, int) and not isinstance(line, bool) and 0 <= line < 64 else None
        known_mid = mid if isinstance(mid, str) and len(mid) <= 64 else None
        if known_mid is None and known_line is None:
            known_line = 0
        return cls(text.strip(), known_mid, known_line)

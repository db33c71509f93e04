"""What a vendor's server can do wrong, named once for all speech services (reliability 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from bots.engine.errors import EngineError, ProviderError


class Failure(Enum):
    """A kind of failure, whatever protocol it came in."""

    KEY = "key"
    BUSY = "busy"
    REFUSED = "refused"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    LOST = "lost"
    SILENT = "silent"
    UNREADABLE = "unreadable"


RETRYABLE = frozenset({Failure.DOWN, Failure.UNREACHABLE, Failure.LOST, Failure.UNREADABLE})
"""Worth one more try within a turn: a full server (P1), a wrong key (P15) or a bad certificate (P17) is not."""

HOPELESS = frozenset({Failure.KEY, Failure.REFUSED, Failure.UNTRUSTED})
"""Stays as it is until somebody changes a setting."""


class VendorFailed(ProviderError):
    """A connection or an answer failed in a known way; services turn it into their own coded error."""

    code = "provider.failed"

    def __init__(self, failure: Failure) -> None:
        super().__init__("The provider failed.", retryable=failure in RETRYABLE)
        self.failure = failure


def failure_of_status(status: int) -> Failure:
    """Return what an HTTP status other than success means."""
    if status in (401, 403):
        return Failure.KEY
    if status == 429:
        return Failure.BUSY
    return Failure.DOWN if status >= 500 or status == 408 else Failure.REFUSED


def coded(failure: Failure, table: Mapping[Failure, tuple[type[EngineError], str]]) -> EngineError:
    """Return the coded error of a table for a failure."""
    kind, message = table[failure]
    return kind(message, retryable=failure in RETRYABLE)

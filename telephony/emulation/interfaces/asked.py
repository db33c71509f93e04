"""A request to an emulated REST interface, what it may do, and its answer: plain data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Reply = tuple[int, Mapping[str, Any]]
"""HTTP status and the body, which is sent as JSON."""

LEAST_SECRET = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: ``path`` is the one behind the carrier's name, without its query; ``fields`` of a form or JSON."""

    carrier: str
    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    authorization: str = field(default="", repr=False)

    @property
    def parts(self) -> list[str]:
        """The path's parts, without an ending that names a format."""
        return self.path.removesuffix(".json").strip("/").split("/")

    @property
    def basic(self) -> tuple[str, str]:
        """User and password; empty where there are none."""
        kind, _, value = self.authorization.partition(" ")
        try:
            user, _, password = base64.b64decode(value if kind == "Basic" else "").decode().partition(":")
        except ValueError:
            return "", ""
        return user, password

    @property
    def bearer(self) -> str:
        """The key of a bearer; empty where there is none."""
        kind, _, value = self.authorization.partition(" ")
        return value if kind == "Bearer" else ""


@dataclass(frozen=True, slots=True)
class Order:
    """A call that somebody wants placed."""

    carrier: str
    account_id: str
    secret: str = field(repr=False)
    from_number: str
    to_number: str
    answer_url: str
    status_url: str
    ring_s: float = 30.0
    limit_s: float = 600.0
    detect_machine: bool = False


class RunningCall(Protocol):
    """What an interface can do with a call."""

    @property
    def outcome(self) -> str:
        """How it ended, in Twilio's words; empty while it runs."""

    def now(self) -> float:
        """Seconds since it began."""

    def end(self) -> None:
        """Hang up."""

    def redirect(self, url: str) -> None:
        """Leave the stream and ask another address."""


class Exchange(Protocol):
    """What the interfaces act on. ``numbers`` and ``applications`` are the account's, by their ids."""

    numbers: dict[str, dict[str, str]]
    applications: dict[str, dict[str, str]]

    def call(self, call_id: str) -> RunningCall | None:
        """Return a call, also one that is over; None for an unknown one."""

    async def place(self, order: Order) -> str | None:
        """Place a call and return its id; None where this exchange places none."""


class Interface(Protocol):
    """One carrier's interface."""

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply:
        """Do what is asked."""

"""A transport: one connection, seen as an input and an output processor (RUN-12, RUN-13)."""

from __future__ import annotations

from bots.engine.core.events import EventSource
from bots.engine.tools.phone_line import PhoneLine

from .input import BaseInputTransport
from .output import BaseOutputTransport
from .params import CHECK, TransportParams


class BaseTransport(EventSource):
    """Holds both sides of a connection.

    Events: ``on_client_connected(client)`` and ``on_client_disconnected(client, reason)``.
    """

    phone_line: PhoneLine | None = None
    """The telephone line that tools may transfer and press keys on; None where there is none."""

    def __init__(self, params: TransportParams) -> None:
        CHECK.kinds(TransportParams, "TransportParams", params=params)
        self.params = params

    def input(self) -> BaseInputTransport:
        """Return the processor that brings the caller's audio and messages."""
        raise TypeError(f"{type(self).__name__} has no input.")

    def output(self) -> BaseOutputTransport:
        """Return the processor that plays to the caller."""
        raise TypeError(f"{type(self).__name__} has no output.")


__all__ = ["BaseInputTransport", "BaseOutputTransport", "BaseTransport", "TransportParams"]

"""What tools may ask of a telephone line; a transport that has one provides it (PROD-22, DTMF-06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bots.engine.errors import ToolError


class NoPhoneLine(ToolError):
    """The call came over the browser, so there is no line to do this with."""

    code = "tool.no_phone_line"
    owner = "author"
    next_step = "Call the bot by telephone to use this tool; in the browser it always answers like this."


@dataclass(frozen=True, slots=True)
class Transfer:
    """Whom a caller is to be connected with: ``target`` is E.164 or a SIP address, ``name`` the author's word for it.

    With a ``brief`` the transfer is a warm one: the person hears it and takes the call or not. ``sorry`` is what the
    caller hears from the bot when nobody took it.
    """

    name: str
    target: str
    brief: str = ""
    sorry: str = ""


class PhoneLine(Protocol):
    """The line of a telephone call."""

    @property
    def can_transfer(self) -> bool:
        """Whether the carrier can connect the caller with somebody else."""

    @property
    def can_send_digits(self) -> bool:
        """Whether keys can be sent; they arrive as ``OutputDTMFFrame`` at the transport's output."""

    async def transfer(self, order: Transfer) -> None:
        """Let the carrier connect the caller with somebody; raises a ``ToolError`` when that is refused."""

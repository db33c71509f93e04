"""What can go wrong with a carrier, with codes (DESIGN 7)."""

from __future__ import annotations

from typing import ClassVar

from bots.engine.errors import EngineError, Owner


class CarrierError(EngineError):
    """The carrier refused or failed; the sentence never holds a number or a key."""

    code = "carrier.failed"
    owner: ClassVar[Owner] = "provider"
    next_step = "Look at the carrier's console for what it says about this call."


class CarrierUnreachable(CarrierError):
    """No answer, or not in time."""

    code = "carrier.unreachable"
    next_step = "Try again in a minute; look at the carrier's status page if it goes on."


class CarrierKeysWrong(CarrierError):
    """The carrier does not know these keys."""

    code = "carrier.keys"
    owner = "author"
    next_step = "Enter the account's id and secrets anew; they are in the carrier's console."


class CarrierRefused(CarrierError):
    """The carrier understood and will not: a number it may not call, no money, a wrong value.

    ``told`` is the carrier's own code, for whoever knows what it means.
    """

    code = "carrier.refused"

    def __init__(self, message: str, *, told: str = "") -> None:
        super().__init__(message)
        self.told = told


class CarrierBusy(CarrierError):
    """Too many requests."""

    code = "carrier.busy"
    next_step = "Wait a minute; the account's limits are in the carrier's console."


class CarrierCannot(CarrierError):
    """This carrier has no way to do that."""

    code = "carrier.cannot"
    owner = "author"
    next_step = "Use another carrier for this, or leave it out of the bot."


class WebhookRefused(EngineError):
    """A request that no carrier of ours has sent."""

    code = "webhook.unsigned"
    owner = "caller"
    next_step = "If it was your carrier, compare the account's secrets and the public address with its console."


class WebhookMalformed(EngineError):
    """A signed request that cannot be understood."""

    code = "webhook.malformed"
    owner = "provider"
    next_step = "Look whether the carrier has changed its webhooks."

"""Every carrier by its name; a new one is a package and a row here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .carrier import Carrier

CARRIERS = ("twilio", "telnyx", "plivo", "exotel")


@cache
def carrier_named(name: str) -> Carrier:
    """Return a carrier's package as an object; raises ``KeyError`` for one that is not listed."""
    if name not in CARRIERS:
        raise KeyError(name)
    found: Carrier = import_module(f"telephony.carriers.{name}").CARRIER
    return found

"""The carriers' REST interfaces as this house uses them, by the carrier's name."""

from .asked import Asked, Interface, Order, Reply
from .exotel import ExotelInterface
from .plivo import PlivoInterface
from .telnyx import TelnyxInterface
from .twilio import TwilioInterface

INTERFACES: dict[str, Interface] = {
    "twilio": TwilioInterface(),
    "telnyx": TelnyxInterface(),
    "plivo": PlivoInterface(),
    "exotel": ExotelInterface(),
}

__all__ = ["INTERFACES", "Asked", "Interface", "Order", "Reply"]

"""The media streams of carriers, translated (TEL-10); pure: no connection, no waiting."""

from .exotel import ExotelFrameSerializer
from .plivo import PlivoFrameSerializer
from .telnyx import TelnyxFrameSerializer
from .twilio import TwilioFrameSerializer

__all__ = ["ExotelFrameSerializer", "PlivoFrameSerializer", "TelnyxFrameSerializer", "TwilioFrameSerializer"]

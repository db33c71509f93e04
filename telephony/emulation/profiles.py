"""The emulated carriers by name."""

from .exotel import ExotelProfile
from .plivo import PlivoProfile
from .profile import Profile
from .telnyx import TelnyxProfile
from .twilio import TwilioProfile

PROFILES: dict[str, Profile] = {
    profile.name: profile for profile in (TwilioProfile(), TelnyxProfile(), PlivoProfile(), ExotelProfile())
}

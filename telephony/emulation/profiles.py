"""The emulated carriers by name."""

from .profile import Profile
from .twilio import TwilioProfile

PROFILES: dict[str, Profile] = {profile.name: profile for profile in (TwilioProfile(),)}

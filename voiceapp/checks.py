"""Django system checks of the house."""

import os
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from voiceapp.env import unknown_variables


@register
def environment_is_understood(**_: Any) -> list[CheckMessage]:
    """Warn of variables that carry our prefix and mean nothing."""
    return [
        Warning(
            f"The environment variable {name} means nothing here.",
            hint="See the settings table in README.md for the names that do.",
            id="voiceapp.W001",
        )
        for name in unknown_variables(os.environ)
    ]


@register
def encryption_keys_work(**_: Any) -> list[CheckMessage]:
    """Refuse keys that cannot encrypt, before the first secret is stored."""
    found: list[CheckMessage] = []
    for position, key in enumerate(settings.VOICE["ENCRYPTION_KEYS"], 1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"Key {position} of VOICE_ENCRYPTION_KEYS is not a Fernet key.",
                    hint="Make one: cryptography.fernet.Fernet.generate_key()",
                    id="voiceapp.E001",
                )
            )
    return found

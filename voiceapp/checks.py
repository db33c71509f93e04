"""Django system checks of the house."""

import os
from typing import Any

from django.core.checks import CheckMessage, Warning, register

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

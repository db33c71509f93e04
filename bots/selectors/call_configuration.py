"""What a call ran with, as people may read it."""

from typing import Any

from bots.models import Call


def configuration_of(call: Call) -> dict[str, Any]:
    """The call's configuration without what only its caller brought: numbers and names have rules of their own."""
    return {name: value for name, value in call.spec.items() if name != "variables"}

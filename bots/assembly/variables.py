"""What a call knows beside its bot: ``{{caller_number}}`` in a prompt becomes the caller's number (issue: inbound).

Plain substitution, once, when the call starts. Values come from outside: they are data on one line, short, and cannot
name further variables.
"""

import re
from collections.abc import Mapping
from typing import Any

MAX_VALUE = 200
_NAME = re.compile(r"\{\{\s*([a-z][a-z0-9_.]{0,63})\s*\}\}")


def filled(text: str, variables: Any) -> str:
    """Put values in the places of their names; a name without a value becomes nothing where variables are known."""
    if not isinstance(variables, Mapping):
        return text
    return _NAME.sub(lambda found: value_of(variables.get(found[1], "")), text)


def value_of(value: Any) -> str:
    """A value as it may stand in a prompt: one line, at most 200 characters, no control characters, no braces."""
    shown = "".join(char if char.isprintable() else " " for char in str(value))
    return " ".join(shown.replace("{", "(").replace("}", ")").split())[:MAX_VALUE]

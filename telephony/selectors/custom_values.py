"""What a call is placed with for its bot's prompt: few short values with plain names."""

import re
from collections.abc import Mapping

from bots.actions.errors import ActionError
from bots.actions.plain_data import is_storable

MAX_VALUES, MAX_TEXT = 16, 256
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def custom_values(values: Mapping[str, object] | None) -> dict[str, str]:
    """Return the values as text, names in lower case. Raises ActionError ``input.custom``."""
    if values is None:
        return {}
    if not isinstance(values, Mapping) or len(values) > MAX_VALUES:
        raise _wrong(f"A call takes up to {MAX_VALUES} values of its own.")
    found: dict[str, str] = {}
    for name, value in values.items():
        plain = str(name).lower()
        if not _NAME.fullmatch(plain):
            raise _wrong("Names of values are letters, digits and underscores, 40 at most.")
        plain_value = isinstance(value, (str, int, float)) and not isinstance(value, bool) and is_storable(value)
        if not plain_value or len(str(value)) > MAX_TEXT:
            raise _wrong(f"A value is a text of up to {MAX_TEXT} characters or a number.")
        found[plain] = str(value)
    return found


def _wrong(sentence: str) -> ActionError:
    return ActionError("input.custom", sentence, next_step="Change the call's own values.")

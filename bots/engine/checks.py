"""What a constructor's arguments may be: one sentence a mistake, beginning with the parameter's name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

RATES = (4000, 192_000)


def is_number(value: object) -> bool:
    """Whether this is a number; True and False, "not a number" and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def given(owner: object, *names: str) -> dict[str, object]:
    """Return some fields of an object by their names, as the checks take them."""
    return {name: getattr(owner, name) for name in names}


class Checks:
    """Checks that raise ``wrong`` with the sentence; each takes the arguments by name and passes what can be meant."""

    def __init__(self, wrong: Callable[[str], Exception]) -> None:
        self._wrong = wrong

    def flags(self, **values: object) -> None:
        """True or false."""
        self._each(values, lambda value: isinstance(value, bool), "true or false")

    def seconds(self, **values: object) -> None:
        """Finite seconds above zero."""
        self._each(values, lambda value: is_number(value) and value > 0, "a number of seconds above zero")

    def waits(self, **values: object) -> None:
        """Finite seconds, zero too."""
        self._each(values, lambda value: is_number(value) and value >= 0, "a number of seconds, not below zero")

    def above_zero(self, **values: object) -> None:
        """Numbers above zero, infinity too: no limit."""
        self._each(values, lambda value: value == math.inf or (is_number(value) and value > 0), "a number above zero")

    def whole(self, least: int, **values: object) -> None:
        """Whole numbers of at least ``least``."""
        whole = f"a whole number of at least {least}"
        self._each(values, lambda value: is_number(value) and isinstance(value, int) and value >= least, whole)

    def texts(self, **values: object) -> None:
        """Texts that hold more than white space."""
        self._each(values, lambda value: isinstance(value, str) and bool(value.strip()), "a text that is not empty")

    def rates(self, **values: object) -> None:
        """Sample rates in Hz, or None."""
        wanted = f"a sample rate in Hz, {RATES[0]} to {RATES[1]}"
        self._each(values, lambda value: value is None or _is_rate(value), wanted)

    def functions(self, **values: object) -> None:
        """Anything that can be called."""
        self._each(values, callable, "a function")

    def addresses(self, **values: object) -> None:
        """Addresses with ``http://`` or ``https://`` before them."""
        self._each(values, is_address, "an address that begins with http:// or https://")

    def kinds(self, kind: type | tuple[type, ...], wanted: str, **values: object) -> None:
        """Instances of ``kind``, called ``wanted``."""
        self._each(values, lambda value: isinstance(value, kind), wanted)

    def kinds_or_none(self, kind: type | tuple[type, ...], wanted: str, **values: object) -> None:
        """Instances of ``kind`` or None."""
        self._each(values, lambda value: value is None or isinstance(value, kind), f"{wanted}, or None")

    def lists(self, kind: type | tuple[type, ...], wanted: str, **values: object) -> None:
        """Sequences of instances of ``kind``; empty ones too, a text never."""
        self._each(values, lambda value: _is_list(value, kind), f"a list of {wanted}")

    def lists_that(self, method: str, wanted: str, **values: object) -> None:
        """Sequences of objects that have ``method``."""
        fits = lambda value: _is_list(value, object) and all(callable(getattr(one, method, None)) for one in value)  # noqa: E731
        self._each(values, fits, f"a list of {wanted}")

    def texts_by_name(self, **values: object) -> None:
        """Mappings of text to text, or None."""
        self._each(values, lambda value: value is None or _is_text_map(value), "texts by their names")

    def _each(self, values: Mapping[str, object], fits: Callable[..., bool], wanted: str) -> None:
        for name, value in values.items():
            if not fits(value):
                raise self._wrong(f"{name} must be {wanted}.")


def is_address(value: object) -> bool:
    """Whether this is the text of an HTTP address."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _is_rate(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and RATES[0] <= value <= RATES[1]


def _is_list(value: object, kind: type | tuple[type, ...]) -> bool:
    listed = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return listed and all(isinstance(one, kind) for one in value)  # type: ignore[attr-defined]


def _is_text_map(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, str) for pair in value.items() for part in pair)

"""The filters a bot may name, and what each lacks on this server (AUD-01, PROD-33)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from bots.engine.errors import SpecError

from . import koala, krisp, noisereduce
from .base import BaseAudioFilter


@dataclass(frozen=True, slots=True)
class AudioFilterRow:
    """A filter by name: how it is made, and what is missing here (empty: nothing)."""

    name: str
    label: str
    make: Callable[[], BaseAudioFilter]
    missing: Callable[[], str]


def _krisp_lacks() -> str:
    if find_spec(krisp.MODULE) is None:
        return f"needs Krisp's licensed package {krisp.MODULE}, which is not installed"
    return "" if os.environ.get(krisp.MODEL_PATH) else f"needs a model file in {krisp.MODEL_PATH}"


def _koala_lacks() -> str:
    if find_spec(koala.MODULE) is None:
        return f"needs the package {koala.MODULE}, which is not installed"
    return "" if os.environ.get(koala.ACCESS_KEY) else f"needs an access key in {koala.ACCESS_KEY}"


def _noisereduce_lacks() -> str:
    return "" if noisereduce.installed() else "needs the package noisereduce, which is not installed"


FILTERS: tuple[AudioFilterRow, ...] = (
    AudioFilterRow("noisereduce", "noisereduce", noisereduce.NoisereduceFilter, _noisereduce_lacks),
    AudioFilterRow("krisp", "Krisp", krisp.KrispFilter, _krisp_lacks),
    AudioFilterRow(
        "koala", "Koala", lambda: koala.KoalaFilter(os.environ.get(koala.ACCESS_KEY, "")), _koala_lacks
    ),
)  # fmt: skip


def filter_named(name: str) -> AudioFilterRow:
    """Return a filter's row; raises ``bot.incomplete``."""
    for row in FILTERS:
        if row.name == name:
            return row
    raise SpecError(f"There is no noise filter named {name!r}.")

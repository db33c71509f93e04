"""What a pipeline's parameters may be: the checks behind its constructors."""

from __future__ import annotations

from collections.abc import Sequence

from bots.engine.checks import Checks
from bots.engine.errors import PipelineError
from bots.engine.frames import Frame

RATES = (4000, 192_000)


class SettingWrong(PipelineError, ValueError):
    """A pipeline, task or processor was made with something that it cannot mean; the sentence names the parameter."""

    code = "pipeline.setting"
    next_step = "Correct the parameter that is named where the pipeline is built."


CHECK = Checks(SettingWrong)
"""Raises ``pipeline.setting``."""


def seconds_above_zero(name: str, seconds: object) -> None:
    """Check a length of time in seconds; raises ``pipeline.setting``."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 < seconds < float("inf"):  # type: ignore[operator]
        raise SettingWrong(f"{name} must be a number of seconds above zero.")


def seconds_or_none(name: str, seconds: object) -> None:
    """Check a length of time that None switches off; raises ``pipeline.setting``."""
    if seconds is not None:
        seconds_above_zero(name, seconds)


def sample_rate(name: str, rate: object) -> None:
    """Check a rate in Hz; raises ``pipeline.setting``."""
    if isinstance(rate, bool) or not isinstance(rate, int) or not RATES[0] <= rate <= RATES[1]:
        raise SettingWrong(f"{name} must be a sample rate in Hz, {RATES[0]} to {RATES[1]}.")


def frame_classes(name: str, types: Sequence[object]) -> None:
    """Check a tuple of frame classes; raises ``pipeline.setting``."""
    listed = isinstance(types, Sequence) and bool(types)
    if not listed or not all(isinstance(kind, type) and issubclass(kind, Frame) for kind in types):
        raise SettingWrong(f"{name} must be a tuple of frame classes.")

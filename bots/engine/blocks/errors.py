"""What is wrong with the settings of a block."""

from __future__ import annotations

from bots.engine.checks import Checks
from bots.engine.errors import SpecError


class BlockSettingWrong(SpecError, ValueError):
    """A block was made with something that it cannot mean; the sentence names the parameter."""

    code = "block.setting"
    next_step = "Correct the parameter that is named where the pipeline is built."


CHECK = Checks(BlockSettingWrong)
"""Raises ``block.setting``."""


def positive(name: str, seconds: float) -> float:
    """Return a length of time in seconds that is above zero; raises ``block.setting``."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise BlockSettingWrong(f"{name} must be a number of seconds above zero.")
    return float(seconds)


def function(name: str, value: object) -> None:
    """Check that something can be called; raises ``block.setting``."""
    if not callable(value):
        raise BlockSettingWrong(f"{name} must be an async function.")

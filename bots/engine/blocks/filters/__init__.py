"""Processors that let some frames pass and not others (FILT-01…06)."""

from .passing import FrameFilter, FunctionFilter, IdentityFilter, NullFilter
from .wake_check import WakeCheckFilter, WakeState
from .wake_notifier import WakeNotifierFilter

__all__ = [
    "FrameFilter",
    "FunctionFilter",
    "IdentityFilter",
    "NullFilter",
    "WakeCheckFilter",
    "WakeNotifierFilter",
    "WakeState",
]

"""The three families of frames and the directions they travel (FRM-01…03, FRM-05)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


class FrameDirection(Enum):
    """Which way a frame travels (FRM-02)."""

    DOWNSTREAM = 1
    UPSTREAM = 2


@dataclass_transform(frozen_default=True, eq_default=False)
def frame(cls: type[T]) -> type[T]:
    """Make a class a frame: frozen, slotted, told apart by identity."""
    return dataclass(frozen=True, slots=True, eq=False)(cls)


@frame
class Frame:
    """A unit of data on its way through a pipeline. Each one is a fact and never changes."""

    def __str__(self) -> str:
        return type(self).__name__


@frame
class SystemFrame(Frame):
    """Handled at once, never queued behind data, never dropped by an interruption."""


@frame
class DataFrame(Frame):
    """Ordered content; dropped by an interruption."""


@frame
class ControlFrame(Frame):
    """Ordered instruction; dropped by an interruption."""


class Uninterruptible:
    """Marks an ordered frame that an interruption leaves in place."""

    __slots__ = ()

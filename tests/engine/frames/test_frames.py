"""The families of frames (FRM-01…05)."""

import dataclasses
import inspect

import pytest

import bots.engine.frames as frames
from bots.engine.frames import (
    AudioRawFrame,
    CancelFrame,
    ControlFrame,
    DataFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    ImageRawFrame,
    StartFrame,
    SystemFrame,
    TextFrame,
    Uninterruptible,
)


def every_frame() -> list[type[Frame]]:
    return [
        member for name in frames.__all__
        if inspect.isclass(member := getattr(frames, name)) and issubclass(member, Frame)
        and member not in (Frame, AudioRawFrame, ImageRawFrame)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", every_frame(), ids=lambda kind: kind.__name__)
def test_a_frame_belongs_to_one_family_is_frozen_and_slotted(kind: type[Frame]) -> None:  # FRM-01, FRM-03
    families = [family for family in (SystemFrame, DataFrame, ControlFrame) if issubclass(kind, family)]
    assert len(families) == 1
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(kind)


def test_start_cancel_and_error_are_system_frames_and_the_end_is_ordered_and_uninterruptible() -> None:  # CONF-18
    assert issubclass(StartFrame, SystemFrame) and issubclass(CancelFrame, SystemFrame)
    assert issubclass(ErrorFrame, SystemFrame)
    assert issubclass(EndFrame, ControlFrame) and issubclass(EndFrame, Uninterruptible)


def test_two_frames_with_the_same_content_are_two_frames() -> None:
    assert TextFrame("a") != TextFrame("a")


def test_the_names_of_2025_are_other_names_of_the_newer_ones() -> None:
    from bots.engine.context.context import LLMContext
    from bots.engine.frames import InterruptionFrame, LLMContextFrame, legacy

    assert legacy.StartInterruptionFrame is InterruptionFrame
    assert legacy.OpenAILLMContext is LLMContext
    assert legacy.OpenAILLMContextFrame is LLMContextFrame
    assert legacy.StopInterruptionFrame is frames.UserStoppedSpeakingFrame
    assert legacy.TransportMessageFrame is frames.OutputTransportMessageFrame
    assert legacy.TransportMessageUrgentFrame is frames.OutputTransportMessageUrgentFrame
    assert legacy.BotInterruptionFrame is frames.InterruptionTaskFrame

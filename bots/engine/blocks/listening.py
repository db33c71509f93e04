"""The blocks that a bot's settings put around its recogniser (core.md 0.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.core.processor import FrameProcessor
from bots.engine.spec import BotSpec

from .filters import WakeCheckFilter
from .keypad import DTMFAggregator
from .silent_caller import SilentCaller


def before_recogniser(spec: BotSpec) -> list[FrameProcessor]:
    """Return what stands before the recogniser: the keypad (DTMF-05)."""
    keypad = spec.keypad
    if not keypad.enabled:
        return []
    return [
        DTMFAggregator(
            keypad.timeout_secs,
            keypad.termination_digit,
            keypad.prefix,
            interrupts=spec.turns.allow_interruptions,
        )
    ]


def behind_recogniser(spec: BotSpec, end: Callable[[], Awaitable[None]]) -> list[FrameProcessor]:
    """Return what stands before the user aggregator: wake phrases (FILT-06), then the watch for silence (TASK-35).

    ``end`` ends the call of a caller who does not answer.
    """
    turns, blocks = spec.turns, list[FrameProcessor]()
    if turns.wake_phrases:
        blocks.append(WakeCheckFilter(turns.wake_phrases, turns.wake_keepalive_secs))
    if turns.user_idle_secs:
        blocks.append(
            SilentCaller(
                prompts=turns.user_idle_prompts, goodbye=turns.user_idle_goodbye, end=end, timeout=turns.user_idle_secs
            )
        )
    return blocks

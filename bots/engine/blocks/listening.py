"""The blocks that a bot's settings put around its recogniser (core.md 0.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bots.engine.core.processor import FrameProcessor
from bots.engine.spec import BotSpec

from .filters import WakeCheckFilter
from .keypad import DTMFAggregator
from .keypad_menu import Press, menu_blocks
from .silent_caller import SilentCaller
from .usual_words import UNKNOWN_KEYS, usual


async def no_function(name: str) -> bool:
    """Run nothing: there is no flow."""
    return False


def before_recogniser(
    spec: BotSpec, press: Press = no_function, asks: Callable[[], bool] = lambda: True
) -> list[FrameProcessor]:
    """Return what stands before the recogniser: the keypad's menu and the keypad (DTMF-05).

    ``press`` runs a function that a key of the menu stands for; while ``asks()`` is False the menu is not said again.
    """
    keypad = spec.keypad
    if not keypad.enabled:
        return []
    menu: Sequence[FrameProcessor] = ()
    if keypad.menu:
        menu = menu_blocks(
            keypad.menu, press=press, unknown=keypad.menu_unknown or usual(UNKNOWN_KEYS, spec.language),
            once=keypad.menu_once, prompt=keypad.menu_prompt, repeat_secs=keypad.menu_repeat_secs,
            repeats=keypad.menu_repeats, asks=asks,
        )  # fmt: skip
    return [
        *menu,
        DTMFAggregator(
            keypad.timeout_secs,
            keypad.termination_digit,
            keypad.prefix,
            interrupts=spec.turns.allow_interruptions,
        ),
    ]


def behind_recogniser(
    spec: BotSpec, end: Callable[[], Awaitable[None]], asks: Callable[[], bool] = lambda: True
) -> list[FrameProcessor]:
    """Return what stands before the user aggregator: wake phrases (FILT-06), then the watch for silence (TASK-35).

    ``end`` ends the call of a caller who does not answer; while ``asks()`` is False nobody is asked.
    """
    turns, blocks = spec.turns, list[FrameProcessor]()
    if turns.wake_phrases:
        blocks.append(WakeCheckFilter(turns.wake_phrases, turns.wake_keepalive_secs))
    if turns.user_idle_secs:
        blocks.append(
            SilentCaller(
                prompts=turns.user_idle_prompts,
                goodbye=turns.user_idle_goodbye,
                end=end,
                timeout=turns.user_idle_secs,
                asks=asks,
            )
        )
    return blocks

"""What a bot does about what took its call (lessons T17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bots.engine.blocks.errors import CHECK, BlockSettingWrong
from bots.engine.blocks.usual_words import SCREENER_ANSWERS, usual
from bots.engine.frames import KeypadEntry
from bots.engine.spec import BotSpec

MAX_KEYS = 16


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """``on_machine``: hang_up, or leave_message with ``message``, after the beep or 1.5 s of silence.

    ``screener_text`` is said to a call screener; empty: it is hung up on. ``menu_keys`` are pressed in a telephone
    menu; empty: it is hung up on. Raises ``block.setting``.
    """

    on_machine: Literal["hang_up", "leave_message"] = "hang_up"
    message: str = ""
    screener_text: str = ""
    menu_keys: str = ""

    def __post_init__(self) -> None:
        CHECK.kinds(str, "a text", message=self.message, screener_text=self.screener_text, menu_keys=self.menu_keys)
        if self.on_machine not in ("hang_up", "leave_message"):
            raise BlockSettingWrong("on_machine must be hang_up or leave_message.")
        if self.on_machine == "leave_message" and not self.message.strip():
            raise BlockSettingWrong("message must be a text that is not empty where a message is to be left.")
        if len(self.menu_keys) > MAX_KEYS or not set(self.menu_keys) <= set(KeypadEntry):
            raise BlockSettingWrong(f"menu_keys must be at most {MAX_KEYS} keys of a telephone keypad.")


def plan_of(spec: BotSpec) -> AnswerPlan | None:
    """Return a bot's plan for this call; None for one that was not placed, or that is not to be watched."""
    phone = spec.phone
    if not (phone.outbound and phone.detect):
        return None
    text = phone.screener_text.strip() or usual(SCREENER_ANSWERS, spec.language).replace("{name}", spec.name)
    return AnswerPlan("leave_message" if phone.on_machine == "leave_message" else "hang_up", phone.machine_message,
                      text, phone.menu_keys)  # fmt: skip

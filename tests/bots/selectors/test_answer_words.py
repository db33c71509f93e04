"""Every event of who takes calls, of keys and of guarded conversations has a sentence in the timeline (T17, C17)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bots.engine import blocks
from bots.selectors.answer_words import ANSWER_SENTENCES
from bots.selectors.event_words import group_of, sentence_of


def test_nothing_is_written_that_the_timeline_cannot_say() -> None:
    folder = Path(blocks.__file__).parent
    files = [*(folder / "answering").glob("*.py"), folder / "keypad_menu.py", folder / "conversation_guard.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert set(re.findall(r"record\(\s*\"([\w.]+)\"", text)) == set(ANSWER_SENTENCES)


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("answer.detected", {"kind": "human", "by": "words"}, "A person took the call (by its first words)."),
        ("answer.detected", {"kind": "machine", "by": "beep", "revised": True},
         "Corrected: An answering machine took the call (by its beep)."),
        ("answer.detected", {}, "The call was taken."),
        ("answer.message", {"attempt": 1}, "The bot began to leave its message."),
        ("answer.screener", {}, "The bot told the call screener who calls."),
        ("answer.keys", {"keys": 2}, "The bot pressed 2 keys in the menu."),
        ("keypad.choice", {"key": "1", "action": "phrase"}, "The caller pressed 1, which counts as said."),
        ("keypad.choice", {"key": "7", "action": "unknown"}, "The caller pressed 7, which means nothing."),
        ("call.guarded", {"reason": "loop"}, "Both sides only repeated themselves, so the bot said goodbye."),
        ("call.guarded", {"reason": "max_turns"}, "The caller's turns reached their limit, so the bot said goodbye."),
        ("interruption", {"reason": "answer"}, "The bot fell silent: no person had taken the call."),
    ],
)  # fmt: skip
def test_events_are_told_in_sentences(kind: str, data: dict[str, Any], sentence: str) -> None:
    assert sentence_of(kind, data) == sentence


def test_who_took_the_call_belongs_to_the_call_and_keys_to_the_caller() -> None:
    assert (group_of("answer.detected"), group_of("keypad.choice"), group_of("call.guarded")) == (
        "call",
        "user",
        "call",
    )

"""Every event of a model's chain has a sentence in the timeline (LK-16)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bots.engine.services import resilience
from bots.selectors.event_words import group_of, sentence_of
from bots.selectors.model_words import MODEL_SENTENCES


def kinds_written() -> set[str]:
    """What the engine writes, read from its source."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(resilience.__file__).parent.glob("*.py"))
    noted = re.findall(r"note\(\s*\"(\w+)\"", text)
    return {f"llm.{kind}" for kind in noted} | set(re.findall(r"\"(llm\.(?:request|alert))\"", text))


def test_nothing_is_written_that_the_timeline_cannot_say() -> None:  # LK-16
    assert kinds_written() == set(MODEL_SENTENCES)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("llm.request", {"model": "big", "outcome": "won"}, "big answered."),
        ("llm.request", {"model": "big", "outcome": "failed", "code": "llm.busy"}, "big failed (llm.busy)."),
        ("llm.request", {"model": "big", "outcome": "?"}, "A model was asked."),
        ("llm.switched", {"from": "big", "to": "small", "reason": "slow"}, "small was asked instead of big (slow)."),
        ("llm.probe", {"model": "big", "well": True}, "big is well again."),
        ("llm.probe", {"model": "big", "well": False, "code": "llm.busy"}, "big is still down (llm.busy)."),
        ("llm.filler", {"text": "Hm."}, "The model was slow, so the bot said “Hm.”."),
        ("llm.context_summarised", {"code": None}, "Older turns were summarised for the model."),
        ("llm.context_summarised", {"code": "llm.empty"}, "Older turns could not be summarised (llm.empty)."),
        ("llm.start_failed", {"model": "big", "code": "x"}, "big could not start (x)."),
    ],
)
def test_what_happened_is_said_in_a_sentence(kind: str, data: dict[str, object], words: str) -> None:
    assert sentence_of(kind, data) == words
    assert group_of(kind) == "bot"


def test_an_event_without_its_data_still_has_a_sentence() -> None:
    assert all(sentence_of(kind, {}) != kind for kind in MODEL_SENTENCES)

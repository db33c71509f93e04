"""What a bot does about who takes its calls (lessons T17)."""

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.blocks.answering import AnswerPlan, plan_of
from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.usual_words import GOODBYES, SCREENER_ANSWERS, UNKNOWN_KEYS, usual
from bots.engine.spec import PhoneSpec

from .stage import BOT


def test_only_calls_that_were_placed_are_watched() -> None:
    assert plan_of(replace(BOT, phone=PhoneSpec())) is None
    assert plan_of(replace(BOT, phone=PhoneSpec(outbound=True, detect=False))) is None
    assert plan_of(BOT) == AnswerPlan(
        screener_text="This is Acme Clinic. Please put me through, it will only take a moment."
    )


def test_an_authors_words_come_before_the_usual_ones() -> None:
    phone = PhoneSpec(True, True, "leave_message", "Call back.", "It is about your visit.", "0")
    assert plan_of(replace(BOT, phone=phone)) == AnswerPlan(
        "leave_message", "Call back.", "It is about your visit.", "0"
    )
    german = plan_of(replace(BOT, language="de-AT"))
    assert german is not None and german.screener_text.startswith("Hier spricht Acme Clinic.")


def test_there_are_usual_words_in_every_language_of_the_engine() -> None:
    for words in (GOODBYES, SCREENER_ANSWERS, UNKNOWN_KEYS):
        assert set(words) == {"de", "en", "es", "fr"}
        assert usual(words, "fr-CA") == words["fr"] and usual(words, "ja") == words["en"]


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [({"on_machine": "shout"}, "on_machine"), ({"on_machine": "leave_message"}, "message"), ({"message": 3}, "message"),
     ({"menu_keys": "1a"}, "menu_keys"), ({"menu_keys": "1" * 17}, "menu_keys"),
     ({"screener_text": None}, "screener_text")],
)  # fmt: skip
def test_what_a_plan_cannot_mean_is_refused(settings: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        AnswerPlan(**settings)

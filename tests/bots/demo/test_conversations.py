"""The three demo bots hold whole conversations: with their real rules, flows and pipeline, in virtual time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.actions.load_demo import SCRIPTS, demo_draft
from bots.assembly import spec_from
from bots.assembly.flows import flow_findings
from bots.engine.spec import BotSpec
from bots.engine.testing.rehearsal import Rehearsed, rehearse
from bots.engine.tools.registry import FunctionCallParams

FREE = ["09:15", "10:30", "14:00"]


class Book:
    """An appointment book: what was asked for, what is booked; times in ``taken`` are snatched away."""

    def __init__(self, *taken: str) -> None:
        self.taken, self.booked = set(taken), []

    async def find(self, params: FunctionCallParams) -> None:
        await params.result_callback({"day": params.arguments["day"], "slots": FREE})

    async def book(self, params: FunctionCallParams) -> None:
        if params.arguments["time"] in self.taken:
            await params.result_callback({"booked": False, "error": "That time is taken."})
            return
        self.booked.append((params.arguments["time"], params.arguments["name"]))
        await params.result_callback({"booked": True, "reference": f"A{len(self.booked)}"})


def document(slug: str) -> dict[str, Any]:
    return json.loads((SCRIPTS / f"{slug}.json").read_text(encoding="utf-8"))


def spec_of(slug: str) -> BotSpec:
    return spec_from({**demo_draft(document(slug)), "slug": slug, "name": slug})


def talk(slug: str, *typed: str, book: Book | None = None) -> Rehearsed:
    book = book or Book()
    tools = {"appointments.find": book.find, "appointments.book": book.book}
    return rehearse(spec_of(slug), typed, tools=tools)


def replies(rehearsed: Rehearsed) -> list[str]:
    return rehearsed.of("bot")


@pytest.mark.parametrize("slug", ["appointments", "quiz"])
def test_the_flow_of_a_demo_bot_has_neither_mistakes_nor_surprises(slug: str) -> None:
    findings = flow_findings(demo_draft(document(slug)))
    assert (findings.errors, findings.warnings) == ((), ())


def test_the_desk_leads_from_the_booking_to_the_farewell() -> None:  # FLOW-09, FLOW-19
    book = Book()
    heard = talk(
        "appointments", "on tuesday", "ten thirty", "my name is anna smith", "yes", "what was the reference again",
        "no thank you", book=book,
    )  # fmt: skip
    assert heard.of("node") == ["desk", "booked", "farewell"]
    assert book.booked == [("10:30", "Anna Smith")]
    assert replies(heard)[-3].startswith("It is booked. Your reference is A one. We look forward to seeing you, Anna")
    assert replies(heard)[-2:] == [
        "Your reference is A one. Is there anything else I can do?",
        "Thank you for calling. Goodbye.",
    ]
    assert heard.outcome.reason.value == "bot_ended"
    assert heard.of("error") == []


def test_the_desk_books_two_visits_in_one_call() -> None:
    book = Book()
    heard = talk(
        "appointments", "tuesday at ten thirty", "anna smith", "yes", "yes please on monday at two o'clock",
        "peter miller", "yes", "no thank you", book=book,
    )  # fmt: skip
    assert heard.of("node") == ["desk", "booked", "booked", "farewell"]
    assert book.booked == [("10:30", "Anna Smith"), ("14:00", "Peter Miller")]


def test_the_desk_stays_where_it_is_when_somebody_was_faster() -> None:
    book = Book("14:00")
    heard = talk(
        "appointments", "tomorrow afternoon", "two o'clock", "anna smith", "yes", "half past ten", "yes", book=book
    )
    assert heard.of("node") == ["desk", "booked"]
    assert any("somebody just took that time" in reply for reply in replies(heard))
    assert "Tomorrow I have nine fifteen" in " ".join(replies(heard))
    assert book.booked == [("10:30", "Anna Smith")]


def test_a_question_in_between_comes_back_to_the_open_one() -> None:
    heard = talk("appointments", "hello", "what are your opening hours", "no thank you")
    assert replies(heard)[1] == "Hello. Which day would you like to come?"
    assert replies(heard)[2].endswith("to five in the afternoon. Which day would you like to come?")
    assert heard.of("node") == ["desk", "farewell"]


def test_a_perfect_quiz_ends_with_ten_points_and_a_goodbye() -> None:
    heard = talk("quiz", "yes", "mercury", "eight", "rome", "the piano", "the giraffe", "no thanks")
    assert heard.of("node") == [
        "ready", "question_one", "question_two", "question_three", "question_four", "question_five", "result",
        "farewell",
    ]  # fmt: skip
    assert "Your score is 10 out of ten" in replies(heard)[-2]
    assert replies(heard)[-1] == "That was fun. Thank you for playing, and goodbye."
    assert heard.outcome.reason.value == "bot_ended"


def test_a_hint_brings_one_point_and_the_quiz_can_be_played_again() -> None:
    heard = talk("quiz", "yes", "venus", "mercury", "eight", "rome", "piano", "giraffe", "yes please", "mars")
    assert heard.of("node")[:4] == ["ready", "question_one", "hint_one", "question_two"]
    assert "Your score is 9 out of ten" in " ".join(replies(heard))
    assert heard.of("node")[-3:] == ["result", "question_one", "hint_one"]


def test_the_greeter_hangs_up_after_its_goodbye() -> None:
    heard = talk("greeter", "what time is it", "what is this", "goodbye")
    assert replies(heard)[1] == "It is noon."
    assert heard.of("tool") == ["end_call"]
    assert heard.outcome.reason.value == "bot_ended"


def test_a_stand_in_answers_when_the_greeters_model_fails() -> None:  # LK-16
    heard = talk("greeter", "please break down", "what happened", "what time is it", "goodbye")
    assert len(heard.of("model")) == 1
    assert replies(heard)[1].startswith("And here I am, the stand-in.")
    assert replies(heard)[2].startswith("That was my stand-in.")
    assert replies(heard)[3] == "It is noon."
    assert heard.outcome.reason.value == "bot_ended"
    assert heard.of("error") == []

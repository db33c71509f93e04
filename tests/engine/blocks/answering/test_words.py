"""What words tell (lessons T17)."""

import re

import pytest

from bots.engine.blocks.answering import AnswerKind
from bots.engine.blocks.answering.words import asks_to_wait, found_in, is_doubtful, plain

from .corpus import PEOPLE, Greeting


def test_text_is_compared_without_accents_case_and_punctuation() -> None:
    assert plain("  Drücken Sie — «L'ÉTOILE»!  ") == "drucken sie letoile"
    assert plain("you’ve reached") == plain("You've reached")


@pytest.mark.parametrize("text", ["", "  ", "?!", "Hello", "Is this about the voicemail I left?"])
def test_nothing_is_found_in_what_anybody_may_say(text: str) -> None:
    assert found_in(text) is None


def test_more_that_points_the_same_way_is_surer() -> None:
    one, many = found_in("leave a message"), found_in("You've reached Al. Leave a message after the tone.")
    assert one is not None and many is not None and one.confidence < many.confidence <= 0.99


def test_a_mailbox_with_keys_is_a_machine_and_a_menu_with_a_mailbox_a_menu() -> None:
    mailbox = found_in("Leave a message after the tone. When you are done, hang up or press 1 for more options.")
    menu = found_in("For sales press 1, for support press 2, for billing press 3, or leave a message.")
    assert mailbox is not None and mailbox.kind is AnswerKind.MACHINE
    assert menu is not None and menu.kind is AnswerKind.MENU


def test_a_single_hint_is_a_doubt_and_in_very_long_speech_a_finding() -> None:
    hint = "You have reached the Miller family"
    assert is_doubtful(hint) and found_in(hint, 2.0) is None
    assert found_in(hint, 6.5) is not None
    assert not is_doubtful("Hello") and is_doubtful("Hello", 3.0)
    assert not is_doubtful("You have reached the Millers, how can I help you", 3.0)


def test_a_screener_that_puts_through_asks_to_wait() -> None:
    assert asks_to_wait("Thanks, please stay on the line.") and asks_to_wait("Bitte bleiben Sie dran")
    assert not asks_to_wait("Hello, Bob here")


@pytest.mark.parametrize("greeting", PEOPLE, ids=lambda greeting: greeting.parts[0][0][:40])
def test_people_are_people_to_recognisers_that_write_no_punctuation(greeting: Greeting) -> None:
    for text, seconds, _ in greeting.parts:
        assert found_in(" ".join(re.findall(r"[\w']+", text)).lower(), seconds) is None

"""Two sides that only repeat themselves (reliability C17)."""

from bots.engine.blocks.repetition import Repetition


def conversation(*exchanges: tuple[str, float, str]) -> list[bool]:
    """What each turn of the caller is taken for."""
    watch, found = Repetition(), []
    for caller, seconds, bot in exchanges:
        found.append(watch.caller_said(caller, seconds))
        watch.bot_said(bot)
    return found


SAME = ("I do not understand.", 2.5, "Say it again, please.")


def test_the_same_pair_three_times_in_a_row_begun_again_is_a_loop() -> None:  # C17
    assert conversation(*[SAME] * 5) == [False, False, False, True, True]
    shouted = ("I DO NOT UNDERSTAND!", 3.0, "say it again please")
    assert conversation(SAME, shouted, SAME, shouted) == [False, False, False, True]


def test_a_third_try_that_leads_on_is_none() -> None:
    assert not any(conversation(*[SAME] * 3, ("What are your hours?", 1.5, "Nine to five.")))
    other = (SAME[0], SAME[1], "I am sorry.")
    assert not any(conversation(SAME, other, SAME, other, SAME))


def test_six_short_exchanges_that_repeat_are_a_loop_whatever_their_order() -> None:  # C17
    byes = [("goodbye", 0.5, "Bye bye!"), ("bye bye", 0.6, "Goodbye!"), ("take care", 0.6, "You too, goodbye!")]
    assert conversation(*byes, *byes, byes[0]) == [False] * 6 + [True]


def test_a_caller_who_never_lets_the_bot_begin_is_given_more_time() -> None:
    assert conversation(*[("hello", 0.4, "")] * 7) == [False] * 6 + [True]
    assert not any(conversation(*[("hello are you there can you hear me", 2.2, "")] * 9))


def test_short_answers_to_new_questions_and_long_turns_are_none() -> None:
    questions = [("yes", 0.4, f"And question {number}?") for number in range(9)]
    assert not any(conversation(*questions))
    long = [("I want to know more about that", 2.4, answer) for answer in ("Well, first.", "Well, next.") * 5]
    assert not any(conversation(*long))


def test_parts_of_an_answer_belong_together() -> None:
    watch = Repetition()
    for _ in range(3):
        assert not watch.caller_said("and now", 3.0)
        watch.bot_said("One moment.")
        watch.bot_said("It is noon.")
    assert watch.caller_said("and now", 3.0)

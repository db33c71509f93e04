"""Characters in halves are joined across pieces of a stream, or replaced (P6)."""

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.testing.call import LiveCall, ScriptedCall
from bots.engine.text.characters import whole_characters

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY, ANY)
def test_what_comes_out_is_whole_and_nothing_whole_is_lost(first: str, second: str) -> None:
    one, waiting = whole_characters(first)
    two, left = whole_characters(waiting + second)
    (one + two).encode()
    assert len(waiting) <= 1 and len(left) <= 1
    kept = (first + second).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    assert [sign for sign in one + two if sign != "\ufffd"] == [sign for sign in kept if sign != "\ufffd"] or left


def test_an_emoji_cut_in_two_is_one_again() -> None:
    said, waiting = whole_characters("party \ud83c")
    assert (said, waiting) == ("party ", "\ud83c")
    assert whole_characters(waiting + "\udf89!") == ("\U0001f389!", "")
    assert whole_characters(waiting + "no") == ("\ufffdno", "")


def test_a_model_that_cuts_its_emoji_in_two_is_heard_and_kept_whole() -> None:
    async def play(live: LiveCall) -> None:
        await live.type("go")
        await live.wait(4)

    record = ScriptedCall(["Party \ud83c \udf89 time."]).run(play)
    assert record.of("error") == []
    assert record.heard[0] == "Party" and record.heard[-1] == "time."
    str(record.messages).encode()

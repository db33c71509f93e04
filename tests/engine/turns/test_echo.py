"""The bot does not interrupt itself over a loudspeaker, and still lets itself be interrupted (lessons T4, idea 8)."""

from __future__ import annotations

import random

import pytest

from bots.engine.testing.call import CallRecord, LiveCall
from tests.engine.turns.speakerphone import ECHO_SECS, call_on_speaker, listen_and_speak

STORY = " ".join(f"word{number}" for number in range(18)) + "."
STORY_SECS = 4.5


def told(at: float | None, *, delay: float = ECHO_SECS, clearable: bool = False, tested: bool = True) -> CallRecord:
    """A call in which the bot tells its story while the caller listens, or speaks up at a media time."""

    async def play(call: LiveCall) -> None:
        await call.type("tell me")
        await listen_and_speak(call, STORY_SECS + 3.0, at=at, delay=delay)

    return call_on_speaker(STORY, tested=tested, clearable=clearable).run(play)


@pytest.mark.heavy
@pytest.mark.parametrize("clearable", [True, False])
def test_the_bot_never_interrupts_itself(clearable: bool) -> None:
    """With echo at -20 dB and 120 ms: no speech begins, nothing is held, all is said; the echo is accounted for."""
    record = told(None, clearable=clearable)
    assert record.of("user.started", "interruption", "bot.held") == []
    assert record.stored_words == STORY.split()
    stretches = record.of("barge_in")
    assert stretches
    for event in stretches:
        assert (event.data["decision"], event.data["reason"]) == ("ignore", "echo")
        assert event.data["likeness"] > 0.8
    assert {event.data["disposition"] for event in record.of("user.utterance")} == {"echo"}


@pytest.mark.heavy
def test_without_the_test_it_would() -> None:
    assert told(None, tested=False).of("user.started")


@pytest.mark.heavy
def test_every_caller_who_speaks_up_is_heard() -> None:
    """Six callers cut in at some moment, at delays of 60 to 400 ms: all are heard, within half a second of speech."""
    chance = random.Random(4)
    missed = []
    for number in range(6):
        at = chance.uniform(0.8, STORY_SECS - 1.0)
        record = told(at, delay=chance.choice((0.06, 0.12, 0.1234, 0.4)), clearable=number % 2 == 0)
        began = record.of("call.started")[0].at + 0.02 + at
        cuts = record.of("interruption")
        held = [event.at for event in record.of("bot.held")]
        turns = [event.data["text"] for event in record.of("user.turn") if event.data["source"] == "voice"]
        if not (cuts and held and began < held[0] < began + 0.7 and turns == ["please stop and listen"]):
            missed.append((number, round(at, 2), round(began, 2), held, turns))
    assert missed == []


@pytest.mark.heavy
def test_the_delay_is_found() -> None:
    for delay in (0.06, 0.3):
        record = told(None, delay=delay)
        for event in record.of("barge_in"):
            assert event.data["delay_ms"] == pytest.approx(delay * 1000, abs=25)

"""Two bots calling each other always end (reliability C17), each for a reason of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.outcome import EndReason
from bots.engine.spec import LimitSpec, PhoneSpec, TurnSpec
from bots.engine.testing.tapes import Script, TapeReply
from tests.engine.blocks.answering.stage import BOT

from .mouth_to_ear import call_each_other

pytestmark = pytest.mark.heavy
LIMIT_S = 32.0
INBOUND = replace(
    BOT, phone=PhoneSpec(), greeting="Hello", turns=TurnSpec(user_idle_secs=3.0, user_idle_prompts=("Anybody?",)),
    limits=LimitSpec(max_duration_s=LIMIT_S, max_turns=8),
)  # fmt: skip
CALLED = replace(INBOUND, greeting="")
"""Lets the other one speak first."""

GOODBYE = "I have to end this call now. Goodbye."
BYES = ("Goodbye!", "Bye bye!", "Take care!")


def echo(context: LLMContext) -> TapeReply:
    """Say what was heard."""
    said = [message["content"] for message in context.get_messages() if message["role"] == "user"]
    return TapeReply(str(said[-1]) if said else "")


def polite(context: LLMContext) -> TapeReply:
    """Find one more goodbye."""
    return TapeReply(BYES[len(context.get_messages()) % len(BYES)])


def silent(context: LLMContext) -> TapeReply:
    """Say nothing at all."""
    return TapeReply("")


def endless(context: LLMContext) -> TapeReply:
    """Talk for minutes."""
    return TapeReply(" ".join(f"word{number}" for number in range(300)), between=0.0)


def curious(context: LLMContext) -> TapeReply:
    """Ask something new each time."""
    return TapeReply(f"Tell me about number {len(context.get_messages())} please")


def waits(script: Script) -> Script:
    """Say nothing before the other has spoken."""

    def later(context: LLMContext) -> TapeReply:
        spoken = any(message["role"] == "user" for message in context.get_messages())
        return script(context) if spoken else TapeReply("")

    return later


PAIRS: list[tuple[Script, Script, EndReason]] = [
    (echo, echo, EndReason.LOOP),
    (polite, polite, EndReason.LOOP),
    (polite, echo, EndReason.LOOP),
    (echo, polite, EndReason.LOOP),
    (curious, curious, EndReason.MAX_TURNS),
    (curious, polite, EndReason.MAX_TURNS),
    (silent, echo, EndReason.LOOP),
    (polite, silent, EndReason.LOOP),
    (endless, silent, EndReason.MAX_DURATION),
]


@pytest.mark.parametrize(("first", "second", "reason"), PAIRS, ids=lambda value: getattr(value, "__name__", ""))
def test_any_two_of_them_end(first: Script, second: Script, reason: EndReason) -> None:  # C17
    one, other = call_each_other((INBOUND, first), (CALLED, waits(second)), longest_s=LIMIT_S + 5)
    by = one if one.reason is not EndReason.CALLER_HUNG_UP else other
    assert by.reason is reason
    assert by.outcome is not None and by.outcome.duration_s <= LIMIT_S + 0.1
    assert by.said[0 if reason is EndReason.MAX_DURATION else -1] in ("Hello", GOODBYE)


@pytest.mark.parametrize("script", [echo, polite, curious, endless])
def test_two_that_always_speak_at_the_same_time_end_too(script: Script) -> None:  # C17
    one, other = call_each_other((INBOUND, script), (INBOUND, script), longest_s=LIMIT_S)
    assert {one.reason, other.reason} & {EndReason.LOOP, EndReason.MAX_TURNS}


def test_one_that_gets_no_answer_asks_and_leaves() -> None:  # C17, TASK-36
    mute = replace(CALLED, turns=TurnSpec())
    one, other = call_each_other((INBOUND, polite), (mute, silent), longest_s=LIMIT_S)
    assert (one.reason, other.reason) == (EndReason.IDLE_TIMEOUT, EndReason.CALLER_HUNG_UP)
    assert one.said == ["Hello", "Anybody?", INBOUND.turns.user_idle_goodbye]


def test_two_that_say_nothing_at_all_end_with_the_idle_limit() -> None:  # C17
    mute = replace(CALLED, limits=LimitSpec(idle_timeout_s=12.0))
    one, _ = call_each_other((mute, silent), (mute, silent), longest_s=LIMIT_S)
    assert (one.reason, one.said) == (EndReason.IDLE_TIMEOUT, [])


def test_two_that_never_stop_talking_and_never_listen_end_with_their_time() -> None:  # C17
    deaf = replace(INBOUND, turns=TurnSpec(allow_interruptions=False), limits=LimitSpec(max_duration_s=20.0))
    one, other = call_each_other((deaf, endless), (deaf, endless), longest_s=30.0)
    assert EndReason.MAX_DURATION in {one.reason, other.reason}
    assert one.outcome is not None and 19.0 <= one.outcome.duration_s <= 21.0


@pytest.mark.parametrize(
    ("phone", "detail"),
    [
        (PhoneSpec(outbound=True), "machine"),
        (PhoneSpec(outbound=True, on_machine="leave_message", machine_message="Please call us back"), "message left"),
    ],
)
def test_a_bot_that_calls_a_bot_which_sounds_like_a_machine_leaves(phone: PhoneSpec, detail: str) -> None:  # C17, T17
    calling = replace(INBOUND, phone=phone)
    machine = replace(INBOUND, greeting="You have reached Bob. Please leave a message after the tone.")
    one, other = call_each_other((calling, polite), (machine, silent), longest_s=LIMIT_S)
    assert one.outcome is not None and (one.reason, one.outcome.detail) == (EndReason.MACHINE, detail)
    assert other.reason is EndReason.CALLER_HUNG_UP
    heard = [event.data["text"] for event in other.events if event.kind == "user.turn"]
    assert ("Please call us back" in heard) == (detail == "message left") or other.said


def test_two_that_wait_for_each_others_first_words_do_not_wait_for_ever() -> None:  # T17
    waiting = replace(INBOUND, phone=PhoneSpec(outbound=True))
    one, other = call_each_other((waiting, polite), (waiting, polite), longest_s=LIMIT_S)
    assert {one.reason, other.reason} & {EndReason.LOOP, EndReason.MAX_TURNS}

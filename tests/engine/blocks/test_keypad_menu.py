"""A menu of keys (PROD-22, DTMF-04, DTMF-05), over a carrier's line too."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.keypad_menu import KeypadMenu, MenuReminder
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import InputDTMFFrame, KeypadEntry
from bots.engine.spec import KeyChoice, KeypadSpec, PhoneSpec
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.caller import ScriptedVAD
from bots.engine.testing.far_end import Distance
from bots.engine.testing.phone import PhoneTransport
from bots.engine.testing.tapes import TapeTTS
from bots.engine.transports.params import TransportParams
from tests.engine.blocks.answering.stage import BOT, FarSide, placed
from tests.engine.transports.carrier.json_stream import RATE, JsonFarEnd, JsonStream

pytestmark = pytest.mark.heavy

MENU = {
    "1": KeyChoice(phrase="I want to book a table"),
    "2": KeyChoice(answer="We are open from nine to five."),
    "0": KeyChoice(function="ask_for_a_person"),
}
DESK = replace(BOT, phone=PhoneSpec(), greeting="One books, two tells the hours.", keypad=KeypadSpec(menu=MENU))


async def offered(function: str) -> bool:
    return True


def test_a_key_counts_as_its_phrase_which_the_model_answers() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(1.0)
        await far.presses("1")
        await far.quiet(3.0)

    call = placed(play, DESK, ["For how many?"])
    assert call.llm.seen[0][-1] == {"role": "user", "content": "I want to book a table"}
    assert call.said[-1] == "For how many?"
    assert call.of("keypad.choice") == [{"key": "1", "action": "phrase"}]
    assert [data["reason"] for data in call.of("interruption")] == ["keypad"]


def test_a_key_with_an_answer_needs_no_model_and_one_without_a_meaning_is_said_so() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(4.0)
        await far.presses("2")
        await far.quiet(4.0)
        await far.presses("7")
        await far.quiet(3.0)

    call = placed(play, DESK)
    assert call.said[1:] == ["We are open from nine to five.", "That key does nothing."]
    assert call.llm.seen == []
    assert [data["action"] for data in call.of("keypad.choice")] == ["answer", "unknown"]
    own = replace(DESK, keypad=replace(DESK.keypad, menu_unknown="No."))
    assert placed(play, own).said[-1] == "No."
    assert placed(play, replace(DESK, language="de")).said[-1] == "Diese Taste ist nicht belegt."


def person_flow() -> dict[str, Any]:
    function = {
        "name": "ask_for_a_person", "description": "Somebody wants a person.", "properties": {}, "required": [],
        "transition_to": "person",
    }  # fmt: skip
    first = {"task_messages": [{"role": "system", "content": "Ask."}], "functions": [function]}
    second = {"task_messages": [{"role": "system", "content": "Connect them."}], "functions": []}
    return {"initial_node": "first", "nodes": {"first": first, "person": second}}


def test_a_key_runs_a_function_of_the_flow_as_the_model_would() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(2.0)
        await far.presses("0")
        await far.quiet(3.0)
        await far.presses("0")
        await far.quiet(3.0)

    call = placed(play, replace(DESK, flow=person_flow()), ["What can I do?", "I will find somebody."])
    assert [data["to"] for data in call.of("flow.moved")] == ["first", "person"]
    assert [data["action"] for data in call.of("keypad.choice")] == ["function", "unknown"]
    assert call.said == ["What can I do?", "I will find somebody.", "That key does nothing."]


def test_after_one_choice_keys_are_text_again_where_the_author_wants_that() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(1.0)
        await far.presses("1")
        await far.quiet(3.0)
        await far.presses("12#")
        await far.quiet(2.0)

    spec = replace(DESK, keypad=replace(DESK.keypad, menu_once=True))
    call = placed(play, spec, ["How many?", "Twelve."])
    assert [message["content"] for message in call.llm.seen[1] if message["role"] == "user"][-1] == "DTMF: 12#"
    assert call.said[-1] == "Twelve."
    assert [data["action"] for data in placed(play, DESK).of("keypad.choice")] == [
        "phrase",
        "phrase",
        "answer",
        "unknown",
    ]


PROMPTED = replace(DESK, keypad=replace(DESK.keypad, menu_prompt="Press one or two.", menu_repeat_secs=4.0))


def test_the_menu_is_said_again_after_silence_twice_and_then_no_more() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(40.0)

    call = placed(play, PROMPTED)
    assert call.said == ["One books, two tells the hours.", "Press one or two.", "Press one or two."]
    first, second = (data["at"] for data in call.of("bot.started")[1:])
    stops = [data["at"] for data in call.of("bot.stopped")]
    assert first - stops[0] == pytest.approx(4.4, abs=0.1) and second - stops[1] == pytest.approx(4.4, abs=0.1)


def test_the_menu_is_not_said_to_a_screener_but_to_the_person_behind_it() -> None:  # T17
    async def play(far: FarSide) -> None:
        await far.says("Please state your name.", 1.5)
        await far.quiet(20.0)
        await far.says("Hello?")
        await far.quiet(20.0)

    call = placed(play, replace(PROMPTED, phone=PhoneSpec(outbound=True)))
    assert call.said[1:] == ["One books, two tells the hours.", "Press one or two.", "Press one or two."]


@pytest.mark.parametrize("how", ["key", "voice"])
def test_the_menu_is_not_said_again_to_who_has_chosen_or_speaks(how: str) -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(4.0)
        await (far.presses("2") if how == "key" else far.says("What is there to eat?"))
        await far.quiet(30.0)

    assert "Press one or two." not in placed(play, PROMPTED, ["Soup."]).said


def test_keys_that_come_over_a_carriers_line_choose() -> None:  # TEL-14
    phone = PhoneTransport(JsonStream(), JsonFarEnd(), Distance(), TransportParams(vad_analyzer=ScriptedVAD()))

    def make(parts: CallParts) -> CallParts:
        parts.transport = phone  # type: ignore[assignment]
        parts.tts = TapeTTS(sample_rate=RATE)
        return parts

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        before, *others = parts.in_order()
        return [before, KeypadMenu(MENU, unknown="That key does nothing.", press=offered), *others]

    async def play(call: LiveCall) -> None:
        for key, wait in (("2", 3.0), ("9", 3.0), ("1", 3.0)):
            phone.far_end.send(json.dumps({"event": "key", "key": key}))
            await call.wait(wait)

    rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    record = ScriptedCall(["For how many?"], make=make, arrange=arrange, params=rates).run(play)
    assert " ".join(record.heard) == "We are open from nine to five. That key does nothing. For how many?"
    assert record.stored_words == list(record.heard)


@pytest.mark.parametrize(
    ("choices", "settings", "parameter"),
    [({}, {}, "choices"), ({"A": KeyChoice("x")}, {}, "choices"), ({"1": KeyChoice()}, {}, "choices"),
     ({"1": KeyChoice("a", "b")}, {}, "choices"), (MENU, {"unknown": 3}, "unknown"), (MENU, {"press": 3}, "press"),
     (MENU, {"once": "yes"}, "once")],
)  # fmt: skip
def test_what_a_menu_cannot_mean_is_refused(choices: Any, settings: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        KeypadMenu(choices, **{"unknown": "No.", "press": offered, **settings})


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [({"prompt": " "}, "prompt"), ({"repeats": -1}, "repeats"), ({"settled": 1}, "settled"),
     ({"timeout": 0}, "timeout")],
)  # fmt: skip
def test_what_a_reminder_cannot_mean_is_refused(settings: dict[str, Any], parameter: str) -> None:
    usual: dict[str, Any] = {"prompt": "Press one.", "timeout": 4.0, "repeats": 2, "settled": lambda: False}
    with pytest.raises(BlockSettingWrong, match=parameter):
        MenuReminder(**{**usual, **settings})


def test_keys_that_no_telephone_has_are_said_to_do_nothing() -> None:  # DTMF-03
    async def play(far: FarSide) -> None:
        await far.quiet(3.0)
        await far.transport.input().push_frame(InputDTMFFrame("A"))  # type: ignore[arg-type]
        await far.quiet(2.0)

    call = placed(play, DESK)
    assert call.said[-1] == "That key does nothing."
    assert KeypadEntry.ONE in set(MENU)

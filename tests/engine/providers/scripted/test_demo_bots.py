"""Whole conversations with the demo bots, as text."""

import json
from typing import Any

import pytest

from bots.engine.flows.static import outcome
from bots.engine.flows.validation import problems_in_flow
from bots.engine.providers.scripted import Brain, problems_in_script
from bots.engine.providers.scripted.brain import called, said

from .conftest import NOW, Caller

BOOK = {"2026-11-24": ["09:15", "10:30", "14:00"]}


def find_slots(arguments: dict[str, Any]) -> dict[str, Any]:
    slots = BOOK.get(arguments["day"], [])
    if arguments.get("part_of_day") == "morning":
        slots = [slot for slot in slots if slot < "12:00"]
    return {"slots": slots}


def book_slot(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"booked": True, "reference": "A7"}


def desk(demo: Any, **tools: Any) -> Caller:
    script = demo("appointments")["llm"]["settings"]["script"]
    caller = Caller(
        script, {"find_slots": find_slots, "book_slot": book_slot, "end_call": lambda arguments: {}, **tools}
    )
    caller.answer()
    return caller


@pytest.mark.parametrize("name", ["greeter", "appointments", "quiz"])
def test_a_demo_bot_is_complete(demo: Any, name: str) -> None:
    bot = demo(name)
    script = bot["llm"]["settings"]["script"]
    assert problems_in_script(script) == []
    assert bot["greeting"] == script["phrases"]["greeting"][0]
    assert {"slug", "name", "description", "persona", "greeting", "stt", "llm", "tools", "flow"} <= set(bot)
    assert bot["flow"] is None or problems_in_flow(bot["flow"]) == []


def test_the_greeter_shows_what_can_be_tried(demo: Any) -> None:
    caller = Caller(demo("greeter")["llm"]["settings"]["script"], {"end_call": lambda arguments: {}})
    assert caller.answer().startswith("Hello, I am Robin.")
    assert "voiceapp" in caller.say("what is this")
    story = caller.say("tell me a story")
    caller.cut(12)
    assert caller.say("what time is it").startswith("It is three")
    assert "text box" in caller.say("can I type")
    assert caller.say("is it recorded").startswith("Every call is recorded")
    assert len(story.split()) > 60
    assert "Goodbye" in caller.say("goodbye")
    assert caller.calls == [("end_call", {})]


def test_the_desk_books_step_by_step(demo: Any) -> None:
    caller = desk(demo)
    assert "nothing free" in caller.say("I would like an appointment on Monday")
    assert "nine fifteen, ten thirty or two o'clock" in caller.say("tuesday")
    assert "Nine thirty is not free" in caller.say("nine thirty")
    assert "first visit is free" in caller.say("how much is it")
    assert caller.say("quarter past nine") == "What name shall I put it under?"
    assert caller.say("my name is anna smith").endswith("at nine fifteen, for Anna Smith. Shall I book it?")
    assert "ten thirty" in caller.say("no the time")
    assert "at ten thirty, for Anna Smith" in caller.say("half past ten")
    assert "Your reference is A seven" in caller.say("yes please")
    assert caller.calls[-1] == ("book_slot", {"day": "2026-11-24", "time": "10:30", "name": "Anna Smith"})


def test_the_desk_takes_everything_at_once(demo: Any) -> None:
    caller = desk(demo)
    reply = caller.say("tuesday at two in the afternoon my name is peter pan")
    assert reply.endswith("at two o'clock, for Peter Pan. Shall I book it?")


def test_the_desk_takes_a_correction(demo: Any) -> None:
    caller = desk(demo)
    caller.say("tuesday morning")
    assert caller.calls == [("find_slots", {"day": "2026-11-24", "part_of_day": "morning"})]
    caller.say("the second one")
    caller.say("john miller")
    assert "at nine fifteen, for John Miller" in caller.say("no, at nine fifteen")
    assert "nothing free on Friday" in caller.say("no, Friday")


def test_the_desk_finds_another_time_when_somebody_was_faster(demo: Any) -> None:
    answers = iter([{"booked": False, "reason": "taken"}, {"booked": True, "reference": "B2"}])
    caller = desk(demo, book_slot=lambda arguments: next(answers))
    caller.say("tuesday at nine fifteen my name is anna")
    assert "somebody just took that time" in caller.say("yes")
    caller.say("ten thirty")
    assert "B two" in caller.say("yes")


def test_the_desk_says_so_when_its_book_does_not_answer(demo: Any) -> None:
    caller = desk(demo, find_slots=lambda arguments: {"error": "down"})
    assert "does not answer" in caller.say("tuesday")


def test_the_desk_drops_a_booking(demo: Any) -> None:
    caller = desk(demo)
    caller.say("tuesday")
    assert "not booked anything" in caller.say("cancel")
    assert caller.say("where are you").startswith("We are on Station Road")


class Game:
    """The quiz with its flow, moved by the flow's own rules."""

    def __init__(self, bot: dict[str, Any]) -> None:
        self.flow = bot["flow"]
        self.brain = Brain(bot["llm"]["settings"]["script"])
        self.state: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.path: list[str] = []
        self.enter(self.flow["initial_node"])

    def enter(self, name: str) -> None:
        self.path.append(name)
        self.node = self.flow["nodes"][name]
        self.messages += [*self.node.get("role_messages", []), *self.node["task_messages"]]

    def answer(self) -> str:
        spoken = []
        for _ in range(4):
            functions = {function["name"]: function for function in self.node["functions"]}
            events = list(self.brain.reply(self.messages, [{"name": name} for name in functions], NOW))
            spoken.append(said(events))
            calls = called(events)
            if spoken[-1]:
                self.messages.append({"role": "assistant", "content": spoken[-1]})
            if not calls:
                break
            call = {"id": str(len(self.messages)), "function": {"name": calls[0].name, "arguments": "{}"}}
            result, target = outcome(functions[calls[0].name], calls[0].arguments, self.state)
            self.messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)})
            if target:
                self.enter(target)
        return " ".join(text for text in spoken if text)

    def say(self, text: str) -> str:
        self.messages.append({"role": "user", "content": text})
        return self.answer()


def test_a_perfect_quiz_brings_ten_points(demo: Any) -> None:
    game = Game(demo("quiz"))
    assert game.answer().startswith("Hello, I am Max")
    assert "First question" in game.say("yes I am ready")
    for text in ("mercury", "eight", "I think it is rome", "the piano"):
        assert "That is right, two points" in game.say(text)
    assert "Your score is 10 out of ten" in game.say("a giraffe")
    assert "goodbye" in game.say("no thanks")
    assert game.path[-1] == "farewell"


def test_a_wrong_answer_brings_a_hint_and_one_point(demo: Any) -> None:
    game = Game(demo("quiz"))
    game.answer()
    game.say("yes")
    assert "Not quite. Here is a hint." in game.say("venus")
    assert game.path[-1] == "hint_one"
    assert "Right, that makes one point" in game.say("mercury")
    assert "No problem, here is a hint" in game.say("I don't know")
    assert game.say("what is my score").startswith("Your score so far is 1.")


def test_an_answer_nobody_foresaw_is_asked_again_and_then_taken_as_wrong(demo: Any) -> None:
    game = Game(demo("quiz"))
    game.answer()
    game.say("yes")
    assert "I heard: banana" in game.say("banana")
    assert "Not quite" in game.say("coconut")


def test_a_quiz_can_be_played_again_or_not_at_all(demo: Any) -> None:
    game = Game(demo("quiz"))
    game.answer()
    assert "No quiz today" in game.say("no")
    game = Game(demo("quiz"))
    game.answer()
    for text in ("yes", "mercury", "eight", "rome", "piano", "giraffe"):
        game.say(text)
    assert "First question" in game.say("yes please")
    assert game.state["score"] == 0


def test_a_foreseen_error_of_a_tool_is_told_in_its_own_words(demo: Any) -> None:
    answers = iter([{"booked": False, "error": "taken"}, {"error": "down"}])
    caller = desk(demo, book_slot=lambda arguments: next(answers))
    caller.say("tuesday at nine fifteen my name is anna")
    assert "somebody just took that time" in caller.say("yes")
    caller.say("ten thirty")
    assert "could not write that down" in caller.say("yes")


def test_days_that_need_no_preposition_have_none(demo: Any) -> None:
    caller = desk(demo, find_slots=lambda arguments: {"slots": ["09:15"]})
    replies = [caller.say(text) for text in ("tomorrow", "what time is it", "no, on tuesday")]
    assert "Tomorrow I have nine fifteen" in replies[0] or "I can offer nine fifteen tomorrow" in replies[0]
    assert "on Tuesday" in replies[2] or "On Tuesday" in replies[2]
    assert not any("on tomorrow" in reply.lower() for reply in replies)


def test_after_a_question_in_between_a_node_asks_its_prompt_only() -> None:
    script = {
        "version": 1,
        "intents": [{"name": "place", "patterns": ["\\bwhere\\b"], "replies": ["In the house."]}],
        "nodes": {"hall": {"say": ["Welcome to the hall. Which room?"], "prompt": ["Which room?"]}},
    }
    brain = Brain(script)
    messages: list[dict[str, Any]] = [{"role": "system", "content": "[node: hall] Greet."}]
    assert said(list(brain.reply(messages, [], NOW))) == "Welcome to the hall. Which room?"
    messages += [
        {"role": "assistant", "content": "Welcome to the hall. Which room?"},
        {"role": "user", "content": "where are we"},
    ]
    assert said(list(brain.reply(messages, [], NOW))) == "In the house. Which room?"

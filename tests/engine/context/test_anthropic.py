"""The common context in Anthropic's messages; what is sent is judged by the rules of the fake server (CTX-02)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.adapters import ADAPTERS
from bots.engine.context.anthropic import BEGINNING, SILENCE, AnthropicLLMAdapter
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.images import image_message
from bots.engine.context.schemas import AdapterType, ToolsSchema
from bots.engine.testing.servers.messages_rules import problem_with

WEATHER = FunctionSchema("weather", "The weather.", {"city": {"type": "string"}}, ["city"])


def said(role, content="x", **more):
    return {"role": role, "content": content, **more}


def called(*ids, arguments='{"city": "Rome"}', content=None):
    calls = [{"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}} for id in ids]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def result(id, content="sunny"):
    return {"role": "tool", "tool_call_id": id, "content": content}


def asked(messages, tools=None, choice=None, **options):
    params = AnthropicLLMAdapter().get_llm_invocation_params(LLMContext(messages, tools, choice), **options)
    assert problem_with({"model": "m", "max_tokens": 10, **params}) == ""
    return params


def texts(params):
    return [
        (message["role"], *[block.get("text", block["type"]) for block in message["content"]])
        for message in params["messages"]
    ]


def test_the_instructions_a_context_begins_with_stand_beside_the_messages():  # CTX-12, CTX-13
    params = asked(
        [said("system", "Be Ann."), said("developer", "Be brief."), said("user", "hi"), said("assistant", "Hello.")]
    )
    assert params["system"] == [{"type": "text", "text": "Be Ann.\n\nBe brief."}]
    assert texts(params) == [("user", "hi"), ("assistant", "Hello."), ("user", SILENCE)]
    again = asked(
        [said("system", "Be Ann."), said("developer", "Be brief."), said("user", "hi")], system_instruction="Be Bo."
    )
    assert again["system"][0]["text"] == "Be Bo.\n\nBe brief."


def test_later_instructions_are_the_users_and_neighbours_are_one_message():  # CTX-13
    params = asked(
        [said("user", "a"), said("developer", "b"), said("user", "c"), said("assistant", "d "), said("assistant", "e ")]
    )
    assert texts(params) == [("user", "a", "b", "c"), ("assistant", "d ", "e"), ("user", SILENCE)]


def test_a_conversation_begins_with_the_user():
    assert texts(asked([said("assistant", "Hello!"), said("user", "hi")])) == [
        ("user", BEGINNING), ("assistant", "Hello!"), ("user", "hi"),
    ]  # fmt: skip
    assert texts(asked([])) == [("user", BEGINNING)]
    only = asked([said("system", "Be Ann."), said("developer", "Greet the caller.")])
    assert (only["system"][0]["text"], texts(only)) == ("Be Ann.", [("user", "Greet the caller.")])
    assert texts(asked([said("system", "Greet.")])) == [("user", "Greet.")]
    assert texts(asked([], system_instruction="Be Ann.")) == [("user", BEGINNING)]


def test_calls_are_blocks_and_results_come_first_in_the_next_user_message():  # CTX-06, FUNC-05
    history = [
        said("user", "?"), called("a", "b!", content="One moment."), result("a"), result("b!", '{"error": "no"}'),
        said("user", "Well?"),
    ]  # fmt: skip
    params = asked(history, [WEATHER], "auto")
    assistant, user = params["messages"][1:]
    assert [block["type"] for block in assistant["content"]] == ["text", "tool_use", "tool_use"]
    assert assistant["content"][1] == {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Rome"}}
    assert assistant["content"][2]["id"] == "b_", "ids hold only letters that Anthropic takes"
    assert [block["type"] for block in user["content"]] == ["tool_result", "tool_result", "text"]
    assert "is_error" not in user["content"][0]
    assert user["content"][1]["is_error"] is True
    assert params["tool_choice"] == {"type": "auto"}


def test_calls_of_the_past_need_their_tools_even_when_none_are_offered():
    params = asked([said("user"), called("a", arguments="not json"), result("a"), said("user", "so?")])
    assert [tool["name"] for tool in params["tools"]] == ["weather"]
    assert params["tool_choice"] == {"type": "none"}
    assert params["messages"][1]["content"][0]["input"] == {}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", {"type": "auto"}), ("none", {"type": "none"}), ("required", {"type": "any"}), (None, None),
        ({"type": "function", "function": {"name": "weather"}}, {"type": "tool", "name": "weather"}),
        ({"type": "any", "disable_parallel_tool_use": True}, {"type": "any", "disable_parallel_tool_use": True}),
    ],
)  # fmt: skip
def test_the_choice_of_tools_in_anthropics_words(choice, sent):
    assert asked([said("user")], [WEATHER], choice).get("tool_choice") == sent
    assert "tool_choice" not in asked([said("user")], None, choice)


def test_tools_and_the_ones_only_anthropic_has():  # FUNC-03
    native = {"type": "web_search_20250305", "name": "web_search"}
    tools = ToolsSchema([WEATHER], {AdapterType.ANTHROPIC: [native], AdapterType.GEMINI: [{"g": {}}]})
    assert asked([said("user")], tools)["tools"] == [
        {"name": "weather", "description": "The weather.", "input_schema": WEATHER.parameters}, native,
    ]  # fmt: skip


def test_pictures_travel_as_bytes_or_by_address_and_sound_does_not():  # LK-20
    shown = image_message(b"\xff\xd8\xff jpeg", text="Look.")
    far = said("user", [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])
    heard = said("user", [{"type": "input_audio", "input_audio": {"data": "aa", "format": "wav"}}])
    (message,) = asked([shown, far, heard])["messages"]
    assert message["content"][1]["source"]["type"] == "base64"
    assert message["content"][1]["source"]["media_type"] == "image/jpeg"
    assert message["content"][2]["source"] == {"type": "url", "url": "https://example.org/a.png"}
    assert message["content"][3]["text"] == "[input_audio: this model cannot take it.]"


def test_caching_marks_what_stays_the_same():
    history = [
        said("system", "Be Ann."),
        *[said(role, "words") for role in ("user", "assistant") * 3],
        said("user", "now"),
    ]
    params = asked(history, [WEATHER], enable_prompt_caching=True)
    marked = [i for i, message in enumerate(params["messages"]) if "cache_control" in message["content"][-1]]
    assert marked == [4, 6], "the last two of the user's messages"
    assert "cache_control" in params["system"][-1]
    assert "cache_control" not in params["tools"][-1]
    assert "cache_control" in asked([said("user")], [WEATHER], enable_prompt_caching=True)["tools"][-1]
    assert "cache_control" not in str(asked(history, [WEATHER]))


ANY = st.lists(
    st.one_of(
        st.builds(
            said, st.sampled_from(["user", "assistant", "system", "developer"]), st.sampled_from(["", " ", "x", None])
        ),
        st.builds(lambda ids: called(*ids), st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)),
        st.builds(result, st.sampled_from("abcd"), st.sampled_from(["", "r", '{"error": "e"}'])),
    ),
    max_size=10,
)


@given(ANY, st.booleans(), st.booleans(), st.sampled_from([None, "Be Ann."]))
def test_whatever_a_context_holds_the_request_keeps_the_rules(messages, tools, caching, instruction):
    before = json.dumps(messages)
    asked(messages, [WEATHER] if tools else None, enable_prompt_caching=caching, system_instruction=instruction)
    assert json.dumps(messages) == before


def test_every_wire_format_has_its_adapter():  # CTX-14, LLM-19
    assert ADAPTERS[AdapterType.ANTHROPIC] is AnthropicLLMAdapter
    assert all(kind.adapter_type is name for name, kind in ADAPTERS.items())

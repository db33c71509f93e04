"""The conversation, its repair and what a provider is sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.adapter import OpenAILLMAdapter
from bots.engine.context.context import ContextMalformed, LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.repair import merged_neighbours, repaired
from bots.engine.context.schemas import AdapterType, ToolsSchema

WEATHER = FunctionSchema("weather", "The weather.", {"city": {"type": "string"}}, ["city"])


def said(role: str, content: object = "x", **more: object) -> dict:
    return {"role": role, "content": content, **more}


def called(*ids: str) -> dict:
    calls = [{"id": id, "type": "function", "function": {"name": "weather", "arguments": "{}"}} for id in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(id: str, content: str = "sunny") -> dict:
    return {"role": "tool", "tool_call_id": id, "content": content}


def test_messages_are_added_replaced_and_listed():
    context = LLMContext([said("system")])
    live = context.messages
    context.add_message(said("user", "hi"))
    context.add_messages([said("assistant", "hello"), said("user", "bye")])
    assert [message["content"] for message in context.get_messages()] == ["x", "hi", "hello", "bye"]
    context.get_messages().clear()
    context.set_messages([said("user", "new")])
    assert live == [said("user", "new")]


def test_a_snapshot_is_not_reached_by_later_changes():
    context = LLMContext([said("user", "hi")], [WEATHER], "auto")
    twin = context.snapshot()
    context.messages[0]["content"] = "changed"
    context.set_tools(None)
    assert twin.messages == [said("user", "hi")]
    assert twin.tools is not None
    assert twin.tool_choice == "auto"


def test_a_tool_result_goes_after_its_call_and_replaces_an_earlier_one():
    context = LLMContext([called("a", "b"), result("a"), said("user", "and?")])
    assert context.set_tool_result("b", "rain")
    assert context.set_tool_result("a", "snow")
    assert context.messages[1:] == [result("a", "snow"), result("b", "rain"), said("user", "and?")]
    assert not context.set_tool_result("c", "none")


def test_a_call_without_a_result_is_answered_with_an_error():
    fixed = repaired([said("user"), called("a", "b"), result("b"), said("user", "?")])
    assert [message["role"] for message in fixed] == ["user", "assistant", "tool", "tool", "user"]
    assert "error" in json.loads(fixed[2]["content"])
    assert fixed[3] == result("b")


def test_results_move_to_their_call_and_orphans_and_empty_messages_go():
    messages = [result("zz"), called("a"), said("user"), result("a"), said("assistant", " "), said("user", [])]
    assert repaired(messages) == [called("a"), result("a"), said("user")]


ANY_MESSAGES = st.lists(
    st.one_of(
        st.builds(said, st.sampled_from(["user", "assistant", "system"]), st.sampled_from(["", "x", None])),
        st.builds(lambda ids: called(*ids), st.lists(st.sampled_from("abc"), max_size=3)),
        st.builds(result, st.sampled_from("abcd")),
    ),
    max_size=10,
)


@given(ANY_MESSAGES)
def test_after_repair_every_call_is_answered_once_right_behind_it(messages):
    before = json.dumps(messages)
    fixed = repaired(messages)
    assert json.dumps(messages) == before
    assert repaired(fixed) == fixed
    at = 0
    while at < len(fixed):
        ids = [call["id"] for call in fixed[at].get("tool_calls", [])]
        assert fixed[at]["role"] != "tool"
        assert [message.get("tool_call_id") for message in fixed[at + 1 : at + 1 + len(ids)]] == ids
        at += 1 + len(ids)


def test_neighbours_of_one_role_are_joined_for_strict_providers():
    messages = [said("user", "a"), said("user", "b"), called("x"), said("assistant", "c"), said("assistant", "d")]
    assert merged_neighbours(messages) == [said("user", "a\nb"), called("x"), said("assistant", "c\nd")]


def test_openai_request_holds_persona_messages_and_tools():
    tools = ToolsSchema([WEATHER], {AdapterType.OPENAI: [{"type": "web_search"}], AdapterType.GEMINI: [{"g": {}}]})
    context = LLMContext([said("system", "old"), said("developer", "rule"), said("user", "hi")], tools, "required")
    params = OpenAILLMAdapter().get_llm_invocation_params(
        context, system_instruction="new", convert_developer_to_user=True
    )
    assert params["messages"] == [said("system", "new"), said("user", "rule"), said("user", "hi")]
    assert params["tools"][0]["function"]["parameters"]["required"] == ["city"]
    assert params["tools"][1:] == [{"type": "web_search"}]
    assert params["tool_choice"] == "required"
    assert context.messages[0]["content"] == "old"


def test_a_context_without_tools_sends_neither_tools_nor_choice():
    params = OpenAILLMAdapter().get_llm_invocation_params(LLMContext([said("developer")], tool_choice="auto"))
    assert params == {"messages": [said("developer")]}


@pytest.mark.parametrize(
    ("content", "absent"),
    [
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 5000}}], "AAAA"),
        ([{"type": "input_audio", "input_audio": {"data": "B" * 5000, "format": "wav"}}], "BBBB"),
        ("use sk-abcdefghijklmnop1234 now", "abcdefgh"),
        ("Authorization: Bearer abc.def.ghi", "abc.def"),
        ({"api_key": "topsecret", "list": [{"password": "hunter2"}]}, "secret"),
        (b"\x00" * 50, "x00"),
    ],
)
def test_debug_output_holds_no_media_and_no_secrets(content, absent):
    context = LLMContext([said("user", content), said("user", "hello")])
    shown = OpenAILLMAdapter().get_messages_for_logging(context)
    assert absent not in json.dumps(shown)
    assert len(json.dumps(shown)) < 400
    assert shown[1] == said("user", "hello")
    assert context.messages[0]["content"] == content


@pytest.mark.parametrize(
    "messages", ["hello", {"role": "user"}, ["hello"], [{"content": "x"}], [{"role": 5}], 7, [None]]
)
def test_what_is_no_message_is_refused_wherever_it_comes_in(messages):  # CTX-01
    context = LLMContext([said("user", "hi")])
    for take in (LLMContext, context.add_messages, context.set_messages):
        with pytest.raises(ContextMalformed, match="messages") as caught:
            take(messages)
        assert isinstance(caught.value, ValueError)
    for message in ("hello", None, {}, {"role": None}, messages if isinstance(messages, list) else []):
        with pytest.raises(ContextMalformed, match="message"):
            context.add_message(message)
    assert context.messages == [said("user", "hi")]


def test_a_tool_choice_is_one_of_the_documented():  # CTX-14
    named = {"type": "function", "function": {"name": "weather"}}
    for choice in ("auto", "none", "required", named, None):
        assert LLMContext(tool_choice=choice).tool_choice == choice
    for choice in ("always", 5, ["auto"]):
        with pytest.raises(ContextMalformed, match="tool_choice"):
            LLMContext(tool_choice=choice)
        with pytest.raises(ContextMalformed, match="tool_choice"):
            LLMContext().set_tool_choice(choice)

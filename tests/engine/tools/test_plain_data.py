"""A model's arguments, however odd, can be written down; a call with them ends like any other (P6, P9, S12)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.context import LLMContext
from bots.engine.frames import FunctionCallFromLLM
from bots.engine.testing.loop import run_virtual
from bots.engine.tools.plain_data import MAX_DEPTH, arguments_of, plain
from bots.engine.tools.registry import FunctionCallParams
from tests.engine.tools.world import in_a_pipeline, quiet_world

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
ANYTHING = st.recursive(
    st.one_of(TEXTS, st.floats(), st.integers(), st.none(), st.booleans(), st.binary(max_size=3), st.tuples()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(ANYTHING)
def test_anything_becomes_data_that_can_be_written(value: Any) -> None:
    written = json.dumps(plain(value), allow_nan=False, ensure_ascii=False).encode()
    assert plain(json.loads(written)) == plain(value)


@given(TEXTS)
def test_argument_text_is_read_or_unreadable_and_never_an_error(text: str) -> None:
    read = arguments_of(text)
    assert read is None or isinstance(read, dict)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("  ", {}),
        ('{"a": 1}', {"a": 1}),
        ('{"a": "\\ud83c"}', {"a": "?"}),
        ('{"a": NaN, "b": 1e999}', {"a": None, "b": None}),
        ('{"a": ' + "9" * 5000 + "}", None),
        ("[1]", None),
        ('{"a": ', None),
        ("[" * 100_000, None),
    ],
)
def test_what_models_write_is_read_as_far_as_it_can_be(text: str, read: Any) -> None:  # LLM-17
    assert arguments_of(text) == read


def test_what_is_nested_too_deeply_is_cut() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    shallow, depth = plain(deep), 0
    while shallow:
        shallow, depth = shallow[0], depth + 1
    assert depth == MAX_DEPTH


@pytest.mark.parametrize("odd", ["\ud83c", float("inf"), object(), {1: {2: b"3"}}])
def test_a_call_with_odd_arguments_is_journaled_run_and_kept_in_the_context(odd: Any) -> None:
    async def main() -> None:
        world = quiet_world()

        async def take(params: FunctionCallParams) -> None:
            await params.result_callback(dict(params.arguments))

        world.llm.register_function("take", take)

        async def body() -> None:
            await world.llm.run_function_calls([FunctionCallFromLLM("take", "a", {"odd": odd}, LLMContext())])
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        assert [event.kind for event in events if event.kind.startswith("tool")] == ["tool.started", "tool.finished"]
        json.dumps(world.context.messages, ensure_ascii=False, allow_nan=False).encode()

    run_virtual(main())

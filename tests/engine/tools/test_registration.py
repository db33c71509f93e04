"""Every documented way to give a model's service a function (FUNC-04, FUNC-06…08, FUNC-18)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.schemas import ToolsSchema
from bots.engine.errors import EngineError
from bots.engine.frames import FunctionCallFromLLM
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM
from bots.engine.tools.registry import FunctionCallParams, Registration
from tests.engine.tools.world import calls, in_a_pipeline, quiet_world


def answered(register: Callable[[TapeLLM], None], call: FunctionCallFromLLM) -> Any:
    """Register, run one call, and return what the context holds as its result."""

    async def main() -> Any:
        world = quiet_world()
        register(world.llm)

        async def body() -> None:
            await world.llm.run_function_calls([call])
            await world.clock.sleep(1)

        await in_a_pipeline(world, body)
        return world.context.messages[-1]["content"]

    return run_virtual(main())


async def weather(params: FunctionCallParams, city: str, days: int = 1) -> None:
    """Tell the weather.

    Args:
        city: Where.
        days: How far.
    """
    await params.result_callback(f"{city}, {days}, {params.tool_call_id}")


def test_a_direct_function_answers_under_its_own_name_with_checked_arguments() -> None:  # FUNC-04, FUNC-06
    def call(arguments: dict[str, Any]) -> FunctionCallFromLLM:
        return FunctionCallFromLLM("weather", "a", arguments, LLMContext(tools=ToolsSchema([weather])))

    def register(llm: TapeLLM) -> None:
        llm.register_direct_function(weather)

    assert answered(register, call({"city": "Rome", "other": 1})) == "Rome, 1, a"
    assert "'city' is missing" in answered(register, call({"days": 2}))


def test_a_direct_function_is_found_and_forgotten() -> None:  # FUNC-07
    async def main() -> None:
        llm = TapeLLM()
        llm.register_direct_function(weather)
        assert llm.has_function("weather")
        llm.unregister_direct_function(weather)
        assert not llm.has_function("weather")

    asyncio.run(main())


def test_a_handler_of_six_arguments_works_and_warns() -> None:  # FUNC-18
    async def old(
        name: str, call_id: str, arguments: Any, llm: Any, context: Any, result: Callable[..., Awaitable[None]]
    ) -> None:
        await result([name, call_id, dict(arguments), type(llm).__name__, type(context).__name__])

    def register(llm: TapeLLM) -> None:
        with pytest.warns(DeprecationWarning, match="six arguments"):
            llm.register_function("act", old)

    (call,) = calls("a")
    assert answered(register, call) == '["act", "a", {"id": "a"}, "TapeLLM", "LLMContext"]'


@pytest.mark.parametrize("name", ["act", None])
def test_a_start_callback_runs_before_the_handler_and_warns(name: str | None) -> None:  # FUNC-06
    order: list[Any] = []

    async def begin(function_name: str, llm: Any, context: Any) -> None:
        order.append(function_name)

    async def act(params: FunctionCallParams) -> None:
        await params.result_callback(order)

    def register(llm: TapeLLM) -> None:
        with pytest.warns(DeprecationWarning, match="start_callback"):
            llm.register_function(name, act, begin)

    (call,) = calls("a", name=name or "any")
    assert answered(register, call) == f'["{name or "any"}"]'


def test_the_own_handler_of_a_name_comes_before_the_catch_all() -> None:  # FUNC-06
    def saying(word: str) -> Callable[[FunctionCallParams], Awaitable[None]]:
        async def say(params: FunctionCallParams) -> None:
            await params.result_callback(word)

        return say

    def register(llm: TapeLLM) -> None:
        llm.register_function(None, saying("anything"))
        llm.register_function("act", saying("own"))

    assert answered(register, calls("a")[0]) == "own"
    assert answered(register, calls("a", name="else")[0]) == "anything"


async def fine(params: FunctionCallParams) -> None:
    """Do nothing."""


async def two(first: Any, second: Any) -> None:
    """Take neither one argument nor six."""


@pytest.mark.parametrize(
    ("register", "named"),
    [
        (lambda llm: llm.register_function("a", two), "one argument"),
        (lambda llm: llm.register_function("a", "text"), "cannot be called"),
        (lambda llm: llm.register_function(" ", fine), "function_name"),
        (lambda llm: llm.register_function("a", fine, timeout_s=0), "timeout_s"),
        (lambda llm: llm.register_function("a", fine, timeout_s=601), "timeout_s"),
        (lambda llm: llm.register_function("a", fine, timeout_s=float("nan")), "timeout_s"),
        (lambda llm: llm.register("a", Registration(fine, filler_after_s=0)), "filler_after_s"),
        (lambda llm: llm.register("a", Registration(fine, max_result_bytes=0)), "max_result_bytes"),
        (lambda llm: llm.register("a", Registration(fine, max_calls=-1)), "max_calls"),
        (lambda llm: llm.register_direct_function(two.__name__), "async function"),
    ],
)
def test_a_registration_that_cannot_work_says_what_is_wrong(register: Callable[[Any], None], named: str) -> None:
    async def main() -> None:
        with pytest.raises(EngineError, match=named) as caught:
            register(TapeLLM())
        assert caught.value.code in ("tool.registration", "tools.direct_function")

    asyncio.run(main())

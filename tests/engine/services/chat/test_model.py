"""Chat streams over our services (LK-01, LK-02, LK-03, LK-09…11, LK-13, LK-14)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bots.engine.clock import SystemClock
from bots.engine.errors import ProviderError
from bots.engine.frames import LLMContextFrame, LLMTokenUsage
from bots.engine.services.chat.messages import ChatChunk, ChatContext, ChatMalformed, ChatMessage, FunctionCall
from bots.engine.services.chat.model import LLM, NoSuchOption, RealtimeModel, ServiceLLM
from bots.engine.services.llm_events import Finished, ToolCallDelta, Usage
from bots.engine.services.llm_metrics import LLMMetrics
from bots.engine.services.resilience.health import HealthBook
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import Probe, Run, in_a_run
from tests.engine.services.resilience.stage import Model, member, words

HELLO = ChatContext([ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")])


async def look(params: object, at: str) -> None:
    """Look at something.

    Args:
        at: What to look at.
    """


def virtually(play: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await play()
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    run_virtual(main())


def test_a_chat_is_a_context_manager_over_chunks_of_text_and_calls() -> None:  # LK-01
    model = Model("small", ["Good ", "day.", ToolCallDelta(0, "1", "look", '{"at":'), ToolCallDelta(0, "", "", '"x"}')])

    async def play() -> None:
        llm = ServiceLLM(model)
        async with llm.chat(chat_ctx=HELLO, fnc_ctx=[look]) as stream:
            chunks = [chunk async for chunk in stream]
        assert chunks == [
            ChatChunk("Good "),
            ChatChunk("day."),
            ChatChunk("", FunctionCall(0, "1", "look", '{"at":')),
            ChatChunk("", FunctionCall(0, "", "", '"x"}')),
        ]
        await llm.aclose()

    virtually(play)
    assert model.seen == [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]]


def test_chunks_come_one_by_one_as_the_model_speaks() -> None:  # LK-13
    async def play() -> None:
        at: list[float] = []
        clock = SystemClock()
        llm = ServiceLLM(Model("small", [0.5, "Good ", 0.5, "day.", Finished()]), clock=clock)
        async with llm.chat(chat_ctx=HELLO) as stream:
            async for _ in stream:
                at.append(round(clock.now(), 3))
        assert at == [0.5, 1.0]

    virtually(play)


def test_leaving_the_block_ends_the_request() -> None:  # LK-01
    model = Model("small", ["Good ", 60.0, "day."])

    async def play() -> None:
        told: list[LLMMetrics] = []
        llm = ServiceLLM(model)
        llm.on("metrics_collected", told.append)
        async with llm.chat(chat_ctx=HELLO) as stream:
            async for chunk in stream:
                assert chunk.text == "Good "
                break
        assert model.open == 0
        assert [metrics.cancelled for metrics in told] == [True]

    virtually(play)


def test_metrics_come_by_themselves_and_failures_as_they_are() -> None:  # LK-09, LK-10, LK-11
    async def play() -> None:
        told: list[LLMMetrics] = []
        llm = ServiceLLM(Model("small", [0.4, "Yes.", Usage(LLMTokenUsage(3, 1, 4))], [ProviderError("It is down.")]))
        llm.on("metrics_collected", told.append)
        async with llm.chat(chat_ctx=HELLO) as stream:
            assert [chunk.text async for chunk in stream] == ["Yes."]
        with pytest.raises(ProviderError, match="down"):
            async with llm.chat(chat_ctx=HELLO) as stream:
                await anext(aiter(stream))
        assert [(metrics.ttft, metrics.total_tokens) for metrics in told] == [(pytest.approx(0.4), 4), (-1.0, 0)]

    virtually(play)


@pytest.mark.parametrize("option", [{"quantization": "4bit"}, {"temperature": 0.5}])
def test_what_a_hosted_model_cannot_be_asked_is_refused_by_name(option: dict[str, object]) -> None:  # LK-14
    async def play() -> None:
        with pytest.raises(NoSuchOption, match=next(iter(option))):
            async with ServiceLLM(Model("small")).chat(chat_ctx=HELLO, **option):
                raise AssertionError

    virtually(play)


def test_a_realtime_answer_ends_with_a_final_chunk() -> None:  # LK-02
    async def play() -> None:
        llm = ServiceLLM(Model("small", words("Good day")))
        assert isinstance(llm, RealtimeModel)
        assert isinstance(llm, LLM)
        chunks = [(chunk.text, chunk.is_final) async for chunk in llm.generate("Hello")]
        assert chunks == [("Good", False), ("day", False), ("", True)]

    virtually(play)


def test_a_chain_of_models_chats_too_outside_of_any_pipeline() -> None:  # LK-16
    one, two = Model("one", [9.0]), Model("two", [0.5, *words("Here I am")])

    async def play() -> None:
        clock = SystemClock(seed=1)
        chain = ResilientLLMService(
            [member(one), member(two)], policy=ResiliencePolicy(), book=HealthBook(clock), apology="Sorry."
        )
        llm = ServiceLLM(chain, clock=clock)
        async with llm.chat(chat_ctx=HELLO) as stream:
            assert "".join([chunk.text async for chunk in stream]) == "HereIam"
        await llm.aclose()
        await asyncio.sleep(0.1)

    virtually(play)


def test_a_service_in_a_pipeline_keeps_its_place() -> None:  # LK-01
    model = Model("small", words("Yes"))

    async def play(run: Run) -> None:
        clock = model.clock
        async with ServiceLLM(model).chat(chat_ctx=HELLO) as stream:
            assert [chunk.text async for chunk in stream] == ["Yes"]
        assert model.clock is clock is run.clock
        await run.task.queue_frame(LLMContextFrame(HELLO.as_llm_context()))
        await run.clock.sleep(1.0)

    in_a_run(lambda: Run(model, Probe()), play)
    assert len(model.began) == 2


def test_a_chat_holds_messages_and_functions_in_the_common_format() -> None:  # LK-03, CTX-02
    chat = ChatContext(functions=[look])
    chat.append("Hello")
    chat.append("Good day.", role="assistant")
    context = chat.as_llm_context(tool_choice="none")
    assert context.messages == [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day."}]
    assert context.tools is not None
    assert [schema.name for schema in context.tools.schemas] == ["look"]
    assert context.tool_choice == "none"
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    assert ChatContext.from_messages([call]).as_llm_context().messages == [call]
    with pytest.raises(ChatMalformed, match="role"):
        ChatMessage("robot", "beep")

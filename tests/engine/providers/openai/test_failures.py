"""How the chat service tells every failure of its server, gives up in time, and leaves no request open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError
from bots.engine.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMTextFrame
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_failures import BadLLMSetting
from tests.engine.providers.openai.asking import MESSAGES, SECRET, answers, asking, events_from, failure, quick, text_of
from tests.engine.providers.openai.chat_server import Exchange, Play, chat_server, delta

pytestmark = pytest.mark.network

# -- how failures are told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "owner", "retryable"),
    [
        ("400 Bad Request", "llm.refused", "provider", False),
        ("401 Unauthorized", "llm.key_refused", "author", False),
        ("403 Forbidden", "llm.key_refused", "author", False),
        ("404 Not Found", "llm.refused", "provider", False),
        ("429 Too Many Requests", "llm.rate_limited", "provider", True),
        ("500 Internal Server Error", "llm.busy", "provider", True),
        ("503 Service Unavailable", "llm.busy", "provider", True),
    ],
)
async def test_a_refusal_is_told_by_its_code_and_tells_no_secret(
    status: str, code: str, owner: str, retryable: bool
) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.refuse(status, f"{SECRET} and the capital of Peru")

    for error in (await failure(play), await inference_failure(play)):
        assert (error.code, error.owner, error.retryable) == (code, owner, retryable)
        assert error.next_step
        assert SECRET not in str(error)
        assert "Peru" not in str(error)


async def inference_failure(play: Play) -> EngineError:
    async with asking(play) as (service, server):
        with pytest.raises(EngineError) as caught:
            await service.run_inference(LLMContext(MESSAGES))
        assert len(server.exchanges) == 1, "the SDK repeats nothing behind our back"
    return caught.value


async def test_a_server_that_is_not_there_and_an_address_that_is_none() -> None:
    async with asking(quick) as (service, server):
        closed = server.url
    for address in ("no address", "ftp://127.0.0.1"):
        with pytest.raises(BadLLMSetting, match="base_url"):
            OpenAILLMService(settings=OpenAISettings(base_url=address))
    for address in (closed, "http://"):
        service = OpenAILLMService(settings=OpenAISettings(base_url=address))
        with pytest.raises(EngineError) as caught:
            await events_from(service)
        assert caught.value.code == "llm.unreachable", address
        await service.cleanup()


async def test_a_key_with_letters_that_no_key_has_is_a_refused_key() -> None:
    async with chat_server(quick) as server:
        service = OpenAILLMService(api_key="ключ", settings=OpenAISettings(base_url=server.url))
        with pytest.raises(EngineError) as caught:
            await events_from(service)
        assert caught.value.code == "llm.key_refused"
        await service.cleanup()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"data: {broken\n\n", "llm.unreadable"),
        (b"data: \xff\xfe\n\n", "llm.unreadable"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "llm.refused"),
    ],
)
async def test_a_stream_that_cannot_be_read_fails_after_what_was_readable(data: bytes, code: str) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.events(delta("Li"), done=False)
        await exchange.raw(data)

    async with asking(play) as (service, _):
        seen = []
        with pytest.raises(EngineError) as caught:
            async for event in service.stream(LLMContext(MESSAGES)):
                seen.append(event)
    assert text_of(seen) == "Li"
    assert caught.value.code == code


async def test_a_connection_that_breaks_off_is_unreachable() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n")
        await exchange.events(delta("Li"), done=False)

    assert (await failure(play)).code == "llm.unreachable"


async def test_a_page_instead_of_a_stream_is_an_empty_answer_and_no_crash() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin(kind="text/html")
        await exchange.raw(b"<html><body>Welcome</body></html>")

    assert await answers(play) == []


# -- time and cancellation --------------------------------------------------------------------------------------------


class Ear(FrameProcessor):
    """Collects what the model says and lets the next context in from behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.ended = asyncio.Event()

    @handles(LLMTextFrame)
    async def on_text(self, frame: LLMTextFrame) -> None:
        self.said.append(frame.text)

    @handles(LLMFullResponseEndFrame)
    async def on_end(self, frame: LLMFullResponseEndFrame) -> None:
        self.ended.set()


async def in_a_call(
    service: OpenAILLMService, act: Callable[[PipelineTask], Awaitable[None]] | None = None
) -> tuple[list[str], list[str]]:
    """Ask once in a pipeline; return what was said and the codes of the errors."""
    sink = MemorySink()
    clock = SystemClock()
    ear = Ear()
    task = PipelineTask(Pipeline([service, ear]), clock=clock, journal=Journal(clock, sink), idle_timeout_secs=None)
    running = asyncio.create_task(task.run())
    await task.queue_frame(LLMContextFrame(LLMContext(MESSAGES)))
    if act is not None:
        await act(task)
    async with asyncio.timeout(5):
        await ear.ended.wait()
    await task.cancel()
    await running
    events = [event for line in sink.lines if (event := parse_line(line))]
    return ear.said, [str(event.data["code"]) for event in events if event.kind == "error"]


async def silent(exchange: Exchange) -> None:
    await exchange.gone()


async def stuck(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.events(delta("Li"), done=False)
    await exchange.gone()


async def test_a_server_that_says_nothing_is_given_up_with_an_apology() -> None:
    deadlines = LLMDeadlines(first=0.15, between=5)
    async with asking(silent, deadlines=deadlines, apology="Sorry.") as (service, _):
        told: list[object] = []
        service.add_event_handler("on_completion_timeout", _noting(told))
        said, codes = await in_a_call(service)
    assert (said, codes) == (["Sorry."], ["llm.timeout"])
    assert told == [service]


async def test_a_stream_that_gets_stuck_is_given_up_and_keeps_what_came() -> None:
    deadlines = LLMDeadlines(first=5, between=0.15)
    async with asking(stuck, deadlines=deadlines, apology="Sorry.") as (service, _):
        assert await in_a_call(service) == (["Li"], ["llm.timeout"])


def _noting(told: list[object]) -> Callable[[object], Awaitable[None]]:
    async def note(service: object) -> None:
        told.append(service)

    return note


@pytest.mark.parametrize("cut", ["interruption", "end of the call", "time limit"])
async def test_a_request_that_is_no_longer_wanted_is_closed_and_the_server_sees_it(cut: str) -> None:
    left = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        await stuck(exchange)
        left.set()

    deadlines = LLMDeadlines(first=5, between=0.15 if cut == "time limit" else 5)
    async with asking(play, deadlines=deadlines) as (service, server):

        async def act(task: PipelineTask) -> None:
            while not server.exchanges:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            if cut == "interruption":
                await task.interrupt()
            elif cut == "end of the call":
                await task.cancel()

        await in_a_call(service, act)
        async with asyncio.timeout(2):
            await left.wait()


async def test_the_sdk_is_ready_before_the_first_question() -> None:  # LK-19
    async with asking(quick) as (service, server):
        made: list[bool] = []

        async def act(task: PipelineTask) -> None:
            while task.state != "running":  # noqa: ASYNC110 (a state has no event)
                await asyncio.sleep(0)
            made.append(service._client is not None)

        assert await in_a_call(service, act) == (["Lima."], [])
        assert made == [True]
        assert len(server.exchanges) == 1


async def test_nothing_in_time_is_tried_once_more() -> None:
    tries = 0

    async def play(exchange: Exchange) -> None:
        nonlocal tries
        tries += 1
        await (silent(exchange) if tries == 1 else quick(exchange))

    async with asking(play, retry_on_timeout=True, retry_timeout_secs=0.1) as (service, _):
        assert text_of(await events_from(service)) == "Lima."
    assert tries == 2


async def test_a_second_silence_is_not_tried_a_third_time() -> None:
    deadlines = LLMDeadlines(first=0.4, between=1)
    async with asking(silent, retry_on_timeout=True, retry_timeout_secs=0.1, deadlines=deadlines) as (service, server):
        assert (await in_a_call(service))[1] == ["llm.timeout"]
        assert len(server.exchanges) == 2


async def test_neither_logs_nor_warnings_hold_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await answers(quick)
        await failure(lambda exchange: exchange.refuse("401 Unauthorized", SECRET))
    for record in caplog.records:
        assert SECRET not in record.getMessage()
        assert "Peru" not in record.getMessage()

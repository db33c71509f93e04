"""Everything that can go wrong with a chat completions server: what the caller hears, what the journal says (P1…P8)."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm import LLMDeadlines, LLMLimits
from bots.engine.services.llm_failures import RateLimited
from bots.engine.testing.servers.certificates import expired_certificate
from bots.engine.testing.servers.chat import ChatFake, chunks_of, error
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.loopback import loopback
from bots.engine.testing.servers.reply import ModelCall, ModelReply
from tests.engine.providers.calls import QUESTION, Call, in_a_call, question

pytestmark = pytest.mark.network

KEY, SORRY = "sk-fake-and-secret", "I am sorry."
LIMA = ModelReply(text="Lima is the capital of Peru.")


def service_at(url: str, **options: Any) -> OpenAILLMService:
    settings = OpenAISettings(model="tiny", base_url=url, **options.pop("settings", {}))
    return OpenAILLMService(api_key=KEY, settings=settings, apology=SORRY, **options)


async def played(faults: Faults | list[Faults], reply: ModelReply = LIMA, **options: Any) -> tuple[Call, ChatFake]:
    """One question to a server that fails as told."""
    async with ChatFake([reply], key=KEY, faults=faults).running() as fake:
        call = await in_a_call(service_at(fake.url, **options))
    assert call.ear.ends == 1, "a reply always ends (LLM-02)"
    assert KEY not in str(call.events)
    return call, fake


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, error("slow down", "requests", "rate_limit_exceeded"), "llm.rate_limited"),
        (429, error("pay", "insufficient_quota", "insufficient_quota"), "llm.quota"),
        (500, error(QUESTION), "llm.busy"),
        (502, {"not": "json of theirs"}, "llm.busy"),
        (503, error("overloaded"), "llm.busy"),
        (401, error(KEY), "llm.key_refused"),
        (404, error("no such model", code="model_not_found"), "llm.refused"),
        (422, [], "llm.refused"),
    ],
)
async def test_a_refusal_is_apologised_for_once(status: int, body: Any, code: str) -> None:  # P1, P2, P15
    call, fake = await played(Faults(status=status, error=body))
    assert (call.said, call.codes, call.finishes) == (SORRY, [code], ["failed"])
    assert len(fake.requests) == 1, "this service alone asks once; asking others is the fallback chain's"


@pytest.mark.parametrize(
    ("header", "wait"), [("7", 7.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
async def test_a_rate_limit_tells_how_long_to_wait(header: str, wait: float | None) -> None:  # P1
    headers = {"Retry-After": header} if header else {}
    async with ChatFake(
        [LIMA], key=KEY, faults=Faults(status=429, error=error("no"), headers=headers)
    ).running() as fake:
        service = service_at(fake.url)
        with pytest.raises(RateLimited) as caught:
            await service.run_inference(question())
        await service.cleanup()
    assert caught.value.retry_after_s == wait


async def test_who_cannot_be_reached_is_known_in_two_seconds() -> None:  # P3
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    began = asyncio.get_running_loop().time()
    for address in (f"http://127.0.0.1:{port}/v1", "http://no-such-host.invalid/v1"):
        call = await in_a_call(service_at(address))
        assert (call.said, call.codes) == (SORRY, ["llm.unreachable"])
    assert asyncio.get_running_loop().time() - began < 9


async def test_a_slow_first_word_is_waited_for_up_to_the_limit() -> None:  # P4
    call, _ = await played(Faults(first_secs=0.1), deadlines=LLMDeadlines(first=2, between=1))
    assert (call.said, call.codes) == (LIMA.text, [])
    call, _ = await played(Faults(first_secs=5), deadlines=LLMDeadlines(first=0.15, between=1))
    assert (call.said, call.codes, call.finishes) == (SORRY, ["llm.timeout"], ["timeout"])
    call, _ = await played(Faults(silent=True), deadlines=LLMDeadlines(first=0.15, between=1))
    assert (call.said, call.codes) == (SORRY, ["llm.timeout"])


async def test_a_drip_and_a_stall_keep_what_was_said() -> None:  # P5
    call, _ = await played(Faults(between_secs=0.4), deadlines=LLMDeadlines(first=2, between=0.15))
    assert LIMA.text.startswith(call.said.removesuffix(SORRY))
    assert call.codes == ["llm.timeout"]
    call, _ = await played(Faults(stall_after=4), deadlines=LLMDeadlines(first=2, between=0.15))
    assert (call.said, call.codes) == ("Lima is the ", ["llm.timeout"])


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: {half a json\n\n",
        b"data: \xff\xfe\n\n",
        b'data: {"choices": "text"}\n\ndata: [1, 2\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"choices": [{"delta": {"content": "' + b"x" * 3_000_000 + b"\n\n",
    ],
    ids=["half", "bytes", "list", "deep", "huge"],
)
async def test_malformed_events_end_the_reply_and_never_the_call(garbage: bytes) -> None:  # P6
    call, _ = await played(Faults(insert=garbage, insert_after=3))
    assert (call.said, call.finishes) == ("Lima is ", ["failed"])
    assert call.codes == ["llm.unreadable"]
    assert len(str(call.events)) < 20_000, "what came is told by its length, not kept"


async def test_characters_may_be_cut_at_every_byte() -> None:  # P6
    text = "Grüße aus 東京, 🗼 und zurück."
    for piece in (1, 2, 3, 5, 7):
        call, _ = await played(Faults(piece=piece), ModelReply(text=text))
        assert (call.said, call.codes) == (text, [])


async def test_a_connection_that_breaks_anywhere_says_the_prefix_once() -> None:  # P7
    reply = ModelReply(text="Lima, 東京.", calls=[ModelCall("find", {"day": "monday"}, "a")])
    whole = b"".join(b"data: " + chunk + b"\n\n" for chunk in chunks_of(reply))
    short = ModelReply(text="東京.")
    async with ChatFake([short], key=KEY).running() as fake:
        service = service_at(fake.url)
        for cut in range(sum(len(chunk) + 8 for chunk in chunks_of(short))):
            fake._faults = [Faults(cut_after=cut)]
            said = ""
            with pytest.raises(EngineError) as caught:
                async for event in service.stream(question()):
                    said += getattr(event, "text", "")
            assert short.text.startswith(said)
            assert caught.value.code == "llm.unreachable"
        await service.cleanup()
    for cut in (0, 300, whole.index(b'finish_reason": "tool_calls')):
        call, _ = await played(Faults(cut_after=cut), reply)
        assert call.said in (SORRY, reply.text[: len(call.said)])
        assert (call.codes, call.ear.called, call.finishes) == (["llm.unreachable"], [], ["failed"])


async def test_an_error_instead_of_an_answer() -> None:  # P8
    call, _ = await played(Faults(status=200, error=error("overloaded")))
    assert (call.said, call.codes) == (SORRY, ["llm.empty"])
    inside = b'data: {"error": {"message": "secret words", "type": "server_error"}}\n\n'
    call, _ = await played(Faults(insert=inside, insert_after=2))
    assert (call.said, call.codes) == ("Lima ", ["llm.busy"])
    assert "secret" not in str(call.events)
    limited = b'data: {"error": {"message": "no", "code": "rate_limit_exceeded"}}\n\n'
    call, _ = await played(Faults(instead=limited))
    assert (call.said, call.codes) == (SORRY, ["llm.rate_limited"])


async def test_nothing_at_all_and_never_an_end() -> None:  # P8
    call, _ = await played(Faults(), ModelReply(text=""))
    assert (call.said, call.codes, call.finishes) == (SORRY, ["llm.empty"], ["empty"])
    call, _ = await played(Faults(instead=b"data: [DONE]\n\n"))
    assert (call.said, call.codes) == (SORRY, ["llm.empty"])
    call, _ = await played(Faults(endless=True), ModelReply(text="on "), limits=LLMLimits(reply_secs=0.4))
    assert call.codes == ["llm.timeout"]
    refused = ModelReply(refusal="I cannot help with that.", finish="content_filter")
    call, _ = await played(Faults(), refused)
    assert (call.said, call.codes) == ("I cannot help with that.", [])


async def test_wrong_arguments_of_a_call_are_told_and_apologised_for() -> None:  # P6, P9
    call, _ = await played(Faults(), ModelReply(calls=[ModelCall("find", id="a", text='{"day": ')]))
    assert (call.said, call.codes, call.ear.called) == (SORRY, ["llm.bad_tool_call"], [])


async def test_a_certificate_that_ended_is_named(tmp_path: Path) -> None:  # P17
    async def never(exchange: Any) -> None:
        await exchange.refuse("500 Internal Server Error")

    async with loopback(never, tls=expired_certificate(tmp_path)) as server:
        call = await in_a_call(service_at(server.url))
    assert (call.said, call.codes) == (SORRY, ["llm.certificate"])
    assert server.exchanges == [], "nothing was told to it"


async def test_the_call_goes_on_after_every_failure() -> None:  # P2, P6, LLM-12
    faults = [Faults(status=500, error=error("no")), Faults(insert=b"data: {\n\n", insert_after=1), Faults()]
    async with ChatFake([LIMA], key=KEY, faults=faults).running() as fake:
        call = await in_a_call(service_at(fake.url), question(), question(), question())
    assert call.said == SORRY + SORRY + LIMA.text
    assert call.finishes == ["failed", "failed", "stop"]


async def test_fifty_calls_at_once_are_each_answered_for_themselves() -> None:
    def own(body: dict[str, Any]) -> ModelReply:
        return ModelReply(text=body["messages"][-1]["content"])

    async with ChatFake(own, key=KEY).running() as fake:
        service = service_at(fake.url)
        answers = await asyncio.gather(
            *(service.run_inference(question({"role": "user", "content": f"number {n}"})) for n in range(50))
        )
        await service.cleanup()
    assert answers == [f"number {n}" for n in range(50)]
    assert fake.problems == []


async def test_a_key_that_ends_during_the_call_is_named_and_the_call_goes_on() -> None:  # P15
    async with ChatFake([LIMA], key=KEY).running() as fake:

        async def end_of_the_key(task: PipelineTask) -> None:
            while not fake.requests:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)
            fake.key = "a newer key"

        call = await in_a_call(service_at(fake.url), question(), question(), act=end_of_the_key)
    assert call.said == LIMA.text + SORRY
    assert call.codes == ["llm.key_refused"]

"""What can go wrong with Anthropic's server: what the caller hears, what the journal says (P1…P8, P15, P17)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.engine.errors import EngineError
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.services.llm import LLMDeadlines, LLMLimits
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.testing.servers.certificates import expired_certificate
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.loopback import loopback
from bots.engine.testing.servers.messages import MessagesFake, encoded, error, events_of
from bots.engine.testing.servers.reply import ModelCall, ModelReply
from tests.engine.providers.calls import Call, in_a_call, question

pytestmark = pytest.mark.network

KEY, SORRY = "sk-ant-fake-and-secret", "I am sorry."
LIMA = ModelReply(text="Lima is the capital of Peru.")


def service_at(url: str, **options: Any) -> AnthropicLLMService:
    return AnthropicLLMService(api_key=KEY, base_url=url, apology=SORRY, **options)


async def played(faults: Faults, reply: ModelReply = LIMA, key: str = KEY, **options: Any) -> tuple[Call, MessagesFake]:
    async with MessagesFake([reply], key=key, faults=faults).running() as fake:
        call = await in_a_call(service_at(fake.url, **options))
    assert call.ear.ends == 1
    assert KEY not in str(call.events)
    return call, fake


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (429, "rate_limit_error", "llm.rate_limited"),
        (529, "overloaded_error", "llm.busy"),
        (500, "api_error", "llm.busy"),
        (503, "", "llm.busy"),
        (403, "permission_error", "llm.key_refused"),
        (402, "billing_error", "llm.quota"),
        (404, "not_found_error", "llm.refused"),
        (413, "request_too_large", "llm.refused"),
    ],
)
async def test_a_refusal_is_apologised_for_once(status: int, kind: str, code: str) -> None:  # P1, P2
    call, fake = await played(Faults(status=status, error=error(kind, "secret words")))
    assert (call.said, call.codes, call.finishes, len(fake.requests)) == (SORRY, [code], ["failed"], 1)
    assert "secret words" not in str(call.events)


async def test_a_wrong_key_is_named_and_not_tried_again() -> None:  # P15
    call, fake = await played(Faults(), key="another")
    assert (call.said, call.codes, len(fake.requests)) == (SORRY, ["llm.key_refused"], 1)


async def test_a_key_with_letters_that_no_key_has() -> None:  # P15
    async with MessagesFake([LIMA]).running() as fake:
        service = AnthropicLLMService(api_key="ключ", base_url=fake.url)
        with pytest.raises(EngineError) as caught:
            await service.run_inference(question())
        await service.cleanup()
    assert caught.value.code == "llm.key_refused"


async def test_who_cannot_be_reached() -> None:  # P3
    async with MessagesFake([LIMA]).running() as fake:
        closed = fake.url
    for address in (closed, "http://no-such-host.invalid"):
        call = await in_a_call(service_at(address))
        assert (call.said, call.codes) == (SORRY, ["llm.unreachable"]), address
    for address in ("no address", "ftp://127.0.0.1"):
        with pytest.raises(BadLLMSetting, match="base_url"):
            service_at(address)


async def test_silence_and_stalls() -> None:  # P4, P5
    quick = LLMDeadlines(first=0.2, between=0.2)
    for faults, said in (
        (Faults(silent=True), SORRY),
        (Faults(first_secs=5), SORRY),
        (Faults(stall_after=6), "Lima is the "),
    ):
        call, _ = await played(faults, deadlines=quick)
        assert (call.said, call.codes, call.finishes) == (said, ["llm.timeout"], ["timeout"])


@pytest.mark.parametrize(
    "garbage",
    [b"event: message_delta\ndata: {half\n\n", b"event: content_block_delta\ndata: \xff\xfe\n\n",
     b"event: content_block_delta\ndata: " + b"[" * 100_000 + b"\n\n"],
    ids=["half", "bytes", "deep"],
)  # fmt: skip
async def test_malformed_events(garbage: bytes) -> None:  # P6
    call, _ = await played(Faults(insert=garbage, insert_after=5))
    assert (call.said, call.codes, call.finishes) == ("Lima is ", ["llm.unreadable"], ["failed"])


async def test_characters_may_be_cut_at_every_byte() -> None:  # P6
    reply = ModelReply(text="Grüße aus 東京, 🗼.")
    for piece in (1, 3, 7):
        call, _ = await played(Faults(piece=piece), reply)
        assert (call.said, call.codes) == (reply.text, [])


async def test_a_connection_that_breaks_anywhere_says_the_prefix_once() -> None:  # P7
    short = ModelReply(text="東京.")
    whole = b"".join(encoded(event) for event in events_of(short))
    async with MessagesFake([short], key=KEY).running() as fake:
        service = service_at(fake.url)
        for cut in range(len(whole)):
            fake._faults = [Faults(cut_after=cut)]
            said = ""
            with pytest.raises(EngineError) as caught:
                async for event in service.stream(question()):
                    said += getattr(event, "text", "")
            assert short.text.startswith(said)
            assert caught.value.code == "llm.unreachable"
        await service.cleanup()
    asking = ModelReply(text="Wait.", calls=[ModelCall("find", {"day": "monday"}, "a")])
    at = b"".join(encoded(event) for event in events_of(asking)).index(b"partial_json") + 60
    call, _ = await played(Faults(cut_after=at), asking)
    assert (call.said, call.codes, call.ear.called) == ("Wait.", ["llm.unreachable"], [])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("overloaded_error", "llm.busy"),
        ("rate_limit_error", "llm.rate_limited"),
        ("invalid_request_error", "llm.refused"),
    ],
)
async def test_an_error_inside_the_stream(kind: str, code: str) -> None:  # P8
    inside = encoded({**error(kind, "secret words")})
    call, _ = await played(Faults(insert=inside, insert_after=5))
    assert (call.said, call.codes, call.finishes) == ("Lima is ", [code], ["failed"])
    assert "secret" not in str(call.events)


async def test_nothing_at_all_and_never_an_end() -> None:  # P8
    call, _ = await played(Faults(), ModelReply())
    assert (call.said, call.codes, call.finishes) == (SORRY, ["llm.empty"], ["empty"])
    call, _ = await played(Faults(status=200, error={"type": "error"}))
    assert (call.said, call.codes) == (SORRY, ["llm.empty"])
    call, _ = await played(Faults(), ModelReply(finish="refusal"))
    assert (call.said, call.codes) == (SORRY, ["llm.empty"])
    call, _ = await played(Faults(between_secs=0.05), ModelReply(text="on " * 100), limits=LLMLimits(reply_secs=0.4))
    assert call.codes == ["llm.timeout"]
    call, _ = await played(Faults(), ModelReply(text="on " * 100), limits=LLMLimits(reply_chars=30))
    assert (len(call.said), call.codes) == (30, ["llm.too_long"])


async def test_a_certificate_that_ended_is_named(tmp_path: Path) -> None:  # P17
    async def never(exchange: Any) -> None:
        await exchange.refuse("500 Internal Server Error")

    async with loopback(never, path="", tls=expired_certificate(tmp_path)) as server:
        call = await in_a_call(service_at(server.url))
    assert (call.said, call.codes, server.exchanges) == (SORRY, ["llm.certificate"], [])

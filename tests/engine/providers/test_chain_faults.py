"""A model that fails on the wire and another vendor's that stands in, both through their SDKs (P1…P8, P15…P17)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bots.engine.providers.chain import make_llm
from bots.engine.providers.registry import APOLOGY
from bots.engine.providers.resources import SharedResources
from bots.engine.services.resilience.policy import BROKEN_OFF
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.spec import BotSpec, ResilienceSpec, ServiceSpec
from bots.engine.testing.servers.certificates import expired_certificate
from bots.engine.testing.servers.chat import ChatFake, chunks_of, error
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.loopback import Exchange, loopback
from bots.engine.testing.servers.messages import MessagesFake
from bots.engine.testing.servers.reply import ModelReply
from tests.engine.providers.calls import Call, in_a_call, question

pytestmark = pytest.mark.network

SECRETS = {"one": "sk-fake-one", "two": "sk-ant-fake-two"}
LIMA = ModelReply(text="Lima is the capital of Peru.")
QUICK = ResilienceSpec(soft_s=0.0, hard_s=0.4, between_s=0.4, context_tokens=0)
Faulty = Faults | Sequence[Faults]


def chain_at(one: str, two: str) -> ResilientLLMService:
    """The model of a bot whose own is at ``one``, its fallback at ``two``."""
    llm = ServiceSpec("openai", {"model": "tiny", "base_url": one, "credential": "one"})
    spare = ServiceSpec("anthropic", {"model": "spare", "base_url": two, "credential": "two"})
    resilience = ResilienceSpec(**{**{name: getattr(QUICK, name) for name in QUICK.__slots__}, "fallbacks": (spare,)})
    spec = BotSpec("desk", "Desk", ServiceSpec("pocketsphinx"), llm, ServiceSpec("espeak"), resilience=resilience)
    made = make_llm(spec, SharedResources(), SECRETS)
    assert isinstance(made, ResilientLLMService)
    return made


async def played(
    faults: Faulty, spare: Faulty = (), reply: ModelReply = LIMA, asks: int = 1, key: str = SECRETS["one"]
) -> tuple[Call, ChatFake, MessagesFake]:
    """Ask a chain of two fakes."""
    async with (
        ChatFake([reply] * 9, key=key, faults=faults).running() as one,
        MessagesFake([LIMA] * 9, key=SECRETS["two"], faults=spare).running() as two,
    ):
        call = await in_a_call(chain_at(one.url, two.url), *[question() for _ in range(asks)])
    assert (one.problems, two.problems) == ([], [])
    assert call.ear.ends == asks
    assert not any(secret in str(call.events) for secret in SECRETS.values())
    return call, one, two


def outcomes(call: Call) -> list[tuple[str, str]]:
    return [(event.data["role"], event.data["outcome"]) for event in call.events if event.kind == "llm.request"]


@pytest.mark.parametrize(
    ("faults", "tries"),
    [
        (Faults(status=429, error=error("slow"), headers={"Retry-After": "9"}), 1),
        (Faults(status=500, error=error("oops")), 2),
        (Faults(status=401, error=error("no")), 1),
        (Faults(silent=True), 1),
        (Faults(first_secs=5.0), 1),
        (Faults(cut_after=0), 1),
        (Faults(instead=b"data: {half a js\n\n"), 1),
        (Faults(instead=b"\xff\xfe\xfa\n\n"), 1),
        (Faults(instead=b"data: [DONE]\n\n"), 1),
        (Faults(instead=b'data: {"error": {"message": "no", "type": "server_error"}}\n\n'), 2),
    ],
    ids=["P1", "P2", "P15", "P4 silent", "P4 late", "P7", "P6 half", "P6 noise", "P8 empty", "P8 error"],
)
async def test_the_caller_hears_the_other_models_answer_once(faults: Faults, tries: int) -> None:
    # LK-16, P1, P2, P4, P6, P7, P8, P15
    call, one, two = await played(faults)
    assert (call.said, call.codes) == (LIMA.text, [])
    assert (len(one.requests), len(two.requests)) == (tries, 1)
    assert outcomes(call)[-1][1] == "won"


async def test_after_a_rate_limit_the_key_rests_for_the_turns_that_follow() -> None:  # P1
    faults = Faults(status=429, error=error("slow"), headers={"Retry-After": "60"})
    call, one, two = await played(faults, asks=3)
    assert call.said == LIMA.text * 3
    assert (len(one.requests), len(two.requests)) == (1, 3)


async def test_an_overload_that_passes_is_answered_by_the_bots_own_model() -> None:  # P2
    call, one, two = await played([Faults(status=503, error=error("full")), Faults()])
    assert call.said == LIMA.text
    assert (len(one.requests), len(two.requests)) == (2, 0)


async def test_a_connection_that_breaks_anywhere_leaves_every_word_said_once() -> None:  # P7
    whole = sum(len(chunk) + 8 for chunk in chunks_of(LIMA))
    for cut in range(0, whole, 97):
        call, _, _ = await played(Faults(cut_after=cut))
        assert call.said.split() == LIMA.text.split(), cut
        assert call.codes == []


async def test_a_stream_that_stalls_is_gone_on_with() -> None:  # P5
    call, _, two = await played(Faults(stall_after=3))
    assert call.said.split() == LIMA.text.split()
    assert outcomes(call) == [("first", "broken"), ("continuation", "won")]
    assert two.requests[0]["messages"][-1]["role"] == "user"


async def test_a_server_that_is_not_there_or_cannot_be_trusted(tmp_path: Path) -> None:  # P3, P17
    async def never(exchange: Exchange) -> None:
        raise AssertionError

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        async with (
            MessagesFake([LIMA] * 2, key=SECRETS["two"]).running() as two,
            loopback(never, tls=expired_certificate(tmp_path)) as expired,
        ):
            for url, code in ((gone, "llm.unreachable"), (expired.url, "llm.certificate")):
                call = await in_a_call(chain_at(url, two.url))
                assert (call.said, call.codes) == (LIMA.text, [])
                switches: list[Any] = [event.data for event in call.events if event.kind == "llm.switched"]
                assert [switch["reason"] for switch in switches] == [code]


async def test_when_all_are_down_the_caller_hears_it_and_the_call_goes_on() -> None:  # P16
    down = Faults(status=500, error=error("oops"))
    call, _, _ = await played(down, [Faults(status=529, error={}), Faults(status=529, error={}), Faults()], asks=2)
    assert call.said == APOLOGY + LIMA.text
    assert call.codes == ["llm.all_failed"]


async def test_when_all_break_off_the_caller_is_told_so() -> None:  # P7, P16
    call, _, _ = await played(Faults(stall_after=3), Faults(cut_after=0))
    assert call.said.endswith(BROKEN_OFF)
    assert call.codes == ["llm.all_failed"]

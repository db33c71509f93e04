"""Streams with bytes changed, lost, doubled, cut anywhere: only coded errors come out (P6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm_events import LLMEvent, TextDelta
from bots.engine.testing.servers.chat import chunks_of
from bots.engine.testing.servers.messages import encoded, events_of
from bots.engine.testing.servers.reply import ModelCall, ModelReply

pytestmark = pytest.mark.property

REPLY = ModelReply(text="Grüße, 東京 🗼 now.", thinking="so", calls=[ModelCall("find", {"day": "monday"}, "a")])
CHAT = b"".join(b"data: " + chunk + b"\n\n" for chunk in [*chunks_of(REPLY), b"[DONE]"])
MESSAGES = b"".join(encoded(event) for event in events_of(REPLY))


def client_of(pieces: list[bytes]) -> Any:
    """An HTTP client whose every answer is this stream; the SDKs are imported when a test runs, not before."""
    import httpx2

    class Pieces(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

    head = {"content-type": "text/event-stream"}
    return httpx2.AsyncClient(
        transport=httpx2.MockTransport(lambda request: httpx2.Response(200, headers=head, stream=Pieces()))
    )


def chat_service(pieces: list[bytes]) -> OpenAILLMService:
    import openai

    service = OpenAILLMService(api_key="k")
    service._client = openai.AsyncOpenAI(api_key="k", max_retries=0, http_client=client_of(pieces))
    return service


def message_service(pieces: list[bytes]) -> AnthropicLLMService:
    import anthropic

    service = AnthropicLLMService(api_key="k")
    service._client = anthropic.AsyncAnthropic(api_key="k", max_retries=0, http_client=client_of(pieces))
    return service


def heard(make: Callable[[list[bytes]], Any], pieces: list[bytes]) -> tuple[list[LLMEvent], str]:
    """The events that came, and the code of the error, if there was one."""

    async def main() -> tuple[list[LLMEvent], str]:
        service, events = make(pieces), []
        try:
            async for event in service.stream(LLMContext([{"role": "user", "content": "hi"}])):
                events.append(event)
        except EngineError as error:
            return events, error.code
        finally:
            await service.cleanup()
        return events, ""

    return asyncio.run(main())


def text_of(events: list[LLMEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


FORMATS = [pytest.param(chat_service, CHAT, id="chat"), pytest.param(message_service, MESSAGES, id="messages")]
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["cut", "flip", "insert", "double", "drop"]), st.floats(0, 1), st.binary(max_size=6)),
    min_size=1, max_size=4,
)  # fmt: skip


def mutated(data: bytes, mutations: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, more in mutations:
        at = int(place * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "flip":
            data = data[:at] + bytes(255 - byte for byte in data[at : at + 1]) + data[at + 1 :]
        elif kind == "insert":
            data = data[:at] + more + data[at:]
        elif kind == "double":
            data = data[:at] + data[max(0, at - 60) : at] + data[at:]
        else:
            data = data[:at] + data[at + len(more) :]
    return data


@pytest.mark.parametrize(("make", "stream"), FORMATS)
@given(cuts=st.lists(st.floats(0, 1), max_size=30))
def test_where_a_stream_is_split_makes_no_difference(make: Any, stream: bytes, cuts: list[float]) -> None:  # P6
    places = sorted({0, len(stream), *(int(cut * len(stream)) for cut in cuts)})
    pieces = [stream[a:b] for a, b in pairwise(places)]
    events, code = heard(make, pieces)
    assert (text_of(events), code) == (REPLY.text, "")


@pytest.mark.parametrize(("make", "stream"), FORMATS)
@given(mutations=MUTATIONS)
def test_whatever_is_changed_only_coded_errors_come_out(make: Any, stream: bytes, mutations: Any) -> None:  # P6
    _, code = heard(make, [mutated(stream, mutations)])
    assert code == "" or code.startswith("llm.")

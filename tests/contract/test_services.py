"""The contract suites, applied to every service that is shipped."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bots.engine.blocks.recorder import CallRecorder
from bots.engine.context.context import LLMContext
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import EngineError
from bots.engine.frames import Frame, FrameDirection, LLMRunFrame, TextFrame
from bots.engine.providers.espeak.service import EspeakTTSService
from bots.engine.providers.flite.service import FliteTTSService
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.providers.pocketsphinx.service import PocketSphinxSTTService
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.scripted.model import ScriptedSettings
from bots.engine.providers.scripted.service import ScriptedLLMService
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta
from bots.engine.testing import contract
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.contract import ContractBroken
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM, TapeSTT, TapeTTS, TapeVoice
from tests.contract.chat_server import USAGE, ChatServer, chat_server, chunk
from tests.engine.providers.voices import spoken

# -- without network or processes, in virtual time ------------------------------------------------------


class Nowhere:
    def write(self, track: str, offset: int, pcm: bytes) -> None:
        pass


def tape_stt() -> TapeSTT:
    stt = TapeSTT()
    stt.will_hear("hello there")
    return stt


PROCESSORS: dict[str, Callable[[], FrameProcessor]] = {
    "llm": lambda: TapeLLM(["Hello."]),
    "tts": TapeTTS,
    "stt": tape_stt,
    "input": lambda: CallerTransport().input(),
    "output": lambda: CallerTransport().output(),
    "recorder": lambda: CallRecorder(Nowhere()),
}


@pytest.mark.parametrize("kind", PROCESSORS)
def test_processors_hold_their_contract(kind: str) -> None:
    run_virtual(contract.processor(PROCESSORS[kind], [TextFrame("unknown")]))


def test_the_tapes_hold_their_contracts() -> None:
    assert run_virtual(contract.llm_service(lambda: TapeLLM(["Hello you.", "A second one, longer."]))) == "Hello you."
    assert run_virtual(contract.tts_service(TapeTTS))
    assert run_virtual(contract.tts_service(lambda: TapeTTS(TapeVoice(timings=False, between=0.1))))
    (final,) = run_virtual(contract.stt_service(tape_stt, bytes(32000)))
    assert final.text == "hello there"


def test_the_scripted_model_holds_the_contract(project: Any) -> None:
    script = json.loads((project / "bots/demo/scripts/greeter.json").read_text())["llm"]["settings"]["script"]
    make = lambda: ScriptedLLMService(settings=ScriptedSettings(script=script))  # noqa: E731
    assert run_virtual(contract.llm_service(make))


class Forgets(FrameProcessor):
    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if not isinstance(frame, LLMRunFrame):
            await self.push_frame(frame, direction)


class Doubles(FrameProcessor):
    @handles(LLMRunFrame)
    async def twice(self, frame: LLMRunFrame) -> None:
        await self.push_frame(frame)


class Endless(FrameProcessor):
    async def cleanup(self) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1)


class Deaf(TapeLLM):
    async def stream(self, context: LLMContext) -> Any:
        yield TextDelta("")
        yield Finished()


@pytest.mark.parametrize("broken", [Forgets, Doubles, Endless])
def test_a_processor_that_breaks_its_contract_is_found(broken: type[FrameProcessor]) -> None:
    with pytest.raises(ContractBroken):
        run_virtual(contract.processor(broken))


def test_services_that_break_their_contract_are_found() -> None:
    with pytest.raises(ContractBroken):
        run_virtual(contract.llm_service(Deaf))
    with pytest.raises(ContractBroken):
        run_virtual(contract.tts_service(lambda: TapeTTS(TapeVoice(fail_after=0))))


# -- chat completions over the loopback interface -------------------------------------------------------


def openai_service(chat: ChatServer, **settings: Any) -> OpenAILLMService:
    deadlines = LLMDeadlines(first=settings.pop("first", 5.0))
    return OpenAILLMService(settings=OpenAISettings(base_url=chat.url, **settings), deadlines=deadlines)


async def read(service: OpenAILLMService, context: LLMContext | None = None) -> list[LLMEvent]:
    try:
        return [event async for event in service.stream(context or LLMContext([{"role": "user", "content": "hi"}]))]
    finally:
        await service.cleanup()


async def test_the_openai_service_holds_the_contract() -> None:
    async with chat_server() as chat:
        chat.chunks = [chunk(word) for word in ("Good ", "day ", "to ", "you.")] + [chunk(finish="stop"), USAGE]
        chat.pause = 0.03
        assert await contract.llm_service(lambda: openai_service(chat)) == "Good day to you."
        await asyncio.sleep(0.05)
        assert chat.open == 0


async def test_a_chat_request_has_the_documented_shape() -> None:  # LLM-09
    async with chat_server() as chat:
        chat.chunks = [chunk("ok", finish="stop"), USAGE]
        await read(openai_service(chat, model="m", temperature=0.5, extra={"temperature": 0.9, "top_k": 3}))
    (request,) = chat.requests
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}
    assert (request["model"], request["temperature"], request["top_k"]) == ("m", 0.9, 3)
    assert "seed" not in request
    assert request["messages"] == [{"role": "user", "content": "hi"}]


async def test_tool_calls_are_put_together_from_their_pieces() -> None:  # LLM-17
    pieces = [
        [{"index": 0, "id": "a", "function": {"name": "weather", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"city": '}}],
        [{"index": 0, "function": {"arguments": '"Rome"}'}}],
        [{"index": 1, "id": "b", "function": {"name": "now", "arguments": ""}}],
    ]
    async with chat_server() as chat:
        chat.chunks = [chunk(calls=piece) for piece in pieces] + [chunk(finish="tool_calls"), USAGE]
        events = await read(openai_service(chat))
    deltas = [event for event in events if isinstance(event, ToolCallDelta)]
    assert "".join(delta.arguments for delta in deltas if delta.index == 0) == '{"city": "Rome"}'
    assert [delta.name for delta in deltas if delta.name] == ["weather", "now"]


@pytest.mark.parametrize(
    ("status", "code"), [(400, "llm.refused"), (401, "llm.key_refused"), (429, "llm.rate_limited"), (500, "llm.busy")]
)
async def test_refusals_have_codes_and_none_of_the_servers_words(status: int, code: str) -> None:  # LLM-12
    async with chat_server() as chat:
        chat.status = status
        with pytest.raises(EngineError) as caught:
            await read(openai_service(chat))
    assert caught.value.code == code
    assert "secret" not in str(caught.value)
    assert len(chat.requests) == 1


async def test_a_server_that_is_not_there_is_a_network_matter() -> None:
    async with chat_server() as chat:
        pass
    with pytest.raises(EngineError) as caught:
        await read(openai_service(chat))
    assert (caught.value.code, caught.value.owner) == ("llm.unreachable", "network")


async def test_a_silent_server_is_asked_once_more_where_wanted() -> None:  # LLM-11
    async with chat_server() as chat:
        chat.silent = True
        service = openai_service(chat, retry_on_timeout=True, retry_timeout_secs=0.1)
        reading = asyncio.create_task(read(service))
        await asyncio.sleep(0.4)
        chat.silent = False
        reading.cancel()
        await asyncio.wait({reading})
        await asyncio.sleep(0.05)
        assert len(chat.requests) == 2
        assert chat.open == 0


# -- real worker processes ------------------------------------------------------------------------------


@pytest.mark.worker
async def test_the_embedded_voices_hold_the_contract() -> None:
    shared = SharedResources()
    try:
        await shared.speakers.start()
        assert len(await contract.tts_service(lambda: EspeakTTSService(shared.speakers))) > 20000
        await shared.flite_speakers.start()
        assert len(await contract.tts_service(lambda: FliteTTSService(shared.flite_speakers))) > 20000
    finally:
        await shared.close()


@pytest.mark.worker
async def test_the_embedded_recogniser_holds_the_contract() -> None:
    shared = SharedResources(recognisers=1)
    (speech,) = await spoken("I would like to pay my bill.")
    try:
        await shared.recognisers.start()
        (final,) = await contract.stt_service(lambda: PocketSphinxSTTService(shared.recognisers), speech, pace=0.2)
        assert final.text == "i would like to pay my bill"
    finally:
        await shared.close()

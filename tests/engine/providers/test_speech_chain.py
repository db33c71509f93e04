"""From a bot's settings to a recogniser and a voice with stand-ins (PAR-05, P3, P13)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from bots.engine.blocks.switcher import RecognitionSwitcher
from bots.engine.build import CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import ProviderError, SpecError
from bots.engine.providers.registry import PROVIDERS, Provider, UnknownProvider
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.speech_chain import make_stt, make_tts
from bots.engine.services.stt import Transcript
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.services.tts_fallback import FallbackTTSService
from bots.engine.spec import BotSpec, ResilienceSpec, ServiceSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM, TapeSTT, TapeTTS, TapeVoice

SPEC = BotSpec(
    slug="desk",
    name="Desk",
    stt=ServiceSpec("bad"),
    llm=ServiceSpec("tape"),
    tts=ServiceSpec("bad"),
    greeting="Good morning.",
    resilience=ResilienceSpec(stt_fallbacks=(ServiceSpec("good"),), tts_fallbacks=(ServiceSpec("good"),)),
)


@dataclass(frozen=True, slots=True)
class Options:
    """No settings."""


class BadSTT(TapeSTT):
    async def finish_utterance(self) -> Transcript:
        raise ProviderError("No text.")


class GoodSTT(TapeSTT):
    async def finish_utterance(self) -> Transcript:
        return Transcript("hello there")


class BadTTS(TapeTTS):
    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        raise ProviderError("No sound.")
        yield SpeechPiece()


@dataclass
class Rows:
    """Providers that work and providers that do not."""

    llm: TapeLLM = field(default_factory=lambda: TapeLLM(["Fine."] * 5))
    made: list[str] = field(default_factory=list)

    def rows(self) -> list[Provider]:
        def row(kind: str, name: str, make: Callable[[], FrameProcessor]) -> Provider:
            template = next(provider for provider in PROVIDERS if provider.kind == kind)

            def noted(*_: object) -> FrameProcessor:
                self.made.append(f"{kind} {name}")
                return make()

            return replace(
                template, name=name, options=Options, make=noted, needs_key=lambda options: False, required=()
            )

        return [
            row("stt", "bad", BadSTT), row("stt", "good", GoodSTT), row("llm", "tape", lambda: self.llm),
            row("tts", "bad", BadTTS), row("tts", "good", lambda: TapeTTS(TapeVoice())),
        ]  # fmt: skip


def played(shared: SharedResources, calls: int = 1) -> list[list[JournalEvent]]:
    """Calls one after the other in which the caller says something after the greeting."""

    async def call() -> list[JournalEvent]:
        sink, clock, transport = MemorySink(), SystemClock(seed=1), CallerTransport()
        setting = CallSetting(clock=clock, journal=Journal(clock, sink), shared=shared, providers=Rows().rows())
        built = build_call(SPEC, transport, setting)
        running = asyncio.create_task(built.task.run())
        await asyncio.sleep(0.1)
        await built.begin()
        await asyncio.sleep(3)
        await transport.input().speak(0.6)
        await transport.input().speak(0.5, voiced=False)
        await asyncio.sleep(6)
        await built.task.cancel()
        await running
        return [event for line in sink.lines if (event := parse_line(line))]

    async def main() -> list[list[JournalEvent]]:
        return [await call() for _ in range(calls)]

    return run_virtual(main())


def of(events: list[JournalEvent], kind: str, name: str) -> list[str]:
    return [event.data[name] for event in events if event.kind == kind]


def test_a_bot_whose_recogniser_and_voice_are_down_talks_all_the_same() -> None:  # PAR-05, P3, P13
    events = played(SharedResources())[0]
    assert of(events, "bot.turn", "text") == ["Good morning.", "Fine."]
    assert of(events, "user.turn", "text") == ["hello there"]
    assert of(events, "service.switched", "reason") == ["provider.failed"] * 2
    assert of(events, "error", "code") == ["provider.failed"] * 2


def test_the_next_call_knows_and_does_not_wait_for_what_is_down() -> None:  # P18
    first, second = played(SharedResources(), calls=2)
    assert len(of(first, "error", "code")) == 2 and "provider.failed" not in of(second, "error", "code")[1:]
    assert of(second, "bot.turn", "text") == ["Good morning.", "Fine."]


async def test_without_stand_ins_the_services_come_as_they_are() -> None:
    alone, rows = replace(SPEC, resilience=ResilienceSpec()), Rows().rows()
    assert isinstance(make_stt(alone, SharedResources(), {}, rows), BadSTT)
    assert isinstance(make_tts(alone, SharedResources(), {}, rows), BadTTS)


async def test_stand_ins_are_made_in_their_order() -> None:
    rows = Rows()
    stt = make_stt(SPEC, SharedResources(), {}, rows.rows())
    tts = make_tts(SPEC, SharedResources(), {}, rows.rows())
    assert isinstance(stt, RecognitionSwitcher) and isinstance(tts, FallbackTTSService)
    assert [type(voice) for voice in tts.voices] == [BadTTS, TapeTTS]
    assert rows.made == ["stt bad", "stt good", "tts bad", "tts good"]


@pytest.mark.parametrize("make", [make_stt, make_tts])
async def test_a_stand_in_that_cannot_be_made_or_stands_twice_stops_the_bot(
    make: Callable[..., FrameProcessor],
) -> None:
    for name, error in (("unknown", UnknownProvider), ("bad", SpecError)):
        other = (ServiceSpec(name),)
        spec = replace(SPEC, resilience=ResilienceSpec(stt_fallbacks=other, tts_fallbacks=other))
        with pytest.raises(error):
            make(spec, SharedResources(), {}, Rows().rows())


async def test_a_voice_that_is_no_speech_service_cannot_have_stand_ins() -> None:
    rows = [
        replace(row, make=lambda *_: FrameProcessor()) if (row.kind, row.name) == ("tts", "bad") else row
        for row in Rows().rows()
    ]
    assert not issubclass(FrameProcessor, TTSService)
    with pytest.raises(SpecError):
        make_tts(SPEC, SharedResources(), {}, rows)

"""From a bot's settings to a model with everything that stands by for it (LK-12, LK-15, LK-16)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.build import CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import ProviderError, SpecError
from bots.engine.frames import InterimTranscriptionFrame
from bots.engine.providers.chain import account_of, endpoint_of, make_llm, policy_of, scope_of
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.services.llm import LLMService
from bots.engine.services.resilience.policy import FILLERS, PolicyWrong
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.spec import BotSpec, ResilienceSpec, ServiceSpec, ToolSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS

SPEC = BotSpec(
    slug="desk",
    name="Desk",
    stt=ServiceSpec("pocketsphinx"),
    llm=ServiceSpec("openai", {"model": "big", "base_url": "http://one"}),
    tts=ServiceSpec("espeak"),
    greeting="Hello.",
)
SPARE = ServiceSpec("openai", {"model": "small", "base_url": "http://two"})
LOST = ProviderError("It is down.")


def played_by(stt: TapeSTT, models: dict[str, LLMService]) -> tuple[Provider, ...]:
    """The registry's rows with services that play by rule; the model's name says which model."""

    def row(provider: Provider) -> Provider:
        made: dict[str, Any] = {
            "pocketsphinx": lambda options, *_: stt,
            "espeak": lambda options, *_: TapeTTS(),
            "openai": lambda options, *_: models[options.model],
            "scripted": lambda options, *_: models["scripted"],
        }
        return replace(provider, make=made.get(provider.name, provider.make))

    return tuple(map(row, PROVIDERS))


def call(
    spec: BotSpec, models: dict[str, LLMService], said: Sequence[str], shared: SharedResources | None = None
) -> list[JournalEvent]:
    """Build the bot's call, say something every ten seconds, and return the journal."""

    async def main() -> list[JournalEvent]:
        sink, clock, stt, transport = MemorySink(), SystemClock(seed=1), TapeSTT(delay=0.3), CallerTransport()
        setting = CallSetting(
            clock=clock, journal=Journal(clock, sink), shared=shared or SharedResources(),
            providers=played_by(stt, models),
        )  # fmt: skip
        built = build_call(spec, transport, setting)
        running = asyncio.create_task(built.task.run())
        await asyncio.sleep(0.1)
        await built.begin()
        await asyncio.sleep(3)
        for text in said:
            stt.will_hear(text)
            await transport.input().speak(0.5)
            await stt.push_frame(InterimTranscriptionFrame(text, "caller", ""))
            await transport.input().speak(0.5)
            await transport.input().speak(0.4, voiced=False)
            await asyncio.sleep(10)
        await built.task.cancel()
        await running
        return [event for line in sink.lines if (event := parse_line(line)) is not None]

    return run_virtual(main())


def said_in(events: Sequence[JournalEvent]) -> list[str]:
    return [event.data["text"] for event in events if event.kind == "bot.turn"]


def kinds(events: Sequence[JournalEvent]) -> list[str]:
    return [event.kind for event in events]


def test_a_bot_whose_model_fails_answers_by_its_fallback() -> None:  # LK-16
    spec = replace(SPEC, resilience=ResilienceSpec(fallbacks=(SPARE,)))
    events = call(spec, {"big": TapeLLM([TapeReply(error=LOST)]), "small": TapeLLM(["It is noon."])}, ["what time"])
    assert said_in(events) == ["Hello.", "It is noon."]
    assert kinds(events).count("llm.switched") == 1


def test_a_slow_model_of_the_network_is_bridged_aloud_without_further_settings() -> None:  # reliability 3
    events = call(SPEC, {"big": TapeLLM([TapeReply("Noon.", first=3.0)])}, ["what time is it"])
    hello, filler, answer = said_in(events)
    assert (hello, answer) == ("Hello.", "Noon.")
    assert filler in FILLERS


def test_tools_run_once_whichever_model_asked_for_them_and_the_chain_goes_on_with_their_results() -> None:  # LK-16, T3
    tool = ToolSpec("now", "clock.now", "Tells the time.")
    spec = replace(SPEC, tools=(tool,), resilience=ResilienceSpec(fallbacks=(SPARE,)))
    asks = TapeReply(calls=[TapeCall("now", {}, "c1")])
    big = TapeLLM([TapeReply("Let me look.", [TapeCall("now", {}, "c0")], error=LOST), TapeReply(error=LOST)])
    small = TapeLLM([asks, "It is noon."])
    events = call(spec, {"big": big, "small": small}, ["what time is it"])
    assert said_in(events)[1:] == ["Let me look.", "It is noon."]
    assert [event.data["id"] for event in events if event.kind == "tool.finished"] == ["c1"]
    assert [message["role"] for message in small.seen[-1]][-2:] == ["assistant", "tool"]


def test_the_scripted_model_alone_is_neither_bridged_nor_counted() -> None:
    spec = replace(SPEC, llm=ServiceSpec("scripted", {"script": {"version": 1}}))
    events = call(spec, {"scripted": TapeLLM([TapeReply("Noon.", first=3.0)])}, ["what time is it"])
    assert said_in(events) == ["Hello.", "Noon."]
    assert not [kind for kind in kinds(events) if kind.startswith("llm.")]


def test_a_bot_that_asks_ahead_answers_with_what_was_ready() -> None:  # LK-12
    spec = replace(SPEC, resilience=ResilienceSpec(prefetch=True))
    model = TapeLLM([TapeReply("At noon.", first=1.0)])
    events = call(spec, {"big": model}, ["when do you open"])
    assert said_in(events) == ["Hello.", "At noon."]
    assert len(model.seen) == 1
    assert kinds(events).count("llm.prefetch_used") == 1
    assert [event.data["role"] for event in events if event.kind == "llm.request"] == ["prefetch"]


def test_calls_of_a_process_share_kept_answers_and_what_is_known_of_models() -> None:  # LK-15, P18
    spec = replace(SPEC, resilience=ResilienceSpec(cache=True, fallbacks=(SPARE,)))
    shared: list[SharedResources] = []

    async def main() -> tuple[ResilientLLMService, ResilientLLMService]:
        shared.append(SharedResources())
        made = [make_llm(spec, shared[0], {}) for _ in range(2)]
        assert all(isinstance(llm, ResilientLLMService) for llm in made)
        return made[0], made[1]  # type: ignore[return-value]

    one, two = run_virtual(main())
    assert one._book is two._book is shared[0].health
    assert one._cache is two._cache is shared[0].replies


def test_endpoints_tell_servers_models_and_keys_apart_and_hold_no_secret() -> None:
    rows = [
        ServiceSpec("openai", {"model": "a", "credential": "k"}),
        ServiceSpec("openai", {"model": "b", "credential": "k"}),
        ServiceSpec("openai", {"model": "a", "credential": "l"}),
        ServiceSpec("openai", {"model": "a", "credential": "k", "base_url": "http://x"}),
        ServiceSpec("scripted", {"script": {"version": 1}}),
        ServiceSpec("scripted", {"script": {"version": 1, "phrases": {}}}),
    ]
    assert len({endpoint_of(row) for row in rows}) == len(rows)
    assert endpoint_of(ServiceSpec("openai", {"model": "a", "temperature": 0.1})) == "openai a"
    assert account_of(rows[0]) == account_of(rows[1]) != account_of(rows[2])
    assert scope_of(rows[0], SPEC) != scope_of(rows[0], replace(SPEC, persona="Be brief."))


def test_the_same_model_twice_or_a_model_that_cannot_talk_is_refused() -> None:
    class Deaf(FrameProcessor):
        pass

    async def twice() -> None:
        make_llm(replace(SPEC, resilience=ResilienceSpec(fallbacks=(SPEC.llm,))), SharedResources(), {})

    with pytest.raises(PolicyWrong, match="members"):
        run_virtual(twice())
    rows = tuple(replace(row, make=lambda *_: Deaf()) for row in PROVIDERS)
    with pytest.raises(SpecError, match="cannot hold a conversation"):
        make_llm(SPEC, SharedResources(), {}, rows)


@pytest.mark.parametrize(("language", "fillers"), [("en-GB", FILLERS), ("de", ("Einen Moment bitte.",)), ("xx", ())])
def test_fillers_are_in_the_language_of_the_bot_unless_its_author_wrote_some(
    language: str, fillers: tuple[str, ...]
) -> None:
    assert policy_of(replace(SPEC, language=language)).fillers == fillers
    own = replace(SPEC, language=language, resilience=ResilienceSpec(fillers=("Mhm.",)))
    assert policy_of(own).fillers == ("Mhm.",)

"""From a bot's specification to a call that talks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bots.engine.audio.vad import VADParams
from bots.engine.build import BuiltCall, CallSetting, build_call, vad_params_of
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.outcome import Outcome
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import SpecError
from bots.engine.frames import UserTextFrame
from bots.engine.providers.registry import PROVIDERS, MissingKey, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import WELCOME_BACK, BargeInSpec, BotSpec, LimitSpec, ServiceSpec, ToolSpec, TurnSpec, VADSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS
from bots.engine.tools.outfit import UnknownTool
from bots.engine.tools.registry import FunctionCallParams

SPEC = BotSpec(
    slug="desk",
    name="Desk",
    stt=ServiceSpec("pocketsphinx"),
    llm=ServiceSpec("scripted"),
    tts=ServiceSpec("espeak"),
    persona="Be brief.",
    greeting="Good morning.",
)


@dataclass
class Tracks:
    """Keeps what is recorded."""

    samples: dict[str, int] = field(default_factory=dict)

    def write(self, track: str, offset: int, pcm: bytes) -> None:
        self.samples[track] = max(self.samples.get(track, 0), offset + len(pcm) // 2)


def played_by(llm: FrameProcessor) -> tuple[Provider, ...]:
    """The registry's rows with services that play by rule."""
    doubles: dict[str, Callable[[], FrameProcessor]] = {
        "pocketsphinx": TapeSTT, "espeak": TapeTTS, "scripted": lambda: llm,
    }  # fmt: skip

    def row(provider: Provider) -> Provider:
        make = doubles[provider.name]
        return replace(provider, make=lambda options, spec, shared, key: make())

    return tuple(row(provider) if provider.name in doubles else provider for provider in PROVIDERS)


@dataclass
class Played:
    outcome: Outcome
    events: list[JournalEvent]
    llm: TapeLLM
    tracks: Tracks
    built: BuiltCall

    def said(self) -> list[str]:
        return [event.data["text"] for event in self.events if event.kind == "bot.turn"]


def play(
    spec: BotSpec = SPEC, replies: Sequence[TapeReply | str] = (), *, typed: Sequence[str] = (), seconds: float = 30.0,
    **setting: Any,
) -> Played:  # fmt: skip
    """Build the call, let it begin, type turns five seconds apart, and end it."""

    async def main() -> Played:
        sink, clock = MemorySink(), SystemClock(seed=1)
        llm, tracks, transport = TapeLLM(replies), Tracks(), CallerTransport()
        call = CallSetting(
            clock=clock, journal=Journal(clock, sink), shared=SharedResources(), providers=played_by(llm),
            recording=tracks, **setting,
        )  # fmt: skip
        built = build_call(spec, transport, call)
        running = asyncio.create_task(built.task.run())
        await asyncio.sleep(0.1)
        await built.begin()
        for text in typed:
            await asyncio.sleep(5)
            await transport.input().push_frame(UserTextFrame(text, audio_response=True))
        await asyncio.wait({running}, timeout=seconds)
        await built.task.cancel()
        outcome = await running
        events = [event for line in sink.lines if (event := parse_line(line))]
        return Played(outcome, events, llm, tracks, built)

    return run_virtual(main())


def test_a_bot_greets_answers_and_is_recorded() -> None:
    played = play(replies=["It is noon."], typed=["what time is it"])
    assert played.said() == ["Good morning.", "It is noon."]
    assert played.llm.seen[0][-1] == {"role": "user", "content": "what time is it"}
    assert played.tracks.samples["bot"] > 16000
    assert played.events[0].kind == "call.started"


def test_the_journal_begins_with_the_hosts_header() -> None:
    played = play(header={"bot": "desk", "version": 3}, seconds=1)
    assert (played.events[0].data["bot"], played.events[0].data["version"]) == ("desk", 3)


def test_without_a_greeting_the_model_speaks_first() -> None:
    played = play(replace(SPEC, greeting=""), ["Welcome."])
    assert played.said() == ["Welcome."]


def test_a_continued_call_takes_up_the_conversation_instead_of_greeting() -> None:
    history = [{"role": "user", "content": "I am Ann."}, {"role": "assistant", "content": "Hello Ann."}]
    played = play(replies=["You are Ann."], typed=["who am I"], history=history)
    assert played.built.continued
    assert " ".join(played.said()).startswith(WELCOME_BACK)
    assert played.llm.seen[0][:2] == history
    assert history == [{"role": "user", "content": "I am Ann."}, {"role": "assistant", "content": "Hello Ann."}]


@pytest.mark.parametrize(("last", "said"), [("ask", WELCOME_BACK), ("bye", "Hello again.")])
def test_a_continued_call_goes_on_in_the_node_where_it_stopped_unless_that_was_the_end(last: str, said: str) -> None:
    def told(node: str) -> dict[str, str]:
        return {"role": "system", "content": f"[node: {node}]"}

    flow = {
        "initial_node": "start",
        "nodes": {
            "start": {"task_messages": [told("start")], "functions": [{"name": "go", "next": "ask"}]},
            "ask": {"task_messages": [told("ask")], "functions": [{"name": "answer", "next": "bye"}]},
            "bye": {"task_messages": [told("bye")], "post_actions": [{"type": "end_conversation"}]},
        },
    }
    history = [told("start"), {"role": "assistant", "content": "Hello."}, told("ask"), told(last)]
    played = play(replace(SPEC, flow=flow), ["Hello again.", "Well."], history=history, typed=["yes"], seconds=5)
    assert said in " ".join(played.said())
    assert played.built.flow is not None
    assert played.built.flow.current_node == ("ask" if last == "ask" else "start")
    tools = played.built.pair.context.tools
    assert tools is not None
    assert tools.schemas[0].name == ("answer" if last == "ask" else "go")


def test_limits_of_the_bot_end_the_call() -> None:  # DEP-04
    played = play(replace(SPEC, limits=LimitSpec(max_duration_s=4.0, idle_timeout_s=0)))
    assert played.outcome.reason.value == "max_duration"
    assert played.outcome.duration_s == pytest.approx(4.0, abs=0.1)
    played = play(replace(SPEC, limits=LimitSpec(max_duration_s=0, idle_timeout_s=6.0)))
    assert played.outcome.reason.value == "idle_timeout"


def test_a_flow_leads_the_conversation() -> None:
    flow = {
        "initial_node": "start",
        "nodes": {
            "start": {
                "task_messages": [{"role": "system", "content": "Ask for the name."}],
                "functions": [],
                "post_actions": [{"type": "end_conversation"}],
            }
        },
    }
    played = play(replace(SPEC, flow=flow), ["What is your name?"])
    assert played.said() == ["What is your name?"]
    assert any("Ask for the name." in str(message) for message in played.llm.seen[0])


def test_tools_are_offered_to_the_model_and_answered_by_host_or_engine() -> None:
    async def find(params: FunctionCallParams) -> None:
        await params.result_callback({"slots": [params.arguments["day"]]})

    tools = (
        ToolSpec("find", "desk.find", "Find times.", {"day": {"type": "string"}}, ("day",)),
        ToolSpec("clock", "clock.now", "The time."),
    )
    calls = [TapeCall("find", {"day": "monday"}), TapeCall("clock")]
    played = play(replace(SPEC, tools=tools), [TapeReply(calls=calls), "Monday it is."], typed=["monday"],
                  tools={"desk.find": find})  # fmt: skip
    results = [event.data["result"] for event in played.events if event.kind == "tool.finished"]
    assert {"slots": ["monday"]} in results
    assert any(set(result) == {"time", "weekday"} for result in results)
    assert played.said()[-1] == "Monday it is."


def test_a_bot_can_end_the_call_when_everything_was_heard() -> None:
    tools = (ToolSpec("bye", "call.end"),)
    played = play(replace(SPEC, tools=tools), [TapeReply("Goodbye then.", [TapeCall("bye")])], typed=["bye"])
    assert played.outcome.reason.value == "bot_ended"
    assert played.said()[-1] == "Goodbye then."


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"tools": (ToolSpec("x", "no.such.kind"),)}, UnknownTool, "tool.unknown_kind"),
        ({"llm": ServiceSpec("openai")}, MissingKey, "provider.missing_key"),
        ({"tts": ServiceSpec("nobody")}, SpecError, "provider.unknown"),
        ({"stt": ServiceSpec("scripted")}, SpecError, "provider.unknown"),
        ({"tts": ServiceSpec("espeak", {"no_such": 1})}, SpecError, "provider.setting"),
    ],
)
def test_a_bot_that_cannot_run_is_refused_with_a_code(
    change: dict[str, Any], error: type[SpecError], code: str
) -> None:
    with pytest.raises(error) as caught:
        play(replace(SPEC, **change))
    assert caught.value.code == code
    assert caught.value.owner == "author"


def test_a_language_model_must_be_one() -> None:
    async def main() -> None:
        clock = SystemClock()
        setting = CallSetting(
            clock=clock, journal=Journal(clock), shared=SharedResources(), providers=played_by(FrameProcessor())
        )  # fmt: skip
        with pytest.raises(SpecError):
            build_call(SPEC, CallerTransport(), setting)

    run_virtual(main())


def test_voice_detection_is_set_by_the_bot() -> None:
    spec = replace(SPEC, vad=VADSpec(0.5, 0.1, 0.3, 0.2), turns=TurnSpec(min_words=3))
    assert vad_params_of(spec) == VADParams(0.5, 0.1, 0.3, 0.2)


def test_mutes_barge_in_and_words_are_built_as_the_author_chose() -> None:  # TURN-15, TURN-22…24, lessons T4
    spec = replace(
        SPEC,
        mute=("mute_until_first_bot_complete",),
        barge_in=BargeInSpec(two_step=True, decide_secs=0.4, backchannels=("Jawohl",)),
        turns=TurnSpec(min_words=3),
    )
    played = play(spec, replies=["It is noon."], typed=["what time is it"])
    assert played.built.mute is not None
    assert [event.kind for event in played.events if "muted" in event.kind] == ["user.muted", "user.unmuted"]
    params = played.built.pair.user()._params
    assert params.barge_in is not None
    assert (params.barge_in.decide_secs, params.barge_in.backchannels) == (0.4, ("jawohl",))
    assert play(SPEC, seconds=1).built.mute is None


def test_everything_a_bot_may_have_stands_in_the_canonical_order() -> None:  # CONF-06, CONF-09, CONF-13, REC-11
    turns = TurnSpec(wake_phrases=("computer",), user_idle_secs=8)
    spec = replace(SPEC, mute=("always",), turns=turns, tools=(ToolSpec("end", "call.end"),))
    parts = [type(part).__name__ for part in play(spec, seconds=0.1).built.task._pipeline.children()]
    wanted = [
        "CallerInput", "RTVIProcessor", "DTMFAggregator", "TapeSTT", "STTMuteFilter", "WakeCheckFilter",
        "SilentCaller", "LLMUserAggregator", "TapeLLM", "TapeTTS", "CallerOutput", "CallRecorder",
        "LLMAssistantAggregator",
    ]  # fmt: skip
    assert [name for name in parts if name in wanted] == wanted
    assert parts[-1] == "LLMAssistantAggregator"

"""Values that do not go together, and what methods cannot mean, are refused like single values (test_refusals)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.mixers import SoundfileMixer
from bots.engine.blocks.switcher.strategies import ServiceSwitcherStrategyFailover
from bots.engine.context.context import LLMContext
from bots.engine.core.parallel import ParallelPipeline
from bots.engine.core.params import Deadlines
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.flows.types import ContextStrategy, ContextStrategyConfig, FlowsFunctionSchema
from bots.engine.frames import Frame, KeypadEntry
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.providers.chat_vendors.services import GoogleVertexLLMService
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.providers.openai.stt import OpenAISTTService
from bots.engine.providers.openai.tts import OpenAITTSService
from bots.engine.providers.smart_turn.fal import FalSmartTurnAnalyzer
from bots.engine.rtvi.legacy import RTVIService
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.services.percentiles import Percentiles
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.text.patterns import PatternPairAggregator
from bots.engine.transports.params import TransportParams
from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.webrtc.connection import WebRTCConnection
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.stt_mute import STTMuteConfig, STTMuteStrategy
from bots.engine.turns.turn_strategies import UserTurnStrategies
from bots.engine.turns.user_mute import CallbackUserMuteStrategy
from tests.engine.refusals import SomeVoice, refused


async def yes(frame: Frame) -> bool:
    return True


def no_coroutine() -> None: ...


def part() -> FrameProcessor:
    return FrameProcessor()


SAME = FrameProcessor()
UNTIL_COMPLETE = STTMuteStrategy.MUTE_UNTIL_FIRST_BOT_COMPLETE


def mixer() -> SoundfileMixer:
    return SoundfileMixer({"office": "office.wav"}, "office")


def twice_registered() -> None:
    rtvi = RTVIProcessor()
    rtvi.legacy.register_service(RTVIService("tts"))
    rtvi.legacy.register_service(RTVIService("tts"))


Call = tuple[str, str, Callable[[], Any]]

CALLS: list[Call] = [
    ("PAR-01", "branch", ParallelPipeline),
    ("PAR-01", "branches", lambda: ParallelPipeline([part()], 5)),
    ("PIPE-07", "twice", lambda: Pipeline([SAME, SAME]).flat()),
    ("TURN-23", "FIRST_SPEECH", lambda: STTMuteConfig({STTMuteStrategy.FIRST_SPEECH, UNTIL_COMPLETE})),
    ("TURN-22", "should_mute_callback", lambda: STTMuteConfig({STTMuteStrategy.CUSTOM})),
    ("TURN-08", "vad_analyzer", lambda: TransportParams(turn_analyzer=FalSmartTurnAnalyzer(api_key="key"))),
    (
        "SPCH-06",
        "aggregate_sentences",
        lambda: SomeVoice(aggregate_sentences=True, text_aggregation_mode=TextAggregationMode.TOKEN),
    ),
    (
        "SPCH-07",
        "text_aggregator",
        lambda: SomeVoice(text_aggregator=PatternPairAggregator(), text_aggregation_mode=TextAggregationMode.TOKEN),
    ),
    ("FLOW-13", "summary_prompt", lambda: ContextStrategyConfig(ContextStrategy.RESET_WITH_SUMMARY)),
    (
        "FLOW-08",
        "transition_to",
        lambda: FlowsFunctionSchema("go", "Goes.", transition_to="a", transition_callback=yes),
    ),
    (
        "LLM-11",
        "retry_timeout_secs",
        lambda: OpenAILLMService(api_key="key", settings=OpenAISettings(retry_timeout_secs=-1.0)),
    ),
    ("LLM-20", "colour", lambda: OpenAILLMService(api_key="key").update_settings({"colour": "red"})),
    ("LLM-20", "base_url", lambda: OpenAILLMService(api_key="key").update_settings({"base_url": "http://x"})),
    ("SPCH-13", "colour", lambda: OpenAITTSService(api_key="key").update_settings({"colour": "red"})),
    ("SPCH-13", "voice", lambda: OpenAITTSService(api_key="key").set_voice(5)),
    ("LLM-06", "colour", lambda: OpenAILLMService(api_key="key", settings={"colour": "red"})),
    ("LLM-06", "extra", lambda: OpenAILLMService(api_key="key", settings={"extra": 5})),
    ("LLM-06", "colour", lambda: AnthropicLLMService(api_key="key", settings={"colour": "red"})),
    ("SPCH-13", "base_url", lambda: OpenAITTSService(api_key="key").update_settings({"base_url": "http://x"})),
    ("SPCH-03", "colour", lambda: OpenAISTTService(api_key="key").update_settings({"colour": "red"})),
    ("AUD-06", "pitch", lambda: mixer().update({"pitch": 2})),
    ("AUD-06", "sound", lambda: mixer().update({"sound": "park"})),
    ("AUD-06", "volume", lambda: mixer().update({"volume": -1})),
    ("DTMF-03", "key", lambda: KeypadEntry("A")),
    ("TXT-04", "start_pattern", lambda: PatternPairAggregator().add_pattern_pair("a", "", ">")),
    ("TXT-04", "end_pattern", lambda: PatternPairAggregator().add_pattern_pair("a", "<", "")),
    ("TXT-04", "start_pattern", lambda: PatternPairAggregator().add_pattern_pair("a", 5, ">")),
    ("TXT-04", "pattern_id", lambda: PatternPairAggregator().add_pattern_pair("", "<", ">")),
    ("TXT-05", "handler", lambda: PatternPairAggregator().on_pattern_match("a", 5)),
    ("FUNC-06", "function_name", lambda: OpenAILLMService(api_key="key").register_function("", yes)),
    ("FUNC-06", "function_name", lambda: OpenAILLMService(api_key="key").register_function(5, yes)),
    ("FUNC-06", "handler", lambda: OpenAILLMService(api_key="key").register_function("look", None)),
    (
        "FUNC-06",
        "cancel_on_interruption",
        lambda: OpenAILLMService(api_key="key").register_function("look", yes, cancel_on_interruption="no"),
    ),
    ("FUNC-04", "async", lambda: OpenAILLMService(api_key="key").register_direct_function(no_coroutine)),
    ("FUNC-07", "async", lambda: OpenAILLMService(api_key="key").unregister_direct_function(no_coroutine)),
    ("RTVI-06", "name", twice_registered),
    ("CTX-07", "message", lambda: LLMContext().add_message({"content": "no role"})),
    ("CTX-08", "messages", lambda: LLMContext().set_messages("hello")),
    ("LK-16", "soft_s", lambda: ResiliencePolicy(soft_s=9.0, hard_s=4.0)),
    ("LK-16", "hard_s", lambda: ResiliencePolicy(hard_s="4")),
    ("LK-16", "fillers", lambda: ResiliencePolicy(fillers=("",))),
    ("TURN-27", "decide_secs", lambda: BargeInParams(decide_secs="1")),
    ("TURN-27", "start", lambda: UserTurnStrategies(start=[5])),
    ("TURN-27", "stop", lambda: UserTurnStrategies(stop=["silence"])),
    ("TURN-23", "should_mute", lambda: CallbackUserMuteStrategy(5)),
    ("TASK-23", "start", lambda: Deadlines(start=-1)),
    ("PAR-05", "rest_s", lambda: ServiceSwitcherStrategyFailover(rest_s=-1)),
    ("RUN-12", "params", lambda: RelayTransport(5)),
    ("RUN-12", "threshold", lambda: EchoDetector(threshold=2)),
    ("RUN-12", "connect_secs", lambda: WebRTCConnection(connect_secs=0)),
    ("LLM-19", "project_id", lambda: GoogleVertexLLMService(project_id="")),
    ("LK-18", "percent", lambda: Percentiles().at(101)),
]
"""Feature, what the sentence must name, and a call of values that do not go together, or of a method."""


@pytest.mark.parametrize(
    ("feature", "name", "call"), CALLS, ids=[f"{place}-{row[1]}-{row[0]}" for place, row in enumerate(CALLS)]
)
async def test_what_does_not_go_together_is_refused_by_name(feature: str, name: str, call: Callable[[], Any]) -> None:
    refused(call, name)

"""Every documented constructor refuses what it cannot mean, in a sentence that names the parameter.

A row is the feature's id, what is called, the parameter the sentence must name, and values it cannot mean. What else
the call needs stands in ``ALSO``. A refusal is an ``EngineError`` with a code and a next step, and a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bots.engine.audio.filters import KoalaFilter, KrispFilter
from bots.engine.audio.mixers import SoundfileMixer
from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.turn_analyzer import SmartTurnParams
from bots.engine.audio.vad import VADParams
from bots.engine.blocks.audio_buffer import AudioBufferProcessor
from bots.engine.blocks.filters import FrameFilter, FunctionFilter, WakeCheckFilter, WakeNotifierFilter
from bots.engine.blocks.keypad import DTMFAggregator
from bots.engine.blocks.notifier import EventNotifier
from bots.engine.blocks.pictures import ImageSyncAggregator
from bots.engine.blocks.sharing import ConsumerProcessor, ProducerProcessor
from bots.engine.blocks.silent_caller import SilentCaller
from bots.engine.blocks.switcher import ServiceSwitcher
from bots.engine.blocks.user_idle import UserIdleProcessor
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import AdapterType, ToolsSchema
from bots.engine.core.params import PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.runner import PipelineRunner
from bots.engine.core.task import PipelineTask
from bots.engine.core.turn_tracking import TurnTrackingObserver
from bots.engine.flows.navigation import FlowManager
from bots.engine.flows.types import ContextStrategyConfig, FlowsFunctionSchema
from bots.engine.frames import Frame, FunctionCallResultProperties
from bots.engine.observers.debug_log import DebugLogObserver
from bots.engine.observers.file import FileObserver
from bots.engine.observers.tracing.setup import setup_tracing
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.providers.openai.stt import OpenAISTTService
from bots.engine.providers.openai.tts import OpenAITTSService
from bots.engine.providers.smart_turn.fal import FalSmartTurnAnalyzer
from bots.engine.providers.smart_turn.local import LocalSmartTurnAnalyzerV2
from bots.engine.rtvi.google import GoogleRTVIObserver
from bots.engine.rtvi.legacy import RTVIAction, RTVIActionArgument, RTVIService, RTVIServiceOption
from bots.engine.rtvi.observer import RTVIObserver
from bots.engine.rtvi.processor import RTVIConfig, RTVIProcessor
from bots.engine.services.chat.messages import ChatMessage
from bots.engine.services.llm_run import LLMDeadlines, LLMLimits
from bots.engine.services.percentiles import Percentiles
from bots.engine.services.stt import STTDeadlines
from bots.engine.services.turn_completion import UserTurnCompletionConfig
from bots.engine.text.markdown import MarkdownParams, MarkdownTextFilter
from bots.engine.text.patterns import PatternPairAggregator
from bots.engine.tools.mcp.client import MCPClient
from bots.engine.tools.mcp.parameters import StdioServerParameters
from bots.engine.tools.registry import Registration
from bots.engine.transports.params import TransportParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMAssistantAggregatorParams, LLMUserAggregatorParams
from bots.engine.turns.strategies import MinWordsInterruptionStrategy
from bots.engine.turns.stt_mute import STTMuteConfig, STTMuteFilter, STTMuteStrategy
from bots.engine.turns.turn_strategies import (
    MinWordsUserTurnStartStrategy,
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from tests.engine.refusals import SomeEars, SomeFunction, SomeVoice, refused

NAN, INF = float("nan"), float("inf")
SECONDS = (0, -1, NAN, INF, "2", True)
OR_NOUGHT = (-1, NAN, INF, "2", True)
ABOVE = (0, -1, NAN, "2", True, None)
RATES = (0, -8000, 3999, 192_001, 16000.5, "16000", True)
FLAGS = ("yes", 1, None)
TEXTS = ("", "  ", 5, None)


async def yes(frame: Frame) -> bool:
    return True


def flow_parts() -> dict[str, Any]:
    pair = LLMContextAggregatorPair(LLMContext())
    return {"task": PipelineTask(Pipeline([])), "llm": OpenAILLMService(api_key="key"), "context_aggregator": pair}


ALSO: dict[Any, Callable[[], dict[str, Any]]] = {
    PipelineTask: lambda: {"pipeline": Pipeline([])},
    FunctionFilter: lambda: {"filter": yes},
    ProducerProcessor: lambda: {"filter": yes},
    ConsumerProcessor: lambda: {"producer": ProducerProcessor(yes)},
    WakeCheckFilter: lambda: {"wake_phrases": ["hello"]},
    WakeNotifierFilter: lambda: {"notifier": EventNotifier(), "types": (Frame,), "filter": yes},
    UserIdleProcessor: lambda: {"callback": yes, "timeout": 5.0},
    SilentCaller: lambda: {"prompts": ["Hello?"], "goodbye": "Bye.", "end": yes, "timeout": 5.0},
    SoundfileMixer: lambda: {"sound_files": {"office": "office.wav"}, "default_sound": "office"},
    STTMuteConfig: lambda: {"strategies": {STTMuteStrategy.ALWAYS}},
    FunctionSchema: lambda: {"name": "look", "description": "Looks."},
    FlowsFunctionSchema: lambda: {"name": "look", "description": "Looks."},
    ImageSyncAggregator: lambda: {"speaking_path": "no/such.png", "waiting_path": "no/such.png"},
    OpenAILLMService: lambda: {"api_key": "key"},
    OpenAISTTService: lambda: {"api_key": "key"},
    OpenAITTSService: lambda: {"api_key": "key"},
    AnthropicLLMService: lambda: {"api_key": "key"},
    FalSmartTurnAnalyzer: lambda: {"api_key": "key"},
    StdioServerParameters: lambda: {"command": "serve"},
    MCPClient: lambda: {"server_params": "https://example.com/sse"},
    FileObserver: lambda: {"path": "/dev/null"},
    Registration: lambda: {"handler": yes},
    FlowManager: flow_parts,
    RTVIServiceOption: lambda: {"name": "voice", "type": "string", "handler": yes},
    RTVIService: lambda: {"name": "tts"},
    RTVIActionArgument: lambda: {"name": "voice", "type": "string"},
    RTVIAction: lambda: {"service": "tts", "action": "say", "handler": yes},
    LLMContextAggregatorPair: lambda: {"context": LLMContext()},
    SomeFunction: lambda: {"name": "look", "description": "Looks.", "parameters": {}},
}


LACKING = {ImageSyncAggregator}
"""What would need files to be made."""

Row = tuple[str, Callable[..., Any], str, tuple[Any, ...]]

REFUSALS: list[Row] = [
    ("PIPE-05", FrameProcessor, "watchdog_timeout_secs", SECONDS),
    ("PIPE-07", Pipeline, "processors", (None, "input", 5, [1], [FrameProcessor])),
    ("PAR-06", ProducerProcessor, "filter", (None, "frames")),
    ("PAR-06", ProducerProcessor, "transformer", (None, 3)),
    ("PAR-06", ProducerProcessor, "passthrough", FLAGS),
    ("PAR-07", ConsumerProcessor, "producer", (None, "producer", yes)),
    ("PAR-07", ConsumerProcessor, "transformer", (None, 3)),
    ("PAR-07", ConsumerProcessor, "direction", (None, "down", 1)),
    ("PIPE-11", ImageSyncAggregator, "speaking_path", ("", "no/such.png", None)),
    ("TASK-01", PipelineTask, "pipeline", (None, "pipeline", [FrameProcessor])),
    ("TASK-01", PipelineTask, "params", ({}, 5)),
    ("TASK-01", PipelineTask, "observers", (5, "observers", [1])),
    ("TASK-01", PipelineTask, "clock", (5, "now")),
    ("TASK-01", PipelineTask, "task_manager", (5, "manager")),
    ("TASK-01", PipelineTask, "check_dangling_tasks", FLAGS),
    ("TASK-01", PipelineTask, "idle_timeout_secs", SECONDS),
    ("TASK-01", PipelineTask, "idle_timeout_frames", (None, (), 5, (str,), ("BotSpeakingFrame",))),
    ("TASK-01", PipelineTask, "cancel_on_idle_timeout", FLAGS),
    ("CONF-03", PipelineTask, "enable_tracing", FLAGS),
    ("CONF-02", PipelineTask, "enable_turn_tracking", FLAGS),
    ("TASK-01", PipelineTask, "conversation_id", (5, b"id")),
    ("TASK-01", PipelineTask, "additional_span_attributes", (5, "a", ["a"])),
    ("TASK-31", PipelineTask, "watchdog_timeout_secs", SECONDS),
    ("TASK-32", PipelineTask, "enable_watchdog_logging", FLAGS),
    ("TASK-31", PipelineTask, "enable_watchdog_timers", FLAGS),
    ("TASK-05", PipelineParams, "allow_interruptions", FLAGS),
    ("TASK-06", PipelineParams, "audio_in_sample_rate", (*RATES, None)),
    ("TASK-07", PipelineParams, "audio_out_sample_rate", (*RATES, None)),
    ("TASK-08", PipelineParams, "enable_heartbeats", FLAGS),
    ("TASK-09", PipelineParams, "heartbeats_period_secs", (*SECONDS, None)),
    ("CONF-01", PipelineParams, "heartbeats_monitor_secs", (*SECONDS, None)),
    ("TASK-10", PipelineParams, "enable_metrics", FLAGS),
    ("TASK-11", PipelineParams, "enable_usage_metrics", FLAGS),
    ("TASK-12", PipelineParams, "report_only_initial_ttfb", FLAGS),
    ("TASK-13", PipelineParams, "send_initial_empty_metrics", FLAGS),
    ("TASK-14", PipelineParams, "start_metadata", (None, "call", [1])),
    ("TASK-15", PipelineParams, "interruption_strategies", (None, "words", 5, ["words"])),
    ("CONF-05", PipelineParams, "observers", (None, "observer", 5, ["observer"])),
    ("TASK-17", PipelineRunner, "handle_sigint", FLAGS),
    ("TASK-17", PipelineRunner, "force_gc", FLAGS),
    ("TASK-33", UserIdleProcessor, "callback", (None, "callback")),
    ("TASK-33", UserIdleProcessor, "timeout", (*SECONDS, None)),
    ("TASK-36", SilentCaller, "prompts", ("Hello?", [""], [5])),
    ("TASK-36", SilentCaller, "goodbye", (None, 5)),
    ("TASK-36", SilentCaller, "timeout", SECONDS),
    ("CTX-01", LLMContext, "messages", ("hello", {"role": "user"}, [5], [{"content": "no role"}])),
    ("CTX-01", LLMContext, "tools", (5, "look", [{"neither": 1, "nor": 2}], [5])),
    ("CTX-14", LLMContext, "tool_choice", ("sometimes", 5)),
    ("CTX-11", LLMUserAggregatorParams, "aggregation_timeout", OR_NOUGHT),
    ("CTX-11", LLMUserAggregatorParams, "transcript_secs", OR_NOUGHT),
    ("TURN-27", LLMUserAggregatorParams, "user_turn_stop_timeout", OR_NOUGHT),
    ("TURN-27", LLMUserAggregatorParams, "user_idle_timeout", OR_NOUGHT),
    ("TURN-27", LLMUserAggregatorParams, "user_turn_strategies", (5, ["vad"])),
    ("TURN-27", LLMUserAggregatorParams, "user_mute_strategies", (5, "always", ["always"])),
    ("CTX-11", LLMAssistantAggregatorParams, "note_interruptions", FLAGS),
    ("CTX-03", LLMContextAggregatorPair, "context", (None, [], "context")),
    ("CTX-11", LLMContextAggregatorPair, "user_params", (5, {})),
    ("CTX-11", LLMContextAggregatorPair, "assistant_params", (5, {})),
    *(
        (feature, service, name, values)
        for service in (OpenAILLMService, AnthropicLLMService)
        for feature, name, values in (
            ("LLM-05", "api_key", (5, "  ")),
            ("LLM-05", "model", (5, ["gpt"])),
            ("LLM-05", "base_url", ("localhost:8080", "ftp://example.com/v1", 5)),
            ("LLM-05", "default_headers", (5, "a: b", {"a": 5})),
            ("LLM-05", "params", (5, {"temperature": 1})),
            ("LLM-05", "settings", (5, "fast")),
            ("LLM-11", "retry_timeout_secs", (0, -1, NAN, "2", True)),
            ("LLM-11", "retry_on_timeout", ("yes", 1)),
            ("LLM-18", "run_in_parallel", FLAGS),
        )
    ),
    ("LLM-05", OpenAILLMService, "organization", (5, ["us"])),
    ("LLM-05", OpenAILLMService, "project", (5, ["us"])),
    ("LLM-05", OpenAILLMService, "service_tier", (5, ["auto"])),
    ("LK-07", LLMDeadlines, "first", ABOVE),
    ("LK-07", LLMDeadlines, "between", ABOVE),
    *(
        ("LLM-13", LLMLimits, name, ABOVE)
        for name in ("reply_chars", "reply_secs", "call_chars", "calls", "tool_steps")
    ),
    ("LLM-23", UserTurnCompletionConfig, "incomplete_short_timeout", (*SECONDS, None)),
    ("LLM-23", UserTurnCompletionConfig, "incomplete_long_timeout", (*SECONDS, None)),
    ("LLM-23", UserTurnCompletionConfig, "instructions", TEXTS),
    ("FUNC-02", FunctionSchema, "name", TEXTS),
    ("FUNC-02", FunctionSchema, "description", (5, None)),
    ("FUNC-02", FunctionSchema, "properties", (None, "a", ["a"], {"a": 5}, {5: {}})),
    ("FUNC-02", FunctionSchema, "required", (None, "a", 5, [5])),
    ("FUNC-03", ToolsSchema, "standard_tools", (None, 5, [5], ["look"])),
    ("FUNC-03", ToolsSchema, "custom_tools", (5, [], {"gemini": []}, {AdapterType.GEMINI: 5})),
    ("FUNC-13", FunctionCallResultProperties, "run_llm", ("yes", 1)),
    ("FUNC-13", FunctionCallResultProperties, "on_context_updated", (5, "later")),
    ("FUNC-17", Registration, "timeout_s", (*SECONDS, 601, None)),
    ("FUNC-06", Registration, "handler", (None, "look")),
    ("FUNC-06", Registration, "cancel_on_interruption", FLAGS),
    ("FUNC-15", Registration, "filler_after_s", (*SECONDS, None)),
    *(
        (feature, service, name, values)
        for service in (SomeVoice, OpenAITTSService)
        for feature, name, values in (
            ("SPCH-14", "sample_rate", RATES),
            ("SPCH-06", "text_aggregation_mode", ("words", 5)),
            ("SPCH-06", "aggregate_sentences", ("yes", 1)),
            ("SPCH-07", "text_aggregator", (5, "pairs")),
            ("SPCH-07", "text_filters", (5, "markdown", [5])),
            ("SPCH-07", "text_filter", (5, "markdown")),
            ("SPCH-12", "push_silence_after_stop", FLAGS),
            ("SPCH-12", "silence_time_s", (*OR_NOUGHT, None)),
            ("SPCH-17", "push_text_frames", FLAGS),
            ("SPCH-17", "push_stop_frames", FLAGS),
            ("SPCH-17", "stop_frame_timeout_s", (*SECONDS, None)),
        )
    ),
    ("SPCH-02", SomeEars, "audio_passthrough", FLAGS),
    ("SPCH-03", SomeEars, "user_id", (5, None)),
    *(("SPCH-04", STTDeadlines, name, ABOVE) for name in ("connect", "final", "give_up", "silent")),
    *(
        (feature, service, name, values)
        for service in (OpenAISTTService, OpenAITTSService)
        for feature, name, values in (
            ("SPCH-16", "api_key", (5, "  ")),
            ("SPCH-16", "model", (5, ["tts"])),
            ("SPCH-16", "base_url", ("localhost:8080", "ftp://example.com/v1", 5)),
            ("SPCH-16", "settings", (5, {"colour": "red"})),
        )
    ),
    ("SPCH-16", OpenAISTTService, "temperature", (-1, 2, NAN, "hot")),
    ("SPCH-16", OpenAITTSService, "voice", (5, ["alloy"])),
    ("SPCH-16", OpenAITTSService, "speed", (0, 9, NAN, "fast")),
    ("TURN-01", SileroVADAnalyzer, "sample_rate", (*RATES, 44_100)),
    ("TURN-01", SileroVADAnalyzer, "params", (5, {})),
    ("TURN-02", VADParams, "confidence", (-0.1, 1.1, NAN, "0.5", True, None)),
    ("TURN-02", VADParams, "min_volume", (-0.1, 1.1, NAN, "0.5", True, None)),
    ("TURN-02", VADParams, "start_secs", (*OR_NOUGHT, None)),
    ("TURN-02", VADParams, "stop_secs", (*OR_NOUGHT, None)),
    ("TURN-09", SmartTurnParams, "stop_secs", (*SECONDS, None)),
    ("TURN-09", SmartTurnParams, "pre_speech_ms", (*OR_NOUGHT, None)),
    ("TURN-09", SmartTurnParams, "max_duration_secs", (*SECONDS, None)),
    ("TURN-11", FalSmartTurnAnalyzer, "url", ("", "fal.run/fal-ai", "ftp://fal.run", 5)),
    ("TURN-11", FalSmartTurnAnalyzer, "api_key", ("", 5)),
    ("TURN-11", FalSmartTurnAnalyzer, "sample_rate", RATES),
    ("TURN-11", FalSmartTurnAnalyzer, "params", (5, {})),
    ("TURN-13", LocalSmartTurnAnalyzerV2, "smart_turn_model_path", ("no/such/model", 5)),
    ("TURN-13", LocalSmartTurnAnalyzerV2, "sample_rate", RATES),
    ("TURN-17", MinWordsInterruptionStrategy, "min_words", (0, -1, 1.5, NAN, "2", True, None)),
    ("TURN-27", MinWordsUserTurnStartStrategy, "min_words", (0, -1, 1.5, NAN, "2", True, None)),
    ("TURN-27", SpeechTimeoutUserTurnStopStrategy, "user_speech_timeout", (-1, NAN, INF, "2", True, None)),
    ("TURN-27", TurnAnalyzerUserTurnStopStrategy, "turn_analyzer", (None, "smart")),
    ("TURN-22", STTMuteConfig, "strategies", (None, 5, (), "always", {"always"}, {5})),
    ("TURN-22", STTMuteConfig, "should_mute_callback", (5, "always")),
    ("TURN-22", STTMuteFilter, "config", (None, {}, STTMuteStrategy.ALWAYS)),
    ("TURN-08", TransportParams, "turn_analyzer", (5, "smart")),
    ("RUN-12", TransportParams, "audio_in_enabled", FLAGS),
    ("RUN-12", TransportParams, "audio_out_enabled", FLAGS),
    ("RUN-12", TransportParams, "audio_in_sample_rate", RATES),
    ("RUN-12", TransportParams, "audio_out_sample_rate", RATES),
    ("RUN-12", TransportParams, "audio_out_lead_secs", (*OR_NOUGHT, None)),
    ("RUN-12", TransportParams, "bot_stop_secs", (*SECONDS, None)),
    ("RUN-12", TransportParams, "pause_secs", (*OR_NOUGHT, None)),
    ("RUN-12", TransportParams, "vad_analyzer", (5, "silero", VADParams())),
    ("RUN-12", TransportParams, "audio_in_filter", (5, "krisp")),
    ("RUN-12", TransportParams, "audio_out_mixer", (5, "office")),
    ("FLOW-13", ContextStrategyConfig, "strategy", ("reset", None, 5)),
    ("FLOW-13", ContextStrategyConfig, "summary_prompt", (5,)),
    ("FLOW-08", FlowsFunctionSchema, "name", TEXTS),
    ("FLOW-08", FlowsFunctionSchema, "description", (5, None)),
    ("FLOW-08", FlowsFunctionSchema, "properties", (None, "a", ["a"])),
    ("FLOW-08", FlowsFunctionSchema, "required", (None, "a", 5)),
    ("FLOW-08", FlowsFunctionSchema, "handler", (5,)),
    ("FUNC-17", FlowsFunctionSchema, "timeout_s", (*SECONDS, 601)),
    ("FLOW-02", FlowManager, "task", (None, 5)),
    ("FLOW-02", FlowManager, "llm", (None, 5)),
    ("FLOW-02", FlowManager, "context_aggregator", (None, 5)),
    ("FLOW-05", FlowManager, "flow_config", (5, "flow")),
    ("FLOW-13", FlowManager, "context_strategy", (5, "reset")),
    ("RTVI-01", RTVIProcessor, "config", (5, {}, RTVIConfig(config=[{"service": "llm"}]))),
    ("RTVI-02", RTVIObserver, "rtvi", (None, 5)),
    ("RTVI-13", GoogleRTVIObserver, "rtvi", (None, 5)),
    ("RTVI-06", RTVIServiceOption, "name", TEXTS),
    ("RTVI-06", RTVIServiceOption, "type", ("text", 5, None)),
    ("RTVI-06", RTVIServiceOption, "handler", (5, None)),
    ("RTVI-06", RTVIService, "name", TEXTS),
    ("RTVI-06", RTVIService, "options", (5, "voice", ["voice"])),
    ("RTVI-07", RTVIAction, "service", TEXTS),
    ("RTVI-07", RTVIAction, "action", TEXTS),
    ("RTVI-07", RTVIAction, "handler", (5, None)),
    ("RTVI-07", RTVIAction, "arguments", (5, "voice", ["voice"])),
    ("RTVI-07", RTVIAction, "result", ("text", None)),
    ("RTVI-07", RTVIActionArgument, "name", TEXTS),
    ("RTVI-07", RTVIActionArgument, "type", ("text", 5, None)),
    ("OBS-03", DebugLogObserver, "frame_types", (5, "TextFrame", (), (str,), {"TextFrame": None})),
    ("OBS-03", DebugLogObserver, "exclude_fields", (5, "audio")),
    ("OBS-04", DebugLogObserver, "frame_types", ({Frame: (FrameProcessor, "source")}, {Frame: 5})),
    ("OBS-07", TurnTrackingObserver, "turn_end_timeout_secs", (*SECONDS, None)),
    ("OBS-10", FileObserver, "path", ("", None, 5)),
    ("OBS-10", FileObserver, "frame_types", (5, (), (str,))),
    ("TRC-01", setup_tracing, "service_name", TEXTS),
    ("TRC-01", setup_tracing, "console_export", FLAGS),
    ("TRC-01", setup_tracing, "exporter", (5, "otlp")),
    ("REC-02", AudioBufferProcessor, "sample_rate", RATES),
    ("REC-03", AudioBufferProcessor, "num_channels", (0, 3, -1, "1", None, True, 1.0)),
    ("REC-04", AudioBufferProcessor, "buffer_size", (-2, 3, 1.5, NAN, "2", True, None)),
    ("REC-06", AudioBufferProcessor, "enable_turn_audio", FLAGS),
    ("REC-12", AudioBufferProcessor, "user_continuous_stream", FLAGS),
    ("AUD-02", KrispFilter, "sample_type", ("PCM_24", None, 5)),
    ("AUD-02", KrispFilter, "channels", (0, 2, "1", True)),
    ("AUD-02", KrispFilter, "model_path", (5,)),
    ("AUD-03", KoalaFilter, "access_key", ("", "  ", None, 5)),
    ("AUD-05", SoundfileMixer, "sound_files", (None, 5, ["office.wav"], {}, {"office": 5}, {5: "office.wav"})),
    ("AUD-05", SoundfileMixer, "default_sound", ("park", None, 5, [])),
    ("AUD-05", SoundfileMixer, "volume", (-0.1, NAN, INF, "loud", True, None)),
    ("AUD-05", SoundfileMixer, "loop", FLAGS),
    ("TXT-01", MarkdownParams, "enable_text_filter", FLAGS),
    ("TXT-01", MarkdownParams, "filter_code", FLAGS),
    ("TXT-01", MarkdownParams, "filter_tables", FLAGS),
    ("TXT-01", MarkdownTextFilter, "params", (5, {})),
    ("TXT-03", PatternPairAggregator, "sentences", (5, "words")),
    ("FILT-01", FrameFilter, "types", (None, (), 5, (str,), ("TextFrame",), (None,))),
    ("FILT-02", FunctionFilter, "filter", (None, "frames")),
    ("FILT-02", FunctionFilter, "direction", (None, "down", 1)),
    ("FILT-05", WakeNotifierFilter, "notifier", (None, "bell", yes)),
    ("FILT-05", WakeNotifierFilter, "types", (None, (), (str,))),
    ("FILT-05", WakeNotifierFilter, "filter", (None, "frames")),
    ("FILT-06", WakeCheckFilter, "wake_phrases", (None, "hello", [], [""], [5], ["..."])),
    ("FILT-06", WakeCheckFilter, "keepalive_timeout", (*SECONDS, None)),
    ("DTMF-01", DTMFAggregator, "timeout", (*SECONDS, None)),
    ("DTMF-01", DTMFAggregator, "termination_digit", ("A", "", "12", 5, None)),
    ("DTMF-01", DTMFAggregator, "prefix", (5, None)),
    ("MCP-01", MCPClient, "server_params", (None, 5, "", "example.com/sse", "ftp://example.com")),
    ("MCP-03", MCPClient, "allow", (5, "look", [5])),
    ("MCP-01", MCPClient, "connect_s", (*SECONDS, None)),
    ("MCP-01", MCPClient, "timeout_s", (*SECONDS, None)),
    ("MCP-01", StdioServerParameters, "command", TEXTS),
    ("MCP-01", StdioServerParameters, "args", (None, 5, "-v", [5])),
    ("MCP-01", StdioServerParameters, "env", (5, "A=b", {"A": 5})),
    ("LK-03", ChatMessage, "role", ("", 5, "caller")),
    ("LK-04", SomeFunction, "name", TEXTS),
    ("LK-04", SomeFunction, "description", (5, None)),
    ("LK-04", SomeFunction, "parameters", (None, 5, {"type": "array"}, {"properties": 5})),
    ("LK-16", ServiceSwitcher, "services", (None, [], 5, [5])),
    ("LK-18", Percentiles, "kept", (0, -1, 1.5, "2", True)),
]
"""Feature, what is made, the parameter, and values that it cannot mean."""


@pytest.mark.parametrize(
    ("feature", "make", "name", "values"), REFUSALS, ids=[f"{row[1].__name__}.{row[2]}-{row[0]}" for row in REFUSALS]
)
async def test_what_cannot_be_meant_is_refused_by_name(
    feature: str, make: Callable[..., Any], name: str, values: tuple[Any, ...]
) -> None:
    for value in values:
        refused(partial(make, **ALSO.get(make, dict)() | {name: value}), name, value)


@pytest.mark.parametrize("make", ALSO, ids=lambda make: make.__name__)
async def test_the_rest_of_a_row_can_be_meant(make: Callable[..., Any]) -> None:
    """What a row holds beside its bad value is not the reason of the refusal."""
    assert make in LACKING or make(**ALSO[make]()) is not None


def test_nothing_stands_in_the_table_twice() -> None:
    asked = [(make, name, feature) for feature, make, name, _ in REFUSALS]
    assert len(set(asked)) == len(asked)

"""Every default that the documents state, read out of the code.

A row is the feature's id, what is asked (a class or function by its dotted path), the parameter, and the documented
default; ``REQUIRED`` where there is none.
"""

from __future__ import annotations

import inspect
import math
from enum import Enum
from importlib import import_module
from typing import Any

import pytest

REQUIRED = inspect.Parameter.empty
E = "bots.engine"
TASK, PARAMS = f"{E}.core.task.PipelineTask", f"{E}.core.params.PipelineParams"
OPENAI, CHAT = f"{E}.providers.openai.service.OpenAILLMService", f"{E}.providers.openai.options.OpenAISettings"
FLOWS, FILTERS, MIXER = f"{E}.flows", f"{E}.audio.filters", f"{E}.audio.mixers.SoundfileMixer"
BUFFER = f"{E}.blocks.audio_buffer.AudioBufferProcessor"
SHARING, PASSING, KEYPAD = f"{E}.blocks.sharing", f"{E}.blocks.filters", f"{E}.blocks.keypad.DTMFAggregator"
TURNS, SMART = f"{E}.turns", f"{E}.providers.smart_turn"
TTS, STT = f"{E}.services.tts.TTSService", f"{E}.services.stt.STTService"
CALLS = f"{E}.frames.functions.FunctionCallResultProperties"

DEFAULTS: list[tuple[str, str, str, Any]] = [
    ("PIPE-03", f"{E}.core.processor.FrameProcessor.push_frame", "direction", "downstream"),
    ("TASK-01", TASK, "pipeline", REQUIRED),
    ("TASK-01", TASK, "check_dangling_tasks", True),
    ("TASK-01", TASK, "idle_timeout_secs", 300),
    ("TASK-01", TASK, "cancel_on_idle_timeout", True),
    ("CONF-03", TASK, "enable_tracing", False),
    ("CONF-02", TASK, "enable_turn_tracking", True),
    ("TASK-01", TASK, "conversation_id", None),
    ("TASK-01", TASK, "additional_span_attributes", None),
    ("TASK-01", TASK, "task_manager", None),
    ("TASK-31", TASK, "watchdog_timeout_secs", 5.0),
    ("TASK-32", TASK, "enable_watchdog_logging", False),
    ("TASK-31", TASK, "enable_watchdog_timers", False),
    ("TASK-06", PARAMS, "audio_in_sample_rate", 16000),
    ("TASK-07", PARAMS, "audio_out_sample_rate", 24000),
    ("TASK-08", PARAMS, "enable_heartbeats", False),
    ("TASK-09", PARAMS, "heartbeats_period_secs", 1.0),
    ("TASK-10", PARAMS, "enable_metrics", False),
    ("TASK-11", PARAMS, "enable_usage_metrics", False),
    ("TASK-12", PARAMS, "report_only_initial_ttfb", False),
    ("TASK-13", PARAMS, "send_initial_empty_metrics", True),
    ("TASK-14", PARAMS, "start_metadata", {}),
    ("TASK-15", PARAMS, "interruption_strategies", ()),
    ("LLM-05", OPENAI, "api_key", None),
    ("LLM-05", OPENAI, "organization", None),
    ("LLM-05", OPENAI, "project", None),
    ("LLM-05", OPENAI, "default_headers", None),
    ("LLM-06", CHAT, "model", "gpt-4.1"),
    ("LLM-06", CHAT, "extra", {}),
    ("LLM-06", CHAT, "frequency_penalty", None),
    ("LLM-06", CHAT, "presence_penalty", None),
    ("LLM-06", CHAT, "seed", None),
    ("LLM-06", CHAT, "temperature", None),
    ("LLM-06", CHAT, "top_p", None),
    ("LLM-06", CHAT, "max_tokens", None),
    ("LLM-06", CHAT, "max_completion_tokens", None),
    ("LLM-05", CHAT, "service_tier", None),
    ("LLM-11", CHAT, "retry_timeout_secs", 5.0),
    ("LLM-11", CHAT, "retry_on_timeout", False),
    ("LLM-18", f"{E}.services.llm.LLMService", "run_in_parallel", True),
    ("TURN-02", f"{E}.audio.vad.VADParams", "confidence", 0.7),
    ("TURN-02", f"{E}.audio.vad.VADParams", "start_secs", 0.2),
    ("TURN-02", f"{E}.audio.vad.VADParams", "stop_secs", 0.8),
    ("TURN-02", f"{E}.audio.vad.VADParams", "min_volume", 0.6),
    ("TURN-17", f"{E}.turns.strategies.MinWordsInterruptionStrategy", "min_words", REQUIRED),
    ("OBS-07", f"{E}.core.turn_tracking.TurnTrackingObserver", "turn_end_timeout_secs", 2.5),
    ("PAR-06", f"{SHARING}.ProducerProcessor", "filter", REQUIRED),
    ("PAR-06", f"{SHARING}.ProducerProcessor", "passthrough", True),
    ("PAR-07", f"{SHARING}.ConsumerProcessor", "producer", REQUIRED),
    ("PAR-07", f"{SHARING}.ConsumerProcessor", "direction", "downstream"),
    ("TASK-33", f"{E}.blocks.user_idle.UserIdleProcessor", "callback", REQUIRED),
    ("TASK-33", f"{E}.blocks.user_idle.UserIdleProcessor", "timeout", REQUIRED),
    ("TASK-01", TASK, "observers", ()),
    ("LLM-16", f"{E}.services.llm.LLMService.run_inference", "max_tokens", None),
    ("LLM-16", f"{E}.services.llm.LLMService.run_inference", "system_instruction", None),
    ("LLM-22", f"{E}.services.llm.LLMService.request_image_frame", "function_name", None),
    ("LLM-22", f"{E}.services.llm.LLMService.request_image_frame", "tool_call_id", None),
    ("LLM-22", f"{E}.services.llm.LLMService.request_image_frame", "text_content", None),
    ("LLM-22", f"{E}.services.llm.LLMService.request_image_frame", "video_source", None),
    ("FUNC-06", f"{E}.services.llm.LLMService.register_function", "start_callback", None),
    ("FUNC-06", f"{E}.services.llm.LLMService.register_function", "cancel_on_interruption", True),
    ("FUNC-13", CALLS, "run_llm", None),
    ("FUNC-13", CALLS, "on_context_updated", None),
    ("SPCH-02", STT, "audio_passthrough", True),
    ("SPCH-12", TTS, "push_silence_after_stop", False),
    ("SPCH-17", TTS, "push_text_frames", True),
    ("SPCH-17", TTS, "push_stop_frames", False),
    ("SPCH-17", TTS, "stop_frame_timeout_s", 3.0),
    ("SPCH-14", TTS, "sample_rate", None),
    ("TURN-01", f"{E}.audio.silero.SileroVADAnalyzer", "sample_rate", None),
    ("TURN-09", f"{E}.audio.turn_analyzer.SmartTurnParams", "stop_secs", 3.0),
    ("TURN-09", f"{E}.audio.turn_analyzer.SmartTurnParams", "pre_speech_ms", 0.0),
    ("TURN-09", f"{E}.audio.turn_analyzer.SmartTurnParams", "max_duration_secs", 8.0),
    ("TURN-11", f"{SMART}.fal.FalSmartTurnAnalyzer", "api_key", None),
    ("CONF-12", f"{SMART}.fal.FalSmartTurnAnalyzer", "url", "https://fal.run/fal-ai/smart-turn/raw"),
    ("TURN-11", f"{SMART}.fal.FalSmartTurnAnalyzer", "sample_rate", None),
    ("TURN-13", f"{SMART}.local.LocalSmartTurnAnalyzerV2", "sample_rate", None),
    ("TURN-22", f"{TURNS}.stt_mute.STTMuteConfig", "should_mute_callback", None),
    ("TURN-27", f"{TURNS}.params.LLMUserAggregatorParams", "user_turn_stop_timeout", 5.0),
    ("FILT-02", f"{PASSING}.passing.FunctionFilter", "direction", "downstream"),
    ("FILT-06", f"{PASSING}.wake_check.WakeCheckFilter", "wake_phrases", REQUIRED),
    ("FILT-06", f"{PASSING}.wake_check.WakeCheckFilter", "keepalive_timeout", 3),
    ("DTMF-01", KEYPAD, "timeout", 2.0),
    ("DTMF-01", KEYPAD, "termination_digit", "#"),
    ("DTMF-01", KEYPAD, "prefix", "DTMF: "),
    ("TXT-04", f"{E}.text.patterns.PatternPairAggregator.add_pattern_pair", "remove_match", True),
    ("TXT-01", f"{E}.text.markdown.MarkdownTextFilter.InputParams", "enable_text_filter", True),
    ("TXT-01", f"{E}.text.markdown.MarkdownTextFilter.InputParams", "filter_code", False),
    ("TXT-01", f"{E}.text.markdown.MarkdownTextFilter.InputParams", "filter_tables", False),
    ("MCP-01", f"{E}.tools.mcp.parameters.StdioServerParameters", "env", None),
    ("TRC-01", f"{E}.observers.tracing.setup.setup_tracing", "service_name", "pipecat"),
    ("TRC-01", f"{E}.observers.tracing.setup.setup_tracing", "exporter", None),
    ("TRC-01", f"{E}.observers.tracing.setup.setup_tracing", "console_export", False),
    ("FLOW-13", f"{FLOWS}.types.ContextStrategyConfig", "summary_prompt", None),
    ("FLOW-02", f"{FLOWS}.navigation.FlowManager", "transport", None),
    ("FLOW-02", f"{FLOWS}.navigation.FlowManager", "flow_config", None),
    ("FLOW-03", f"{FLOWS}.navigation.FlowManager.initialize", "initial_node", None),
    ("REC-01", BUFFER, "sample_rate", None),
    ("REC-01", BUFFER, "num_channels", 1),
    ("REC-01", BUFFER, "buffer_size", 0),
    ("REC-01", BUFFER, "enable_turn_audio", False),
    ("REC-12", BUFFER, "user_continuous_stream", True),
    ("AUD-02", f"{FILTERS}.KrispFilter", "sample_type", "PCM_16"),
    ("AUD-02", f"{FILTERS}.KrispFilter", "channels", 1),
    ("AUD-02", f"{FILTERS}.KrispFilter", "model_path", None),
    ("AUD-03", f"{FILTERS}.KoalaFilter", "access_key", REQUIRED),
    ("AUD-05", MIXER, "sound_files", REQUIRED),
    ("AUD-05", MIXER, "default_sound", REQUIRED),
    ("AUD-05", MIXER, "volume", 0.4),
    ("AUD-05", MIXER, "loop", True),
]


def default_of(path: str, parameter: str) -> Any:
    """The default of a parameter of a class (or of one it hands the rest to) or function, as the code has it."""
    found = thing_at(path)
    for owner in found.__mro__ if isinstance(found, type) else (found,):
        if parameter in (known := inspect.signature(owner).parameters):
            return _made(known[parameter].default, owner, parameter)
    raise LookupError(f"{path} has no {parameter}")


def thing_at(path: str) -> Any:
    """What a dotted path names."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            found = getattr(found, name)
        return found
    raise LookupError(path)


def _made(default: Any, owner: Any, parameter: str) -> Any:
    """A field's factory is called; a member of an enumeration stands for its text, or its name in small letters."""
    if default is not REQUIRED and default.__class__.__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
        default = owner.__dataclass_fields__[parameter].default_factory()
    if isinstance(default, Enum):
        return str(default.value) if isinstance(default, str) else default.name.lower()
    return default


def _shown(value: Any) -> str:
    return value.rpartition(".")[2] if isinstance(value, str) else ""


@pytest.mark.parametrize(("feature", "path", "parameter", "documented"), DEFAULTS, ids=_shown)
def test_the_default_is_the_documented_one(feature: str, path: str, parameter: str, documented: Any) -> None:
    found = default_of(path, parameter)
    assert type(found) is type(documented) or (isinstance(found, float) and isinstance(documented, int))
    assert found == documented or (isinstance(found, float) and math.isclose(found, documented))


def test_nothing_stands_in_the_table_twice() -> None:
    asked = [(path, parameter) for _, path, parameter, _ in DEFAULTS]
    assert len(set(asked)) == len(asked)

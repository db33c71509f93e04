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
    """The default of a parameter of a class or function, as the code has it."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            found = getattr(found, name)
        return _made(inspect.signature(found).parameters[parameter].default, found, parameter)
    raise LookupError(path)


def _made(default: Any, owner: Any, parameter: str) -> Any:
    """A field's factory is called, an enumeration's member is its value."""
    if default is not REQUIRED and default.__class__.__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
        default = owner.__dataclass_fields__[parameter].default_factory()
    return default.name.lower() if isinstance(default, Enum) else default


@pytest.mark.parametrize(
    ("feature", "path", "parameter", "documented"), DEFAULTS, ids=lambda value: str(value) if isinstance(value, str) else ""
)  # fmt: skip
def test_the_default_is_the_documented_one(feature: str, path: str, parameter: str, documented: Any) -> None:
    found = default_of(path, parameter)
    assert type(found) is type(documented) or (isinstance(found, float) and isinstance(documented, int))
    assert found == documented or (isinstance(found, float) and math.isclose(found, documented))


def test_nothing_stands_in_the_table_twice() -> None:
    asked = [(path, parameter) for _, path, parameter, _ in DEFAULTS]
    assert len(set(asked)) == len(asked)

"""What the documents say is the default, in the code that has it."""

import inspect
from typing import Any

import pytest

from bots.engine.providers.openai.speech_options import OpenAISTTSettings, OpenAITTSSettings
from bots.engine.services.stt import STTDeadlines, STTService
from bots.engine.services.stt_segments import PRE_ROLL_S, SegmentedSTTService
from bots.engine.services.stt_stream import RING_S, StreamingSTTService
from bots.engine.services.tts import TTSService
from bots.engine.services.tts_voice import AHEAD_LIMIT_S, SpeakingService
from bots.engine.text.markdown import MarkdownParams
from bots.engine.text.patterns import PatternPairAggregator


def default(callable_: Any, name: str) -> Any:
    return inspect.signature(callable_).parameters[name].default


@pytest.mark.parametrize(
    ("made", "name", "expected"),
    [
        (STTService.__init__, "audio_passthrough", True),  # SPCH-02
        (SpeakingService.__init__, "push_text_frames", True),  # SPCH-17
        (SpeakingService.__init__, "push_stop_frames", False),  # SPCH-17
        (SpeakingService.__init__, "stop_frame_timeout_s", 3.0),  # SPCH-17
        (SpeakingService.__init__, "sample_rate", None),  # SPCH-14
        (TTSService.__init__, "push_silence_after_stop", False),  # SPCH-12, SPCH-17
        (TTSService.__init__, "silence_time_s", 2.0),
        (PatternPairAggregator.add_pattern_pair, "remove_match", True),  # TXT-04
        (MarkdownParams, "enable_text_filter", True),  # TXT-01
        (MarkdownParams, "filter_code", False),  # TXT-01
        (MarkdownParams, "filter_tables", False),  # TXT-01
        (OpenAISTTSettings, "model", "gpt-4o-transcribe"),  # SPCH-16
        (OpenAITTSSettings, "model", "gpt-4o-mini-tts"),  # SPCH-16
        (OpenAITTSSettings, "voice", "alloy"),
        (STTDeadlines, "connect", 2.0),
        (STTDeadlines, "final", 2.0),
        (STTDeadlines, "silent", 2.0),
    ],
)
def test_a_documented_default_is_the_codes(made: Any, name: str, expected: Any) -> None:
    assert default(made, name) == expected


def test_the_limits_are_those_of_the_documents() -> None:  # P10, P14, SPCH-17
    assert (PRE_ROLL_S, SegmentedSTTService.ring_s) == (1.0, 1.0)
    assert RING_S >= 5.0
    assert default(StreamingSTTService.__init__, "ring_secs") == RING_S
    assert AHEAD_LIMIT_S <= 3.0

"""The log observers show words, on a channel that somebody opened, and nowhere else (OBS-02…06)."""

import logging
import re

import pytest

from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError
from bots.engine.frames import LLMTextFrame, TranscriptionFrame, UserStartedSpeakingFrame
from bots.engine.frames.legacy import StartInterruptionFrame
from bots.engine.observers.channel import CHANNEL_NAME, said_channel
from bots.engine.observers.debug_log import DebugLogObserver, FrameEndpoint
from bots.engine.observers.llm_log import LLMLogObserver
from bots.engine.observers.transcription_log import TranscriptionLogObserver
from bots.engine.services.llm import LLMService
from bots.engine.services.stt import STTService
from bots.engine.testing.tapes import TapeSTT
from tests.engine.observers.lines import kept_lines, one_question, watched


def test_a_line_names_both_ends_the_frame_its_fields_and_the_time() -> None:  # OBS-03
    with kept_lines() as lines:
        watched(DebugLogObserver(frame_types=(TranscriptionFrame,))).run(one_question)
    assert len(lines) >= 1
    hop = r"TapeSTT#\d+ → \w*UserAggregator#\d+: "
    said = r"TranscriptionFrame text: 'what is tea', user_id: 'caller', .* at \d\.\d\ds"
    assert re.fullmatch(hop + said, lines[0])


def test_without_frame_types_every_frame_is_logged_and_sound_left_out() -> None:  # OBS-03
    with kept_lines() as lines:
        watched(DebugLogObserver()).run(one_question)
    kinds = {match.group(1) for line in lines if (match := re.search(r": (\w+Frame)\b", line))}
    assert kinds >= {"StartFrame", "InputAudioRawFrame", "LLMContextFrame", "TTSAudioRawFrame", "CancelFrame"}
    assert any("←" in line for line in lines)
    assert not any("audio:" in line for line in lines)


def test_fields_are_left_out_as_asked() -> None:  # OBS-03
    with kept_lines() as lines:
        watched(DebugLogObserver((LLMTextFrame,), exclude_fields={"text"})).run(one_question)
    assert lines
    assert not any("seven" in line for line in lines)


def test_a_mapping_filters_by_what_stands_at_an_end_of_the_hop() -> None:  # OBS-03, OBS-04
    ends = {
        UserStartedSpeakingFrame: (STTService, FrameEndpoint.DESTINATION),
        TranscriptionFrame: (LLMService, FrameEndpoint.SOURCE),
        LLMTextFrame: None,
    }
    with kept_lines() as lines:
        watched(DebugLogObserver(frame_types=ends)).run(one_question)
    assert {line.split(": ")[1].split()[0] for line in lines} == {"UserStartedSpeakingFrame", "LLMTextFrame"}
    heard = [line for line in lines if "UserStartedSpeakingFrame" in line]
    assert [re.sub(r"#\d+", "", line.split(":")[0]).split(" → ")[1] for line in heard] == ["TapeSTT"]


@pytest.mark.parametrize("wrong", [(str,), {LLMTextFrame: TapeSTT}, {LLMTextFrame: (TapeSTT, "source")}, {"x": None}])
def test_frame_types_that_mean_nothing_are_refused_by_name(wrong: object) -> None:  # OBS-03
    with pytest.raises(EngineError, match="frame_types"):
        DebugLogObserver(frame_types=wrong)  # type: ignore[arg-type]


def test_the_2025_name_of_the_interruption_can_be_watched() -> None:  # OBS-03
    observer = DebugLogObserver({StartInterruptionFrame: (FrameProcessor, FrameEndpoint.SOURCE)})
    assert observer.frame_types == (StartInterruptionFrame,)


def test_what_goes_into_the_model_and_comes_out_of_it_is_logged() -> None:  # OBS-05
    with kept_lines() as lines:
        watched(LLMLogObserver()).run(one_question)
    told = [re.sub(r"#\d+| at \d+\.\d\ds$", "", line) for line in lines]
    assert told[0].startswith("🧠 → TapeLLM LLM CONTEXT FRAME: [{'role': 'user', 'content': 'what is tea'}")
    assert told[1] == "🧠 TapeLLM → LLM START RESPONSE"
    assert "🧠 TapeLLM → LLM FUNCTION CALL: look_up({'what': 'tea'}) id t1" in told
    assert "🧠 TapeLLM → LLM FUNCTION RESULT: look_up id t1: {'price': 7}" in told
    assert [line for line in told if "GENERATING" in line] == [
        f"🧠 TapeLLM → LLM GENERATING: {word!r}" for word in ("It ", "is ", "seven.")
    ]
    assert told[-1] == "🧠 TapeLLM → LLM END RESPONSE"


def test_transcriptions_are_logged_with_the_id_of_the_user_and_only_from_recognisers() -> None:  # OBS-06
    with kept_lines() as lines:
        watched(TranscriptionLogObserver()).run(one_question)
    assert [re.sub(r"#\d+| at \d+\.\d\ds$", "", line) for line in lines] == [
        "💬 TapeSTT → TRANSCRIPTION: 'what is tea' from 'caller'"
    ]


def test_words_stay_off_every_log_until_somebody_opens_the_channel(caplog: pytest.LogCaptureFixture) -> None:  # OBS-02
    with caplog.at_level(logging.DEBUG):
        watched(DebugLogObserver(), LLMLogObserver(), TranscriptionLogObserver()).run(one_question)
    assert "tea" not in caplog.text
    assert "seven" not in caplog.text
    assert not said_channel().isEnabledFor(logging.CRITICAL)
    assert logging.getLogger(CHANNEL_NAME) is said_channel()

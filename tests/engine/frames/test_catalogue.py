"""The catalogue of frames: each with its family and the fields that the documents name (FRM-05)."""

import dataclasses

import pytest

import bots.engine.frames as frames
from bots.engine.frames import ControlFrame, DataFrame, Frame, FrameDirection, SystemFrame, Uninterruptible

PCM = "audio sample_rate num_channels"
PICTURE = "image size format"
WORDS = "text user_id timestamp"
CALL = "function_name tool_call_id"
START = (
    "audio_in_sample_rate audio_out_sample_rate allow_interruptions enable_metrics enable_usage_metrics"
    " report_only_initial_ttfb interruption_strategies start_metadata"
)

SYSTEM = {
    "StartFrame": START,
    "CancelFrame": "",
    "EndTaskFrame": "",
    "ErrorFrame": "error fatal exception",
    "MetricsFrame": "data",
    "InputAudioRawFrame": PCM,
    "UserAudioRawFrame": PCM + " user_id",
    "InputImageRawFrame": PICTURE,
    "UserImageRawFrame": PICTURE + " user_id request",
    "UserImageRequestFrame": "user_id function_name tool_call_id context video_source",
    "FunctionCallsStartedFrame": "function_calls",
    "FunctionCallInProgressFrame": CALL + " arguments cancel_on_interruption",
    "FunctionCallResultFrame": CALL + " arguments result run_llm properties",
    "FunctionCallCancelFrame": CALL,
    "UserStartedSpeakingFrame": "",
    "UserStoppedSpeakingFrame": "",
    "BotStartedSpeakingFrame": "",
    "BotStoppedSpeakingFrame": "",
    "BotSpeakingFrame": "",
    "InterruptionFrame": "",
    "InterruptionTaskFrame": "",
    "STTMuteFrame": "mute",
    "InputDTMFFrame": "button",
    "OutputDTMFUrgentFrame": "button",
    "RTVIServerMessageFrame": "data",
    "OutputTransportMessageUrgentFrame": "message",
}
DATA = {
    "OutputAudioRawFrame": PCM,
    "TTSAudioRawFrame": PCM,
    "OutputImageRawFrame": PICTURE,
    "URLImageRawFrame": PICTURE + " url",
    "VisionImageRawFrame": PICTURE + " text",
    "TextFrame": "text",
    "LLMTextFrame": "text",
    "TTSTextFrame": "text",
    "TTSSpeakFrame": "text",
    "TranscriptionFrame": WORDS,
    "InterimTranscriptionFrame": WORDS,
    "TranslationFrame": WORDS,
    "TranscriptionUpdateFrame": "messages",
    "LLMContextFrame": "context",
    "LLMMessagesFrame": "messages",
    "LLMMessagesAppendFrame": "messages",
    "LLMMessagesUpdateFrame": "messages",
    "LLMSetToolsFrame": "tools",
    "LLMConfigureOutputFrame": "skip_tts",
    "LLMSearchResponseFrame": "search_result rendered_content origins",
    "OutputDTMFFrame": "button",
    "OutputTransportMessageFrame": "message",
}
CONTROL = {
    "EndFrame": "",
    "HeartbeatFrame": "",
    "TTSStartedFrame": "",
    "TTSStoppedFrame": "",
    "LLMFullResponseStartFrame": "",
    "LLMFullResponseEndFrame": "",
    "LLMEnablePromptCachingFrame": "enable",
    "FilterEnableFrame": "enable",
    "MixerUpdateSettingsFrame": "settings",
    "MixerEnableFrame": "enable",
    "STTUpdateSettingsFrame": "settings",
    "TTSUpdateSettingsFrame": "settings",
    "LLMUpdateSettingsFrame": "settings",
}
ROWS = [
    (name, family, fields)
    for family, rows in ((SystemFrame, SYSTEM), (DataFrame, DATA), (ControlFrame, CONTROL))
    for name, fields in rows.items()
]


@pytest.mark.parametrize(("name", "family", "fields"), ROWS, ids=[row[0] for row in ROWS])
def test_a_frame_has_the_documented_family_and_fields(name: str, family: type[Frame], fields: str) -> None:  # FRM-05
    kind = getattr(frames, name)
    assert issubclass(kind, family)
    assert set(fields.split()) <= {field.name for field in dataclasses.fields(kind)}


def test_audio_in_both_directions_is_audio_and_pictures_are_pictures() -> None:  # FRM-05
    audio = (frames.InputAudioRawFrame, frames.OutputAudioRawFrame, frames.TTSAudioRawFrame)
    pictures = (frames.OutputImageRawFrame, frames.UserImageRawFrame, frames.VisionImageRawFrame)
    assert all(issubclass(kind, frames.AudioRawFrame) for kind in audio)
    assert all(issubclass(kind, frames.ImageRawFrame) for kind in pictures)
    assert frames.InputAudioRawFrame(b"\0\0", 16000).num_channels == 1


def test_what_is_set_at_run_time_survives_an_interruption() -> None:  # FRM-03
    settings = [kind for name in CONTROL if "Settings" in name or "Enable" in name for kind in (getattr(frames, name),)]
    assert len(settings) == 7
    assert all(issubclass(kind, Uninterruptible) for kind in [*settings, frames.EndFrame])


def test_frames_travel_down_unless_told_otherwise() -> None:  # FRM-02
    assert [direction.name for direction in FrameDirection] == ["DOWNSTREAM", "UPSTREAM"]


def test_a_source_of_an_answer_reads_like_a_dictionary_too() -> None:
    origin = frames.SearchOrigin("https://example.org", "Example", (frames.SearchResult("so it is", (0.9,)),))
    assert origin["site_title"] == origin.site_title == "Example"
    with pytest.raises(KeyError):
        origin["nothing"]

"""How a bot's text is spoken, in a draft and in a version."""

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.warnings import warnings_for
from bots.engine.spec import SpeechSpec
from bots.models import Credential, default_draft

pytestmark = pytest.mark.django_db


def spec_with(**change: Any) -> Any:
    return spec_from({**default_draft(), "slug": "a", "name": "A", **change})


def test_a_new_bot_leaves_markdown_out_and_has_a_line_for_a_lost_voice() -> None:  # TXT-01
    speech = spec_with().speech
    assert speech == SpeechSpec()
    assert speech.markdown and not speech.leave_out_code and not speech.leave_out_tables and speech.lost_voice


def test_a_version_without_these_settings_speaks_as_before() -> None:
    draft = {**default_draft(), "slug": "a", "name": "A"}
    del draft["speech"]
    assert spec_from(draft).speech == SpeechSpec()
    assert spec_with(speech={"markdown": False, "unknown": 1}).speech == SpeechSpec(markdown=False)


def test_voices_by_name_arrive_in_the_engine() -> None:  # TXT-08
    assert spec_with(speech={"voices": {"ann": "en-gb"}}).speech.voices == {"ann": "en-gb"}


@pytest.mark.parametrize(
    ("speech", "path"),
    [
        ("loud", "speech"),
        ({"markdown": 1}, "speech.markdown"),
        ({"leave_out_code": "no"}, "speech.leave_out_code"),
        ({"leave_out_tables": None}, "speech.leave_out_tables"),
        ({"aggregation": "letters"}, "speech.aggregation"),
        ({"aggregation": ["token"]}, "speech.aggregation"),
        ({"voices": ["ann"]}, "speech.voices"),
        ({"voices": {"ann": ""}}, "speech.voices"),
        ({"voices": {"<ann>": "a"}}, "speech.voices"),
        ({"voices": {" ": "a"}}, "speech.voices"),
        ({"voices": {str(n): "a" for n in range(33)}}, "speech.voices"),
        ({"lost_voice": 5}, "speech.lost_voice"),
        ({"lost_voice": "a" * 201}, "speech.lost_voice"),
    ],
)
def test_every_mistake_is_named_by_its_path(speech: Any, path: str) -> None:
    assert [problem.path for problem in problems_with({**default_draft(), "speech": speech})] == [path]


@pytest.mark.parametrize("role", ["stt", "tts"])
def test_openais_audio_services_can_be_published_with_a_key(role: str) -> None:  # SPCH-16
    chosen: dict[str, Any] = {"provider": "openai", "settings": {}}
    assert [p.path for p in problems_with({**default_draft(), role: chosen})] == [f"{role}.settings.credential"]
    credential = Credential(name="key", provider="openai")
    credential.set_secret("sk-1")
    credential.save()
    chosen["settings"] = {"credential": "key"}
    assert problems_with({**default_draft(), role: chosen}) == []
    chosen["settings"] = {"base_url": "http://localhost:8000/v1", "model": "kokoro"}
    assert problems_with({**default_draft(), role: chosen}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stt": {"provider": "openai", "settings": {"language": "wo"}}}, ["language wo"]),
        ({"stt": {"provider": "openai", "settings": {}}, "language": "xh"}, ["language xh"]),
        ({"stt": {"provider": "openai", "settings": {}}, "language": "en-GB"}, []),
        ({"tts": {"provider": "openai", "settings": {"model": "tts-1", "instructions": "Calm."}}}, ["tts-1"]),
        ({"tts": {"provider": "openai", "settings": {"instructions": "Calm."}}}, []),
    ],
)
def test_what_the_services_would_silently_not_do_is_said(change: dict[str, Any], words: list[str]) -> None:
    warned = [
        line for line in warnings_for({**default_draft(), **change}) if "ecogniser does" in line or "voice" in line
    ]
    assert len(warned) == len(words)
    assert all(word in line for word, line in zip(words, warned, strict=True))

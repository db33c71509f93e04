"""Settings that change at run time, by every name they have."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.engine.errors import EngineError
from bots.engine.frames import STTUpdateSettingsFrame, TTSUpdateSettingsFrame
from bots.engine.services.settings import ConfiguredService, SettingRefused, changed, with_arguments
from bots.engine.text.languages import Language


@dataclass(frozen=True)
class Options:
    """A few fields of every kind."""

    voice: str = "a"
    speed: float = field(default=1.0, metadata={"min": 0.5, "max": 2.0})
    flag: bool = False
    kind: str = field(default="x", metadata={"choices": ("x", "y")})
    base_url: str = ""
    sample_rate: int = 24000

    def __post_init__(self) -> None:
        if self.voice == "y" and self.kind == "x":
            raise ValueError("secret details")


NAMES = ConfiguredService.setting_names


def test_settings_change_by_their_own_and_by_other_documented_names() -> None:  # SPCH-13
    assert changed(Options(), {"voice_id": "b", "speed": 2, "flag": True}, NAMES) == Options("b", 2, True)
    assert changed(Options(), {"reference_id": Language.EN_GB}, NAMES).voice == "en-GB"
    assert type(changed(Options(), {"voice": Language.EN_GB}, NAMES).voice) is str


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"pitch": 1}, "pitch"),
        ({"voice": 5}, "voice must be text"),
        ({"speed": 3.0}, "speed must be at most 2.0"),
        ({"speed": 0.1}, "speed must be at least 0.5"),
        ({"speed": float("nan")}, "speed must be a number"),
        ({"flag": 1}, "flag must be true or false"),
        ({"kind": "z"}, "kind must be one of x, y"),
        ({"base_url": "http://x"}, "base_url cannot change"),
        ({"sample_rate": 8000}, "sample_rate cannot change"),
        ({"voice": "y"}, "do not go together"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(SettingRefused, match=word) as caught:
        changed(Options(), settings, NAMES)
    assert isinstance(caught.value, EngineError)
    assert isinstance(caught.value, ValueError)
    assert "secret" not in str(caught.value)


def test_a_service_without_options_has_no_settings() -> None:
    with pytest.raises(SettingRefused, match="no settings"):
        changed(None, {"voice": "b"}, NAMES)


def test_arguments_that_are_not_given_leave_the_options_as_they_are() -> None:
    assert with_arguments(Options("b"), voice=None, speed=1.5) == Options("b", 1.5)
    with pytest.raises(SettingRefused, match="speed"):
        with_arguments(Options(), speed=9.0)


def test_settings_frames_take_a_mapping_or_keywords() -> None:  # SPCH-03, SPCH-13
    for kind in (STTUpdateSettingsFrame, TTSUpdateSettingsFrame):
        assert kind({"voice": "b"}).settings == {"voice": "b"} == kind(voice="b").settings
        assert kind(settings={"a": 1}, language=Language.FR).settings == {"a": 1, "language": "fr"}

"""A reply's waiting time as pages show it: its parts in order, whose they are, and the setting that moves them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

WIDTH = 100.0
LEAST_WIDTH = 0.6
OTHER = "other"

PART_NAMES: dict[str, Any] = {
    "end_of_turn": _("End of turn"),
    "arrival": _("Way to the server"),
    "stt": _("Recognition"),
    "turn": _("Turn decision"),
    "engine": _("This server"),
    "llm": _("Model"),
    "tools": _("Tools"),
    "sentence": _("First sentence"),
    "tts": _("Voice"),
    "transport": _("Start of playing"),
}
OWNER_NAMES: dict[str, Any] = {
    "setting": _("the bot’s setting"),
    "author": _("the bot’s setting"),
    "provider": _("provider"),
    "network": _("network"),
    "engine": _("this server"),
    "us": _("this server"),
}
SETTINGS: dict[str, tuple[str, Any]] = {
    "vad.stop_secs": ("vad__stop_secs", _("Speech ends after")),
    "stt.provider": ("stt__provider", _("Recognition")),
    "llm.provider": ("llm__provider", _("Model")),
    "speech.aggregation": ("speech__aggregation", _("The voice gets")),
    "tts.provider": ("tts__provider", _("Voice")),
    "turn_end.analyzer": ("turn_end__analyzer", _("Turn analyzer")),
    "tools": ("tools", _("Tools")),
}


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """One part of a reply's wait; ``x`` and ``width`` in percent of the whole, ``kind`` is safe as a class name.

    ``field`` is the bot form's field of the setting that moves it, ``setting`` that field's name; both may be empty.
    """

    name: str
    kind: str
    ms: int
    owner: str
    x: float
    width: float
    field: str = ""
    setting: str = ""


def waiting_parts(stored: list[Any]) -> list[WaitingPart]:
    """The parts of a stored waterfall that took any time, one after the other."""
    known = [part for part in stored if isinstance(part, dict) and _took_time(part.get("ms"))]
    total = sum(part["ms"] for part in known) or 1
    views: list[WaitingPart] = []
    passed = 0.0
    for part in known:
        code, owner = str(part.get("name", "")), str(part.get("owner", ""))
        field, setting = SETTINGS.get(str(part.get("setting", "")), ("", ""))
        name, owner = str(PART_NAMES.get(code, code.replace("_", " "))), str(OWNER_NAMES.get(owner, owner))
        views.append(
            WaitingPart(
                name=name,
                kind=code if code in PART_NAMES else OTHER,
                ms=round(part["ms"]),
                owner="" if owner.casefold() == name.casefold() else owner,
                x=round(min(WIDTH * passed / total, WIDTH - LEAST_WIDTH), 2),
                width=round(max(WIDTH * part["ms"] / total, LEAST_WIDTH), 2),
                field=field,
                setting=str(setting),
            )
        )
        passed += part["ms"]
    return views


def _took_time(ms: Any) -> bool:
    return isinstance(ms, (int, float)) and not isinstance(ms, bool) and ms > 0

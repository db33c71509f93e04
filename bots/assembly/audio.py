"""What is wrong with the settings of a bot's sound."""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.audio.filters import FILTERS
from bots.models.voice_settings import sound_names


def noise_filter_choices() -> list[tuple[str, str]]:
    """Name and label of each noise filter, with what it lacks on this server (PROD-33)."""
    return [(row.name, f"{row.label} ({lacks})" if (lacks := row.missing()) else row.label) for row in FILTERS]


def audio_problems(audio: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and message of every setting that cannot work here."""
    chosen, rows = audio.get("noise_filter") or "", {row.name: row for row in FILTERS}
    if chosen and chosen not in rows:
        yield "audio.noise_filter", f"must be empty or one of {', '.join(rows)}."
    elif chosen and (lacks := rows[chosen].missing()):
        yield "audio.noise_filter", f"{rows[chosen].label} {lacks}."
    background = audio.get("background") or ""
    if background and background not in sound_names():
        yield "audio.background", "must be the name of a file in the server's folder of sounds."

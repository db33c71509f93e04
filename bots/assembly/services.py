"""The providers a draft may name, and what is wrong with a draft's services."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bots.assembly.options import Option, options_of, settings_problems
from bots.engine.providers.espeak.options import EspeakOptions
from bots.engine.providers.flite.options import FliteOptions
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.scripted.model import ScriptedSettings
from bots.engine.providers.scripted.reading import problems_in_script

ROLES = ("stt", "llm", "tts")


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """A provider that a bot's author may pick for a role."""

    role: str
    name: str
    label: str
    settings: type

    @property
    def options(self) -> list[Option]:
        """Its settings."""
        return options_of(self.settings)


_CHOICES = (
    ProviderChoice("stt", "pocketsphinx", "PocketSphinx (built in)", PocketSphinxOptions),
    ProviderChoice("llm", "scripted", "Scripted rules (built in)", ScriptedSettings),
    ProviderChoice("tts", "espeak", "eSpeak NG (built in)", EspeakOptions),
    ProviderChoice("tts", "flite", "flite", FliteOptions),
)


def provider_choices(role: str) -> list[ProviderChoice]:
    """The providers of a role, built-in ones first."""
    return [choice for choice in _CHOICES if choice.role == role]


def _script_problems(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for problem in problems_in_script(settings.get("script") or {}):
        yield f"llm.settings.script{problem.path.removeprefix('$')}", problem.message


def service_problems(role: str, value: Any) -> Iterator[tuple[str, str]]:
    """Path and message of everything wrong with one service of a draft; ``role`` is stt, llm or tts."""
    if not isinstance(value, Mapping):
        yield role, "must be an object with provider and settings."
        return
    chosen = next((choice for choice in provider_choices(role) if choice.name == value.get("provider")), None)
    if chosen is None:
        known = ", ".join(choice.name for choice in provider_choices(role))
        yield f"{role}.provider", f"must be one of {known}."
        return
    settings = value.get("settings") or {}
    if not isinstance(settings, Mapping):
        yield f"{role}.settings", "must be an object."
        return
    for name, message in settings_problems(chosen.options, settings):
        yield f"{role}.settings.{name}", message
    if chosen.name == "scripted":
        yield from _script_problems(settings)

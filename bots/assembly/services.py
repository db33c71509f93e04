"""The providers a draft may name, and what is wrong with a draft's services."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bots.assembly.options import Option, options_of, settings_problems
from bots.engine.errors import SpecError
from bots.engine.providers.registry import Provider, providers_of
from bots.engine.providers.scripted.reading import problems_in_script
from bots.models import Credential

Role = Literal["stt", "llm", "tts"]
ROLES: tuple[Role, ...] = ("stt", "llm", "tts")
CREDENTIAL = "credential"


def provider_choices(role: Role) -> list[Provider]:
    """The providers of a role, built-in ones first."""
    return providers_of(role)


def provider_options(provider: Provider) -> list[Option]:
    """The settings of a provider."""
    return options_of(provider.options)


def _script_problems(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for problem in problems_in_script(settings.get("script") or {}):
        yield f"llm.settings.script{problem.path.removeprefix('$')}", problem.message


def _is_credential(name: str) -> bool:
    return name == CREDENTIAL or name.endswith(f"_{CREDENTIAL}")


def _key_problems(provider: Provider, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A key that is needed and not named, or named and not there."""
    name = str(settings.get(CREDENTIAL) or "")
    named = {key: str(given) for key, given in settings.items() if given and _is_credential(key)}
    for key, given in named.items():
        if not Credential.objects.filter(name=given).exists():
            yield key, f"names the key {given!r}, which is not among the credentials."
            return
    try:
        options = provider.read(settings)
    except SpecError as error:
        yield "", str(error)
        return
    for missing in provider.missing(options):
        yield missing, "must not be empty."
    needed = provider.needs_key(options)
    if needed and not name:
        yield CREDENTIAL, f"is missing: {provider.label} needs a key."


def service_problems(role: Role, value: Any) -> Iterator[tuple[str, str]]:
    """Path and message of everything wrong with one service of a draft."""
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
    wrong = list(settings_problems(provider_options(chosen), settings)) or list(_key_problems(chosen, settings))
    for name, message in wrong:
        yield (f"{role}.settings.{name}" if name else f"{role}.settings"), message
    if chosen.name == "scripted":
        yield from _script_problems(settings)

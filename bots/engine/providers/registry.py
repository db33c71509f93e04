"""Every provider a bot can choose: one row each; the admin's forms and the builder read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError, SpecError
from bots.engine.services.settings import problem_with
from bots.engine.services.tts import TTSService
from bots.engine.spec import BotSpec, ServiceSpec

from .resources import SharedResources
from .speech_text import prepare_text

if TYPE_CHECKING:
    from .openai.preset import ChatPreset

MOST_PROMPT = 800
Kind = Literal["stt", "llm", "tts"]
Secrets = Mapping[str, str]
Factory = Callable[[Any, BotSpec, SharedResources, str | None], FrameProcessor]


class UnknownProvider(SpecError):
    """The bot names a provider that this release does not have."""

    code = "provider.unknown"


class UnknownSetting(SpecError):
    """The bot sets something that its provider does not have, or with a value that does not fit."""

    code = "provider.setting"


class MissingKey(SpecError):
    """The provider needs a key and the bot has none."""

    code = "provider.missing_key"
    next_step = "Add the key under Credentials and choose it in the bot's settings."


@dataclass(frozen=True, slots=True)
class Provider:
    """A row: what it is called, its options (a frozen dataclass) and how its processor is made.

    ``needs_key(options)`` says whether these options cannot work without a secret. ``required`` are options that must
    not be empty. An option whose name ends in ``_credential`` names a second secret and holds it when the processor is
    made. ``local``: works inside this machine and is never slow, so nothing needs to stand by for it.
    """

    kind: Kind
    name: str
    label: str
    options: type[Any]
    make: Factory
    needs_key: Callable[[Any], bool] = lambda options: False
    required: tuple[str, ...] = ()
    local: bool = False

    def missing(self, options: Any) -> list[str]:
        """Return the required options that are empty."""
        return [name for name in self.required if not getattr(options, name)]

    def read(self, settings: Mapping[str, Any]) -> Any:
        """Return the options for these settings; raises ``provider.setting``."""
        known = {field.name: field for field in fields(self.options)}
        for name, value in settings.items():
            if name not in known:
                raise UnknownSetting(f"{self.label} has no setting {name!r}.")
            problem = problem_with(value, known[name])
            if problem:
                raise UnknownSetting(f"{self.label}: {name} {problem}.")
        try:
            return self.options(**settings)
        except EngineError as error:
            raise UnknownSetting(f"{self.label}: {error.message}") from error
        except (TypeError, ValueError) as error:
            raise UnknownSetting(f"{self.label} cannot use these settings.") from error


def _pocketsphinx(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .pocketsphinx.service import PocketSphinxSTTService
    from .pocketsphinx.vocabulary import Vocabulary

    vocabulary = Vocabulary((*spec.vocabulary, *spec.turns.wake_phrases, *_expected_by(spec)), spec.pronunciations)
    return PocketSphinxSTTService(shared.recognisers, options=options, vocabulary=vocabulary)


def _expected_by(spec: BotSpec) -> list[str]:
    """Return what the bot's own rules expect callers to say."""
    if spec.llm.provider != "scripted":
        return []
    from .scripted.brain import Brain
    from .scripted.vocabulary import vocabulary

    return vocabulary(Brain(spec.llm.settings.get("script") or {}).script)


def _scripted(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .scripted.service import ScriptedLLMService

    return ScriptedLLMService(settings=options)


APOLOGY = "I am sorry, I could not find an answer. Could you say that again?"
"""What a network model's service says when nothing came."""


def _openai(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .openai.service import OpenAILLMService

    return OpenAILLMService(
        api_key=key, settings=options, system_instruction=spec.persona or None, apology=APOLOGY
    )  # fmt: skip


def _anthropic(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .anthropic.service import AnthropicLLMService

    return AnthropicLLMService(
        api_key=key, settings=options, system_instruction=spec.persona or None, apology=APOLOGY
    )  # fmt: skip


def _chat_vendor(
    preset: ChatPreset, options: Any, spec: BotSpec, shared: SharedResources, key: str | None
) -> FrameProcessor:
    from .chat_vendors.options import arguments_of
    from .chat_vendors.services import SERVICES

    return SERVICES[preset.key](
        **arguments_of(options, preset, key), system_instruction=spec.persona or None, apology=APOLOGY
    )


def _needs_key(preset: ChatPreset, options: Any) -> bool:
    return preset.key_needed(options.base_url)


def _chat_rows() -> list[Provider]:
    from .chat_vendors.options import options_for, required_by
    from .chat_vendors.table import PRESETS

    return [
        Provider(
            "llm", preset.key, preset.label, options_for(preset), partial(_chat_vendor, preset),
            partial(_needs_key, preset), required_by(preset),
        )
        for preset in PRESETS.values() if preset.key != "openai"
    ]  # fmt: skip


def _espeak(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .espeak.service import EspeakTTSService

    return EspeakTTSService(shared.speakers, options=options, **_for_bad_times(spec, shared))


def _flite(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .flite.service import FliteTTSService

    return FliteTTSService(shared.flite_speakers, options=options, **_for_bad_times(spec, shared))


SORRY = "I am sorry, I did not catch that. Could you say it again?"
"""What a network recogniser's service says when it could make nothing of what it heard."""
GIVE_UP_AFTER = 3
"""Replies in a row without a voice after which the call is ended politely."""


def _openai_stt(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .openai.stt import OpenAISTTService

    own = {} if options.language else {"language": spec.language}
    if not options.prompt and spec.vocabulary:
        own["prompt"] = ", ".join(spec.vocabulary)[:MOST_PROMPT]
    return OpenAISTTService(api_key=key, settings=replace(options, **own), apology=SORRY)


def _openai_tts(options: Any, spec: BotSpec, shared: SharedResources, key: str | None) -> FrameProcessor:
    from .openai.tts import OpenAITTSService

    return OpenAITTSService(api_key=key, settings=options, **_for_bad_times(spec, shared))


def _for_bad_times(spec: BotSpec, shared: SharedResources) -> dict[str, Any]:
    """Return what every voice does when it fails: play its recorded line, and in the end give up (P16)."""
    return {"apology": spec.speech.lost_voice, "canned": shared.canned, "give_up_after": GIVE_UP_AFTER}


def _rows() -> list[Provider]:
    from .anthropic.options import AnthropicSettings
    from .espeak.options import EspeakOptions
    from .flite.options import FliteOptions
    from .openai.options import OpenAISettings
    from .openai.speech_options import OpenAISTTSettings, OpenAITTSSettings
    from .pocketsphinx.options import PocketSphinxOptions
    from .scripted.model import ScriptedSettings

    return [
        Provider("stt", "pocketsphinx", "PocketSphinx (built in)", PocketSphinxOptions, _pocketsphinx),
        Provider("stt", "openai", "OpenAI or compatible", OpenAISTTSettings, _openai_stt, lambda o: not o.base_url),
        Provider("llm", "scripted", "Scripted (built in)", ScriptedSettings, _scripted, local=True),
        Provider("llm", "openai", "OpenAI or compatible", OpenAISettings, _openai, lambda o: not o.base_url),
        Provider("llm", "anthropic", "Anthropic", AnthropicSettings, _anthropic, lambda o: not o.base_url),
        *_chat_rows(),
        Provider("tts", "espeak", "eSpeak NG (built in)", EspeakOptions, _espeak),
        Provider("tts", "flite", "flite (where installed)", FliteOptions, _flite),
        Provider("tts", "openai", "OpenAI or compatible", OpenAITTSSettings, _openai_tts, lambda o: not o.base_url),
    ]


PROVIDERS: tuple[Provider, ...] = tuple(_rows())


def providers_of(kind: Kind) -> list[Provider]:
    """Return the providers of one kind, in the order in which they are offered."""
    return [provider for provider in PROVIDERS if provider.kind == kind]


def find_provider(kind: Kind, name: str, providers: Sequence[Provider] = PROVIDERS) -> Provider:
    """Return a provider by name; raises ``provider.unknown``."""
    for provider in providers:
        if (provider.kind, provider.name) == (kind, name):
            return provider
    raise UnknownProvider(f"There is no {kind} provider named {name!r}.")


def make_service(
    kind: Kind,
    chosen: ServiceSpec,
    spec: BotSpec,
    shared: SharedResources,
    secrets: Secrets,
    providers: Sequence[Provider] = PROVIDERS,
) -> FrameProcessor:
    """Make the processor a bot chose; ``secrets`` maps credential names to keys. Raises a ``SpecError`` subclass."""
    provider = find_provider(kind, chosen.provider, providers)
    options = provider.read(chosen.settings)
    key = secrets.get(getattr(options, "credential", ""))
    if provider.needs_key(options) and not key:
        raise MissingKey(f"{provider.label} needs a key.")
    if missing := provider.missing(options):
        raise UnknownSetting(f"{provider.label}: {missing[0]} must not be empty.")
    made = provider.make(_with_secrets(options, secrets), spec, shared, key)
    if isinstance(made, TTSService):
        prepare_text(made, spec.speech)
    return made


def _with_secrets(options: Any, secrets: Secrets) -> Any:
    """Put second secrets in the place of their credentials' names."""
    names = [item.name for item in fields(options) if item.name.endswith("_credential")]
    return replace(options, **{name: secrets.get(getattr(options, name), "") for name in names}) if names else options

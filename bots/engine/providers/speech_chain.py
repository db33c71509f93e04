"""A bot's recogniser and voice with those that stand in for them (PAR-05; P3, P11, P13, P16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.engine.blocks.switcher import RecognitionSwitcher, ServiceSwitcherStrategyFailover
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import SpecError
from bots.engine.services.tts import TTSService
from bots.engine.services.tts_fallback import FallbackTTSService
from bots.engine.spec import BotSpec, ServiceSpec

from .chain import endpoint_of
from .registry import PROVIDERS, Kind, Provider, make_service
from .resources import SharedResources


def make_stt(
    spec: BotSpec, shared: SharedResources, secrets: Mapping[str, str], providers: Sequence[Provider] = PROVIDERS
) -> FrameProcessor:
    """Make the bot's recogniser; with stand-ins, a switcher over all of them. Raises a ``SpecError`` subclass."""
    chosen = (spec.stt, *spec.resilience.stt_fallbacks)
    made = [make_service("stt", service, spec, shared, secrets, providers) for service in chosen]
    if len(made) == 1:
        return made[0]
    return RecognitionSwitcher(
        made, ServiceSwitcherStrategyFailover(standing=shared.standing, keys=_keys("stt", chosen))
    )


def make_tts(
    spec: BotSpec, shared: SharedResources, secrets: Mapping[str, str], providers: Sequence[Provider] = PROVIDERS
) -> FrameProcessor:
    """Make the bot's voice; with stand-ins, a service over all of them. Raises a ``SpecError`` subclass."""
    chosen = (spec.tts, *spec.resilience.tts_fallbacks)
    made = [make_service("tts", service, spec, shared, secrets, providers) for service in chosen]
    if len(made) == 1:
        return made[0]
    voices = [voice for voice in made if isinstance(voice, TTSService)]
    if len(voices) < len(made):
        raise SpecError("A voice of this bot cannot stand beside others.")
    return FallbackTTSService(voices, standing=shared.standing, keys=_keys("tts", chosen))


def _keys(kind: Kind, chosen: Sequence[ServiceSpec]) -> tuple[str, ...]:
    keys = tuple(f"{kind} {endpoint_of(service)}" for service in chosen)
    if len(set(keys)) < len(keys):
        raise SpecError(f"The same {kind} service stands twice among the bot's stand-ins.")
    return keys

"""A bot's language model with everything that stands by for it (LK-16)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bots.engine.errors import SpecError
from bots.engine.services.llm import LLMService
from bots.engine.services.resilience.attempt import Member
from bots.engine.services.resilience.policy import FILLERS, GOODBYE, ResiliencePolicy
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.spec import BotSpec, ServiceSpec
from bots.engine.tools.filler import filler_in

from .registry import APOLOGY, PROVIDERS, Provider, find_provider, make_service
from .resources import SharedResources


def policy_of(spec: BotSpec) -> ResiliencePolicy:
    """Return a bot's settings as the model's processor takes them; raises ``llm.policy``."""
    wanted = spec.resilience
    english = spec.language.lower().startswith("en")
    usual = FILLERS if english else tuple(filter(None, [filler_in(spec.language)]))
    return ResiliencePolicy(
        soft_s=wanted.soft_s,
        hard_s=wanted.hard_s,
        between_s=wanted.between_s,
        fillers=wanted.fillers or usual,
        hedge=wanted.hedge,
        goodbye=wanted.goodbye or GOODBYE,
        end_after=wanted.end_after,
        cache_ttl_s=wanted.cache_ttl_s if wanted.cache else 0.0,
        context_tokens=wanted.context_tokens,
        summarise=wanted.summarise,
        prefetch=wanted.prefetch,
    )


def make_llm(
    spec: BotSpec,
    shared: SharedResources,
    secrets: Mapping[str, str],
    providers: Sequence[Provider] = PROVIDERS,
) -> LLMService:
    """Make the bot's model; one that works inside this machine and has no fallback comes as it is.

    A fallback that cannot be made stops the bot as its own model would: it was meant to be there. Raises a
    ``SpecError`` subclass.
    """
    chosen = (spec.llm, *spec.resilience.fallbacks)
    made = [_model(service, spec, shared, secrets, providers) for service in chosen]
    local = [find_provider("llm", service.provider, providers).local for service in chosen]
    if local == [True]:
        return made[0]
    members = [
        Member(llm, endpoint_of(service), account_of(service), scope_of(service, spec), is_local)
        for llm, service, is_local in zip(made, chosen, local, strict=True)
    ]
    return ResilientLLMService(
        members, policy=policy_of(spec), book=shared.health, cache=shared.replies, apology=made[0].apology or APOLOGY
    )


def _model(
    chosen: ServiceSpec,
    spec: BotSpec,
    shared: SharedResources,
    secrets: Mapping[str, str],
    providers: Sequence[Provider],
) -> LLMService:
    made = make_service("llm", chosen, spec, shared, secrets, providers)
    if not isinstance(made, LLMService):
        raise SpecError("The chosen language model cannot hold a conversation.")
    return made


def endpoint_of(chosen: ServiceSpec) -> str:
    """Return what two models have in common when one being down means that the other is: server, model and key.

    Of a model without these, such as the scripted one, a digest of its settings. Never holds a secret.
    """
    settings = chosen.settings
    names = [str(settings.get(name) or "") for name in ("base_url", "model", "credential")]
    own = names if any(names) else [_digest(settings)]
    return " ".join([chosen.provider, *filter(None, own)])


def account_of(chosen: ServiceSpec) -> str:
    """Return what names the key that rests after a rate limit: provider, server and credential."""
    names = [str(chosen.settings.get(name) or "") for name in ("base_url", "credential")]
    return " ".join([chosen.provider, *filter(None, names)])


def scope_of(chosen: ServiceSpec, spec: BotSpec) -> str:
    """Return all of a bot that its model's replies depend on besides the messages (LK-15)."""
    return json.dumps([spec.slug, spec.language, spec.persona, chosen.provider, _digest(chosen.settings)])


def _digest(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=repr).encode()).hexdigest()[:16]

"""Slow and failing models: what is wrong with a draft's settings for them, and the engine's view of those."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from bots.assembly.services import Role, service_problems
from bots.engine.providers.chain import endpoint_of
from bots.engine.spec import ResilienceSpec, ServiceSpec

PART = "resilience"
MAX_FALLBACKS, MAX_FILLERS, MAX_TEXT = 4, 20, 300
LEAST_CONTEXT, MOST_CONTEXT = 200, 200_000
_NUMBERS: dict[str, tuple[float, float]] = {
    "soft_s": (0.0, 30.0),
    "hard_s": (0.5, 60.0),
    "between_s": (0.5, 60.0),
    "end_after": (0, 20),
    "cache_ttl_s": (1.0, 86_400.0),
    "context_tokens": (0, MOST_CONTEXT),
}
_FLAGS = ("hedge", "cache", "prefetch", "summarise")
FALLBACKS: dict[Role, str] = {"llm": "fallbacks", "stt": "stt_fallbacks", "tts": "tts_fallbacks"}
SERVICES: dict[Role, str] = {"llm": "model", "stt": "recogniser", "tts": "voice"}
Found = Iterator[tuple[str, str]]


def resilience_problems(draft: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with what happens when a model is slow or fails."""
    part = draft.get(PART, {})
    if not isinstance(part, Mapping):
        yield PART, "must be an object."
        return
    yield from _numbers(part)
    for name in _FLAGS:
        if not isinstance(part.get(name, True), bool):
            yield f"{PART}.{name}", "must be true or false."
    fillers = part.get("fillers") or []
    if not isinstance(fillers, list) or not all(isinstance(text, str) and text.strip() for text in fillers):
        yield f"{PART}.fillers", "must be a list of phrases."
    elif len(fillers) > MAX_FILLERS or any(len(text) > MAX_TEXT for text in fillers):
        yield f"{PART}.fillers", f"must be at most {MAX_FILLERS} phrases of at most {MAX_TEXT} characters."
    goodbye = part.get("goodbye", "")
    if not isinstance(goodbye, str) or len(goodbye) > MAX_TEXT:
        yield f"{PART}.goodbye", f"must be text of at most {MAX_TEXT} characters."
    for role, name in FALLBACKS.items():
        yield from _fallbacks(role, draft.get(role), f"{PART}.{name}", part.get(name) or [])


def _numbers(part: Mapping[str, Any]) -> Found:
    sound: dict[str, float] = {}
    for name, (least, most) in _NUMBERS.items():
        value = part.get(name, getattr(ResilienceSpec(), name))
        whole = isinstance(least, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            yield f"{PART}.{name}", "must be a whole number." if whole else "must be a number."
        elif not least <= value <= most:
            yield f"{PART}.{name}", f"must be between {least:g} and {most:g}."
        else:
            sound[name] = value
    if {"soft_s", "hard_s"} <= sound.keys() and 0 < sound["hard_s"] <= sound["soft_s"]:
        yield f"{PART}.soft_s", "must be shorter than the time after which another model is asked."
    if 0 < sound.get("context_tokens", 0) < LEAST_CONTEXT:
        yield f"{PART}.context_tokens", f"must be 0 or at least {LEAST_CONTEXT}."


def _fallbacks(role: Role, first: Any, path: str, fallbacks: Any) -> Found:
    if not isinstance(fallbacks, list):
        yield path, "must be a list of objects with provider and settings."
        return
    if len(fallbacks) > MAX_FALLBACKS:
        yield path, f"has more than {MAX_FALLBACKS} entries."
    seen = {endpoint_of(_service(first))} if _is_service(first) else set()
    for number, fallback in enumerate(fallbacks):
        here = f"{path}[{number}]"
        wrong = list(service_problems(role, fallback))
        yield from ((f"{here}{place.removeprefix(role)}", message) for place, message in wrong)
        if not wrong:
            endpoint = endpoint_of(_service(fallback))
            if endpoint in seen:
                yield here, f"is a {SERVICES[role]} that stands before it already."
            seen.add(endpoint)


def _is_service(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("settings") or {}, Mapping)


def _service(value: Mapping[str, Any]) -> ServiceSpec:
    return ServiceSpec(provider=str(value.get("provider")), settings=dict(value.get("settings") or {}))


def resilience_spec(value: Any) -> ResilienceSpec:
    """The engine's view; versions from before these settings have the defaults."""
    names = {item.name for item in fields(ResilienceSpec)}
    known = {name: item for name, item in dict(value or {}).items() if name in names}
    for name in FALLBACKS.values():
        if name in known:
            known[name] = tuple(_service(fallback) for fallback in known[name] or ())
    if "fillers" in known:
        known["fillers"] = tuple(str(text) for text in known["fillers"] or ())
    return ResilienceSpec(**known)

"""From rows to plain data: a bot's draft is checked, frozen, and made into the engine's BotSpec.

A bot is given everything at its start and knows nothing of who runs it (DEP-01).
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bots.assembly.problems import Problem, problems_with
from bots.assembly.resilience import resilience_spec
from bots.assembly.telephone import keypad_spec, phone_spec
from bots.assembly.variables import filled
from bots.engine.spec import (
    WELCOME_BACK,
    AudioSpec,
    BargeInSpec,
    BotSpec,
    LimitSpec,
    ServiceSpec,
    SpeechSpec,
    ToolSpec,
    TurnEndSpec,
    TurnSpec,
    VADSpec,
)
from bots.models import Bot, default_draft

__all__ = ["Problem", "problems_in", "problems_with", "snapshot_of", "spec_from"]


def problems_in(bot: Bot) -> list[Problem]:
    """Everything that keeps the bot's draft from being published; empty when it may be."""
    return problems_with(bot.draft)


def snapshot_of(bot: Bot) -> dict[str, Any]:
    """The draft as it is frozen: complete, with the bot's address and name."""
    return {**default_draft(), **bot.draft, "slug": bot.slug, "name": bot.name}


def _service(value: Mapping[str, Any]) -> ServiceSpec:
    return ServiceSpec(provider=str(value["provider"]), settings=dict(value.get("settings") or {}))


def _known(kind: Any, value: Any) -> dict[str, Any]:
    """The fields that the dataclass has; others belong to a later version and are left out."""
    names = {item.name for item in fields(kind)}
    return {name: item for name, item in dict(value or {}).items() if name in names}


def _turns(value: Any) -> TurnSpec:
    known = _known(TurnSpec, value)
    for name in ("user_idle_prompts", "wake_phrases"):
        if name in known:
            known[name] = tuple(str(text) for text in known[name] or ())
    return TurnSpec(**known)


def _barge_in(value: Any) -> BargeInSpec:
    known = _known(BargeInSpec, value)
    known["backchannels"] = tuple(str(word) for word in known.get("backchannels") or ())
    return BargeInSpec(**known)


def _tool(value: Mapping[str, Any]) -> ToolSpec:
    known = _known(ToolSpec, value)
    known["required"] = tuple(known.get("required") or ())
    return ToolSpec(**known)


def spec_from(snapshot: Mapping[str, Any]) -> BotSpec:
    """The engine's view of a frozen configuration (a version's or a call's ``spec``)."""
    return BotSpec(
        slug=str(snapshot["slug"]),
        name=str(snapshot["name"]),
        stt=_service(snapshot["stt"]),
        llm=_service(snapshot["llm"]),
        tts=_service(snapshot["tts"]),
        persona=filled(str(snapshot.get("persona") or ""), snapshot.get("variables")),
        greeting=filled(str(snapshot.get("greeting") or ""), snapshot.get("variables")),
        welcome_back=str(snapshot.get("welcome_back") or WELCOME_BACK),
        language=str(snapshot.get("language") or "en"),
        vad=VADSpec(**_known(VADSpec, snapshot.get("vad"))),
        turns=_turns(snapshot.get("turns")),
        keypad=keypad_spec(snapshot.get("keypad")),
        phone=phone_spec(snapshot.get("phone"), snapshot.get("variables")),
        turn_end=TurnEndSpec(**_known(TurnEndSpec, snapshot.get("turn_end"))),
        barge_in=_barge_in(snapshot.get("barge_in")),
        mute=tuple(str(name) for name in (snapshot.get("mute") or {}).get("strategies") or ()),
        audio=AudioSpec(**_known(AudioSpec, snapshot.get("audio"))),
        speech=SpeechSpec(**_known(SpeechSpec, snapshot.get("speech"))),
        resilience=resilience_spec(snapshot.get("resilience")),
        limits=LimitSpec(**_known(LimitSpec, snapshot.get("limits"))),
        vocabulary=tuple(str(word) for word in snapshot.get("vocabulary") or ()),
        pronunciations=dict(snapshot.get("pronunciations") or {}),
        tools=tuple(_tool(tool) for tool in snapshot.get("tools") or ()),
        flow=snapshot.get("flow") or None,
        record=bool((snapshot.get("recording") or {}).get("enabled", True)),
        trace_words=bool((snapshot.get("tracing") or {}).get("words", False)),
    )

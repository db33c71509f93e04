"""The kinds of tools a bot may name, with what each does; a model gives the arguments that are named here."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bots.assembly.options import Option, options_of
from bots.engine.errors import EngineError
from bots.engine.spec import ToolSpec
from bots.engine.tools.egress.policy import EgressPolicy
from bots.engine.tools.kinds import KINDS
from bots.engine.tools.registry import Duplicates
from bots.models import Credential
from bots.models.voice_settings import voice_setting

HOST_KINDS: dict[str, str] = {
    "appointments.find": "Finds the free times of `day` (2026-03-02), maybe of one `part_of_day` (morning, afternoon).",
    "appointments.book": "Books `day` and `time` (14:30) under `name`.",
}
TOOL_KINDS: dict[str, str] = {**{kind.name: kind.help for kind in KINDS.values()}, **HOST_KINDS}
MAX_FILLER = 200
MAX_FILLER_AFTER_S = 60
MAX_CALLS = 1000


def kind_options(kind: str) -> list[Option]:
    """The settings of a kind, with their help texts; none for kinds that have nothing to set."""
    return options_of(KINDS[kind].settings) if kind in KINDS else []


def egress_policy() -> EgressPolicy:
    """Where tools of this deployment may connect to."""
    return EgressPolicy.of(voice_setting("TOOL_HOSTS"))


def address_of(settings: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """Scheme, host and port of a tool's address; empty where it cannot be read."""
    try:
        parts = urlsplit(str(settings.get("url") or ""))
        return parts.scheme, (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", "", None


def kind_problems(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and message of everything wrong with how a tool is run: its kind's settings and its rules."""
    yield from _rules(tool)
    kind, settings = tool.get("kind"), tool.get("settings") or {}
    if not isinstance(kind, str) or kind not in TOOL_KINDS:
        yield "kind", f"must be one of {', '.join(TOOL_KINDS)}."
    elif not isinstance(settings, Mapping):
        yield "settings", "must be an object."
    elif kind in KINDS:
        properties = tool.get("properties")
        spec = ToolSpec(str(tool.get("name")), kind, settings=settings,
                        properties=properties if isinstance(properties, Mapping) else {})  # fmt: skip
        wrong = list(KINDS[kind].findings(spec)) or list(_deployment(settings))
        for name, message in wrong:
            yield f"settings.{name}", message


def _rules(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = [policy.value for policy in Duplicates]
    if tool.get("duplicates", "join") not in known:
        yield "duplicates", f"must be one of {', '.join(known)}."
    filler = tool.get("filler")
    if filler is not None and (not isinstance(filler, str) or len(filler) > MAX_FILLER):
        yield "filler", f"must be a text of at most {MAX_FILLER} characters."
    after = tool.get("filler_after_s", 1.0)
    if isinstance(after, bool) or not isinstance(after, (int, float)) or not 0 < after <= MAX_FILLER_AFTER_S:
        yield "filler_after_s", f"must be a number of seconds, at most {MAX_FILLER_AFTER_S}."
    most = tool.get("max_calls", 0)
    if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MAX_CALLS:
        yield "max_calls", f"must be a whole number, 0 (no limit) to {MAX_CALLS}."
    for flag in ("cancel_on_interruption", "confirm"):
        if not isinstance(tool.get(flag, False), bool):
            yield flag, "must be true or false."


def _deployment(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the deployment does not have or does not allow: addresses, programs, functions, secrets."""
    if settings.get("url"):
        scheme, host, port = address_of(settings)
        try:
            egress_policy().check(scheme, host, port)
        except EngineError as error:
            yield "url", f"cannot be used: {error.message}"
        yield from _secret(str(settings.get("credential") or ""), host)
    for name, allowed in (("program", "MCP_PROGRAMS"), ("function", "TOOL_FUNCTIONS")):
        chosen = settings.get(name)
        if chosen and chosen not in voice_setting(allowed):
            yield name, f"must be one of those this server offers: {', '.join(voice_setting(allowed)) or 'none'}."


def _secret(name: str, host: str) -> Iterator[tuple[str, str]]:
    """A secret goes to the host that its credential is for, and nowhere else."""
    if not name:
        return
    credential = Credential.objects.filter(name=name).first()
    if credential is None:
        yield "credential", f"names the key {name!r}, which is not among the credentials."
    elif credential.provider.lower() != host:
        yield "credential", f"names the key {name!r}, whose provider is not {host}: it may not be sent there."

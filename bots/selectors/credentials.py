"""The secrets that a configuration names, for the one place that calls the services."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bots.models import Credential

ROLES = ("stt", "llm", "tts")
FALLBACKS = ("fallbacks", "stt_fallbacks", "tts_fallbacks")


def credential_names(spec: Mapping[str, Any]) -> set[str]:
    """The credentials that a configuration refers to."""
    services = [spec.get(role) or {} for role in ROLES]
    resilience = spec.get("resilience") or {}
    services += [row for name in FALLBACKS for row in resilience.get(name) or () if isinstance(row, Mapping)]
    settings = [service.get("settings") or {} for service in services]
    settings.append(spec.get("turn_end") or {})
    return {
        str(name)
        for values in settings
        for key, name in values.items()
        if name and (key == "credential" or key.endswith("_credential"))
    }


def secrets_for(spec: Mapping[str, Any]) -> dict[str, str]:
    """Credential names and secrets in clear; a name without a credential is left out.

    Raises UnreadableCredential when the encryption keys have changed.
    """
    found = Credential.objects.filter(name__in=credential_names(spec))
    return {credential.name: credential.secret() for credential in found}


def tool_secrets_for(spec: Mapping[str, Any]) -> dict[str, str]:
    """The secrets that a configuration's tools name, by credential name.

    A secret is left out unless its credential's provider is the host that the tool sends it to (reliability S5). Raises
    UnreadableCredential when the encryption keys have changed.
    """
    wanted: dict[str, set[str]] = {}
    for tool in spec.get("tools") or ():
        settings = (tool.get("settings") or {}) if isinstance(tool, Mapping) else {}
        if settings.get("credential"):
            wanted.setdefault(str(settings["credential"]), set()).add(_host_of(str(settings.get("url") or "")))
    found = Credential.objects.filter(name__in=wanted)
    return {row.name: row.secret() for row in found if wanted[row.name] == {row.provider.lower()}}


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""

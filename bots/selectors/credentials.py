"""The secrets that a configuration names, for the one place that calls the services."""

from collections.abc import Mapping
from typing import Any

from bots.models import Credential

ROLES = ("stt", "llm", "tts")


def credential_names(spec: Mapping[str, Any]) -> set[str]:
    """The credentials that a configuration refers to."""
    settings = ((spec.get(role) or {}).get("settings") or {} for role in ROLES)
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

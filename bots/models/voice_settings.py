"""What the deployment decides about calls: one dictionary, ``settings.VOICE``, with these defaults."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "MAX_CALLS_PER_USER": 3,
    "MAX_CALLS": 40,
    "CONNECT_SECONDS": 60,
    "LEASE_SECONDS": 6,
    "TOKEN_SECONDS": 60,
    "RESUME_GRACE_S": 20,
    "TRACING_ENDPOINT": None,
    "TRACING_HEADERS": [],
    "TRACING_SERVICE": "voiceapp",
    "TRACING_CONSOLE": False,
    "PUBLIC_URL": "",
    "CARRIER_EMULATOR": "",
    "WEBHOOK_SECONDS": 3.0,
    "TOOL_HOSTS": (),
    "TOOL_FUNCTIONS": {},
    "MCP_PROGRAMS": {},
}


def voice_setting(name: str) -> Any:
    """The value of ``VOICE[name]``, or its default."""
    configured: dict[str, Any] = settings.VOICE
    return configured[name] if name in configured else DEFAULTS[name]


def calls_dir() -> Path:
    """The folder that holds one folder per call."""
    return Path(settings.VOICE["CALLS_DIR"])


def sounds_dir() -> Path:
    """The folder whose sound files bots may play under their voice."""
    return Path(settings.VOICE["SOUNDS_DIR"])


def sound_names() -> list[str]:
    """The names of those files, sorted; empty where the folder does not exist."""
    folder = sounds_dir()
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def call_dir(call_id: uuid.UUID | str) -> Path:
    """The folder of one call; its name is always a UUID, so no other text can become a path."""
    return calls_dir() / str(uuid.UUID(str(call_id)))

"""The environment variables the house understands, and typed reading of them, failing at the start (DEP-05, RUN-07).

Every variable is declared once in `VARIABLES`; reading an undeclared one is a programming error. `NAME_FILE` may
name a file that holds the value instead (container secrets).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "VOICE_"
FILE_SUFFIX = "_FILE"
ROLES = ("all", "web", "media", "worker", "beat")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, the default as text (None: unset) and what it does."""

    name: str
    default: str | None
    help: str


VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("PORT", "8000", "Port of the web server."),
        Variable("ROLE", "all", "What this process is: all, web, media, worker or beat."),
        Variable("DATABASE_URL", None, "PostgreSQL as postgres://user:password@host:port/name. Unset: SQLite."),
        Variable("REDIS_URL", None, "Redis for jobs, channel layer and cache. Unset: all inside the process."),
        Variable("VOICE_HOST", "127.0.0.1", "Address the web server listens on."),
        Variable("VOICE_DEBUG", "off", "Django's debug pages (development profile only)."),
        Variable("VOICE_DATA_DIR", None, "Where the house writes. Unset: `var/` in the project folder."),
        Variable("VOICE_CALLS_DIR", None, "Journals and recordings. Unset: `calls/` in the data folder."),
        Variable("VOICE_SOUNDS_DIR", None, "Sound files for under a bot's voice. Unset: `sounds/` in the data folder."),
        Variable("VOICE_STATIC_DIR", None, "Collected static files. Unset: `static/` in the data folder."),
        Variable("VOICE_SECRET_KEY", None, "Signs sessions and tokens. Required in production."),
        Variable("VOICE_SECRET_KEY_FALLBACKS", "", "Earlier secret keys still accepted, comma separated."),
        Variable(
            "VOICE_ENCRYPTION_KEYS", None, "Fernet keys for stored secrets, newest first. Required in production."
        ),
        Variable(
            "VOICE_ALLOWED_HOSTS", None, "Host names served, comma separated. Unset: loopback. Required in production."
        ),
        Variable("VOICE_CSRF_TRUSTED_ORIGINS", "", "Further origins whose forms are accepted."),
        Variable("VOICE_ALLOWED_ORIGINS", "", "Origins of other sites that may start calls."),
        Variable("VOICE_ICE_SERVERS", "[]", "STUN and TURN servers as a JSON list of RTCIceServer objects."),
        Variable("VOICE_LOOPBACK_ICE", "off", "Offer 127.0.0.1 to WebRTC clients too (machines without a network)."),
        Variable("VOICE_RESUME_GRACE_S", "20", "Seconds a call waits for a lost caller to come back."),
        Variable("VOICE_MAX_CALLS_PER_USER", "3", "Live calls one person may have."),
        Variable("VOICE_MAX_CALLS", "40", "Live calls one process takes."),
        Variable("VOICE_DRAIN_S", "30", "Seconds live calls get to finish when the server stops."),
        Variable("VOICE_PUBLIC_URL", None, "Address under which carriers reach this house: https://voice.example."),
        Variable("VOICE_CARRIER_EMULATOR", None, "Carrier emulator instead of all carriers, as http://127.0.0.1:8765."),
        Variable("VOICE_TOOL_HOSTS", "", "Hosts inside the network that tools may reach, as crm.internal:8080."),
        Variable("VOICE_TOOL_FUNCTIONS", "{}", "Python functions that bots may use: JSON of name to dotted path."),
        Variable("VOICE_MCP_PROGRAMS", "{}", "MCP servers that may be started: JSON of name to command line, a list."),
        Variable("VOICE_TRACING_ENDPOINT", None, "OTLP/HTTP collector for traces of calls. Unset: none are sent."),
        Variable("VOICE_TRACING_HEADERS", "", "Headers for the collector as name=value, comma separated."),
        Variable("VOICE_TRACING_SERVICE", "voiceapp", "Name of this server in traces."),
        Variable("VOICE_TRACING_CONSOLE", "off", "Write traces to standard output too."),
        Variable("VOICE_TIME_ZONE", "UTC", "Time zone in which pages show times."),
        Variable("VOICE_LOG_LEVEL", "INFO", "Least severe log level written."),
        Variable("VOICE_LOG_FORMAT", None, "plain or json. Unset: json in production, plain elsewhere."),
        Variable("VOICE_BEHIND_TLS_PROXY", "off", "A proxy ends TLS and sets X-Forwarded-Proto itself."),
        Variable("VOICE_HSTS_S", "31536000", "Strict-Transport-Security max-age in production."),
    )
}


class Env:
    """Typed reading of declared variables; errors name the variable, never its value."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def raw(self, name: str) -> str | None:
        """The text of a variable, of the file its `_FILE` twin names, or its default."""
        declared = VARIABLES[name]
        path = self._values.get(name + FILE_SUFFIX)
        if path and name in self._values:
            raise ImproperlyConfigured(f"Set either {name} or {name}{FILE_SUFFIX}, not both.")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ImproperlyConfigured(f"{name}{FILE_SUFFIX} names a file that cannot be read.") from error
        return self._values.get(name, declared.default)

    def optional(self, name: str) -> str | None:
        """The text, or None when unset or empty."""
        return self.raw(name) or None

    def text(self, name: str) -> str:
        """The text; a missing value is an error that names the variable."""
        value = self.raw(name)
        if not value:
            raise ImproperlyConfigured(f"{name} must be set: {VARIABLES[name].help}")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of the choices, in lower case."""
        value = self.text(name).lower()
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}.")
        return value

    def integer(self, name: str) -> int:
        """A whole number, zero or more."""
        value = self.text(name)
        if not value.isascii() or not value.isdigit():
            raise ImproperlyConfigured(f"{name} must be a whole number.")
        return int(value)

    def seconds(self, name: str) -> float:
        """A duration in seconds, zero or more."""
        try:
            value = float(self.text(name))
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            raise ImproperlyConfigured(f"{name} must be a number of seconds.")
        return value

    def flag(self, name: str) -> bool:
        """On or off."""
        value = (self.raw(name) or "").lower()
        if value not in TRUE | FALSE:
            raise ImproperlyConfigured(f"{name} must be on or off.")
        return value in TRUE

    def items(self, name: str) -> list[str]:
        """The non-empty parts of a comma-separated list."""
        return [part.strip() for part in (self.raw(name) or "").split(",") if part.strip()]

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A JSON list of objects."""
        try:
            value = json.loads(self.raw(name) or "[]")
        except ValueError:
            value = None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ImproperlyConfigured(f"{name} must be a JSON list of objects.")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object."""
        try:
            value = json.loads(self.raw(name) or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ImproperlyConfigured(f"{name} must be a JSON object.")
        return value

    def path(self, name: str, default: Path) -> Path:
        """An absolute path."""
        value = self.optional(name)
        return Path(value).expanduser().absolute() if value else default


def unknown_variables(values: Mapping[str, str]) -> list[str]:
    """Names that start like ours and mean nothing: most likely typing errors."""
    known = set(VARIABLES) | {name + FILE_SUFFIX for name in VARIABLES}
    return sorted(name for name in values if name.startswith(PREFIX) and name not in known)


def database_from(url: str | None, *, sqlite: Path, statement_timeout_ms: int) -> dict[str, Any]:
    """Django's database settings for a PostgreSQL URL, or for the SQLite file when there is none."""
    if url is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(sqlite),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:port/name.")
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from error
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    options.setdefault("options", f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=2000")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def kept_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """A secret made on first use and kept in a file only its owner can read (development)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole beside its place and linked there, so that two first starts agree on one secret.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as draft:
            draft.write(make())
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text(encoding="utf-8").strip()

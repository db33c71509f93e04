"""Which protocol a client speaks and what that changes for it (RTVI-03; client contract 5.1, 5.3, 5.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import UnsupportedVersion

PROTOCOL_VERSION = "2.1.0"
OLDEST_VERSION = "1.0.0"
NATIVE_LIBRARIES = frozenset({"pipecat-client-ios", "Pipecat Android Client"})

_VERSION = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:[-+][\w.+-]{0,32})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """What a client announced and how it is spoken to.

    ``version`` is what it is treated as, ``answer`` the version to announce to it. ``native`` clients decode strictly.
    ``calls_with_args`` means the function calls of 1.0 (``llm-function-call``); else the three messages of 1.2.
    ``progress`` means the ``bot-output`` of 2.0, driven by playout; else the one of 1.x; ``output`` is False where the
    client does not know ``bot-output``.
    """

    version: tuple[int, int, int] = (2, 1, 0)
    answer: str = PROTOCOL_VERSION
    library: str = ""
    native: bool = False

    @property
    def calls_with_args(self) -> bool:
        """Whether function calls go out in the form of 1.0."""
        return self.native or self.version < (1, 2, 0)

    @property
    def progress(self) -> bool:
        """Whether ``bot-output`` has the shape of 2.0."""
        return self.version >= (2, 0, 0)

    @property
    def output(self) -> bool:
        """Whether the client knows ``bot-output``."""
        return self.version >= (1, 1, 0)

    @property
    def mute(self) -> bool:
        """Whether the client knows the mute events."""
        return self.version >= (1, 2, 0)


@dataclass(frozen=True, slots=True)
class Negotiation:
    """The outcome of a handshake: how to speak to the client, and what to tell it first if its version is foreign."""

    profile: ClientProfile
    problem: UnsupportedVersion | None = None


def negotiate(data: Any) -> Negotiation:
    """Read the ``data`` of ``client-ready``; every client gets an answer.

    2.x is answered with our version, 1.x with the client's own, a missing version with 1.0. Other majors get our
    nearest version and a coded problem.
    """
    fields = data if isinstance(data, Mapping) else {}
    about = fields.get("about")
    library = about.get("library") if isinstance(about, Mapping) else None
    library = library if isinstance(library, str) else ""
    native = library in NATIVE_LIBRARIES
    stated = fields.get("version")
    if stated is None:
        return Negotiation(ClientProfile((1, 0, 0), OLDEST_VERSION, library, native))
    found = _VERSION.fullmatch(stated.strip()) if isinstance(stated, str) else None
    if found is None:
        problem = UnsupportedVersion("The client's version could not be read; it is served as version 1.0.")
        return Negotiation(ClientProfile((1, 0, 0), OLDEST_VERSION, library, native), problem)
    version = (int(found[1]), int(found[2] or 0), int(found[3] or 0))
    if version[0] == 2:
        return Negotiation(ClientProfile(version, PROTOCOL_VERSION, library, native))
    if version[0] == 1:
        return Negotiation(ClientProfile(version, ".".join(map(str, version)), library, native))
    nearest = (2, 1, 0) if version[0] > 2 else (1, 0, 0)
    answer = PROTOCOL_VERSION if version[0] > 2 else OLDEST_VERSION
    problem = UnsupportedVersion(
        f"Version {version[0]}.{version[1]} is not known here; the client is served as {answer}."
    )
    return Negotiation(ClientProfile(nearest, answer, library, native), problem)

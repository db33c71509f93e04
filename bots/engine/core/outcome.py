"""How a call ended: a closed catalogue of reasons, each with a final status and an owner (lessons T2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from bots.engine.errors import Owner


class EndReason(StrEnum):
    """Why a call ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    CLIENT_GONE = "client_gone"
    BOT_ENDED = "bot_ended"
    IDLE_TIMEOUT = "idle_timeout"
    MAX_DURATION = "max_duration"
    PIPELINE_ERROR = "pipeline_error"
    START_FAILED = "start_failed"
    OWNER_GONE = "owner_gone"
    SERVER_SHUTDOWN = "server_shutdown"
    CANCELLED = "cancelled"
    NOT_ANSWERED = "not_answered"
    NOT_CONNECTED = "not_connected"
    TRANSFERRED = "transferred"
    MACHINE = "machine"
    MAX_TURNS = "max_turns"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a reason means: the call's final status and whose doing it is. The words for it are the host's."""

    status: Literal["ended", "failed"]
    owner: Owner


CATALOGUE: dict[EndReason, Ending] = {
    EndReason.CALLER_HUNG_UP: Ending("ended", "caller"),
    EndReason.CLIENT_GONE: Ending("ended", "network"),
    EndReason.BOT_ENDED: Ending("ended", "author"),
    EndReason.IDLE_TIMEOUT: Ending("ended", "caller"),
    EndReason.MAX_DURATION: Ending("ended", "author"),
    EndReason.PIPELINE_ERROR: Ending("failed", "us"),
    EndReason.START_FAILED: Ending("failed", "us"),
    EndReason.OWNER_GONE: Ending("failed", "us"),
    EndReason.SERVER_SHUTDOWN: Ending("ended", "us"),
    EndReason.CANCELLED: Ending("ended", "us"),
    EndReason.NOT_ANSWERED: Ending("ended", "caller"),
    EndReason.NOT_CONNECTED: Ending("failed", "provider"),
    EndReason.TRANSFERRED: Ending("ended", "author"),
    EndReason.MACHINE: Ending("ended", "caller"),
    EndReason.MAX_TURNS: Ending("ended", "author"),
    EndReason.LOOP: Ending("ended", "caller"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a call: reason, detail (never what people said), length in media seconds, tasks that were forced."""

    reason: EndReason
    duration_s: float
    detail: str = ""
    forced: tuple[str, ...] = ()

    @property
    def ending(self) -> Ending:
        """What the reason means."""
        return CATALOGUE[self.reason]

    def as_data(self) -> dict[str, Any]:
        """Return the outcome as the journal carries it."""
        return {
            "reason": self.reason.value,
            "owner": self.ending.owner,
            "status": self.ending.status,
            "duration_s": round(self.duration_s, 6),
            "forced": list(self.forced),
        }

"""How a call ended: a closed catalogue of reasons, each with an owner and a sentence (lessons T2, ux)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Ending:
    """What a reason means: status, whose doing it is, one sentence, what to do next (may be empty)."""

    status: str
    owner: Owner
    sentence: str
    next_step: str = ""


CATALOGUE: dict[EndReason, Ending] = {
    EndReason.CALLER_HUNG_UP: Ending("ended", "caller", "The caller hung up."),
    EndReason.CLIENT_GONE: Ending(
        "ended", "network", "The caller's connection was lost and did not come back in time.",
        "If it happens often, look at the caller's network; the call kept everything up to that moment.",
    ),
    EndReason.BOT_ENDED: Ending("ended", "author", "The bot said goodbye and ended the call."),
    EndReason.IDLE_TIMEOUT: Ending(
        "ended", "caller", "Nobody spoke for the bot's idle time, so the call was ended.",
        "Raise the idle time in the bot's limits if callers need longer.",
    ),
    EndReason.MAX_DURATION: Ending(
        "ended", "author", "The call reached the longest duration this bot allows.",
        "Raise the longest duration in the bot's limits if calls should go on.",
    ),
    EndReason.PIPELINE_ERROR: Ending(
        "failed", "us", "A part of the call failed in a way it could not go on from.",
        "Open the call's timeline: the error event names the part and what to do.",
    ),
    EndReason.START_FAILED: Ending(
        "failed", "provider", "The call could not start because a part of it did not become ready.",
        "Open the call's timeline: the error event names the part and what to do.",
    ),
    EndReason.OWNER_GONE: Ending(
        "failed", "us", "The server that ran the call stopped without notice; everything up to that moment is kept.",
        "Nothing needs doing for this call; look at the server's log if you did not restart it.",
    ),
    EndReason.SERVER_SHUTDOWN: Ending(
        "ended", "us", "The server was stopped and ended the call.", "Start the call again.",
    ),
    EndReason.CANCELLED: Ending("ended", "us", "The call was ended by the server on request."),
}  # fmt: skip


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

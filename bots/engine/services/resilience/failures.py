"""What a model's failure means for the next request to it (reliability 4.1, P1…P8, P15)."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.errors import EngineError
from bots.engine.services.llm_failures import (
    BUSY,
    ChatKeyRefused,
    ChatQuotaUsedUp,
    ChatUnreachable,
    EmptyCompletion,
    RateLimited,
)

RATE_LIMIT_S = 30.0
"""How long a key rests after a rate limit that names no time."""
REFUSED_KEY_S = 300.0


@dataclass(frozen=True, slots=True)
class Treatment:
    """``again``: the same model may be asked once more. ``down``: it is out at once, not only after several failures.

    ``key_rests_s``: its key is not used for so long, with any model. ``blameless``: it does not count at all.
    """

    again: bool = False
    down: bool = False
    key_rests_s: float = 0.0
    blameless: bool = False


def treatment_of(error: EngineError, *, midway: bool = False) -> Treatment:
    """Judge a failure by its kind; ``midway``: the reply had begun, so the server was there.

    A rate limit is never tried again inside a turn and rests the key (P1); an overloaded server is asked once more if
    nothing was spoken (P2); one that cannot be reached is out at once (P3); a refused key is not tried again (P15); an
    empty answer says nothing of the server's health (P8). All else counts as one failure (P4…P7).
    """
    if isinstance(error, RateLimited):
        rest = error.retry_after_s if error.retry_after_s is not None else RATE_LIMIT_S
        return Treatment(down=True, key_rests_s=rest)
    if isinstance(error, ChatKeyRefused | ChatQuotaUsedUp):
        return Treatment(down=True, key_rests_s=REFUSED_KEY_S)
    if error.code == BUSY:
        return Treatment(again=True)
    if isinstance(error, ChatUnreachable):
        return Treatment(down=not midway)
    return Treatment(blameless=isinstance(error, EmptyCompletion))

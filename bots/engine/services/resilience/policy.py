"""How long a model may take and what happens then (reliability, section 3; LK-16)."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.checks import is_number
from bots.engine.context.budget import LEAST_TOKENS
from bots.engine.errors import SpecError

FILLERS = ("One moment, please.", "Let me see.", "Just a second.")
BROKEN_OFF = "Sorry, I lost my thread. Could you ask me that again?"
GOODBYE = "I am sorry, I cannot help you right now. Please try again later. Goodbye."


class PolicyWrong(SpecError, ValueError):
    """The bot's settings for slow and failing models contradict each other."""

    code = "llm.policy"
    next_step = "Open the bot in the admin and mend the field under Slow and failing models that is named."


@dataclass(frozen=True, slots=True)
class ResiliencePolicy:
    """What to do when a model is slow or fails; seconds, tokens and counts.

    ``soft_s``: no first token after this long, a filler is spoken (0: never). ``hard_s``: no first token, the next
    model is asked: beside the first when ``hedge`` (whichever speaks first wins), else instead of it. ``between_s``: a
    reply that stops for this long is taken over by the next model when ``take_over``, else broken off with
    ``broken_off``. ``end_after``: replies in a row in which every model failed, before ``goodbye`` ends the call (0:
    never). ``cache_ttl_s``: how long a reply is kept for the same request (0: not at all). ``context_tokens``: the
    longest request (0: no limit), with ``summarise`` of what is left out. ``prefetch``: ask while the caller still
    speaks, at most ``prefetches`` times a turn. Error: ``llm.policy``, which names the parameter.
    """

    soft_s: float = 1.2
    hard_s: float = 4.0
    between_s: float = 3.0
    fillers: tuple[str, ...] = FILLERS
    hedge: bool = True
    take_over: bool = True
    broken_off: str = BROKEN_OFF
    goodbye: str = GOODBYE
    end_after: int = 3
    cache_ttl_s: float = 0.0
    context_tokens: int = 0
    summarise: bool = False
    prefetch: bool = False
    prefetches: int = 3

    def __post_init__(self) -> None:
        for name in ("soft_s", "cache_ttl_s", "end_after", "context_tokens", "prefetches"):
            if not is_number(getattr(self, name)) or getattr(self, name) < 0:
                raise PolicyWrong(f"{name} must not be negative.")
        for name in ("hard_s", "between_s"):
            if not is_number(getattr(self, name)) or getattr(self, name) <= 0:
                raise PolicyWrong(f"{name} must be above zero.")
        if self.soft_s and self.soft_s >= self.hard_s:
            raise PolicyWrong("soft_s must be shorter than hard_s: a filler is spoken before another model is asked.")
        if 0 < self.context_tokens < LEAST_TOKENS:
            raise PolicyWrong(f"context_tokens must be 0 or at least {LEAST_TOKENS}.")
        if not all(phrase.strip() for phrase in self.fillers):
            raise PolicyWrong("fillers must not hold an empty phrase.")
        if self.prefetch and not self.prefetches:
            raise PolicyWrong("prefetches must be at least 1 where prefetch is on.")

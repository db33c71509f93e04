"""Every request of a reply on record: what it was for, how it ended, what it cost (LK-08, LK-16, LK-17, LK-18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.engine.context.budget import CHARACTERS_PER_TOKEN, context_tokens
from bots.engine.core.journal import Journal
from bots.engine.services.alerts import check_metrics
from bots.engine.services.llm_metrics import LLMMetrics
from bots.engine.services.percentiles import Percentiles

from .attempt import Attempt, Member

if TYPE_CHECKING:
    from bots.engine.errors import EngineError


@dataclass(slots=True)
class Accounts:
    """Writes ``llm.request`` for each request, ``llm.switched`` for each change of the model that answers, and
    ``llm.alert`` for a first token that came too late; keeps the call's times to the first token.

    Tokens that the provider did not count, because nobody waited for the end, are estimated and marked so: a request
    that was dropped is not free.
    """

    journal: Journal
    tell: Callable[[LLMMetrics], None]
    ttft: Percentiles = field(default_factory=Percentiles)

    def settle(self, attempt: Attempt, outcome: str, error: EngineError | None = None) -> None:
        """Note how a request ended; a second time changes nothing.

        ``outcome``: won, lost (another spoke first), failed, slow, broken (midway), empty, cut (the caller spoke),
        unused (asked in advance for nothing).
        """
        if attempt.settled:
            return
        attempt.settled = True
        metrics = attempt.metrics()
        counted = attempt.meter.tokens is not None
        prompt = metrics.prompt_tokens if counted else context_tokens(attempt.context)
        completion = metrics.completion_tokens if counted else attempt.characters // CHARACTERS_PER_TOKEN
        self.journal.record(
            "llm.request",
            {"model": attempt.member.label, "role": attempt.role, "outcome": outcome,
             "code": error.code if error is not None else None, "duration_ms": round(metrics.duration * 1000, 1),
             "ttft_ms": round(metrics.ttft * 1000, 1) if metrics.ttft >= 0 else None,
             "prompt_tokens": prompt, "completion_tokens": completion, "estimated": not counted},
        )  # fmt: skip
        self._measure(metrics)
        self.tell(metrics)

    def _measure(self, metrics: LLMMetrics) -> None:
        if metrics.ttft >= 0:
            self.ttft.add(metrics.ttft)
        if (alert := check_metrics(metrics)) is not None:
            self.journal.record(
                "llm.alert",
                {"metric": alert.metric, "level": alert.level, "model": metrics.label,
                 "value_ms": round(alert.value_ms, 1), "threshold_ms": alert.threshold_ms},
            )  # fmt: skip

    def switched(self, before: Member, now: Member, role: str, reason: str) -> None:
        """Note that another model is asked; ``reason`` is a failure's code, ``down`` or ``slow``."""
        self.note("switched", {"from": before.label, "to": now.label, "role": role, "reason": reason})

    def note(self, what: str, data: dict[str, Any]) -> None:
        """Write ``llm.<what>``."""
        self.journal.record(f"llm.{what}", data)

    def close(self) -> None:
        """Write ``llm.latency`` at the end of the call: the percentiles of its times to the first token (LK-18)."""
        if len(self.ttft):
            summary = {name: round(value, 4) for name, value in self.ttft.summary().items() if value is not None}
            self.note("latency", {"ttft": summary})

"""What a look at a flow finds: mistakes that keep it from running, and what runs but will surprise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bots.engine.errors import Problem

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """A code, a place inside the flow and a sentence; an ``error`` keeps the flow from running."""

    severity: Severity = "error"


def surprise(code: str, path: str, message: str) -> Finding:
    """A finding that does not keep the flow from running."""
    return Finding(code, path, message, "warning")


def errors_of(findings: Iterable[Problem]) -> list[Problem]:
    """Those that keep a flow from running."""
    return [found for found in findings if not is_surprise(found)]


def is_surprise(problem: Problem) -> bool:
    """Whether a finding is a warning only."""
    return isinstance(problem, Finding) and problem.severity == "warning"

"""A static flow with what can be asked of it (PROD-18)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

from bots.engine.errors import Problem
from bots.engine.flows.document import read_flow, write_flow
from bots.engine.flows.forms import canonical_flow
from bots.engine.flows.graph import Way, ways_of
from bots.engine.flows.plain_text import Form
from bots.engine.flows.validation import findings_in


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow's configuration, in any form it may be written in."""

    config: Mapping[str, Any]

    @classmethod
    def read(cls, text: str, form: Form | None = None) -> Self:
        """Read a flow from JSON or YAML; raises FlowTextError."""
        return cls(read_flow(text, form).config)

    def write(self, form: Form = "json", *, wrapped: bool = True) -> str:
        """Return the flow as a text in the public format."""
        return write_flow(self.config, form, wrapped=wrapped)

    def check(
        self,
        *,
        handlers: Collection[str] | None = None,
        action_types: Collection[str] = (),
        can_hang_up: bool = False,
    ) -> list[Problem]:
        """Return every finding: missing start and targets, functions twice, bad schemas, dead ends, unreachable nodes.

        A `Finding` whose severity is warning does not keep the flow from running; the arguments are those of
        `findings_in`.
        """
        return findings_in(self.config, handlers=handlers, action_types=action_types, can_hang_up=can_hang_up)

    def ways(self) -> list[Way]:
        """Return the ways between its nodes."""
        plain, _ = canonical_flow(self.config)
        return list(ways_of(plain)) if isinstance(plain, Mapping) else []

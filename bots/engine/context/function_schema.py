"""One function a model may call (FUNC-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FunctionSchema:
    """A function for any provider (FUNC-02): ``properties`` are JSON Schema by argument, ``required`` some of them."""

    name: str
    description: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the arguments as one JSON Schema object."""
        return {"type": "object", "properties": dict(self.properties), "required": list(self.required)}

"""One function a model may call (FUNC-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.engine.checks import Checks
from bots.engine.errors import SpecError


class SchemaMalformed(SpecError, ValueError):
    """A function cannot be described to a model like this; the sentence names the part."""

    code = "tools.schema"
    next_step = "Correct the part of the function's schema that is named."


CHECK = Checks(SchemaMalformed)


@dataclass(frozen=True, slots=True)
class FunctionSchema:
    """A function for any provider (FUNC-02): ``properties`` are JSON Schema by argument, ``required`` some of them.

    Error: ``tools.schema``.
    """

    name: str
    description: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()

    def __post_init__(self) -> None:
        CHECK.texts(name=self.name)
        CHECK.kinds(str, "a text", description=self.description)
        CHECK.lists(str, "names", required=self.required)
        CHECK.kinds(Mapping, "JSON Schema by argument", properties=self.properties)
        for argument, schema in self.properties.items():
            if not isinstance(argument, str) or not isinstance(schema, Mapping | bool):
                raise SchemaMalformed("properties must be JSON Schema by argument.")

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the arguments as one JSON Schema object."""
        return {"type": "object", "properties": dict(self.properties), "required": list(self.required)}

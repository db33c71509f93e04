"""A flow as a text that other programs read and write: the public format, as JSON or YAML (FLOW-05, PROD-18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.errors import FlowTextError
from bots.engine.flows.forms import canonical_flow, public_flow
from bots.engine.flows.plain_text import Form, read_plain, write_plain


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """What a text says: the flow in our form, and what of it has no place there and was left out."""

    config: dict[str, Any]
    left_out: tuple[Problem, ...] = ()


def read_flow(text: str, form: Form | None = None) -> ReadFlow:
    """Read a flow from JSON or YAML (None: look which); it may still have mistakes, see `findings_in`.

    Raises FlowTextError (``flow.unreadable``) for a text that is no plain data or too large, too deep, or refers to
    parts of itself; nothing is executed.
    """
    data = read_plain(text, form)
    if not isinstance(data, Mapping):
        raise FlowTextError("The text must be an object with 'initial_node' and 'nodes'.")
    config, left_out = canonical_flow(data)
    return ReadFlow(config, tuple(left_out))


def write_flow(config: Mapping[str, Any], form: Form = "json", *, wrapped: bool = True) -> str:
    """Write a flow of plain JSON in the public format; reading it back gives the same flow.

    ``wrapped``: functions as `{"type": "function", "function": {…}}`, else flat with `properties`.
    """
    return write_plain(public_flow(config, wrapped=wrapped), form)

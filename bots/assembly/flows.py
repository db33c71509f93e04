"""A draft's flow and what is found in it, told with the bot's own tools in mind (PROD-18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.findings import is_surprise
from bots.engine.flows.validation import findings_in

ENDING_KIND = "call.end"


@dataclass(frozen=True, slots=True)
class FlowFindings:
    """What keeps a flow from running, and what will surprise; paths begin at the flow."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def findings_for(flow: Any, tools: Any) -> FlowFindings:
    """Look at a flow as a bot with these tools would run it; no flow, no findings."""
    if flow is None or flow == {}:
        return FlowFindings()
    known = [tool for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list) else []
    found = findings_in(
        flow,
        handlers={str(tool.get("name")) for tool in known},
        can_hang_up=any(tool.get("kind") == ENDING_KIND for tool in known),
    )
    return FlowFindings(
        tuple(problem for problem in found if not is_surprise(problem)),
        tuple(problem for problem in found if is_surprise(problem)),
    )


def flow_findings(draft: Mapping[str, Any]) -> FlowFindings:
    """What is found in a draft's flow."""
    return findings_for(draft.get("flow"), draft.get("tools"))


def path_in_draft(problem: Problem) -> str:
    """A finding's place as a path of the draft."""
    return f"flow{problem.path.removeprefix('$')}"

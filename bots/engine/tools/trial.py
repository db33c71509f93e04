"""One tool, run outside of any call with arguments somebody typed: the same runner, limits and errors (PROD-19)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots.engine.clock import BaseClock, SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, JournalEvent
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import FunctionCallFromLLM
from bots.engine.spec import ToolSpec

from .environment import ToolEnvironment
from .kinds import KINDS
from .mcp.client import ALL
from .mcp.settings import MCP_KIND, client_of
from .outfit import UnknownTool, rules_of, schema_of
from .registry import FunctionRegistry
from .runner import FunctionRunner

ONLY_IN_A_CALL = ("call.end", "call.transfer", "call.send_digits", "client")
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: ``result`` as the model would get it, ``code`` of a failure, seconds."""

    result: Any
    code: str
    took_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool of an MCP server, and whether the bot may use it."""

    name: str
    description: str
    arguments: tuple[str, ...]
    allowed: bool


class _Desk(FrameProcessor):
    """Stands where the model's service would."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = FunctionRegistry()
        self.runner = FunctionRunner(self, self.registry)


async def try_tool(
    tool: ToolSpec, arguments: Mapping[str, Any], environment: ToolEnvironment, clock: BaseClock | None = None
) -> Trial:
    """Run a tool once; it really acts. Errors: ``tool.unknown_kind``, ``tool.misconfigured``.

    At most 30 seconds, whatever the tool allows itself.
    """
    kind = KINDS.get(tool.kind)
    if kind is None or kind.make is None or tool.kind in ONLY_IN_A_CALL:
        raise UnknownTool("This kind of tool works in a call only: talk to the draft to try it.")
    tool = replace(tool, timeout_s=min(tool.timeout_s, PATIENCE_S), filler="", confirm=False)
    entry = replace(rules_of(tool, "", kind.handler(tool, environment)), schema=schema_of(tool))
    desk, clock = _Desk(), clock or SystemClock()
    desk.registry.register(tool.name, entry)
    events: list[JournalEvent] = []
    journal = Journal(clock)
    journal.listen(events.append)
    task = PipelineTask(Pipeline([desk]), clock=clock, journal=journal, idle_timeout_secs=None)
    running = asyncio.create_task(task.run(), name="trial of a tool")
    while task.state in ("created", "starting"):
        await clock.sleep(0.005)
    await desk.runner.run([FunctionCallFromLLM(tool.name, clock.new_id(), dict(arguments), LLMContext())])
    while desk.runner.running:
        await clock.sleep(0.005)
    await task.cancel()
    await running
    await environment.egress.aclose()
    return _trial_of(events)


def _trial_of(events: list[JournalEvent]) -> Trial:
    began = next((event.at for event in events if event.kind == "tool.started"), 0.0)
    notes = tuple(event.data["note"] for event in events if event.kind == "tool.progress")
    for event in events:
        if event.kind == "tool.finished":
            result = event.data["result"]
            code = str(result.get("code", "tool.failed")) if isinstance(result, Mapping) and "error" in result else ""
            return Trial(result, code, event.at - began, notes)
        if event.kind == "tool.failed":
            return Trial({"error": event.data["message"]}, event.data["code"], event.at - began, notes)
    return Trial({"error": "Nothing came of it."}, "tool.failed", 0.0, notes)


async def offered_by(tool: ToolSpec, environment: ToolEnvironment) -> list[OfferedTool]:
    """Return what an MCP server offers. Errors: ``mcp.…``, ``tool.egress_refused``, ``tool.misconfigured``."""
    settings = KINDS[MCP_KIND].read(tool)
    allowed = set(settings.allow)
    client = client_of(tool, replace(settings, allow=(ALL,)), environment)
    try:
        found = await client.tools()
    finally:
        await client.close()
        await environment.egress.aclose()
    return [
        OfferedTool(name, schema.description, tuple(schema.properties), ALL in allowed or name in allowed)
        for name, schema in found.items()
    ]

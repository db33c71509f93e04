"""Rehearses a draft as text: its rules and flow as they are, with tools that do nothing and answer by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.assembly import snapshot_of, spec_from
from bots.assembly.tool_kinds import TOOL_KINDS
from bots.engine.errors import SpecError
from bots.engine.spec import ServiceSpec
from bots.engine.testing.rehearsal import Rehearsed, rehearse
from bots.engine.tools.builtin import BUILTIN_TOOLS
from bots.engine.tools.mcp.settings import MCP_KIND
from bots.engine.tools.registry import FunctionCallParams, FunctionHandler
from bots.models import Bot

MOST_LINES, LONGEST_LINE = 40, 500
OFFLINE_MODEL = "scripted"
SAMPLES: dict[str, Any] = {
    "appointments.find": {"slots": ["09:15", "10:30", "14:00"]},
    "appointments.book": {"booked": True, "reference": "A7"},
}
"""What tools answer by their kind where the author gives nothing else."""
OTHERWISE = {"status": "rehearsed"}


class NotOffline(SpecError):
    """The bot's model needs a network, and a rehearsal has none."""

    code = "rehearsal.not_offline"
    next_step = "Talk to the draft in the console; a rehearsal is for the scripted model."


def rehearse_draft(bot: Bot, typed: Sequence[str], answers: Mapping[str, Any] | None = None) -> Rehearsed:
    """Let the draft hold a conversation in which the caller types these lines (PROD-18).

    ``answers`` are results of tools by their name. Raises a ``SpecError`` subclass where the draft cannot run, or not
    without a network.
    """
    spec = spec_from(snapshot_of(bot))
    if spec.llm.provider != OFFLINE_MODEL:
        raise NotOffline("This bot's language model needs a network.")
    handlers = {kind: _answering(kind, answers or {}) for kind in TOOL_KINDS if kind not in BUILTIN_TOOLS}
    # Ears and voice are replaced, so their settings do not matter; what a server offers needs a network.
    mute = replace(
        spec,
        stt=ServiceSpec("pocketsphinx"),
        tts=ServiceSpec("espeak"),
        tools=tuple(tool for tool in spec.tools if tool.kind != MCP_KIND),
    )
    return rehearse(mute, [line[:LONGEST_LINE] for line in typed][:MOST_LINES], tools=handlers)


def _answering(kind: str, answers: Mapping[str, Any]) -> FunctionHandler:
    async def answer(params: FunctionCallParams) -> None:
        given = answers.get(params.function_name, SAMPLES.get(kind, OTHERWISE))
        await params.result_callback(given)

    return answer

"""The doctor names functions and programs that bots may name and that would not work."""

from __future__ import annotations

import sys
from typing import Any

from bots.selectors.tool_findings import tool_findings


async def fine(params: Any) -> None:
    """Do nothing."""


def test_what_is_offered_and_cannot_be_used_is_named(settings: Any) -> None:
    settings.VOICE = {
        **settings.VOICE,
        "TOOL_FUNCTIONS": {
            "fine": "tests.bots.selectors.test_tool_findings.fine",
            "gone": "no.such.function",
            "number": "math.pi",
        },
        "MCP_PROGRAMS": {
            "python": [sys.executable, "x.py"],
            "ghost": ["no-such-program"],
            "text": "python",
            "empty": [],
        },
    }
    found = [finding.message for finding in tool_findings()]
    assert [name for name in ("gone", "number", "ghost", "text", "empty") if any(name in said for said in found)] == [
        "gone", "number", "ghost", "text", "empty",
    ]  # fmt: skip
    assert len(found) == 5


def test_nothing_offered_is_nothing_wrong(settings: Any) -> None:
    settings.VOICE = {**settings.VOICE, "TOOL_FUNCTIONS": {}, "MCP_PROGRAMS": {}}
    assert list(tool_findings()) == []

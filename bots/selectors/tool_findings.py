"""Whether what this deployment offers to tools is there: functions that load, programs that exist."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.module_loading import import_string

from bots.engine.errors import SpecError
from bots.engine.tools.python_functions import handler_from
from bots.models.voice_settings import voice_setting


@dataclass(frozen=True, slots=True)
class ToolFinding:
    """One thing that bots may name and that would not work."""

    message: str
    next_step: str


def tool_findings() -> Iterator[ToolFinding]:
    """Everything that is offered and cannot be used."""
    for name, path in voice_setting("TOOL_FUNCTIONS").items():
        try:
            handler_from(import_string(str(path)))
        except (ImportError, SpecError):
            yield ToolFinding(
                f"The function {name} cannot be loaded.", "Give VOICE_TOOL_FUNCTIONS the path of an async function."
            )
    for name, line in voice_setting("MCP_PROGRAMS").items():
        if not isinstance(line, list) or not line or shutil.which(str(line[0])) is None:
            yield ToolFinding(
                f"The MCP program {name} cannot be started.",
                "Give VOICE_MCP_PROGRAMS a list that begins with a program.",
            )

"""What this deployment lets a bot's tools use: a guarded way out, functions, programs, secrets."""

import logging
from collections.abc import Iterable, Mapping

from django.utils.module_loading import import_string

from bots.assembly.tool_kinds import egress_policy
from bots.engine.errors import SpecError
from bots.engine.spec import ToolSpec
from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.python_functions import handler_from
from bots.engine.tools.registry import FunctionHandler
from bots.models.voice_settings import voice_setting

log = logging.getLogger(__name__)


def tool_environment(tools: Iterable[ToolSpec], secrets: Mapping[str, str]) -> ToolEnvironment:
    """What the tools of one call, or one trial, may use (PROD-19)."""
    return ToolEnvironment(
        egress=EgressClient(egress_policy()),
        secrets=secrets,
        functions=_functions(str(tool.settings.get("function")) for tool in tools if tool.kind == "python"),
        programs={
            str(name): [str(part) for part in line]
            for name, line in voice_setting("MCP_PROGRAMS").items()
            if isinstance(line, list)
        },
    )


def _functions(names: Iterable[str]) -> dict[str, FunctionHandler]:
    """Load the functions that are asked for and allowed; one that cannot be loaded counts as not offered."""
    allowed: Mapping[str, str] = voice_setting("TOOL_FUNCTIONS")
    found: dict[str, FunctionHandler] = {}
    for name in set(names) & set(allowed):
        try:
            found[name] = handler_from(import_string(str(allowed[name])))
        except (ImportError, SpecError):
            log.exception("a function for bots cannot be loaded", extra={"function": name})
    return found

"""Tools as every model can be told of them (FUNC-02, FUNC-03, FUNC-05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from bots.engine.checks import Checks
from bots.engine.errors import SpecError

from .direct import DirectFunction
from .function_schema import FunctionSchema

NativeTool: TypeAlias = Mapping[str, Any]
StandardTool: TypeAlias = FunctionSchema | DirectFunction | Callable[..., Any]


class ToolsMalformed(SpecError, ValueError):
    """Something given as a tool is none."""

    code = "tools.malformed"
    next_step = "Give FunctionSchema objects, async functions, or the format of OpenAI, Anthropic or Gemini."


class AdapterType(Enum):
    """Whose format a custom tool is in (FUNC-03)."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


@dataclass(slots=True)
class ToolsSchema:
    """The tools of a context (FUNC-03).

    ``standard_tools`` may hold schemas and plain async functions; both can be read as schemas from :attr:`schemas`.
    ``custom_tools`` are passed to the one provider they are for, unchanged.
    """

    standard_tools: Sequence[StandardTool] = ()
    custom_tools: Mapping[AdapterType, Sequence[NativeTool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check = Checks(ToolsMalformed)
        check.lists(object, "schemas and functions", standard_tools=self.standard_tools)
        check.kinds(Mapping, "tools by AdapterType", custom_tools=self.custom_tools)
        for adapter, tools in self.custom_tools.items():
            if not isinstance(adapter, AdapterType) or not isinstance(tools, list | tuple):
                raise ToolsMalformed("custom_tools must be lists of tools by AdapterType.")
        self.standard_tools = [_standard(tool) for tool in self.standard_tools]

    @property
    def schemas(self) -> list[FunctionSchema]:
        """Return the standard tools, direct functions read as schemas (FUNC-04)."""
        return [_schema(tool) for tool in self.standard_tools]

    @property
    def direct_functions(self) -> list[DirectFunction]:
        """Return the standard tools that are functions, to be registered with the model's service."""
        return [tool for tool in self.standard_tools if isinstance(tool, DirectFunction)]

    def find(self, name: str) -> FunctionSchema | None:
        """Return the standard tool of this name."""
        return next((schema for schema in self.schemas if schema.name == name), None)


def _standard(tool: StandardTool) -> FunctionSchema | DirectFunction:
    if isinstance(tool, FunctionSchema | DirectFunction):
        return tool
    if callable(tool):
        return DirectFunction(tool)
    raise ToolsMalformed(f"standard_tools must be tools: a {type(tool).__name__} is none.")


def _schema(tool: StandardTool) -> FunctionSchema:
    if isinstance(tool, DirectFunction):
        return tool.schema
    if isinstance(tool, FunctionSchema):
        return tool
    return DirectFunction(tool).schema


ToolsInput: TypeAlias = ToolsSchema | Sequence[StandardTool | NativeTool] | None


def tools_schema_of(tools: ToolsInput) -> ToolsSchema | None:
    """Return any accepted form of tools as a schema; None or an empty list is None (FUNC-05).

    Accepted in a list: schemas, async functions, and the native dicts of OpenAI, Anthropic and Gemini, mixed. A native
    tool that is not a function (a provider's web search) becomes a custom tool. Error: ``tools.malformed``.
    """
    if tools is None or isinstance(tools, ToolsSchema):
        return tools
    Checks(ToolsMalformed).lists(object, "tools", tools=tools)
    standard: list[StandardTool] = []
    custom: dict[AdapterType, list[NativeTool]] = {}
    for tool in tools:
        if isinstance(tool, Mapping):
            _read_native(tool, standard, custom)
        else:
            standard.append(tool)
    return ToolsSchema(standard, custom) if standard or custom else None


def _read_native(tool: NativeTool, standard: list[StandardTool], custom: dict[AdapterType, list[NativeTool]]) -> None:
    if tool.get("type") == "function":
        function = tool.get("function", tool)
        standard.append(_from_native(function, "parameters"))
    elif "input_schema" in tool:
        standard.append(_from_native(tool, "input_schema"))
    elif "function_declarations" in tool:
        standard += [_from_native(declaration, "parameters") for declaration in tool["function_declarations"]]
    elif "type" in tool and "name" in tool:
        custom.setdefault(AdapterType.ANTHROPIC, []).append(tool)
    elif "type" in tool:
        custom.setdefault(AdapterType.OPENAI, []).append(tool)
    elif len(tool) == 1 and isinstance(next(iter(tool.values())), Mapping):
        custom.setdefault(AdapterType.GEMINI, []).append(tool)
    else:
        raise ToolsMalformed("tools must be in a format that is known.")


def _from_native(function: Mapping[str, Any], key: str) -> FunctionSchema:
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise ToolsMalformed("A tool has no name.")
    parameters = function.get(key) or {}
    return FunctionSchema(
        name=function["name"],
        description=function.get("description", ""),
        properties=dict(parameters.get("properties", {})),
        required=list(parameters.get("required", [])),
    )

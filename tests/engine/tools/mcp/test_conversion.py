"""What an MCP server says, as our schemas and results (MCP-01…03)."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import EngineError
from bots.engine.spec import ToolSpec
from bots.engine.tools.environment import ToolEnvironment, ToolMisconfigured
from bots.engine.tools.kinds import KINDS
from bots.engine.tools.mcp.client import MCPClient, result_of, schema_of
from bots.engine.tools.mcp.parameters import (
    SseServerParameters,
    StdioServerParameters,
    StreamableHttpParameters,
    parameters_of,
)
from bots.engine.tools.mcp.settings import client_of


def test_a_string_is_an_sse_server_and_objects_of_the_package_are_read() -> None:  # MCP-01
    assert parameters_of("https://x/sse") == SseServerParameters("https://x/sse")
    stdio = SimpleNamespace(command="npx", args=["-y"], env={"A": "1"})
    assert parameters_of(stdio) == StdioServerParameters("npx", ("-y",), {"A": "1"})

    class StreamableHttpThing:
        url, headers = "https://x/mcp", {"A": "1"}

    assert parameters_of(StreamableHttpThing()) == StreamableHttpParameters("https://x/mcp", {"A": "1"})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"server_params": "ftp://x"}, "url"),
        ({"server_params": SimpleNamespace(command=" ")}, "command"),
        ({"server_params": 5}, "server_params"),
        ({"server_params": "http://x", "allow": "add"}, "allow"),
        ({"server_params": "http://x", "allow": [1]}, "allow"),
        ({"server_params": "http://x", "connect_s": 0}, "connect_s"),
        ({"server_params": "http://x", "timeout_s": -1}, "timeout_s"),
    ],
)
def test_parameters_that_cannot_work_are_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    async def main() -> None:
        with pytest.raises(EngineError, match=named) as caught:
            MCPClient(**arguments)
        assert isinstance(caught.value, ValueError)

    asyncio.run(main())


def test_a_listed_tool_becomes_a_schema_that_models_accept() -> None:  # MCP-02
    tool = SimpleNamespace(
        name="crm/find customer",
        title="Find",
        description=None,
        input_schema={
            "type": "object",
            "properties": {"who": {"$ref": "#/$defs/Who"}, "limit": {"type": "integer"}, "loop": {"$ref": "#/$defs/L"}},
            "required": ["who", "ghost"],
            "$defs": {
                "Who": {"type": "object", "properties": {"name": {"type": "string"}}},
                "L": {"type": "array", "items": {"$ref": "#/$defs/L"}},
            },
        },
    )
    schema = schema_of(tool)
    assert isinstance(schema, FunctionSchema)
    assert (schema.name, schema.description, list(schema.required)) == ("crm_find_customer", "Find", ["who"])
    assert schema.properties["who"] == {"type": "object", "properties": {"name": {"type": "string"}}}
    assert "$ref" not in str(schema.properties)


def answer(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**({"content": [], "structured_content": None, "is_error": False} | values))


def text(words: str) -> SimpleNamespace:
    return SimpleNamespace(type="text", text=words)


@pytest.mark.parametrize(
    ("given", "result"),
    [
        (answer(content=[text("a"), text("b")]), "a\nb"),
        (answer(content=[text("a"), SimpleNamespace(type="image", data="…")]), "a\n[image]"),
        (answer(content=[text("{}")], structured_content={"a": 1}), {"a": 1}),
        (answer(content=[text("no")], is_error=True), {"error": "no", "code": "mcp.tool_failed"}),
        (answer(is_error=True), {"error": "The tool failed.", "code": "mcp.tool_failed"}),
        (answer(), ""),
    ],
)
def test_an_answer_becomes_json_and_an_error_a_result(given: Any, result: Any) -> None:  # MCP-03
    assert result_of(given) == result


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "url"),
        ({"url": "http://x", "program": "y", "allow": ["a"]}, "url"),
        ({"url": "x", "allow": ["a"]}, "url"),
        ({"url": "http://x"}, "allow"),
        ({"url": "http://x", "allow": "a"}, "allow"),
        ({"url": "http://x", "allow": [5]}, "allow"),
        ({"url": "http://x", "allow": ["a"], "transport": "smoke"}, "transport"),
        ({"url": "http://x", "allow": ["a"], "credential": "c", "secret_format": "x"}, "secret_format"),
        ({"url": "http://x", "allow": ["a"], "command": "rm"}, "command"),
    ],
)
def test_a_bots_settings_that_cannot_work_are_named(settings: dict[str, Any], named: str) -> None:  # MCP-03
    found = list(KINDS["mcp"].findings(ToolSpec("desk", "mcp", settings=settings)))
    assert found and named in f"{found[0]}"


@pytest.mark.parametrize(
    "settings", [{"program": "desk", "allow": ["a"]}, {"url": "http://x", "allow": ["a"], "credential": "c"}]
)
def test_a_program_that_is_not_allowed_or_a_secret_that_is_missing_makes_no_client(settings: dict[str, Any]) -> None:
    spec = ToolSpec("desk", "mcp", settings=settings)
    with pytest.raises(ToolMisconfigured):
        client_of(spec, KINDS["mcp"].read(spec), ToolEnvironment())


async def test_secrets_are_taken_out_of_whatever_a_server_says() -> None:  # S5
    client = MCPClient("http://x", hide=["canary", ""])
    given = {"a": ["x canary y", 1, None], "canary": "no", "b": {"c": "canary"}}
    assert client._without_secrets(given) == {"a": ["x [hidden] y", 1, None], "canary": "no", "b": {"c": "[hidden]"}}

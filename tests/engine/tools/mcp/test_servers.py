"""Real MCP servers on this machine: listed, allowed, called, broken (MCP-01…03)."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters as PackageParameters

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.frames import FunctionCallFromLLM
from bots.engine.spec import ToolSpec
from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.egress.policy import EgressPolicy
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.mcp.client import MCPClient
from bots.engine.tools.mcp.parameters import StdioServerParameters, StreamableHttpParameters
from bots.engine.tools.outfit import ToolOutfit
from tests.engine.tools.mcp.server import SEEN, served
from tests.engine.tools.world import World, quiet_world

pytestmark = pytest.mark.network

PROGRAM = [sys.executable, str(Path(__file__).with_name("server.py"))]
STDIO = StdioServerParameters(PROGRAM[0], PROGRAM[1:])
LOOPBACK_NAMES = ("add", "area", "odd.name!", "fail", "slow", "pour", "leave")


def loopback(url: str) -> EgressPolicy:
    return EgressPolicy.of([url.split("/")[2]])


async def check(client: MCPClient) -> None:
    world = quiet_world()
    schema = await client.register_tools(world.llm)
    add = schema.find("add")
    assert add is not None and (add.description, list(add.required)) == ("Add two numbers.", ["first"])
    area = schema.find("area")
    assert area is not None and area.properties["size"]["properties"]["width"]["type"] == "integer"
    assert world.llm.has_function("odd_name_")
    assert await client.call("add", {"first": 2}) == {"result": 3}
    assert await client.call("area", {"size": {"width": 3}}) == {"result": "3 square metres"}
    assert await client.call("odd.name!", {}) == {"result": "odd"}
    failed = await client.call("fail", {})
    assert failed["code"] == "mcp.tool_failed"
    assert "drawer" in failed["error"]
    assert (await client.call("add", {"first": "x"}))["code"] == "mcp.tool_failed"


async def test_a_program_over_its_standard_streams() -> None:  # MCP-01, MCP-02
    async with MCPClient(STDIO) as client:
        await check(client)


async def test_the_packages_own_parameters_work_too() -> None:  # MCP-01
    async with MCPClient(PackageParameters(command=PROGRAM[0], args=PROGRAM[1:])) as client:
        assert sorted(await client.tools()) == sorted(LOOPBACK_NAMES)


async def test_a_url_alone_means_a_stream_of_events() -> None:  # MCP-01
    with served("sse") as url:
        async with MCPClient(url, policy=loopback(url)) as client:
            await check(client)


async def test_streamable_http_with_a_secret_in_its_header() -> None:
    with served("http") as url:
        SEEN.clear()
        where = StreamableHttpParameters(url, {"Authorization": "Bearer canary"})
        async with MCPClient(where, policy=loopback(url)) as client:
            await check(client)
        assert {seen.get("authorization") for seen in SEEN} == {"Bearer canary"}
        assert {seen["host"] for seen in SEEN} == {url.split("/")[2]}


async def test_only_allowed_tools_are_offered() -> None:  # MCP-03
    async with MCPClient(STDIO, allow=["add", "not there"]) as client:
        assert list(await client.tools()) == ["add"]


@pytest.mark.parametrize("kind", ["sse", "http"])
async def test_a_server_inside_the_network_needs_the_deployments_leave(kind: str) -> None:  # MCP-03, S3
    with served(kind) as url:
        SEEN.clear()
        async with MCPClient(url if kind == "sse" else StreamableHttpParameters(url)) as client:
            with pytest.raises(EngineError) as caught:
                await client.tools()
        assert (caught.value.code, SEEN) == ("tool.egress_refused", [])


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (StdioServerParameters(PROGRAM[0], [*PROGRAM[1:], "mute"]), "mcp.timeout"),
        (StdioServerParameters(PROGRAM[0], [*PROGRAM[1:], "gone"]), "mcp.unreachable"),
        (StdioServerParameters("no-such-program"), "mcp.unreachable"),
        (StreamableHttpParameters("http://127.0.0.1:9/mcp"), "mcp.unreachable"),
        ("http://127.0.0.1:9/sse", "mcp.unreachable"),
    ],
)
async def test_a_server_that_is_not_there_has_a_code(where: Any, code: str) -> None:
    async with MCPClient(where, policy=EgressPolicy.of(["127.0.0.1:9"]), connect_s=3.0) as client:
        with pytest.raises(EngineError) as caught:
            await client.tools()
    assert caught.value.code == code


async def test_a_slow_tool_times_out_and_the_next_call_works() -> None:
    async with MCPClient(STDIO) as client:
        with pytest.raises(EngineError) as caught:
            await client.call("slow", {}, timeout_s=0.8)
        assert caught.value.code == "mcp.timeout"
        assert await client.call("add", {"first": 1}) == {"result": 2}


async def test_after_a_server_broke_off_the_next_call_starts_it_again() -> None:
    async with MCPClient(STDIO) as client:
        with pytest.raises(EngineError) as caught:
            await client.call("leave", {})
        assert caught.value.code == "mcp.unreachable"
        assert await client.call("add", {"first": 1}) == {"result": 2}


async def run_with(world: World, outfit: ToolOutfit, *calls: tuple[str, dict[str, Any]]) -> list[str]:
    """Run a pipeline with these tools, call some of them, and return their results."""
    outfit.serve(world.context)
    world.task = type(world.task)(
        type(world.task._pipeline)([outfit, world.llm, world.assistant]),
        clock=world.clock,
        journal=world.llm_journal(),
        idle_timeout_secs=None,
    )
    running = asyncio.create_task(world.task.run())
    while world.task.state != "running":
        await world.clock.sleep(0.01)
    batch = [FunctionCallFromLLM(name, f"c{n}", given, world.context) for n, (name, given) in enumerate(calls)]
    await world.llm.run_function_calls(batch)
    while world.llm._runner.running:
        await world.clock.sleep(0.01)
    await world.task.cancel()
    await running
    given = {m["tool_call_id"]: m["content"] for m in world.context.messages if m["role"] == "tool"}
    return [given[call.tool_call_id] for call in batch]


async def test_a_bots_server_brings_its_tools_into_the_call_and_a_dead_one_does_not_stop_it() -> None:  # PROD-19
    world = quiet_world()
    tools = [
        ToolSpec("desk", "mcp", settings={"program": "desk", "allow": ["add", "area", "pour"]}, timeout_s=3.0),
        ToolSpec("area", "clock.now", "Taken."),
        ToolSpec("gone", "mcp", settings={"url": "http://127.0.0.1:9/mcp", "allow": ["*"]}),
    ]
    environment = ToolEnvironment(EgressClient(EgressPolicy.of(["127.0.0.1:9"])), programs={"desk": PROGRAM})
    outfit = ToolOutfit(world.llm, tools, offered={}, environment=environment)
    world.context.set_tools(outfit.schema)
    results = await run_with(world, outfit, ("add", {"first": 4}), ("add", {"first": "x"}), ("pour", {"megabytes": 3}))
    assert results[0] == '{"result": 5}'
    assert '"tool.arguments"' in results[1]
    assert '"tool.result_too_large"' in results[2]
    assert world.context.tools is not None
    assert [schema.name for schema in world.context.tools.schemas] == ["area", "add", "pour"]
    codes = {event.data.get("code") for event in world.events if event.kind == "error"}
    assert codes == {"mcp.unreachable", "mcp.name_taken"}
    assert isinstance(LLMContext(tools=outfit.schema).tools, type(world.context.tools))

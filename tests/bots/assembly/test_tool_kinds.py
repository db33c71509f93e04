"""What keeps a tool without code from being published, each named by its path (PROD-19, S3, S5)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.tool_environment import tool_environment
from bots.assembly.tool_kinds import HOST_KINDS, TOOL_KINDS, kind_options
from bots.engine.spec import ToolSpec
from bots.models import Credential, default_draft

pytestmark = pytest.mark.django_db
OFFERED = "tests.bots.assembly.test_tool_kinds.greet"


async def greet(params: Any, name: str = "you") -> None:
    """Greet."""
    await params.result_callback(f"Hello {name}")


@pytest.fixture(autouse=True)
def deployment(settings: Any) -> None:
    settings.VOICE = {
        **settings.VOICE,
        "TOOL_HOSTS": ["crm.internal:8080"],
        "TOOL_FUNCTIONS": {"greet": OFFERED, "gone": "no.such.module.function", "number": "math.pi"},
        "MCP_PROGRAMS": {"desk": ["python", "server.py"], "broken": "python server.py"},
    }
    for name, provider in (("crm", "crm.internal"), ("chat", "openai")):
        row = Credential(name=name, provider=provider)
        row.set_secret(f"secret of {name}")
        row.save()


def tool(kind: str, more: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    return {"name": "use", "kind": kind, "settings": settings, **(more or {})}


WEB = "https://api.example.com/x"
CRM = "http://crm.internal:8080/x"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (tool("http.request", url=WEB), None),
        (tool("http.request", url=CRM, credential="crm"), None),
        (tool("http.request", {"properties": {"id": {"type": "string"}}}, url=WEB + "/{id}"), None),
        (tool("http.request"), "settings.url"),
        (tool("http.request", url=WEB + "/{id}"), "settings.url"),
        (tool("http.request", url="http://127.0.0.1/"), "settings.url"),
        (tool("http.request", url="http://crm.internal/x"), "settings.url"),
        (tool("http.request", url="http://[::1/"), "settings.url"),
        (tool("http.request", url=WEB, method="TRACE"), "settings.method"),
        (tool("http.request", url=WEB, colour="red"), "settings.colour"),
        (tool("http.request", url=WEB, credential="ghost"), "settings.credential"),
        (tool("http.request", url=WEB, credential="crm"), "settings.credential"),
        (tool("http.request", url=WEB, credential="chat"), "settings.credential"),
        (tool("call.transfer", targets={"a": "+4930123456"}), None),
        (tool("call.transfer"), "settings.targets"),
        (tool("call.send_digits"), None),
        (tool("client"), None),
        (tool("client", x=1), "settings.x"),
        (tool("python", function="greet"), None),
        (tool("python", function="os.system"), "settings.function"),
        (tool("python"), "settings.function"),
        (tool("mcp", url=WEB, allow=["a"]), None),
        (tool("mcp", program="desk", allow=["*"]), None),
        (tool("mcp", program="rm", allow=["*"]), "settings.program"),
        (tool("mcp", url="http://10.0.0.1/", allow=["a"]), "settings.url"),
        (tool("mcp", url=WEB), "settings.allow"),
        (tool("mcp", url=WEB, allow=["a"], credential="crm"), "settings.credential"),
        (tool("clock.now", {"duplicates": "twice"}), "duplicates"),
        (tool("clock.now", {"filler": 5}), "filler"),
        (tool("clock.now", {"filler": "x" * 201}), "filler"),
        (tool("clock.now", {"filler_after_s": 0}), "filler_after_s"),
        (tool("clock.now", {"filler_after_s": True}), "filler_after_s"),
        (tool("clock.now", {"max_calls": -1}), "max_calls"),
        (tool("clock.now", {"confirm": 1}), "confirm"),
        (tool("clock.now", {"max_calls": True}), "max_calls"),
        (tool("clock.now", {"cancel_on_interruption": "no"}), "cancel_on_interruption"),
        (tool("clock.now", {"settings": []}), None),
        (tool("clock.now", {"settings": "x"}), "settings"),
    ],
)
def test_a_tools_mistakes_are_named_by_their_path(given: dict[str, Any], path: str | None) -> None:
    found = [problem.path for problem in problems_with({**default_draft(), "tools": [given]})]
    assert found == [] if path is None else f"tools[0].{path}" in found


def test_every_kind_is_explained_with_its_settings() -> None:
    assert set(HOST_KINDS) < set(TOOL_KINDS)
    for kind, what in TOOL_KINDS.items():
        assert what.endswith(".")
        assert all(option.help for option in kind_options(kind))
    assert {option.kind for option in kind_options("http.request")} >= {"text", "choice", "whole", "json"}


def test_a_tools_rules_reach_the_engine_and_old_versions_have_defaults() -> None:
    rules = {"duplicates": "reject", "filler": "", "filler_after_s": 2, "cancel_on_interruption": True}
    snapshot = {**default_draft(), "slug": "a", "name": "A", "tools": [tool("clock.now", rules), tool("clock.now")]}
    first, second = spec_from(snapshot).tools
    assert (first.duplicates, first.filler, first.filler_after_s, first.cancel_on_interruption) == (
        "reject",
        "",
        2,
        True,
    )
    assert (second.duplicates, second.filler, second.filler_after_s) == ("join", None, 1.0)


def test_only_functions_that_are_named_allowed_and_loadable_are_offered() -> None:
    named = [ToolSpec("a", "python", settings={"function": name}) for name in ("greet", "gone", "number", "os.system")]
    environment = tool_environment(named, {"crm": "x"})
    assert list(environment.functions) == ["greet"]
    assert environment.programs == {"desk": ["python", "server.py"]}
    assert tool_environment([], {}).functions == {}

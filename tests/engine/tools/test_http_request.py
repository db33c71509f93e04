"""A web request as a tool: filled, escaped, authorised, tried again where that is harmless (PROD-19, S3, S4)."""

import json
from typing import Any

import httpx
import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import FunctionCallFromLLM
from bots.engine.spec import ToolSpec
from bots.engine.testing.loop import run_virtual
from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.environment import ToolEnvironment, ToolMisconfigured
from bots.engine.tools.kinds import KINDS
from bots.engine.tools.registry import Registration
from tests.engine.tools.wire import Answer, Wire, ok, public
from tests.engine.tools.world import in_a_pipeline, quiet_world

SECRET = "canary-7f3a"
PROPERTIES = {name: {} for name in ("id", "q", "count", "items", "note")}


def tool(**settings: Any) -> ToolSpec:
    return ToolSpec(
        "ask", "http.request", properties=PROPERTIES, settings={"url": "https://api.example.com/", **settings}
    )


def asked(
    wire: Wire, arguments: dict[str, Any] | None = None, secrets: dict[str, str] | None = None, **settings: Any
) -> Any:
    """Let the model call the tool once; return the result as the context holds it."""

    async def main() -> Any:
        world = quiet_world()
        egress = EgressClient(resolver=public, transport=wire)
        handler = KINDS["http.request"].handler(tool(**settings), ToolEnvironment(egress, secrets or {}))
        world.llm.register("ask", Registration(handler))
        world.llm.name_calls("7f")

        async def body() -> None:
            await world.llm.run_function_calls([FunctionCallFromLLM("ask", "a", arguments or {}, LLMContext())])
            await world.clock.sleep(10)

        await in_a_pipeline(world, body)
        await egress.aclose()
        content = world.context.messages[-1]["content"]
        assert SECRET not in "".join(line.decode() for line in world.sink.lines) + content
        return json.loads(content) if content[:1] in '{["0123456789' else content

    return run_virtual(main())


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"id": "a/b?c#d"}, "/orders/a%2Fb%3Fc%23d"),
        ({"id": "../../admin"}, "/orders/..%2F..%2Fadmin"),
        ({"id": "%2e%2e%2f"}, "/orders/%252e%252e%252f"),
        ({"id": "x@evil.example"}, "/orders/x%40evil.example"),
        ({"id": 7}, "/orders/7"),
        ({"id": "Zoë"}, "/orders/Zo%C3%AB"),
        ({}, "/orders/"),
    ],
)
def test_an_argument_stays_in_its_place_in_the_path(given: dict[str, Any], path: str) -> None:
    wire = Wire(ok())
    asked(wire, given, url="https://api.example.com/orders/{id}")
    (request,) = wire.requests
    assert request.url.raw_path.decode() == path
    assert request.headers["Host"] == "api.example.com"


@pytest.mark.parametrize("climb", ["..", ".", " .. "])
def test_an_argument_cannot_climb(climb: str) -> None:
    wire = Wire(ok())
    assert asked(wire, {"id": climb}, url="https://api.example.com/orders/{id}/items")["code"] == "tool.arguments"
    assert wire.requests == []


def test_an_argument_cannot_add_to_the_query() -> None:
    wire = Wire(ok())
    asked(wire, {"q": "a&admin=1 b"}, url="https://api.example.com/search?q={q}&limit=5")
    assert dict(wire.requests[0].url.params) == {"q": "a&admin=1 b", "limit": "5"}


def test_letters_of_every_language_travel_in_headers_and_bodies() -> None:
    wire = Wire(ok())
    asked(wire, {"note": "Zoë 你好", "id": "\ud83c"}, method="POST", headers={"X-Note": "{note}"})
    (request,) = wire.requests
    assert dict(request.headers.raw)[b"X-Note"].decode() == "Zoë 你好"
    assert json.loads(request.content)["note"] == "Zoë 你好"


def test_an_argument_cannot_begin_another_header() -> None:
    wire = Wire(ok())
    result = asked(wire, {"note": "x\r\nX-Admin: 1"}, headers={"X-Note": "{note}"})
    assert (result["code"], wire.requests) == ("tool.arguments", [])


def test_a_body_is_filled_with_values_as_they_are_and_the_key_of_the_call_goes_with_it() -> None:
    wire = Wire(ok())
    body = {"order": {"count": "{count}", "items": "{items}", "note": "{note}", "text": "For {id}!"}, "fixed": [1]}
    asked(wire, {"count": 2, "items": ["a"], "id": 'x"y'}, method="POST", body=body)
    (request,) = wire.requests
    assert json.loads(request.content) == {"order": {"count": 2, "items": ["a"], "text": 'For x"y!'}, "fixed": [1]}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "7f:0:ask:1"


def test_without_a_body_all_arguments_are_sent() -> None:
    wire = Wire(ok())
    asked(wire, {"id": "x", "count": 2}, method="PUT")
    assert json.loads(wire.requests[0].content) == {"id": "x", "count": 2}


def test_the_secret_goes_into_its_header_and_nowhere_else() -> None:
    wire = Wire(ok(f'{{"you_sent": "{SECRET}"}}'.encode()))
    settings = {"credential": "crm", "secret_header": "X-Key", "secret_format": "Key {secret}"}
    result = asked(wire, secrets={"crm": SECRET}, **settings)
    assert wire.requests[0].headers["X-Key"] == f"Key {SECRET}"
    assert result == {"you_sent": "[hidden]"}


def test_without_its_secret_the_tool_asks_nothing() -> None:
    wire = Wire(ok())
    assert asked(wire, credential="crm")["code"] == "tool.failed"
    assert wire.requests == []


@pytest.mark.parametrize(
    ("body", "path", "result"),
    [
        (b'{"data": {"items": [{"full name": "Ada"}]}}', 'data.items[0]["full name"]', "Ada"),
        (b'{"a": {"b": 3}}', "a", {"b": 3}),
        (b"[1, 2]", "[1]", 2),
        (b'{"a": 1}', "", {"a": 1}),
        (b"plain words", "", "plain words"),
        (b'{"a": "\\ud83c", "b": NaN}', "", {"a": "?", "b": None}),
        (b"", "", {"status": 200}),
    ],
)
def test_the_part_that_is_asked_for_is_the_result(body: bytes, path: str, result: Any) -> None:
    assert asked(Wire(ok(body)), result_path=path) == result


@pytest.mark.parametrize(
    ("answer", "settings", "code"),
    [
        (ok(b'{"a": '), {"result_path": "a"}, "tool.bad_answer"),
        (ok(b'{"a": ', **{"content-type": "application/json"}), {}, "tool.bad_answer"),
        (ok(b'{"a": 1}'), {"result_path": "b[0]"}, "tool.bad_answer"),
        (ok(b"[" * 100_000, **{"content-type": "application/json"}), {"max_bytes": 262_144}, "tool.bad_answer"),
        (ok(b"x" * 9000), {"max_bytes": 4096}, "tool.response_too_large"),
        (ok(status=301, location="http://127.0.0.1/"), {}, "tool.redirected"),
        (ok(b"no such order", status=404), {}, "tool.http_status"),
        (ok(b"broken", status=500), {}, "tool.http_status"),
        (httpx.ConnectError("refused"), {}, "tool.unreachable"),
        (ok(), {"url": "http://169.254.169.254/latest/meta-data"}, "tool.egress_refused"),
    ],
)
def test_what_goes_wrong_is_told_to_the_model_with_a_code(
    answer: Answer | Exception, settings: dict[str, Any], code: str
) -> None:
    result = asked(Wire(answer), **settings)
    assert result["code"] == code
    assert result["error"]


@pytest.mark.parametrize(
    ("method", "answers", "requests", "result"),
    [
        ("GET", [httpx.ConnectError("x"), httpx.ConnectError("x"), ok(b"1")], 3, 1),
        ("GET", [ok(status=503), ok(b"2")], 2, 2),
        ("PUT", [ok(status=502), ok(b"3")], 2, 3),
        ("POST", [ok(status=503), ok(b"4")], 1, None),
        ("PATCH", [httpx.RemoteProtocolError("x"), ok(b"5")], 1, None),
        ("GET", [ok(status=429), ok(b"6")], 1, None),
        ("GET", [ok(status=503), ok(status=503), ok(b"7")], 2, None),
    ],
)
def test_only_what_may_happen_twice_is_tried_again(
    method: str, answers: list[Any], requests: int, result: Any
) -> None:  # P1, P2
    wire = Wire(*answers)
    got = asked(wire, method=method)
    # A connection that never came to be has two addresses to try; that is no second request.
    assert len(wire.requests) == requests
    assert got == result if result is not None else "error" in got


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"url": "https://{id}.example.com/"}, "url"),
        ({"url": "api.example.com"}, "url"),
        ({"url": "https://user@example.com/"}, "url"),
        ({"url": "https://example.com/#{id}"}, "url"),
        ({"url": "https://example.com/{nobody}"}, "nobody"),
        ({"method": "TRACE"}, "method"),
        ({"headers": []}, "headers"),
        ({"headers": {"Host": "x"}}, "headers"),
        ({"headers": {"X Y": "x"}}, "headers"),
        ({"headers": {"X": 5}}, "headers"),
        ({"body": {"a": 1}}, "body"),
        ({"result_path": "a..b"}, "result_path"),
        ({"max_bytes": 1}, "max_bytes"),
        ({"max_bytes": True}, "max_bytes"),
        ({"retries": 9}, "retries"),
        ({"credential": "x", "secret_format": "Bearer"}, "secret_format"),
        ({"credential": 5}, "credential"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings: dict[str, Any], named: str) -> None:
    async def main() -> None:
        with pytest.raises(ToolMisconfigured, match=named):
            KINDS["http.request"].handler(tool(**settings), ToolEnvironment())

    run_virtual(main())

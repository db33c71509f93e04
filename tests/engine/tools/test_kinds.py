"""The kinds of tools without code: the call's control, the caller's page, functions of the server (PROD-19)."""

import asyncio
import dataclasses
import json
from types import SimpleNamespace
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.errors import SpecError, ToolError
from bots.engine.frames import FunctionCallFromLLM, OutputDTMFFrame
from bots.engine.spec import ToolSpec
from bots.engine.testing.call import LiveCall, ScriptedCall
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeCall, TapeReply
from bots.engine.tools.environment import ToolEnvironment, ToolMisconfigured
from bots.engine.tools.kinds import KINDS
from bots.engine.tools.phone_line import Transfer
from bots.engine.tools.python_functions import handler_from
from bots.engine.tools.registry import FunctionCallParams, Registration
from tests.engine.core.probes import Probe
from tests.engine.tools.world import in_a_pipeline, quiet_world

SALES = {"sales": "+4930123456", "desk": "sip:desk@example.com"}


class Line:
    """A telephone line."""

    def __init__(self, *, fails: bool = False) -> None:
        self.can_transfer = self.can_send_digits = True
        self.fails = fails
        self.transferred: list[tuple[Transfer, float]] = []

    async def transfer(self, order: Transfer) -> None:
        if self.fails:
            raise ToolError("Nobody answers there.")
        self.transferred.append((order, asyncio.get_running_loop().time()))


def called(kind: str, arguments: Any, environment: ToolEnvironment | None = None, **settings: Any) -> tuple[Any, Probe]:
    """Call a tool of this kind once; return its result and what was pushed behind the model."""

    async def main() -> tuple[Any, Probe]:
        world, probe = quiet_world(), Probe()
        spec = ToolSpec("use", kind, settings=settings)
        world.llm.register("use", Registration(KINDS[kind].handler(spec, environment or ToolEnvironment())))
        world.task = type(world.task)(
            type(world.task._pipeline)([world.llm, probe, world.assistant]), idle_timeout_secs=None
        )

        async def body() -> None:
            await world.llm.run_function_calls([FunctionCallFromLLM("use", "a", arguments, LLMContext())])
            await world.clock.sleep(10)

        await in_a_pipeline(world, body)
        return json.loads(world.context.messages[-1]["content"]), probe

    return run_virtual(main())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_setting_of_every_kind_has_a_default_and_a_help_text(kind: str) -> None:
    assert KINDS[kind].help.endswith(".")
    for item in dataclasses.fields(KINDS[kind].settings):
        assert item.metadata["help"].strip()
    KINDS[kind].settings()


@pytest.mark.parametrize("kind", ["call.transfer", "call.send_digits"])
def test_without_a_phone_line_the_model_is_told_so(kind: str) -> None:
    settings = {"targets": SALES} if kind == "call.transfer" else {}
    result, _ = called(kind, {"to": "sales", "digits": "1"}, **settings)
    assert result["code"] == "tool.no_phone_line"
    assert "no phone line" in result["error"]


def test_the_model_chooses_a_name_and_never_a_number() -> None:
    for to in ("sales", "desk"):
        line = Line()
        assert called("call.transfer", {"to": to}, ToolEnvironment(phone=line), targets=SALES)[0] == {"transferred": to}
        assert [order.target for order, _ in line.transferred] == [SALES[to]]
    line = Line()
    result, _ = called("call.transfer", {"to": "+900123"}, ToolEnvironment(phone=line), targets=SALES)
    assert (result["code"], line.transferred) == ("tool.arguments", [])
    assert called("call.transfer", {}, ToolEnvironment(phone=Line()), targets={"x": "+495551234"})[0] == {
        "transferred": "x"
    }


def test_a_transfer_takes_the_models_summary_to_the_person() -> None:
    """PROD-22: the brief is the author's, the summary the model's, in one line and short."""
    line = Line()

    settings = {"targets": {"desk": "+4930123456"}, "brief": "Anna. {{summary}} Press 1.", "sorry": "Nobody there."}
    spec = ToolSpec("hand_on", "call.transfer", settings=settings)
    handler = KINDS["call.transfer"].handler(spec, ToolEnvironment(phone=line))

    async def play(live: LiveCall) -> None:
        await live.type("the desk please")
        await live.wait(6)
        await live.type("the desk again")
        await live.wait(6)

    calls = [TapeCall("hand_on", {"summary": "Wants\n a refund."}), TapeCall("hand_on", {"to": "desk"})]
    ScriptedCall([TapeReply("Yes.", [call]) for call in calls], tools={"hand_on": handler}).run(play)
    assert [order for order, _ in line.transferred] == [
        Transfer("desk", "+4930123456", "Anna. Wants a refund. Press 1.", "Nobody there."),
        Transfer("desk", "+4930123456", "Anna. A caller is on the line. Press 1.", "Nobody there."),
    ]


def test_a_transfer_that_fails_is_an_error_result() -> None:
    result, _ = called("call.transfer", {"to": "sales"}, ToolEnvironment(phone=Line(fails=True)), targets=SALES)
    assert result == {"error": "Nobody answers there.", "code": "tool.failed"}


def test_a_transfer_waits_until_what_was_said_before_is_heard() -> None:
    line = Line()
    spec = ToolSpec("hand_on", "call.transfer", settings={"targets": SALES})
    handler = KINDS["call.transfer"].handler(spec, ToolEnvironment(phone=line))

    async def play(live: LiveCall) -> None:
        await live.type("sales please")
        await live.wait(8)

    reply = TapeReply("I connect you with my colleague now.", [TapeCall("hand_on", {"to": "sales"})])
    record = ScriptedCall([reply], tools={"hand_on": handler}).run(play)
    assert " ".join(record.heard) == "I connect you with my colleague now."
    ((_, at),) = line.transferred
    (turn,) = record.of("bot.turn")
    assert at >= turn.data["end"]
    assert [event.data for event in record.of("call.transferred")] == [{"to": "sales"}]


@pytest.mark.parametrize(
    ("settings", "arguments", "keys"),
    [({}, {"digits": "12 34-#*"}, "1234#*"), ({"digits": "0#"}, {"digits": "999"}, "0#"), ({}, {"digits": 42}, "42")],
)
def test_keys_are_pressed_in_order(settings: dict[str, Any], arguments: dict[str, Any], keys: str) -> None:  # DTMF-06
    result, probe = called("call.send_digits", arguments, ToolEnvironment(phone=Line()), **settings)
    assert result == {"sent": len(keys)}
    assert [frame.button.value for frame in probe.of(OutputDTMFFrame)] == list(keys)


@pytest.mark.parametrize("digits", ["", "12a", "1" * 33, None])
def test_keys_that_no_telephone_has_are_refused(digits: Any) -> None:
    result, probe = called("call.send_digits", {"digits": digits}, ToolEnvironment(phone=Line()))
    assert (result["code"], probe.of(OutputDTMFFrame)) == ("tool.arguments", [])


def test_a_function_of_the_page_goes_to_the_page_or_says_that_there_is_none() -> None:  # FUNC-19
    async def page(params: FunctionCallParams) -> None:
        await params.result_callback({"shown": params.arguments["what"]})

    assert called("client", {"what": "map"}, ToolEnvironment(page=page))[0] == {"shown": "map"}
    assert called("client", {"what": "map"})[0]["code"] == "tool.no_page"


async def add(params: FunctionCallParams, first: int, second: int = 1) -> None:
    """Add."""
    await params.result_callback(first + second)


async def plain(params: FunctionCallParams) -> None:
    """Answer."""
    await params.result_callback(dict(params.arguments))


def test_only_functions_that_the_server_offers_can_be_named() -> None:
    environment = ToolEnvironment(functions={"add": handler_from(add), "plain": handler_from(plain)})
    assert called("python", {"first": 2, "other": 1}, environment, function="add")[0] == 3
    assert called("python", {"a": 1}, environment, function="plain")[0] == {"a": 1}
    for name in ("os.system", ""):
        with pytest.raises(ToolMisconfigured):
            called("python", {}, environment, function=name)
    with pytest.raises(SpecError):
        handler_from(SimpleNamespace)


@pytest.mark.parametrize(
    ("kind", "settings", "named"),
    [
        ("call.transfer", {}, "targets"),
        ("call.transfer", {"targets": {"a": "110"}}, "targets"),
        ("call.transfer", {"targets": {"a": 5}}, "targets"),
        ("call.transfer", {"targets": {"a": "sip:x@y;z z"}}, "targets"),
        ("call.transfer", {"targets": "x"}, "targets"),
        ("call.send_digits", {"digits": "12x"}, "digits"),
        ("call.end", {"x": 1}, "x"),
        ("mcp", {}, "no single function"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(kind: str, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ToolMisconfigured, match=named):
        called(kind, {}, **settings)

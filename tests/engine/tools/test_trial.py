"""One tool, run outside of any call (PROD-19)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.errors import EngineError
from bots.engine.spec import ToolSpec
from bots.engine.testing.loop import run_virtual
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.tools.trial import ONLY_IN_A_CALL, Trial, offered_by, try_tool


def tried(handler: Any = None, arguments: Any = None, **values: Any) -> Trial:
    async def main() -> Trial:
        spec = ToolSpec(**({"name": "use", "kind": "python", "settings": {"function": "f"}} | values))
        return await try_tool(spec, arguments or {}, ToolEnvironment(functions={"f": handler}), SystemClock(seed=1))

    return run_virtual(main())


def test_the_result_its_time_and_the_notes_on_the_way_are_shown() -> None:
    async def work(params: FunctionCallParams) -> None:
        await params.progress_callback("half")
        await params.llm.clock.sleep(1.5)
        await params.result_callback({"key": bool(params.idempotency_key)})

    trial = tried(work)
    assert (trial.result, trial.code, trial.notes) == ({"key": True}, "", ("half",))
    assert trial.took_s == pytest.approx(1.5)


def test_a_result_that_is_an_error_counts_as_a_failure() -> None:
    async def work(params: FunctionCallParams) -> None:
        await params.result_callback({"error": "closed", "code": "shop.closed"})

    assert tried(work).code == "shop.closed"


@pytest.mark.parametrize(("timeout_s", "took"), [(2.0, 2.0), (120.0, 30.0)])
def test_a_tool_gets_its_own_time_but_nobody_waits_longer_than_half_a_minute(timeout_s: float, took: float) -> None:
    async def work(params: FunctionCallParams) -> None:
        await asyncio.Event().wait()

    trial = tried(work, timeout_s=timeout_s)
    assert (trial.code, trial.took_s) == ("tool.timeout", pytest.approx(took))


def test_arguments_are_checked_as_in_a_call() -> None:
    async def work(params: FunctionCallParams) -> None:
        raise AssertionError("it ran")

    assert tried(work, {"n": "x"}, properties={"n": {"type": "integer"}}).code == "tool.arguments"


@pytest.mark.parametrize("kind", [*ONLY_IN_A_CALL, "mcp", "no.such"])
def test_what_needs_a_call_is_refused(kind: str) -> None:
    with pytest.raises(EngineError) as caught:
        tried(kind=kind, settings={})
    assert caught.value.code == "tool.unknown_kind"


def test_a_server_without_settings_is_refused_before_anything_is_opened() -> None:
    async def main() -> None:
        with pytest.raises(EngineError) as caught:
            await offered_by(ToolSpec("desk", "mcp"), ToolEnvironment())
        assert caught.value.code == "tool.misconfigured"

    run_virtual(main())

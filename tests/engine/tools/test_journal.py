"""The record of a call: every sequence of transitions, its key, and repetitions (lessons T3, reliability A4)."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import FunctionCallFromLLM, FunctionCallResultProperties
from bots.engine.testing.loop import run_virtual
from bots.engine.tools.journal import ToolJournal
from bots.engine.tools.records import FINAL, CallState
from bots.engine.tools.registry import Duplicates, FunctionCallParams, Registration
from tests.engine.tools.world import in_a_pipeline, quiet_world

EVENTS = ("request", "start", "progress", "result", "cancel", "interrupt", "timeout")


async def handler(params: FunctionCallParams) -> None:
    """Do nothing."""


class Written:
    """Takes the events of a journal."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def record(self, kind: str, data: Any) -> None:
        self.kinds.append(kind)


def journal() -> tuple[ToolJournal, Written]:
    written = Written()
    owner: Any = SimpleNamespace(journal=written)
    return ToolJournal(owner), written


@pytest.mark.parametrize(
    "length", [1, 2, 3, 4, pytest.param(5, marks=pytest.mark.heavy), pytest.param(6, marks=pytest.mark.property)]
)
def test_no_sequence_of_events_writes_two_ends_or_anything_after_one(length: int) -> None:
    """All 7**length sequences, of the bare record."""
    entry, context = Registration(handler), LLMContext()
    for word in itertools.product(EVENTS, repeat=length):
        book, written = journal()
        record = None
        for event in word:
            if event == "request":
                record = book.request(FunctionCallFromLLM("act", "c", {}, context), entry) or record
            elif record is None:
                continue
            elif event == "start":
                book.begin(record)
            elif event == "progress":
                book.progress(record, "on")
            elif event == "result":
                book.finish(record, "done", None)
            elif event == "timeout":
                book.fail(record, "tool.timeout", "late", CallState.TIMED_OUT)
            elif event == "cancel":
                book.fail(record, "tool.failed", "broken")
            else:
                book.cancel(record, (CallState.REQUESTED, CallState.RUNNING))
        ends = [kind for kind in written.kinds if kind in ("tool.finished", "tool.failed", "tool.cancelled")]
        over = record is not None and record.state in FINAL
        assert len(ends) == over == (record is not None and record.done.is_set()), word
        assert not ends or written.kinds[-1] == ends[0], word
        assert written.kinds.count("tool.started") == (record is not None), word


def test_keys_name_call_turn_tool_and_number() -> None:
    book, _ = journal()
    book.call_id = "7f"
    context, keys = LLMContext([{"role": "user", "content": "one"}]), []
    entry = Registration(handler, duplicates=Duplicates.JOIN)

    def ask(number: int, name: str, arguments: Any) -> None:
        record = book.request(FunctionCallFromLLM(name, f"c{number}", arguments, context), entry)
        assert record is not None
        keys.append(record.key)

    ask(1, "book", {"at": 1})
    ask(2, "book", {"at": 2})
    ask(3, "find", {})
    context.add_message({"role": "tool", "tool_call_id": "c1", "content": "ok"})
    ask(4, "book", {"at": 1})
    context.add_message({"role": "user", "content": "two"})
    ask(5, "book", {"at": 1})
    assert keys == ["7f:1:book:1", "7f:1:book:2", "7f:1:find:1", "7f:1:book:1", "7f:2:book:1"]


def results(policy: Duplicates, *, fails_first: bool = False, pause: float = 0.0) -> tuple[int, list[str], list[str]]:
    """Ask for the same twice; return the effects, the results in the context, and the keys handlers saw."""

    async def main() -> tuple[int, list[str], list[str]]:
        world = quiet_world()
        seen: list[str] = []

        async def order(params: FunctionCallParams) -> None:
            seen.append(params.idempotency_key)
            await params.llm.clock.sleep(1)
            if fails_first and len(seen) == 1:
                raise ValueError
            quiet = FunctionCallResultProperties(run_llm=False)
            await params.result_callback(f"order {len(seen)}", properties=quiet)

        world.llm.register("order", Registration(order, duplicates=policy))

        async def body() -> None:
            await world.llm.run_function_calls([FunctionCallFromLLM("order", "a", {"n": 1}, world.context)])
            await world.clock.sleep(pause)
            await world.llm.run_function_calls([FunctionCallFromLLM("order", "b", {"n": 1}, world.context)])
            await world.clock.sleep(5)

        await in_a_pipeline(world, body)
        said = [message["content"] for message in world.context.messages if message["role"] == "tool"]
        return len(seen), said, seen

    return run_virtual(main())


@pytest.mark.parametrize("pause", [0.0, 0.5, 3.0], ids=["at once", "while it runs", "after it"])
def test_a_repetition_runs_joins_or_is_refused(pause: float) -> None:
    effects, said, keys = results(Duplicates.ALLOW, pause=pause)
    assert (effects, len(set(keys)), len(said)) == (2, 2, 2)
    effects, said, _ = results(Duplicates.JOIN, pause=pause)
    assert (effects, said) == (1, ["order 1", "order 1"])
    effects, said, _ = results(Duplicates.REJECT, pause=pause)
    assert effects == 1
    assert said[0] == "order 1"
    assert '"tool.duplicate"' in said[1]


def test_a_repetition_of_what_failed_runs_under_the_same_key() -> None:
    effects, said, keys = results(Duplicates.JOIN, fails_first=True, pause=3.0)
    assert (effects, said[1]) == (2, "order 2")
    assert keys[0] == keys[1]


def test_a_repetition_shares_the_failure_of_a_call_that_it_joined() -> None:
    effects, said, _ = results(Duplicates.JOIN, fails_first=True)
    assert effects == 1
    assert said[0] == said[1]
    assert '"tool.failed"' in said[0]


def test_a_tool_runs_as_often_as_one_call_may_however_often_the_model_asks() -> None:  # S4, P9
    async def main() -> list[str]:
        world = quiet_world()
        runs: list[str] = []

        async def refund(params: FunctionCallParams) -> None:
            runs.append(params.tool_call_id)
            await params.result_callback("refunded")

        world.llm.register("refund", Registration(refund, max_calls=2, duplicates=Duplicates.JOIN))

        async def body() -> None:
            for number, amount in enumerate((10, 10, 20, 30, 40)):
                call = FunctionCallFromLLM("refund", f"c{number}", {"amount": amount}, world.context)
                await world.llm.run_function_calls([call])
                await world.clock.sleep(0.1)

        events = await in_a_pipeline(world, body)
        assert [event.data["code"] for event in events if event.kind == "tool.failed"] == ["tool.limit"] * 2
        return runs

    assert run_virtual(main()) == ["c0", "c2"]


def test_what_needs_the_callers_word_never_runs_in_the_turn_in_which_it_is_proposed() -> None:  # S4
    """A model that obeys an attacker asks again and again, in one turn and with other arguments."""

    async def main() -> tuple[list[Any], list[str]]:
        world, runs = quiet_world(), []

        async def refund(params: FunctionCallParams) -> None:
            runs.append(params.arguments["amount"])
            await params.result_callback("refunded")

        world.llm.register("refund", Registration(refund, confirm=True, duplicates=Duplicates.JOIN))
        numbers = itertools.count()

        async def ask(amount: int) -> None:
            call = FunctionCallFromLLM("refund", f"c{next(numbers)}", {"amount": amount}, world.context)
            await world.llm.run_function_calls([call])
            await world.clock.sleep(0.1)

        async def body() -> None:
            for said, amounts in (
                ("refund me", (10, 10, 10)),
                ("no", (99,)),
                ("yes", (10, 99, 50)),
                ("so?", (99, 50)),
            ):
                world.context.add_message({"role": "user", "content": said})
                for amount in amounts:
                    await ask(amount)

        events = await in_a_pipeline(world, body)
        return runs, [event.data["code"] for event in events if event.kind == "tool.failed"]

    runs, codes = run_virtual(main())
    assert codes == ["tool.unconfirmed"] * 6
    assert runs == [10, 99, 50]

"""Answering a function of a node: the call it belongs to, and handlers that JSON names (FLOW-09)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from bots.engine.context.context import LLMContext
from bots.engine.flows.errors import InvalidFunctionError
from bots.engine.flows.functions import takes_flow
from bots.engine.flows.offer import Offer
from bots.engine.flows.types import FlowArgs, NodeConfig
from bots.engine.frames import FunctionCallResultProperties
from bots.engine.services.llm import LLMService
from bots.engine.tools.registry import FunctionCallParams


@dataclass(slots=True)
class Answering:
    """The call that is being answered, and the node its handler asked for by other means than its answer."""

    params: FunctionCallParams
    target: NodeConfig | None = None


_current: ContextVar[Answering | None] = ContextVar("answering", default=None)


def being_answered() -> Answering | None:
    """The call whose handler runs here, if one does."""
    return _current.get()


@contextmanager
def answering(params: FunctionCallParams) -> Iterator[Answering]:
    """Let code inside know which call it answers."""
    asked = Answering(params)
    token = _current.set(asked)
    try:
        yield asked
    finally:
        _current.reset(token)


def pair_of(name: str, answer: Any) -> tuple[Any, NodeConfig | str | None]:
    """A handler's result and next node; InvalidFunctionError when it gives anything else (FLOW-09)."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise InvalidFunctionError(f"The function {name} must give a result and the next node.")
    return answer[0], answer[1]


class NamedHandlers:
    """What a name in a flow's JSON stands for: a handler of the application, or a tool registered with the model."""

    def __init__(
        self, own: Mapping[str, Callable[..., Awaitable[Any]]], offer: Offer, llm: LLMService, context: LLMContext
    ) -> None:
        self._own, self._offer, self._llm, self._context = dict(own), offer, llm, context

    async def call(self, name: str, arguments: FlowArgs, flow: Any) -> Any:
        """Run it and return its answer; InvalidFunctionError when there is none of that name.

        A tool runs under the id and the idempotency key of the call it answers for.
        """
        if name in self._own:
            own = self._own[name]
            return await (own(arguments, flow) if takes_flow(own) else own(arguments))
        tool = self._offer.tool(name)
        if tool is None:
            raise InvalidFunctionError(f"There is no tool named '{name}'.")
        answers: list[Any] = []

        async def take(result: Any, *, properties: FunctionCallResultProperties | None = None) -> None:
            answers.append(result)

        params = replace(self._params(name, take), function_name=name, arguments=dict(arguments), result_callback=take)
        await tool.handler(params)
        return answers[0] if answers else None

    def _params(self, name: str, take: Any) -> FunctionCallParams:
        asked = being_answered()
        if asked is not None:
            return asked.params
        key = f"action_{self._llm.clock.new_id()}"
        return FunctionCallParams(name, key, {}, self._llm, self._context, take, key)

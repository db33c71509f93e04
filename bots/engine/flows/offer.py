"""What the model may call in a node: its functions, and what lasts beside them (FLOW-17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.engine.context.context import LLMContext
from bots.engine.context.schemas import StandardTool, ToolsSchema
from bots.engine.flows.functions import schema_for_model
from bots.engine.flows.types import FlowsFunctionSchema
from bots.engine.services.llm import LLMService
from bots.engine.tools.registry import DEFAULT_TIMEOUT_S, FunctionHandler, Registration


class Offer:
    """Registers the functions of one node at a time; what they stand in front of comes back when they go.

    `lasting` are tools offered in every node, by default all that the context holds beside the flow's own functions;
    `reserved` names tools that only functions of the flow may use, so the model is not offered them beside those.
    """

    def __init__(self, llm: LLMService, lasting: Sequence[StandardTool] | None, reserved: Collection[str]) -> None:
        self._llm, self._reserved = llm, frozenset(reserved)
        self._lasting, self._given = list(lasting or ()), lasting is not None
        self._offered: set[str] = set()
        self.functions: Mapping[str, FlowsFunctionSchema] = {}
        self._hidden: dict[str, Registration] = {}

    def tool(self, name: str) -> Registration | None:
        """What answers calls of a name apart from this node's functions; a catch-all answers none here."""
        if name in self._hidden:
            return self._hidden[name]
        found = self._llm.functions.find(name) if name not in self.functions else None
        return None if found is None or found is self._llm.functions.find("") else found

    def change(
        self, functions: Mapping[str, FlowsFunctionSchema], answer: FunctionHandler, context: LLMContext
    ) -> None:
        """Answer and offer exactly these functions, and what lasts."""
        for name in self.functions:
            self._llm.unregister_function(name)
        for name, registration in self._hidden.items():
            self._llm.functions.register(name, registration)
        self.functions, self._hidden = {}, {}
        hidden = {name: found for name in functions if (found := self.tool(name)) is not None}
        rules = {name: self._rules(function) for name, function in functions.items()}
        for name, function in functions.items():
            self._llm.functions.register(name, replace(rules[name], handler=answer, schema=schema_for_model(function)))
        self.functions, self._hidden = dict(functions), hidden
        context.set_tools(self._tools(context))

    def _rules(self, function: FlowsFunctionSchema) -> Registration:
        """A function's rules: those of the tool that answers for it, if there is one, and its own."""
        tool = self.tool(function.tool) if function.tool else None
        base = tool or Registration(_nobody, cancel_on_interruption=False, timeout_s=DEFAULT_TIMEOUT_S)
        return replace(
            base,
            timeout_s=base.timeout_s if function.timeout_s is None else function.timeout_s,
            cancel_on_interruption=base.cancel_on_interruption or function.cancel_on_interruption,
        )

    def _tools(self, context: LLMContext) -> ToolsSchema:
        """This node's functions, then what lasts; the node's win over a lasting one of the same name."""
        before = context.tools or ToolsSchema()
        if not self._given:
            known = self._offered | {getattr(tool, "name", None) for tool in self._lasting}
            self._lasting += [tool for tool in before.standard_tools if getattr(tool, "name", None) not in known]
        own = [schema_for_model(function) for function in self.functions.values()]
        self._offered = set(self.functions)
        kept = self._reserved | self._offered
        lasting = [tool for tool in self._lasting if getattr(tool, "name", None) not in kept]
        return ToolsSchema([*own, *lasting], before.custom_tools)


async def _nobody(params: Any) -> None:
    """Stands in a registration until its answer is known."""

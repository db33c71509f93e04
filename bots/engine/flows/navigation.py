"""Leading a conversation from node to node (FLOW-02…FLOW-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bots.engine.context.schemas import StandardTool, ToolsSchema
from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError, Problem
from bots.engine.flows.actions import ActionHandler, ActionRunner
from bots.engine.flows.context_change import change_context, strategy_of
from bots.engine.flows.errors import FlowInitializationError, FlowTransitionError, InvalidFunctionError
from bots.engine.flows.first_reply import FirstReply
from bots.engine.flows.functions import functions_of, schema_for_model
from bots.engine.flows.types import (
    ContextStrategyConfig,
    FlowConfig,
    FlowsFunctionSchema,
    NodeConfig,
)
from bots.engine.flows.validation import PLAIN_ACTIONS, problems_in_flow
from bots.engine.frames import (
    FunctionCallFromLLM,
    FunctionCallResultProperties,
    LLMRunFrame,
)
from bots.engine.services.llm import LLMService
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair

_ACKNOWLEDGED: dict[str, Any] = {"status": "acknowledged"}


class FlowManager:
    """The flow of one call: registers each node's functions, moves on their answers, runs the actions.

    Make it before the task runs. `state` is shared by all nodes for the whole call (FLOW-15). `lasting_tools` are
    offered in every node beside its own functions; by default those the context holds when the flow begins.
    """

    def __init__(
        self,
        task: PipelineTask,
        llm: LLMService,
        context_aggregator: LLMContextAggregatorPair,
        transport: Any = None,
        flow_config: FlowConfig | None = None,
        context_strategy: ContextStrategyConfig | None = None,
        lasting_tools: Sequence[StandardTool] | None = None,
    ) -> None:
        self.task, self.llm, self.transport = task, llm, transport
        self.state: dict[str, Any] = {}
        self.current_node: str | None = None
        self._aggregators = context_aggregator
        self._config = flow_config
        self._strategy = context_strategy or ContextStrategyConfig()
        self._lasting = None if lasting_tools is None else list(lasting_tools)
        self._actions = ActionRunner(task, self)
        self._functions: dict[str, FlowsFunctionSchema] = {}
        self._batch: set[str] = set()
        self._next: NodeConfig | str | None = None
        self._made = 0
        self._first_reply = FirstReply(llm, context_aggregator.assistant())
        task.add_observer(self._first_reply)
        llm.add_event_handler("on_function_calls_started", self._on_calls)

    def register_action(self, action_type: str, handler: ActionHandler) -> None:
        """Let a handler run a further type of action (FLOW-11)."""
        self._actions.register(action_type, handler)

    async def initialize(self, initial_node: NodeConfig | None = None) -> None:
        """Enter the first node: the given one, or the static flow's (FLOW-03)."""
        if self.current_node is not None:
            raise FlowInitializationError("The flow has begun already.")
        if self._config is None:
            if initial_node is None:
                raise FlowInitializationError("A dynamic flow needs its first node.")
            await self._enter(initial_node)
            return
        if initial_node is not None:
            raise FlowInitializationError("A static flow knows its first node itself.")
        problems = _problems(self._config)
        if problems:
            raise FlowInitializationError(f"The flow cannot run: {problems[0]}", tuple(problems))
        await self._enter(self._config["initial_node"])

    async def set_node_from_config(self, node: NodeConfig) -> None:
        """Go to a node now, without a function."""
        await self._enter(node)

    # -- entering a node ----------------------------------------------------------------------------------------------

    async def _enter(self, target: NodeConfig | str) -> None:
        name, node = self._resolve(target)
        functions = functions_of(node)
        strategy = strategy_of(node.get("context_strategy"), self._strategy)
        self.task.journal.record("flow.moved", {"from": self.current_node, "to": name})
        self.current_node = name
        self._offer(functions)
        post_actions = node.get("post_actions")
        self._first_reply.wait(None)
        await self._actions.run(node.get("pre_actions"))
        self._aggregators.context.set_tools(self._tools())
        await change_context(node, strategy, self.llm, self._aggregators.context)
        if post_actions:
            self._first_reply.wait(lambda: self._after_reply(name, list(post_actions)))
        if node.get("respond_immediately", True):
            await self.task.queue_frame(LLMRunFrame())

    def _resolve(self, target: NodeConfig | str) -> tuple[str, NodeConfig]:
        if isinstance(target, str):
            nodes: Mapping[str, NodeConfig] = self._config["nodes"] if self._config else {}
            if target not in nodes:
                raise FlowTransitionError(f"There is no node named '{target}'.")
            return target, nodes[target]
        if not isinstance(target, dict) or not target.get("task_messages"):
            raise FlowTransitionError("A node needs at least its task_messages.")
        self._made += 1
        return str(target.get("name") or f"node_{self._made}"), target

    def _offer(self, functions: dict[str, FlowsFunctionSchema]) -> None:
        """Answer exactly this node's functions (FLOW-17)."""
        for name in self._functions:
            self.llm.unregister_function(name)
        self._functions = functions
        for function in functions.values():
            self.llm.register_function(
                function.name, self._answer, cancel_on_interruption=False, timeout_s=function.timeout_s
            )

    def _tools(self) -> ToolsSchema:
        """This node's functions, then the lasting tools; the node's win over a lasting one of the same name."""
        before = self._aggregators.context.tools or ToolsSchema()
        if self._lasting is None:
            self._lasting = list(before.standard_tools)
        own = [schema_for_model(function) for function in self._functions.values()]
        lasting = [tool for tool in self._lasting if getattr(tool, "name", None) not in self._functions]
        return ToolsSchema([*own, *lasting], before.custom_tools)

    async def _after_reply(self, name: str, actions: list[Any]) -> None:
        if self.current_node == name:
            self.llm.create_task(self._actions.run(actions), f"actions after {name}")

    # -- answering functions ------------------------------------------------------------------------------------------

    async def _on_calls(self, llm: LLMService, calls: Sequence[FunctionCallFromLLM]) -> None:
        """Note which calls belong together: the flow moves after the last result (FLOW-18)."""
        self._batch |= {call.tool_call_id for call in calls if call.function_name in self._functions}

    async def _answer(self, params: FunctionCallParams) -> None:
        function = self._functions.get(params.function_name)
        try:
            if function is None or function.handler is None:
                raise InvalidFunctionError(f"The function {params.function_name} is not offered any more.")
            answer = await function.handler(dict(params.arguments), self)
            result, target = _pair(function.name, answer)
            if target is not None:
                self._resolve_early(target)
                self._next = target
        except BaseException:
            self._batch.discard(params.tool_call_id)
            self._move_on_if_last()
            raise
        self._batch.discard(params.tool_call_id)
        await params.result_callback(
            _ACKNOWLEDGED if result is None else result, properties=self._properties(last=not self._batch)
        )

    def _resolve_early(self, target: NodeConfig | str) -> None:
        """A wrong target is the function's error, told to the model, not a stuck call."""
        made = self._made
        self._resolve(target)
        self._made = made

    def _properties(self, *, last: bool) -> FunctionCallResultProperties:
        if not last:
            return FunctionCallResultProperties(run_llm=False)
        if self._next is None:
            return FunctionCallResultProperties()
        return FunctionCallResultProperties(run_llm=False, on_context_updated=self._move)

    def _move_on_if_last(self) -> None:
        if not self._batch and self._next is not None:
            self.llm.create_task(self._move(), "flow move")

    async def _move(self) -> None:
        target, self._next = self._next, None
        if target is None:
            return
        try:
            await self._enter(target)
        except EngineError as error:
            await self.llm.push_error(error.message, error)


def _pair(name: str, answer: Any) -> tuple[Any, NodeConfig | str | None]:
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise InvalidFunctionError(f"The function {name} must give a result and the next node.")
    return answer[0], answer[1]


def _problems(config: FlowConfig) -> list[Problem]:
    """Everything about a flow of plain JSON; of one with code in it only that its first node is there."""
    if all(_is_plain(node) for node in config["nodes"].values()):
        return problems_in_flow(config)
    if config["initial_node"] not in config["nodes"]:
        return [Problem("flow.unknown_start", "$.initial_node", "names no node of the flow")]
    return []


def _is_plain(node: NodeConfig) -> bool:
    actions = [*(node.get("pre_actions") or ()), *(node.get("post_actions") or ())]
    coded = [entry for entry in node.get("functions") or () if not isinstance(entry, Mapping)]
    return not coded and all(action.get("type") in PLAIN_ACTIONS for action in actions)

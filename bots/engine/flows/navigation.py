"""Leading a conversation from node to node (FLOW-02…19)."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bots.engine.checks import Checks
from bots.engine.context.schemas import StandardTool
from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError, Problem
from bots.engine.flows.actions import ActionHandler, ActionRunner
from bots.engine.flows.answering import NamedHandlers, answering, being_answered, pair_of
from bots.engine.flows.context_change import change_context, strategy_of, summary_for
from bots.engine.flows.errors import FlowInitializationError, FlowTransitionError, InvalidFunctionError
from bots.engine.flows.first_reply import FirstReply
from bots.engine.flows.forms import canonical_flow, canonical_node
from bots.engine.flows.functions import functions_of
from bots.engine.flows.graph import ends, handlers_of
from bots.engine.flows.marks import Marks
from bots.engine.flows.offer import Offer
from bots.engine.flows.types import ContextStrategyConfig, FlowArgs, FlowConfig, FlowsFunctionSchema, NodeConfig
from bots.engine.flows.validation import problems_in_flow
from bots.engine.frames import FunctionCallResultProperties, LLMRunFrame
from bots.engine.services.llm import LLMService
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair

_ACKNOWLEDGED: dict[str, Any] = {"status": "acknowledged"}
Target = NodeConfig | str | Callable[[], Awaitable[None]]


class FlowManager:
    """The flow of one call: offers each node's functions, moves on their answers, runs the actions.

    Make it before the task runs (FLOW-02). `state` is shared by all nodes for the whole call (FLOW-15). `lasting_tools`
    are offered in every node beside its own functions; by default those the context holds when the flow begins.
    `global_functions` are functions of every node. `handlers` are async functions that plain JSON may name; a tool
    registered with the model may be named as well. Errors: ``flow.*``.
    """

    def __init__(
        self,
        task: PipelineTask,
        llm: LLMService,
        context_aggregator: LLMContextAggregatorPair,
        transport: Any = None,
        flow_config: FlowConfig | None = None,
        context_strategy: ContextStrategyConfig | None = None,
        *,
        lasting_tools: Sequence[StandardTool] | None = None,
        global_functions: Sequence[Any] = (),
        handlers: Mapping[str, Callable[..., Awaitable[Any]]] | None = None,
    ) -> None:
        check = Checks(FlowInitializationError)
        check.kinds(PipelineTask, "a PipelineTask", task=task)
        check.kinds(LLMService, "a model's service", llm=llm)
        check.kinds(LLMContextAggregatorPair, "an LLMContextAggregatorPair", context_aggregator=context_aggregator)
        if flow_config is not None and not isinstance(flow_config, Mapping):
            raise FlowInitializationError("flow_config must be an object with 'initial_node' and 'nodes'.")
        if context_strategy is not None and not isinstance(context_strategy, ContextStrategyConfig):
            raise FlowInitializationError("context_strategy must be a ContextStrategyConfig.")
        self.task, self.llm, self.transport = task, llm, transport
        self.state: dict[str, Any] = {}
        self.current_node: str | None = None
        self._aggregators = context_aggregator
        self._given = flow_config
        self._config: Any = canonical_flow(flow_config)[0] if flow_config is not None else None
        self._everywhere = [*global_functions, *((self._config or {}).get("global_functions") or ())]
        self._strategy = context_strategy or ContextStrategyConfig()
        self._offer = Offer(llm, lasting_tools, handlers_of(self._config or {}))
        self._named = NamedHandlers(handlers or {}, self._offer, llm, context_aggregator.context)
        marks = Marks(task, context_aggregator.assistant())
        self._actions = ActionRunner(task, self, llm, marks)
        self._entering = asyncio.Lock()
        self._next: Target | None = None
        self._made = 0
        self._first_reply = FirstReply(llm, context_aggregator.assistant())
        task.add_observer(self._first_reply)
        task.add_observer(marks)
        context_aggregator.assistant().takes_over = self._move_if_chosen

    def register_action(self, action_type: str, handler: ActionHandler) -> None:
        """Let a handler run a further type of action (FLOW-11)."""
        self._actions.register(action_type, handler)

    async def initialize(self, initial_node: NodeConfig | None = None) -> None:
        """Enter the first node: the given one (FLOW-04), or the static flow's (FLOW-03, FLOW-05)."""
        if self.current_node is not None:
            raise FlowInitializationError("The flow has begun already.")
        if self._config is None:
            if initial_node is None:
                raise FlowInitializationError("A dynamic flow needs its first node.")
            await self._enter(initial_node)
            return
        if initial_node is not None:
            raise FlowInitializationError("A static flow knows its first node itself.")
        problems = problems_in_flow(self._given, action_types=self._actions.types)
        if problems:
            raise FlowInitializationError(f"The flow cannot run: {problems[0]}", tuple(problems))
        await self._enter(self._config["initial_node"])

    def resume(self) -> bool:
        """Take up a static flow in the node that the context's messages come from last; False: it has to begin anew.

        The node's functions are offered again, its messages stand there already; `state` is empty.
        """
        messages = self._aggregators.context.get_messages()
        nodes: Mapping[str, NodeConfig] = (self._config or {}).get("nodes") or {}
        places = {
            name: max(
                (place for place, message in enumerate(messages) if message == node["task_messages"][0]), default=-1
            )
            for name, node in nodes.items()
            if node.get("task_messages")
        }
        name = max(places, key=places.__getitem__, default="")
        if self.current_node is not None or not name or places[name] < 0 or ends(nodes[name]):
            return False
        self.task.journal.record("flow.moved", {"from": None, "to": name})
        self.current_node = name
        self._offer.change(functions_of(nodes[name], self._everywhere), self._answer, self._aggregators.context)
        return True

    async def set_node_from_config(self, node: NodeConfig) -> None:
        """Go to a node without a function; while a function is being answered, after the last of its results."""
        asked = being_answered()
        if asked is None:
            await self._enter(node)
        else:
            self._resolve_early(node)
            asked.target = node

    async def set_node(self, node_id: str, node_config: NodeConfig) -> None:
        """The old name of `set_node_from_config`."""
        warnings.warn("set_node is deprecated: use set_node_from_config.", DeprecationWarning, stacklevel=2)
        await self.set_node_from_config(NodeConfig(**{**node_config, "name": node_id}))

    def get_current_context(self) -> list[dict[str, Any]]:
        """Return the messages of the conversation as the model would see them now."""
        return self._aggregators.context.get_messages()

    # -- entering a node ----------------------------------------------------------------------------------------------

    async def _enter(self, target: NodeConfig | str) -> None:
        """Pre-actions, then the context in one step, then the model, then (after its reply) post-actions (FLOW-12)."""
        async with self._entering:
            name, node = self._resolve(target)
            functions = functions_of(node, self._everywhere)
            strategy = strategy_of(node.get("context_strategy"), self._strategy)
            post_actions = node.get("post_actions")
            self._actions.check(node.get("pre_actions"))
            self._actions.check(post_actions)
            self.task.journal.record("flow.moved", {"from": self.current_node, "to": name})
            self.current_node = name
            self._first_reply.wait(None)
            await self._actions.run(node.get("pre_actions"))
            summary = await summary_for(strategy, self.llm, self._aggregators.context)
            self._offer.change(functions, self._answer, self._aggregators.context)
            change_context(node, strategy, self._aggregators.context, summary)
            if post_actions:
                self._first_reply.wait(partial(self._after_reply, name, list(post_actions)))
            if node.get("respond_immediately", True) and not self._aggregators.assistant().owe_reply():
                await self.task.queue_frame(LLMRunFrame())

    def _resolve(self, target: NodeConfig | str) -> tuple[str, NodeConfig]:
        if isinstance(target, str):
            nodes: Mapping[str, NodeConfig] = self._config["nodes"] if self._config else {}
            if target not in nodes:
                raise FlowTransitionError(f"There is no node named '{target}'.")
            return target, nodes[target]
        unknown: list[Problem] = []
        node = canonical_node("node", target, unknown) if isinstance(target, Mapping) else {}
        if unknown:
            in_function = unknown[0].path.startswith("node.functions")
            raise (InvalidFunctionError if in_function else FlowTransitionError)(f"{unknown[0]}.")
        if not node.get("task_messages"):
            raise FlowTransitionError("A node needs at least its task_messages.")
        self._made += 1
        return str(node.get("name") or f"node_{self._made}"), node

    async def _after_reply(self, name: str, actions: list[Any]) -> None:
        if self.current_node == name:
            self.llm.create_task(self._actions.run(actions), f"actions after {name}")

    # -- answering functions ------------------------------------------------------------------------------------------

    async def call_handler(self, name: str, arguments: FlowArgs) -> Any:
        """Run a handler that JSON named: one of `handlers`, or a tool registered with the model; return its answer."""
        return await self._named.call(name, arguments, self)

    async def _answer(self, params: FunctionCallParams) -> None:
        function = self._offer.functions.get(params.function_name)
        if function is None or not callable(function.handler):
            raise InvalidFunctionError(f"The function {params.function_name} is not offered any more.")
        with answering(params) as asked:
            result, target = pair_of(function.name, await function.handler(dict(params.arguments), self))
        chosen = self._target(function, params, result, asked.target if target is None else target)
        properties = FunctionCallResultProperties(on_context_updated=partial(self._choose, chosen)) if chosen else None
        await params.result_callback(_ACKNOWLEDGED if result is None else result, properties=properties)

    def _target(
        self, function: FlowsFunctionSchema, params: FunctionCallParams, result: Any, target: NodeConfig | str | None
    ) -> Target | None:
        if function.transition_callback is not None:
            callback, args = function.transition_callback, dict(params.arguments)
            three = len(inspect.signature(callback).parameters) > 2
            return partial(callback, args, result, self) if three else partial(callback, args, self)
        if target is not None:
            self._resolve_early(target)
        return target

    def _resolve_early(self, target: NodeConfig | str) -> None:
        """A wrong target is the function's error, told to the model, not a stuck call."""
        made = self._made
        functions_of(self._resolve(target)[1], self._everywhere)
        self._made = made

    async def _choose(self, target: Target) -> None:
        """Remember what follows; called when the result counts and stands in the context."""
        self._next = target

    def _move_if_chosen(self) -> bool:
        """No call is open any more: move if a function of the reply said so, the last one's word counts (FLOW-18)."""
        target, self._next = self._next, None
        if target is not None:
            self.llm.create_task(self._move(target), "flow move")
        return target is not None

    async def _move(self, target: Target) -> None:
        try:
            await (target() if callable(target) else self._enter(target))
        except EngineError as error:
            await self.llm.push_error(error.message, error)

"""What happens on entering a node and after its first reply (FLOW-11, FLOW-12)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.flows.errors import ActionError
from bots.engine.flows.marks import Marks
from bots.engine.flows.node_check import problems_in_actions
from bots.engine.flows.types import ActionConfig, RunningFlow
from bots.engine.frames import EndFrame, TTSSpeakFrame

ActionHandler = Callable[..., Awaitable[None]]
DEADLINE_S = 10.0
"""How long one action may take before the flow goes on without it."""


class ActionRunner:
    """Runs the actions of a node in their order; further types can be registered (FLOW-11).

    A `function` behind a `tts_say` waits until that was heard; other types run without that promise. An action that
    fails is reported and the next one runs: the caller is not left with a flow that stands still.
    """

    def __init__(self, task: PipelineTask, flow: RunningFlow, owner: FrameProcessor, marks: Marks) -> None:
        self._task, self._flow, self._owner, self._marks = task, flow, owner, marks
        self._own: dict[str, ActionHandler] = {}

    def register(self, kind: str, handler: ActionHandler) -> None:
        """Let a handler run the actions of a type; it gets the action, and the flow manager if it takes two."""
        if not isinstance(kind, str) or not kind.strip():
            raise ActionError("action_type must be a name.")
        if not inspect.iscoroutinefunction(handler):
            raise ActionError(f"The handler of the action '{kind}' must be an async function.")
        self._own[kind] = handler

    @property
    def types(self) -> tuple[str, ...]:
        """The types that were registered."""
        return tuple(self._own)

    def check(self, actions: Sequence[ActionConfig] | None) -> None:
        """Raise ActionError for an action that cannot run: a type nobody registered, a text or handler missing."""
        listed = list(actions) if isinstance(actions, tuple) else actions
        problem = next(problems_in_actions("actions", listed, None, self.types), None)
        if problem is not None:
            raise ActionError(f"An action cannot run: {problem}.")

    async def run(self, actions: Sequence[ActionConfig] | None) -> None:
        """Run actions one after the other."""
        said = False
        for action in actions or ():
            kind = str(action["type"])
            if kind == "function" and said:
                await self._marks.heard()
            if kind in self._own:
                await self._in_time(self._call(self._own[kind], action), kind)
            elif kind == "function":
                await self._in_time(self._function(action), kind)
            elif kind == "end_conversation":
                await self._end(action)
            else:
                await self._say(action)
            said = said or kind == "tts_say"

    async def _in_time(self, work: Any, kind: str) -> None:
        """Let code that is not ours run in a task of its own: what it raises is reported by the call."""
        self._owner.journal.record("flow.action", {"type": kind})
        running = self._owner.create_task(work, f"flow action {kind}")
        await asyncio.wait({running}, timeout=DEADLINE_S)
        if not running.done():
            running.cancel()
            late = ActionError(f"An action of the type '{kind}' did not end within {DEADLINE_S:g} seconds.")
            await self._owner.push_error(late.message, late)

    async def _call(self, handler: ActionHandler, action: ActionConfig) -> None:
        takes_flow = len(inspect.signature(handler).parameters) > 1
        await (handler(action, self._flow) if takes_flow else handler(action))

    async def _say(self, action: ActionConfig) -> None:
        await self._task.queue_frame(TTSSpeakFrame(action["text"]))

    async def _end(self, action: ActionConfig) -> None:
        """Say the farewell, if there is one, and end behind it: an end frame waits until all before was heard."""
        if action.get("text"):
            await self._say(action)
        await self._task.queue_frame(EndFrame("The flow is finished."))

    async def _function(self, action: ActionConfig) -> None:
        handler: Any = action.get("handler")
        if not isinstance(handler, str):
            await self._call(handler, action)
            return
        rest: Mapping[str, Any] = {key: value for key, value in action.items() if key not in ("type", "handler")}
        answer = await self._flow.call_handler(handler, rest)
        if isinstance(answer, Mapping) and answer.get("error"):
            raise ActionFailed(f"The tool '{handler}' answered an action with an error.")


class ActionFailed(ActionError):
    """A tool that an action named answered with an error."""

    code = "flow.action_failed"

"""What happens on entering a node and after its first reply (FLOW-11, FLOW-12)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bots.engine.core.task import PipelineTask
from bots.engine.flows.errors import ActionError
from bots.engine.flows.types import ActionConfig, Flow
from bots.engine.frames import EndFrame, TTSSpeakFrame

ActionHandler = Callable[..., Awaitable[None]]


class ActionRunner:
    """Runs the actions of a node in their order; further types can be registered."""

    def __init__(self, task: PipelineTask, flow: Flow) -> None:
        self._task, self._flow = task, flow
        self._handlers: dict[str, ActionHandler] = {
            "tts_say": self._say,
            "end_conversation": self._end,
            "function": self._function,
        }

    def register(self, kind: str, handler: ActionHandler) -> None:
        """Let a handler run the actions of a type; it gets the action, and the flow manager if it takes two."""
        if not inspect.iscoroutinefunction(handler):
            raise ActionError(f"The handler of the action '{kind}' must be an async function.")
        self._handlers[kind] = handler

    async def run(self, actions: Sequence[ActionConfig] | None) -> None:
        """Run actions one after the other; ActionError for a type nobody registered."""
        for action in actions or ():
            handler = self._handlers.get(str(action.get("type")))
            if handler is None:
                raise ActionError(f"There is no action of the type '{action.get('type')}'.")
            await self._call(handler, action)

    async def _call(self, handler: ActionHandler, action: ActionConfig) -> None:
        takes_flow = len(inspect.signature(handler).parameters) > 1
        await (handler(action, self._flow) if takes_flow else handler(action))

    async def _say(self, action: ActionConfig) -> None:
        await self._task.queue_frame(TTSSpeakFrame(_text(action)))

    async def _end(self, action: ActionConfig) -> None:
        if action.get("text"):
            await self._say(action)
        await self._task.queue_frame(EndFrame("The flow is finished."))

    async def _function(self, action: ActionConfig) -> None:
        handler: Any = action.get("handler")
        if not inspect.iscoroutinefunction(handler):
            raise ActionError("An action of the type 'function' needs an async function as its handler.")
        await self._call(handler, action)


def _text(action: ActionConfig) -> str:
    text = action.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ActionError(f"An action of the type '{action['type']}' needs a text.")
    return text

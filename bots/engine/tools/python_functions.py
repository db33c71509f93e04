"""Python functions of the deployment as tools (PROD-19); which there are is decided outside of any bot (S18)."""

from __future__ import annotations

import inspect
from typing import Any

from bots.engine.context.direct import DirectFunction

from .registry import FunctionCallParams, FunctionHandler


def handler_from(function: Any) -> FunctionHandler:
    """Return a handler for an async function of the call's params, or of the params and named arguments.

    Error: ``tools.direct_function`` for anything else.
    """
    direct = DirectFunction(function)
    if len(inspect.signature(function).parameters) == 1:
        handler: FunctionHandler = function
        return handler

    async def answer(params: FunctionCallParams) -> Any:
        return await direct(params, params.arguments)

    return answer

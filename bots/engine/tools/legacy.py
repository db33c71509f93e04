"""Handlers in the forms of old: six arguments, and a callback at the start (FUNC-06, FUNC-18)."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from .registry import FunctionCallParams, FunctionHandler, RegistrationInvalid


def with_one_parameter(name: str | None, handler: Callable[..., Awaitable[Any]]) -> FunctionHandler:
    """Return the handler as it is, or one of six arguments as a handler of one; the latter warns (FUNC-18).

    Six are ``(function_name, tool_call_id, arguments, llm, context, result_callback)``. Error: ``tool.registration``
    for what cannot be called with either.
    """
    if not callable(handler):
        raise RegistrationInvalid(f"The handler of {name or 'all functions'} cannot be called.")
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        return handler
    if _takes(signature, 1):
        return handler
    if not _takes(signature, 6):
        raise RegistrationInvalid(
            f"The handler of {name or 'all functions'} must take one argument, the call's params."
        )
    warnings.warn(
        "Handlers of six arguments are deprecated: take one, the FunctionCallParams.", DeprecationWarning, stacklevel=3
    )

    async def answer(params: FunctionCallParams) -> Any:
        return await handler(
            params.function_name,
            params.tool_call_id,
            params.arguments,
            params.llm,
            params.context,
            params.result_callback,
        )

    return answer


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def with_start_callback(handler: FunctionHandler, begin: Callable[..., Awaitable[None]]) -> FunctionHandler:
    """Return a handler that awaits ``begin(function_name, llm, context)`` first (FUNC-06)."""

    async def answer(params: FunctionCallParams) -> Any:
        await begin(params.function_name, params.llm, params.context)
        return await handler(params)

    return answer

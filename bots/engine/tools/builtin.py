"""Tools every bot may use without configuration: the time, and ending the call."""

from __future__ import annotations

from bots.engine.frames import EndTaskFrame, FrameDirection, FunctionCallResultProperties

from .registry import FunctionCallParams, FunctionHandler


async def current_time(params: FunctionCallParams) -> None:
    """Answer the date and time (UTC, ISO 8601) and the weekday."""
    moment = params.llm.clock.wall()
    await params.result_callback({"time": moment.isoformat(timespec="seconds"), "weekday": moment.strftime("%A")})


async def end_call(params: FunctionCallParams) -> None:
    """End the call when everything said before it was heard (TASK-19)."""
    await params.result_callback({"ending": True}, properties=FunctionCallResultProperties(run_llm=False))
    await params.llm.push_frame(EndTaskFrame("the bot ended the call"), FrameDirection.UPSTREAM)


BUILTIN_TOOLS: dict[str, FunctionHandler] = {"clock.now": current_time, "call.end": end_call}

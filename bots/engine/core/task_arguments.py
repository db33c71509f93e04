"""What a task may be given (TASK-01, CONF-02, CONF-03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.engine.clock import BaseClock

from .params import PipelineParams
from .processor import FrameProcessor
from .settings import CHECK
from .tasks import BaseTaskManager

FLAGS = (
    "check_dangling_tasks", "cancel_on_idle_timeout", "enable_turn_tracking", "enable_tracing", "trace_content",
    "enable_watchdog_logging", "enable_watchdog_timers",
)  # fmt: skip


def check_arguments(given: Mapping[str, Any]) -> None:
    """Check a task's constructor arguments by their names; raises ``pipeline.setting``.

    Times and frame classes are checked by what uses them.
    """
    CHECK.kinds(FrameProcessor, "a pipeline or a processor", pipeline=given["pipeline"])
    CHECK.kinds_or_none(PipelineParams, "PipelineParams", params=given["params"])
    CHECK.kinds_or_none(BaseClock, "a clock", clock=given["clock"])
    CHECK.kinds_or_none(BaseTaskManager, "a task manager", task_manager=given["task_manager"])
    CHECK.kinds_or_none(str, "a text", conversation_id=given["conversation_id"])
    attributes = given["additional_span_attributes"]
    CHECK.kinds_or_none(Mapping, "a mapping", additional_span_attributes=attributes)
    CHECK.lists_that("on_push_frame", "observers", observers=given["observers"])
    CHECK.flags(**{name: given[name] for name in FLAGS})

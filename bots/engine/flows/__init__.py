"""Conversations as a graph of nodes above the pipeline: each narrows prompt and tools (FLOW-01)."""

from bots.engine.flows.document import read_flow, write_flow
from bots.engine.flows.errors import (
    ActionError,
    FlowError,
    FlowInitializationError,
    FlowTextError,
    FlowTransitionError,
    InvalidFunctionError,
    InvalidStrategyError,
)
from bots.engine.flows.findings import Finding
from bots.engine.flows.flow import Flow
from bots.engine.flows.navigation import FlowManager
from bots.engine.flows.types import (
    ActionConfig,
    ContextStrategy,
    ContextStrategyConfig,
    FlowArgs,
    FlowConfig,
    FlowResult,
    FlowsFunctionSchema,
    NodeConfig,
)
from bots.engine.flows.validation import findings_in, problems_in_flow

__all__ = [
    "ActionConfig",
    "ActionError",
    "ContextStrategy",
    "ContextStrategyConfig",
    "Finding",
    "Flow",
    "FlowArgs",
    "FlowConfig",
    "FlowError",
    "FlowInitializationError",
    "FlowManager",
    "FlowResult",
    "FlowTextError",
    "FlowTransitionError",
    "FlowsFunctionSchema",
    "InvalidFunctionError",
    "InvalidStrategyError",
    "NodeConfig",
    "findings_in",
    "problems_in_flow",
    "read_flow",
    "write_flow",
]

"""Conversations as a graph of nodes above the pipeline (FLOW-01)."""

from bots.engine.flows.errors import (
    ActionError,
    FlowError,
    FlowInitializationError,
    FlowTransitionError,
    InvalidFunctionError,
)
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
from bots.engine.flows.validation import problems_in_flow

__all__ = [
    "ActionConfig",
    "ActionError",
    "ContextStrategy",
    "ContextStrategyConfig",
    "FlowArgs",
    "FlowConfig",
    "FlowError",
    "FlowInitializationError",
    "FlowManager",
    "FlowResult",
    "FlowTransitionError",
    "FlowsFunctionSchema",
    "InvalidFunctionError",
    "NodeConfig",
    "problems_in_flow",
]

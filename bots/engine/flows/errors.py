"""What can go wrong with a flow (FLOW-16)."""

from bots.engine.errors import EngineError, Problem


class FlowError(EngineError):
    """A flow cannot go on."""

    code = "flow.failed"
    owner = "author"
    next_step = "Open the bot's flow in the admin and mend the node that is named."


class FlowInitializationError(FlowError, ValueError):
    """A flow cannot begin; `problems` lists what is wrong with its configuration, if that is why."""

    code = "flow.not_started"

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class FlowTransitionError(FlowError):
    """A function leads to a node that does not exist or cannot be entered."""

    code = "flow.bad_transition"


class InvalidFunctionError(FlowError, ValueError):
    """A function of a node cannot be offered to the model, or answered in a way that has no meaning."""

    code = "flow.bad_function"


class InvalidStrategyError(FlowError, ValueError):
    """A context strategy is none, or lacks what it needs (FLOW-13)."""

    code = "flow.bad_strategy"


class ActionError(FlowError):
    """An action of a node cannot run."""

    code = "flow.bad_action"


class FlowTextError(FlowError):
    """A text cannot be read as a flow: no JSON or YAML, too large, too deep, or more than plain data."""

    code = "flow.unreadable"
    next_step = "Mend the text where it says, or export a flow that works to see how it is written."

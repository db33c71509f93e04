"""A deterministic model that follows a bot's own rules: no weights, no key, no network."""

from bots.engine.errors import Problem
from bots.engine.providers.scripted.brain import Brain
from bots.engine.providers.scripted.events import BrainEvent, CallTool, Done, Say
from bots.engine.providers.scripted.problems import ScriptError
from bots.engine.providers.scripted.reading import problems_in_script, read_script
from bots.engine.providers.scripted.vocabulary import vocabulary

__all__ = [
    "Brain",
    "BrainEvent",
    "CallTool",
    "Done",
    "Problem",
    "Say",
    "ScriptError",
    "problems_in_script",
    "read_script",
    "vocabulary",
]

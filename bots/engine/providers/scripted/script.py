"""A bot's rules as plain frozen data; `reading` makes them from JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1

SLOT_TYPES: tuple[str, ...] = ("number", "digits", "date", "time", "name", "yes_no", "choice", "phone", "email", "text")
GLOBAL_NAMES: tuple[str, ...] = ("repeat", "continue", "help", "human", "wait", "cancel", "goodbye", "time", "date")
Conditions = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say when a tool's result fits the conditions; `clear` asks those slots again; `end` closes the form."""

    say: tuple[str, ...]
    when: Conditions = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    end: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call: its arguments are templates over slots and captures, its result chooses an outcome."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    filler: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    failed: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a caller may want: how it is recognised and what is done about it.

    `fail` lets the model fail as a network model would, so that a bot's fallback can be heard.
    """

    name: str
    patterns: tuple[re.Pattern[str], ...] = ()
    examples: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    when: Conditions = field(default_factory=dict)
    tool: ToolUse | None = None
    form: str | None = None
    move: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    end: bool = False
    fail: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """A tool asked before a slot: its result offers the values (`options` is a path into the result)."""

    tool: ToolUse
    options: str = ""
    say: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    empty_clear: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to find out, with its typed parser and its questions."""

    name: str
    type: str
    prompt: tuple[str, ...] = ()
    reprompt: tuple[str, ...] = ()
    hint: str = ""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: bool = False
    least: float | None = None
    most: float | None = None
    lookup: Lookup | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Slots to fill, a confirmation, and the tool that takes them."""

    name: str
    slots: tuple[Slot, ...]
    confirm: tuple[str, ...] = ()
    tool: ToolUse | None = None
    replies: tuple[str, ...] = ()

    def slot(self, name: str | None) -> Slot | None:
        """The slot of that name."""
        return next((slot for slot in self.slots if slot.name == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node waits for: a value, and the flow function that takes it; `otherwise` stands in after two tries."""

    slot: Slot
    move: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """Rules that hold while one node of a flow is current; `prompt` is its question, asked again after a digression."""

    name: str
    say: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    intents: tuple[Intent, ...] = ()
    answer: Answer | None = None
    end: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of knowledge and where it comes from."""

    text: str
    source: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said when nothing more specific fits; every one can be replaced in the script."""

    greeting: tuple[str, ...] = ("Hello. How can I help you?",)
    offer: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ("Sorry, I did not catch that.",)
    unsure: tuple[str, ...] = ("I heard: {heard}. I am not sure what to do with that.",)
    handover: tuple[str, ...] = ("I am sorry, I do not seem to get this right.",)
    silence: tuple[str, ...] = ("Are you still there?",)
    busy: tuple[str, ...] = ("One moment, I am still looking.",)
    farewell: tuple[str, ...] = ("Goodbye.",)
    failed: tuple[str, ...] = ("I am sorry, that did not work.",)
    interrupted: tuple[str, ...] = ("I was interrupted before it was done.",)
    unavailable: tuple[str, ...] = ("I am sorry, I cannot do that right now.",)
    dropped: tuple[str, ...] = ("All right, I have dropped that. What else can I do?",)
    change: tuple[str, ...] = ("What would you like to change?",)
    knowledge: tuple[str, ...] = ("{passage}",)


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a scripted model knows."""

    phrases: Phrases = field(default_factory=Phrases)
    globals: Mapping[str, Intent] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    knowledge: tuple[Passage, ...] = ()
    vocabulary: tuple[str, ...] = ()
    handover_tool: ToolUse | None = None
    end_tool: str = "end_call"

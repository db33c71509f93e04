"""The deterministic brain: a script, a seed, and no memory of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bots.engine.providers.scripted.conversation import Conversation
from bots.engine.providers.scripted.events import BrainEvent, CallTool, Done, Fail, Say
from bots.engine.providers.scripted.history import events_of, text_of
from bots.engine.providers.scripted.knowledge import Library
from bots.engine.providers.scripted.reading import read_script
from bots.engine.providers.scripted.script import Script

_TOKEN = re.compile(r"\s*\S+")


class Brain:
    """Replies to a conversation by its script's rules.

    The same messages, tools and time give the same reply; everything known is read from the messages.
    """

    def __init__(self, script: Script | Mapping[str, Any], seed: int = 0) -> None:
        self.script = script if isinstance(script, Script) else read_script(script)
        self._seed = seed
        self._library = Library(self.script.knowledge)

    def reply(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], now: datetime
    ) -> Iterator[BrainEvent]:
        """The reply word by word, then tool calls, then `Done`; or `Fail` alone.

        `messages` and `tools` are in the OpenAI format (bare function schemas with a "name" too); `now` is the
        caller's local time.
        """
        conversation = Conversation(self.script, self._library, self._seed, now)
        plan = conversation.reply(events_of(messages), tool_names(tools))
        if plan.fails:
            yield Fail()
            return
        count = 0
        for token in _TOKEN.findall(plan.text):
            count += 1
            yield Say(token)
        for call in plan.calls:
            yield call
            count += 1 + len(call.arguments)
        yield Done(sum(len(text_of(m.get("content")).split()) for m in messages if isinstance(m, Mapping)), count)


def tool_names(tools: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The names of the functions on offer."""
    names = set()
    for tool in tools:
        function = tool.get("function") if isinstance(tool.get("function"), Mapping) else tool
        if function is not None and isinstance(function.get("name"), str):
            names.add(function["name"])
    return frozenset(names)


def said(events: Sequence[BrainEvent]) -> str:
    """The whole text of a reply."""
    return "".join(event.text for event in events if isinstance(event, Say))


def called(events: Sequence[BrainEvent]) -> list[CallTool]:
    """The tool calls of a reply."""
    return [event for event in events if isinstance(event, CallTool)]

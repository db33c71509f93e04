"""Following a flow: what is said on entering a node and which function an answer calls."""

from collections.abc import Mapping
from typing import Any

from bots.engine.providers.scripted.script import Node, ToolUse
from bots.engine.providers.scripted.slots import hint_for, read_slot
from bots.engine.providers.scripted.spoken.words import words_of
from bots.engine.providers.scripted.talk import Talk

_TRIES = 2


class NodeTalk:
    """The current node of the flow, if the script has rules for it."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    @property
    def node(self) -> Node | None:
        """The rules of the current node."""
        return self.talk.script.nodes.get(self.talk.memory.node or "")

    def enter(self, name: str, dictated: str | None = None) -> None:
        """Arrive at a node and say what it has to say."""
        memory = self.talk.memory
        memory.close_form()
        memory.node = name
        node = self.node
        said = node is not None and self.talk.say(node.say)
        if not said and dictated:
            self.talk.say((plain(dictated),))
        if node is not None and node.end and self.talk.offers(self.talk.script.end_tool):
            self.talk.use(ToolUse(self.talk.script.end_tool), "end")

    def infer(self) -> str | None:
        """The node whose functions are all offered now, the most specific first."""
        offered = self.talk.offered or frozenset()
        fitting = [n for n in self.talk.script.nodes.values() if n.functions and offered.issuperset(n.functions)]
        return max(fitting, key=lambda node: len(node.functions)).name if fitting else None

    def hear(self) -> bool:
        """Take what was heard as the node's answer."""
        node = self.node
        if node is None or node.answer is None:
            return False
        memory = self.talk.memory
        found = read_slot(node.answer.slot, words_of(memory.heard), memory.heard, self.talk.now.date())
        if found is None:
            return False
        self._move(found.value)
        return True

    def miss(self, level: int) -> bool:
        """Ask again, or go on with the stand-in answer after two tries."""
        node = self.node
        if node is None or node.answer is None:
            return False
        if level >= _TRIES and node.answer.otherwise is not None:
            self._move(node.answer.otherwise)
            return True
        slot = node.answer.slot
        if not (slot.reprompt and level == 1 and self.talk.say(slot.reprompt)):
            self.talk.say(("I heard: {heard}.",))
            self.talk.say((hint_for(slot),))
        return True

    def ask_again(self) -> None:
        """The node's question once more."""
        node = self.node
        if node is not None:
            self.talk.say((node.answer.slot.prompt if node.answer else ()) or node.prompt or node.say)

    def _move(self, value: Any) -> None:
        node, memory = self.node, self.talk.memory
        if node is None or node.answer is None:
            return
        memory.misses = 0
        memory.slots[node.answer.slot.name] = value
        template: Mapping[str, Any] = node.answer.arguments or {node.answer.slot.name: f"{{{node.answer.slot.name}}}"}
        self.talk.use(ToolUse(node.answer.move, template), "move")


def plain(text: str) -> str:
    """A text that is to be said as it is."""
    return text.replace("{", "(").replace("}", ")")

"""Deciding what to do with what was heard: built-in intents, the node, the form, intents, knowledge, repair."""

from bots.engine.providers.scripted.builtins import BUILT_IN
from bots.engine.providers.scripted.forms import FormTalk
from bots.engine.providers.scripted.history import begins_with, rest_after
from bots.engine.providers.scripted.knowledge import Library
from bots.engine.providers.scripted.nodes import NodeTalk, plain
from bots.engine.providers.scripted.script import Intent, ToolUse
from bots.engine.providers.scripted.spoken.words import words_of
from bots.engine.providers.scripted.talk import Talk

_OPEN_TYPES = ("name", "text")
"""Slots that would take any words; intents that fit by pattern come before them."""
_HAND_OVER = 3
_MOST_WAITS = 2


class Hearing:
    """The order in which a turn is understood."""

    def __init__(self, talk: Talk, forms: FormTalk, nodes: NodeTalk, library: Library) -> None:
        self.talk = talk
        self._forms = forms
        self._nodes = nodes
        self._library = library
        self._globals = {name: _merged(intent, talk.script.globals.get(name)) for name, intent in BUILT_IN.items()}

    def hear(self) -> None:
        """Put together the reply to what was heard."""
        if not words_of(self.talk.memory.heard):
            self._unheard()
            return
        for step in (
            self._global,
            self._busy,
            self._node_intent,
            self._open_slot_digression,
            self._nodes.hear,
            self._forms.hear,
            self._intent,
            self._knowledge,
        ):
            if step():
                break
        else:
            self._repair()
            return
        if self.talk.plan.texts or self.talk.plan.calls or self.talk.plan.fails:
            return
        self._repair()

    def _unheard(self) -> None:
        self.talk.say(self.talk.script.phrases.unheard)
        self._ask_again()

    def _ask_again(self) -> None:
        self._forms.ask_again()
        if self._forms.form is None:
            self._nodes.ask_again()

    def _busy(self) -> bool:
        memory = self.talk.memory
        if not memory.running:
            return False
        memory.waits += 1
        if memory.waits > _MOST_WAITS:
            memory.running, memory.waits = False, 0
            return False
        return self.talk.say(self.talk.script.phrases.busy)

    def _global(self) -> bool:
        by_pattern = [Intent(i.name, patterns=i.patterns) for i in self._globals.values()]
        found = self.talk.find(by_pattern)
        if found is None and self._forms.form is None and self._nodes.node is None:
            own = self.talk.find(self.talk.script.intents)
            found = (
                None if own else self.talk.find([Intent(i.name, examples=i.examples) for i in self._globals.values()])
            )
        if found is None or (found.name == "date" and self._waits_for("date")):
            return False
        intent = self._globals[found.name]
        self.talk.memory.misses = 0
        self._act_globally(intent)
        return True

    def _waits_for(self, slot_type: str) -> bool:
        form = self._forms.form
        slot = form.slot(self.talk.memory.asked) if form else None
        return slot is not None and slot.type == slot_type and "today" in words_of(self.talk.memory.heard)

    def _act_globally(self, intent: Intent) -> None:
        talk, memory = self.talk, self.talk.memory
        if intent.tool is not None:
            talk.say(intent.replies)
            talk.use(intent.tool, "intent")
            return
        match intent.name:
            case "repeat" | "continue":
                self._repeat(going_on=intent.name == "continue")
            case "goodbye":
                self._end(intent.replies or talk.script.phrases.farewell)
            case "cancel":
                memory.close_form()
                talk.say(intent.replies or talk.script.phrases.dropped)
            case "wait":
                talk.say(intent.replies or ("Take your time.",))
            case _:
                talk.say(intent.replies or _DEFAULT_REPLIES[intent.name])
                self._ask_again()

    def _repeat(self, *, going_on: bool) -> None:
        memory = self.talk.memory
        text = memory.planned or self.talk.word(self.talk.pick(self.talk.script.phrases.greeting))
        if going_on and begins_with(text, memory.told):
            text = rest_after(text, memory.told) or text
        self.talk.say((plain(text),))

    def _end(self, texts: tuple[str, ...]) -> None:
        self.talk.say(texts)
        self.talk.memory.close_form()
        if self.talk.offers(self.talk.script.end_tool):
            self.talk.use(ToolUse(self.talk.script.end_tool), "end")

    def _node_intent(self) -> bool:
        node = self._nodes.node
        found = self.talk.find(node.intents) if node else None
        if found is not None:
            self._act(found)
        return found is not None

    def _open_slot_digression(self) -> bool:
        """A question while a name is asked for is still a question."""
        form = self._forms.form
        slot = form.slot(self.talk.memory.asked) if form else None
        if slot is None or slot.type not in _OPEN_TYPES:
            return False
        found = self.talk.find([i for i in self.talk.script.intents if i.patterns and i.form != self.talk.memory.form])
        if found is None or self.talk.find([Intent(found.name, patterns=found.patterns)]) is None:
            return False
        self._act(found)
        return True

    def _intent(self) -> bool:
        found = self.talk.find(self.talk.script.intents)
        if found is None:
            return False
        self._act(found)
        return True

    def _act(self, intent: Intent) -> None:
        """Do what an intent says; a mere answer inside a form or node comes back to the open question."""
        talk = self.talk
        talk.memory.misses = 0
        if intent.fail:
            talk.plan.fails = True
            return
        if intent.end:
            self._end(intent.replies or talk.script.phrases.farewell)
            return
        talk.say(intent.replies)
        if intent.tool is not None:
            talk.use(intent.tool, "intent")
        elif intent.move is not None:
            talk.use(ToolUse(intent.move, intent.arguments), "move")
        elif intent.form is not None and intent.form == talk.memory.form:
            self._forms.ask_again()
        elif intent.form is not None:
            self._forms.begin(intent.form)
        else:
            self._ask_again()

    def _knowledge(self) -> bool:
        passage = self._library.answer(self.talk.memory.heard)
        if passage is None:
            return False
        self.talk.memory.misses = 0
        said = self.talk.say(
            self.talk.script.phrases.knowledge, passage=passage.text, source=passage.source, title=passage.title
        )
        self._ask_again()
        return said

    def _repair(self) -> None:
        """Ask again, then offer choices, then hand over; never silent, always saying what was heard."""
        memory, talk = self.talk.memory, self.talk
        memory.misses += 1
        if memory.misses < _HAND_OVER and self._forms.form is not None:
            self._forms.miss(memory.misses)
        elif self._forms.form is None and self._nodes.miss(memory.misses):
            return
        elif memory.misses < _HAND_OVER:
            talk.say(talk.script.phrases.unsure)
            if memory.misses > 1 or not talk.plan.texts:
                talk.say(("{offer}",))
        else:
            memory.close_form()
            talk.say(talk.script.phrases.handover)
            if talk.script.handover_tool is None or not talk.offers(talk.script.handover_tool.name):
                talk.say(("{offer}",))
            else:
                talk.use(talk.script.handover_tool, "handover")


_DEFAULT_REPLIES: dict[str, tuple[str, ...]] = {
    "help": ("{offer}",),
    "human": ("I am an automated service, and there is nobody I can pass you on to. {offer}",),
    "time": ("It is {now.time}.",),
    "date": ("Today is {now.date}.",),
}


def _merged(built_in: Intent, own: Intent | None) -> Intent:
    """A built-in intent with what the script says differently."""
    if own is None:
        return built_in
    return Intent(
        built_in.name,
        patterns=own.patterns + built_in.patterns,
        examples=own.examples + built_in.examples,
        replies=own.replies,
        tool=own.tool,
        end=own.end,
    )

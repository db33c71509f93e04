"""Folding the messages of a conversation into the next reply."""

from collections.abc import Sequence
from datetime import datetime

from bots.engine.providers.scripted.forms import FormTalk
from bots.engine.providers.scripted.hearing import Hearing
from bots.engine.providers.scripted.history import Called, Event, Heard, Instructed, Returned, Told, begins_with
from bots.engine.providers.scripted.knowledge import Library
from bots.engine.providers.scripted.memory import Pending
from bots.engine.providers.scripted.nodes import NodeTalk, plain
from bots.engine.providers.scripted.script import Script, ToolUse
from bots.engine.providers.scripted.talk import Plan, Talk

_NO_TOOL = ToolUse("")


class Conversation:
    """Replays what happened step by step; the plan left at the end is the reply."""

    def __init__(self, script: Script, library: Library, seed: int, now: datetime) -> None:
        self.talk = Talk(script, seed, now)
        self.forms = FormTalk(self.talk)
        self.nodes = NodeTalk(self.talk)
        self._hearing = Hearing(self.talk, self.forms, self.nodes, library)
        self._told_parts: list[str] = []

    def reply(self, events: Sequence[Event], offered: frozenset[str]) -> Plan:
        """The next reply, given everything that happened and the tools on offer."""
        live = _last_trigger(events)
        segment = self._last_move(events)
        inferred = False
        for index, event in enumerate(events):
            if index == segment and not any(isinstance(e, Instructed) and e.node for e in events):
                inferred = self._infer(offered)
            if index == live:
                self.talk.offered = offered
            self._follow(event)
        self.talk.offered = offered
        if segment == len(events) and not any(isinstance(e, Instructed) and e.node for e in events):
            inferred = self._infer(offered)
        if inferred and (segment == len(events) or not any(isinstance(e, (Heard, Told)) for e in events[segment:])):
            self._enter(self.talk.memory.node or "", None)
        if not (self.talk.plan.texts or self.talk.plan.calls or self.talk.plan.fails):
            self._unprompted(events)
        return self.talk.plan

    def _infer(self, offered: frozenset[str]) -> bool:
        self.talk.offered, before = offered, self.talk.offered
        name = self.nodes.infer()
        self.talk.offered = before
        if name is not None:
            self.talk.memory.node = name
        return name is not None

    def _last_move(self, events: Sequence[Event]) -> int:
        """Where the current node began, for flows whose messages carry no marker: after the last flow function."""
        moves = {name for node in self.talk.script.nodes.values() for name in node.functions}
        past = [i for i, event in enumerate(events) if isinstance(event, Returned) and event.name in moves]
        return past[-1] + 1 if past else 0

    def _follow(self, event: Event) -> None:
        match event:
            case Heard(text):
                self._begin_plan()
                self._on_heard(text)
            case Told(text):
                self._on_told(text)
            case Called():
                self._on_called(event)
            case Returned():
                self._begin_plan()
                self._on_returned(event)
            case Instructed():
                self._on_instructed(event)
        if self.talk.plan.texts:
            self.talk.memory.planned = self.talk.plan.text

    def _begin_plan(self) -> None:
        self.talk.plan = Plan()
        self._told_parts = []

    def _on_heard(self, text: str) -> None:
        memory = self.talk.memory
        memory.turn += 1
        memory.heard = " ".join(text.split())
        memory.started = True
        if memory.pending is not None and not memory.pending.called:
            memory.resume = memory.pending.purpose == "lookup"
            memory.pending = None
        self._hearing.hear()

    def _on_told(self, text: str) -> None:
        """What was heard: the planned text may have been cut."""
        memory = self.talk.memory
        if not memory.started and not memory.planned:
            memory.planned = self.talk.word(self.talk.pick(self.talk.script.phrases.greeting))
        memory.started = True
        if memory.filler and begins_with(memory.filler, text):
            memory.filler = ""
            return
        self._told_parts.append(text)
        heard = " ".join(self._told_parts)
        memory.told = heard
        if not begins_with(memory.planned, heard):
            memory.planned = heard
        self.talk.plan = Plan()

    def _on_called(self, event: Called) -> None:
        memory = self.talk.memory
        if memory.pending is None or memory.pending.tool.name != event.name:
            memory.pending = self._purpose_of(event.name)
        memory.filler = self.talk.plan.text
        self.talk.plan = Plan()
        if memory.pending is None:
            return
        memory.pending.called = True
        memory.running = memory.pending.purpose != "end"
        if self.forms.form is not None:
            self.forms.values.take_arguments(self.forms.form, event.arguments, memory.pending.tool.arguments)

    def _purpose_of(self, name: str) -> Pending | None:
        """Why a tool was called whose reason is no longer in the messages."""
        for form in self.talk.script.forms.values():
            if form.tool and form.tool.name == name:
                self.talk.memory.form = form.name
                return Pending("form", form.tool)
            for slot in form.slots:
                if slot.lookup and slot.lookup.tool.name == name:
                    self.talk.memory.form, self.talk.memory.asked = form.name, slot.name
                    return Pending("lookup", slot.lookup.tool, slot.name)
        for intent in self.talk.script.intents:
            if intent.tool and intent.tool.name == name:
                return Pending("intent", intent.tool)
        return None

    def _on_returned(self, event: Returned) -> None:
        memory = self.talk.memory
        if event.state == "running":
            memory.running = True
            self.talk.say(self.talk.script.phrases.busy)
            return
        memory.running, memory.waits = False, 0
        pending, memory.pending = memory.pending, None
        if event.state == "cancelled":
            self.talk.say(self.talk.script.phrases.interrupted)
            memory.resume = self.forms.form is not None
            self.forms.ask_again()
            return
        memory.result = event.value
        memory.results[event.name] = event.value
        self._result(pending, event)

    def _result(self, pending: Pending | None, event: Returned) -> None:
        purpose = pending.purpose if pending else None
        if pending is not None and purpose == "lookup":
            self.forms.looked_up(pending.slot, event.arguments)
        elif purpose == "form":
            self.forms.done()
        elif purpose == "end" or event.name == self.talk.script.end_tool:
            return
        elif pending is not None and self.talk.failed():
            self.talk.say(pending.tool.failed or self.talk.script.phrases.failed)
        elif pending is not None:
            self.talk.outcome(pending.tool)
        else:
            self.talk.outcome(_NO_TOOL)

    def _on_instructed(self, event: Instructed) -> None:
        if event.node is not None:
            self._enter(event.node, event.say)
        elif event.say:
            self._begin_plan()
            self.talk.say((plain(event.say),))

    def _enter(self, name: str, dictated: str | None) -> None:
        self._begin_plan()
        self.nodes.enter(name, dictated)

    def _unprompted(self, events: Sequence[Event]) -> None:
        """Nobody asked: greet at the start, later ask whether the caller is there; after the end say nothing."""
        if isinstance(events[-1] if events else None, Returned):
            return
        phrases = self.talk.script.phrases
        self._begin_plan()
        self.talk.say(phrases.silence if self.talk.memory.started else phrases.greeting)
        if self.talk.memory.started:
            self.forms.ask_again()
            self.nodes.ask_again()


def _last_trigger(events: Sequence[Event]) -> int:
    """The event the reply answers: the last thing heard, returned or instructed."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, (Heard, Returned)) or (isinstance(event, Instructed) and (event.node or event.say)):
            return index
    return 0

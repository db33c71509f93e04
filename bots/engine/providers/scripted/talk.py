"""One step of a conversation: what is known, and the reply that is being put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bots.engine.providers.scripted.events import CallTool
from bots.engine.providers.scripted.matching import phrase_score
from bots.engine.providers.scripted.memory import Memory, Pending, Purpose
from bots.engine.providers.scripted.patterns import search
from bots.engine.providers.scripted.script import Intent, Script, ToolUse
from bots.engine.providers.scripted.spoken.dates import full_date
from bots.engine.providers.scripted.spoken.words import words_of
from bots.engine.providers.scripted.wording import arguments, at_path, filled, holds

_EXAMPLE_FITS = 0.75
_OFFERED_EXAMPLES = 3
_LONGEST_HEARD = 200


@dataclass(slots=True)
class Plan:
    """A reply: texts, then tool calls; or a failure."""

    texts: list[str] = field(default_factory=list)
    calls: list[CallTool] = field(default_factory=list)
    fails: bool = False

    @property
    def text(self) -> str:
        """The texts as one."""
        return " ".join(self.texts)


class Talk:
    """Memory, script and clock of one step, and the words for its reply.

    `offered` holds the names of the tools that may be called; None while past steps are replayed, whose tools are not
    known any more.
    """

    def __init__(self, script: Script, seed: int, now: datetime) -> None:
        self.script = script
        self.memory = Memory()
        self.plan = Plan()
        self.offered: frozenset[str] | None = None
        self.now = now
        self._seed = seed

    def offers(self, tool: str) -> bool:
        """Whether a tool may be called now."""
        return self.offered is None or tool in self.offered

    def pick(self, texts: Sequence[str]) -> str:
        """One of several wordings: they take turns."""
        return texts[(self._seed + self.memory.turn) % len(texts)] if texts else ""

    def value(self, path: str) -> Any:
        """The value a placeholder or condition names."""
        memory = self.memory
        head, _, rest = path.partition(".")
        roots: dict[str, Any] = {
            "now": {"time": f"{self.now:%H:%M}", "date": full_date(self.now.date())},
            "slots": memory.slots,
            "results": memory.results,
            "result": memory.result,
        }
        if head in roots and rest:
            return at_path(roots[head], rest)
        known = {"heard": memory.heard[:_LONGEST_HEARD], "form": memory.form, "node": memory.node, "turn": memory.turn}
        if path == "offer":
            return self.offer()
        for source in (memory.slots, memory.captures, known):
            if path in source:
                return source[path]
        return None

    def word(self, text: str, **extra: Any) -> str:
        """A template in words."""
        return filled(text, lambda path: extra.get(path, self.value(path)), self.now.date())

    def say(self, texts: Sequence[str], **extra: Any) -> bool:
        """Add one of the wordings to the reply; False when nothing is left to say."""
        text = self.word(self.pick(texts), **extra)
        if text:
            self.plan.texts.append(text[0].upper() + text[1:])
        return bool(text)

    def use(
        self, tool: ToolUse, purpose: Purpose, slot: str | None = None, given: Mapping[str, Any] | None = None
    ) -> bool:
        """Call a tool, with its filler before; says that it cannot be done when the tool is not there."""
        if not self.offers(tool.name):
            self.say(tool.unavailable or self.script.phrases.unavailable)
            return False
        made = arguments(tool.arguments, self.value) if given is None else dict(given)
        self.say(tool.filler)
        self.plan.calls.append(CallTool(tool.name, made))
        self.memory.pending = Pending(purpose, replace(tool), slot)
        return True

    def find(self, intents: Sequence[Intent]) -> Intent | None:
        """The intent that fits what was heard: the first pattern, else the likest example."""
        words = words_of(self.memory.heard)
        text = " ".join(words)
        able = [intent for intent in intents if holds(intent.when, self.value)]
        for intent in able:
            for pattern in intent.patterns:
                captures = search(pattern, text)
                if captures is not None:
                    self.memory.captures.update(captures)
                    return intent
        best, best_score = None, _EXAMPLE_FITS
        for intent in able:
            for example in intent.examples:
                score = phrase_score(words_of(example), words)
                if score > best_score or (best is None and score == best_score):
                    best, best_score = intent, score
        return best

    def offer(self) -> str:
        """What the caller can say here."""
        phrases = self.script.phrases
        if phrases.offer:
            return self.word(self.pick([text for text in phrases.offer if "{offer}" not in text]))
        able = [i.examples[0] for i in self.script.intents if i.examples and holds(i.when, self.value)]
        examples = able[:_OFFERED_EXAMPLES]
        if not examples:
            return "Please say it another way."
        last = f" or {examples[-1]}" if len(examples) > 1 else examples[0]
        return f"You can say: {', '.join(examples[:-1])}{last}."

    def outcome(self, tool: ToolUse, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Say what a tool's result means; gives the slots that are to be asked again."""
        for outcome in tool.outcomes:
            if holds(outcome.when, self.value):
                self.say(outcome.say)
                return outcome.clear
        self.say(default) or self.say((told_by(self.memory.result),))
        return ()

    def foresees(self, tool: ToolUse) -> bool:
        """Whether an outcome names this result by its conditions, an error perhaps."""
        return any(outcome.when and holds(outcome.when, self.value) for outcome in tool.outcomes)

    def failed(self) -> bool:
        """Whether the last result is an error."""
        result = self.memory.result
        return isinstance(result, Mapping) and bool(result.get("error"))


def told_by(result: Any) -> str:
    """The words a result carries itself, if any."""
    if isinstance(result, Mapping):
        for key in ("say", "message", "text", "answer"):
            if isinstance(result.get(key), str) and result[key].strip():
                return str(result[key]).replace("{", "(").replace("}", ")")
    return result.replace("{", "(").replace("}", ")") if isinstance(result, str) and result.strip() else "That is done."

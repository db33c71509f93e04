"""What a field of the bot form usually holds, as text such as a browser has it, and how a value that differs is said.

``static/js/form_values.js`` compares and says values by the same rules while the author edits.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from bots.admin.form_fields import JSONText

UNITS = ((re.compile(r"_(?:secs|s)$"), "s"), (re.compile(r"_ms$"), "ms"))
LONGEST_SHOWN = 28


def kind_of(field: forms.Field) -> str:
    """How values of a field are compared and said: flag, json, many, choice, number, lines or text."""
    match field:
        case forms.BooleanField():
            return "flag"
        case JSONText():
            return "json"
        case forms.MultipleChoiceField():
            return "many"
        case forms.ChoiceField():
            return "choice"
        case forms.IntegerField():
            return "number"
        case _:
            return "lines" if isinstance(field.widget, forms.Textarea) else "text"


def text_of(field: forms.Field, value: Any) -> str:
    """A value as the form's control holds it: ``on`` or nothing for flags, one a line for several choices."""
    kind = kind_of(field)
    if kind == "flag":
        return "on" if value else ""
    shown = field.prepare_value(value)
    if shown is None:
        return ""
    if kind == "many":
        return "\n".join(sorted(map(str, shown)))
    return str(shown)


def _plain(kind: str, text: str) -> str:
    """The same text for all values that mean the same."""
    if kind == "number":
        try:
            return f"{float(text):.12g}"
        except ValueError:
            return text
    if kind == "json":
        try:
            value = json.loads(text or "null")
        except ValueError:
            return text
        return json.dumps(value, sort_keys=True) if value else ""
    if kind == "lines":
        return "\n".join(line.rstrip() for line in text.splitlines()).strip()
    return text


@dataclass(frozen=True, slots=True)
class Usual:
    """What a field usually holds, and whether it does; ``now`` and ``text`` are texts of the form's control."""

    kind: str
    text: str
    now: str
    unit: str
    label: str
    choice: str = ""

    @classmethod
    def of(cls, bound: BoundField, value: Any) -> "Usual":
        """Compare what a field shows with its usual value."""
        field, now = bound.field, text_of(bound.field, bound.value())
        kind = kind_of(field)
        choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        names = {str(key): str(name) for key, name in choices}
        unit = next((unit for end, unit in UNITS if end.search(bound.name)), "")
        return cls(kind, text_of(field, value), now, unit, str(bound.label), names.get(now, now))

    @property
    def is_changed(self) -> bool:
        """Whether the field holds anything else; a number that is left out means the usual one."""
        if self.kind == "number" and not self.now.strip():
            return False
        return _plain(self.kind, self.now) != _plain(self.kind, self.text)

    @property
    def is_own(self) -> bool:
        """Whether a value is this bot's own, because usually there is none."""
        return self.kind not in ("flag", "choice", "number") and not _plain(self.kind, self.text)

    @property
    def phrase(self) -> str:
        """The field and its value in a few words, such as “Speech ends after 0.4 s”."""
        return f"{self.label}{self._value()}"

    def _value(self) -> str:
        text = _plain(self.kind, self.now)
        match self.kind:
            case "flag":
                return " " + (_("on") if text else _("off"))
            case "number":
                return f" {text} {self.unit}".rstrip()
            case "json":
                return "" if text else ": " + _("none")
            case "many" | "lines":
                return f": {len(text.splitlines())}" if text else ": " + _("none")
            case _:
                shown = self.choice if self.kind == "choice" else text.strip()
                short = shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 1] + "…"
                return f": {short}" if short else ": " + _("none")

"""The kinds of form fields that a draft is edited with, and a field's place in the draft."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class JSONText(forms.CharField):
    """JSON in a text area; a mistake is named with its line and column."""

    def __init__(self, *, rows: int = 8, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "json-text", "data-json": "1"})
        super().__init__(required=False, strip=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a value as indented JSON, and what was typed as it was typed."""
        return (
            value
            if isinstance(value, str)
            else ("" if value is None else json.dumps(value, indent=2, ensure_ascii=False))
        )

    def clean(self, value: Any) -> Any:
        """The value, or None for an empty text."""
        text = super().clean(value)
        if not text.strip():
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("Line %(line)d, column %(column)d: %(message)s.")
                % {"line": error.lineno, "column": error.colno, "message": error.msg}
            ) from None
        except RecursionError:
            raise forms.ValidationError(_("This is nested too deeply.")) from None


class WordLines(forms.CharField):
    """A list of words or phrases, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 5}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """The lines that say something, each once."""
        return list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))


class Pronunciations(forms.CharField):
    """Words and how they sound, as ``word = S AW N D Z`` lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a mapping as lines."""
        return "\n".join(f"{word} = {sound}" for word, sound in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        """The mapping; a line without an equals sign is a mistake."""
        found: dict[str, str] = {}
        for number, line in enumerate(super().clean(value).splitlines(), start=1):
            word, sign, sound = (part.strip() for part in line.partition("="))
            if sign and word and sound:
                found[word] = sound
            elif line.strip():
                raise forms.ValidationError(_("Line %(n)d: write word = sounds.") % {"n": number})
        return found


@dataclass(frozen=True, slots=True)
class DraftField:
    """A form field and its place in the draft, as a path such as ``("vad", "stop_secs")``."""

    path: tuple[str, ...]
    make: Callable[[], forms.Field]

    @property
    def name(self) -> str:
        """The form field's name."""
        return "__".join(self.path)


def number(
    label: Any, help_text: Any, least: float, most: float, *, whole: bool = False, required: bool = True
) -> Callable[[], forms.Field]:
    """A field for a number in a range."""
    kind = forms.IntegerField if whole else forms.FloatField
    step = "1" if whole else "any"
    return lambda: kind(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        required=required,
        widget=forms.NumberInput(attrs={"step": step}),
    )


def flag(label: Any, help_text: Any = "") -> Callable[[], forms.Field]:
    """A field for yes or no."""
    return lambda: forms.BooleanField(label=label, help_text=help_text, required=False)


def area(label: Any, help_text: Any, rows: int) -> Callable[[], forms.Field]:
    """A field for text of several lines."""
    return lambda: forms.CharField(
        label=label, help_text=help_text, required=False, widget=forms.Textarea(attrs={"rows": rows})
    )

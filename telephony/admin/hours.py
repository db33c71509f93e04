"""When a number's bot answers, as rows of days and times; works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ROWS = 7
SHOWN = 2
DAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"),
    gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip
MIDNIGHT = ("00:00", "24:00")

Row = dict[str, Any]


class HoursWidget(forms.Widget):
    """Seven rows: a box for each day, a beginning and an end. Its value is rows as the model stores them."""

    template_name = "admin/telephony/hours.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Draw the rows; those that nothing is in yet are folded away."""
        filled = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        rows = [_drawn(name, index, filled[index] if index < len(filled) else {}) for index in range(ROWS)]
        shown = min(ROWS, max(SHOWN, len(filled) + 1))
        context = {"rows": rows[:shown], "more": rows[shown:], "id": (attrs or {}).get("id", name)}
        return render_to_string(self.template_name, context)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        """The rows in which anything was entered, right or wrong."""
        rows = [
            {
                "days": [day for day in range(7) if data.get(f"{name}-{index}-{day}")],
                "from": str(data.get(f"{name}-{index}-from") or "").strip()[:5],
                "to": str(data.get(f"{name}-{index}-to") or "").strip()[:5],
            }
            for index in range(ROWS)
        ]
        return [row for row in rows if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Boxes that nobody ticked are not sent: no rows is an answer."""
        return False

    def id_for_label(self, id_: str) -> str:
        """No single control is labelled."""
        return ""


def _drawn(name: str, index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    chosen = row.get("days") or ()
    days = [(f"{name}-{index}-{day}", word, day in chosen) for day, word in enumerate(DAYS)]
    end = str(row.get("to") or "")
    return {"number": index + 1, "days": days, "name": f"{name}-{index}", "begin": str(row.get("from") or ""),
            "end": "00:00" if end == "24:00" else end}  # fmt: skip


class HoursField(forms.Field):
    """Rows as ``{"days": [0, …, 6], "from": "09:00", "to": "17:00"}``; an end of 00:00 is midnight."""

    widget = HoursWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> list[Row]:
        """The rows; every mistake is named with its row."""
        wrong = [error for number, row in enumerate(value, start=1) if (error := _mistake(number, row))]
        if wrong:
            raise forms.ValidationError(wrong)
        return list(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other rows were entered than stored."""
        return bool((initial or []) != (data or []))


def _mistake(number: int, row: Row) -> str:
    if not row["days"]:
        return _("Row %d: choose at least one day.") % number
    if not row["from"] or not row["to"]:
        return _("Row %d: enter a beginning and an end.") % number
    try:
        begin = time.fromisoformat(row["from"])
        end = time.max if row["to"] in MIDNIGHT else time.fromisoformat(row["to"])
    except ValueError:
        return _("Row %d: write times as 09:00.") % number
    if end <= begin:
        return _("Row %d: the end is before the beginning. Hours over midnight need two rows.") % number
    return ""

"""What a telephone's far end told, in plain words for the timeline (lessons T8)."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from django.utils.translation import gettext as _


def _acknowledged(data: Mapping[str, Any]) -> str:
    late = [at - position for position, at in data.get("marks") or ()]
    if not late:
        return _("The far end told what it had played.")
    return str(_("The far end had played the bot's voice %s ms after it was due.") % round(median(late) * 1000))


PHONE_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "playout.acknowledged": _acknowledged,
    "playout.unacknowledged": lambda data: _("The far end no longer told what it had played; the clock tells instead."),
    "input.disturbed": lambda data: (
        _("Sound of the caller came in disorder: %(reordered)s pieces late, %(dropped)s twice, %(lost_ms)s ms lost.")
        % {name: data.get(name, 0) for name in ("reordered", "dropped", "lost_ms")}
    ),
}

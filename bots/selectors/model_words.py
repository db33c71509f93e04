"""What the timeline says of slow, failing and exchanged models."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_OUTCOMES: dict[str, Promise] = {
    "won": gettext_lazy("%(model)s answered."),
    "lost": gettext_lazy("%(model)s was too late: another model answered."),
    "failed": gettext_lazy("%(model)s failed (%(code)s)."),
    "slow": gettext_lazy("%(model)s took too long and was given up."),
    "broken": gettext_lazy("%(model)s broke off in the middle (%(code)s)."),
    "empty": gettext_lazy("%(model)s answered with nothing."),
    "cut": gettext_lazy("%(model)s was stopped because the caller spoke."),
    "unused": gettext_lazy("%(model)s was asked in advance for nothing."),
}


def _names(data: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(data.get(name) or "") for name in names}


def _request(data: Mapping[str, Any]) -> str:
    words = _OUTCOMES.get(str(data.get("outcome")))
    return str(words) % _names(data, "model", "code") if words else _("A model was asked.")


def _probe(data: Mapping[str, Any]) -> str:
    words = _("%(model)s is well again.") if data.get("well") else _("%(model)s is still down (%(code)s).")
    return words % _names(data, "model", "code")


MODEL_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "llm.request": _request,
    "llm.switched": lambda data: (
        _("%(to)s was asked instead of %(from)s (%(reason)s).") % _names(data, "to", "from", "reason")
    ),
    "llm.probe": _probe,
    "llm.filler": lambda data: _("The model was slow, so the bot said “%(text)s”.") % _names(data, "text"),
    "llm.cache_hit": lambda data: _("The same conversation was answered before: no model was asked."),
    "llm.prefetch_used": lambda data: _("The answer was ready before the caller had finished."),
    "llm.context_trimmed": lambda data: _("The conversation was too long for one request: older turns were left out."),
    "llm.context_summarised": lambda data: (
        _("Older turns could not be summarised (%(code)s).") % _names(data, "code")
        if data.get("code")
        else _("Older turns were summarised for the model.")
    ),
    "llm.all_failed": lambda data: _("No model answered."),
    "llm.start_failed": lambda data: _("%(model)s could not start (%(code)s).") % _names(data, "model", "code"),
    "llm.alert": lambda data: _("The first word of %(model)s came too late.") % _names(data, "model"),
    "llm.latency": lambda data: _("How long the models took to their first words"),
}

"""The call list's filters: a form over the query string."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bots.models import OPEN_STATUSES, Bot, Call, CallStatus, Direction
from bots.selectors.calls import calls_visible_to, day_bounds, said

STATES = {
    "live": (_("Live"), OPEN_STATUSES),
    "ended": (_("Completed"), (CallStatus.ENDED,)),
    "failed": (_("Failed"), (CallStatus.FAILED, CallStatus.REFUSED)),
}
SLOW_MS = 1500


class CallFilters(forms.Form):
    """Search words, bot, state and days; anything invalid is simply not applied."""

    q = forms.CharField(required=False, max_length=200, label=_("Words that were said"))
    bot = forms.ModelChoiceField(
        Bot.objects.none(), required=False, to_field_name="slug", label=_("Bot"), empty_label=_("All bots")
    )
    state = forms.ChoiceField(
        required=False, label=_("State"),
        choices=[("", _("Any state")), *((code, name) for code, (name, _codes) in STATES.items())],
    )  # fmt: skip
    direction = forms.ChoiceField(
        required=False, label=_("Way"), choices=[("", _("Any way")), *Direction.choices],
    )  # fmt: skip
    first = forms.DateField(required=False, label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(required=False, label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    trouble = forms.ChoiceField(
        required=False, label=_("Trouble"),
        choices=[("", _("All calls")), ("slow", _("Slow answers")), ("cut", _("Interrupted")), ("errors", _("Errors"))],
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        seen = calls_visible_to(user).order_by().values("bot")
        choices: Any = self.fields["bot"]
        choices.queryset = Bot.objects.filter(pk__in=seen).order_by("name")

    def apply(self) -> QuerySet[Call]:
        """The calls this person may see that pass the filters, newest first."""
        self.is_valid()
        chosen: dict[str, Any] = getattr(self, "cleaned_data", {})
        calls = calls_visible_to(self.user).filter(day_bounds(chosen.get("first"), chosen.get("last")))
        if bot := chosen.get("bot"):
            calls = calls.filter(bot=bot)
        if state := chosen.get("state"):
            calls = calls.filter(status__in=STATES[state][1])
        if direction := chosen.get("direction"):
            calls = calls.filter(direction=direction)
        match chosen.get("trouble"):
            case "slow":
                calls = calls.filter(latency_p95_ms__gte=SLOW_MS)
            case "cut":
                calls = calls.filter(interruption_count__gt=0)
            case "errors":
                calls = calls.filter(error_count__gt=0)
        if words := chosen.get("q"):
            calls = said(calls, self.user, words)
        return calls.order_by("-created_at", "-id")

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return any(self.data.get(name) for name in self.fields)

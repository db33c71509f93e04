"""Calls as carriers see them, to be looked at: also those that were refused and have no page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bots.admin.records import ReadOnlyAdmin
from bots.selectors.calls import may_see_all_calls
from telephony.models import CallLeg, LegStatus
from telephony.selectors.masking import masked, may_see_numbers
from telephony.selectors.spend import shown_money

FACTS = ["direction", "account", "number", "from_end", "to_end", "country", "status", "answered_by", "refusal_code",
         "refusal_sentence", "created_at", "ringing_at", "answered_at", "ended_at", "hung_up_at", "duration_s",
         "end_cause", "carrier_call_id", "stream_id", "placed_by", "max_duration_s", "set_aside", "price"]  # fmt: skip

LIST = ["opened", "direction", "from_end", "to_end", "state", "duration_s", "price", "placed_by"]


@admin.register(CallLeg)
class CallLegAdmin(ReadOnlyAdmin):
    """Every call that a carrier knows, or was not asked for; numbers are shortened for who may not see them."""

    list_display = [*LIST]
    list_display_links = None
    list_filter = ["direction", "status", "answered_by", "account", "refusal_code"]
    list_select_related = ["account", "number", "call", "placed_by"]
    date_hierarchy = "created_at"
    search_help_text = _("The carrier's id of a call; whole numbers, if you may see them.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallLeg]:
        """All, for who may see all calls; else those that the person placed. Marked with who looks."""
        legs = super().get_queryset(request).defer("call__spec", "call__context")
        if not may_see_all_calls(request.user):
            legs = legs.filter(placed_by=request.user)
        return legs

    def _columns(self, request: HttpRequest, names: list[str]) -> list[str]:
        whole = {"from_end": "from_number", "to_end": "to_number"} if may_see_numbers(request.user) else {}
        return [whole.get(name, name) for name in names]

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns that this person may see."""
        return self._columns(request, LIST)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The facts that this person may see; never tokens, keys or what a call was given for its bot."""
        return self._columns(request, FACTS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Who may not see numbers cannot find out by searching either."""
        ends = ["from_number__exact", "to_number__exact"] if may_see_numbers(request.user) else []
        return ["carrier_call_id__exact", *ends]

    @admin.display(description=_("when"), ordering="created_at")
    def opened(self, leg: CallLeg) -> str:
        """The call's page, or the leg's own."""
        known = leg.call_id is not None
        url = reverse("call_detail", args=[leg.call_id]) if known else reverse(
            "admin:telephony_callleg_change", args=[leg.pk])  # fmt: skip
        return format_html('<a href="{}">{}</a>', url, f"{leg.created_at:%Y-%m-%d %H:%M}")

    @admin.display(description=_("from"))
    def from_end(self, leg: CallLeg) -> str:
        """Our own number whole, anybody else's shortened."""
        ours = leg.direction == CallLeg.Direction.OUTBOUND
        return (leg.from_number if ours else masked(leg.from_number)) or "–"

    @admin.display(description=_("to"))
    def to_end(self, leg: CallLeg) -> str:
        """The same for the other end."""
        ours = leg.direction == CallLeg.Direction.INBOUND
        return (leg.to_number if ours else masked(leg.to_number)) or "–"

    @admin.display(description=_("state"), ordering="status")
    def state(self, leg: CallLeg) -> str:
        """How far it came, and why no further."""
        if leg.refusal_code:
            return format_html('{} <code title="{}">{}</code>', leg.get_status_display(), leg.refusal_sentence,
                               leg.refusal_code)  # fmt: skip
        return str(leg.get_status_display())

    @admin.display(description=_("cost"), ordering="cost")
    def price(self, leg: CallLeg) -> str:
        """What it cost: unknown is not nothing."""
        if leg.cost is None:
            return "–" if leg.status == LegStatus.REFUSED else str(_("unknown"))
        mark = f" {_('(estimated)')}" if leg.cost_is_estimated else ""
        return f"{shown_money(leg.cost)} {leg.currency}{mark}".strip()

    @admin.display(description=_("counts against the day"))
    def set_aside(self, leg: CallLeg) -> str:
        """Money of the day."""
        return shown_money(leg.reserved)

"""The dialling policy in the administration: one page, and a second look before calls cost money (S2)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.admin.own_filters import OwnFiltersAdmin
from telephony.actions.save_dial_policy import save_dial_policy
from telephony.admin.policy_form import PolicyForm
from telephony.models import DialPolicy, PhoneNumber
from telephony.selectors.countries import country_name
from telephony.selectors.dial_day import dial_day
from telephony.selectors.dial_policy import countries_of, current_policy, days_of
from telephony.selectors.spend import minute_price, money, shown_money

CONFIRMED, BACK = "_confirmed", "_back"
PARTS = (
    (_("Where"), ("prices",)),
    (_("When"), ("begins", "ends", "weekdays", "time_zone")),
    (_("How much"), ("spend_per_day", "currency", "minutes_per_call")),
    (_("How often"), ("max_calls", "calls_per_day", "calls_per_destination")),
)


@admin.register(DialPolicy)
class DialPolicyAdmin(OwnFiltersAdmin):
    """The one row of rules, on one page."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DialPolicy | None = None) -> bool:
        """And there stays one."""
        return False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list is the page."""
        return HttpResponseRedirect(reverse("admin:telephony_dialpolicy_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the rules, take changed ones; switching on asks once more."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        policy, may_change = current_policy(), self.has_change_permission(request)
        if request.method != "POST":
            return self._page(request, policy, PolicyForm(policy=policy, may_change=may_change))
        if not may_change:
            raise PermissionDenied
        form = PolicyForm(request.POST, policy=policy)
        if not form.is_valid() or BACK in request.POST:
            return self._page(request, policy, form)
        if form.cleaned_data["is_enabled"] and not policy.is_enabled and CONFIRMED not in request.POST:
            return self._second_look(request, form)
        return self._save(request, policy, form)

    def _save(self, request: HttpRequest, policy: DialPolicy, form: PolicyForm) -> HttpResponse:
        try:
            saved = save_dial_policy(values=form.values(), by=request.user)
        except ActionError as error:
            messages.error(request, f"{error.message} {error.next_step} ({error.code})")
            return self._page(request, policy, form)
        self.log_change(request, saved, _said(policy, saved, form))
        messages.success(request, _("Saved. Every call from now on follows these rules."))
        return HttpResponseRedirect(reverse("admin:telephony_dialpolicy_changelist"))

    def _page(self, request: HttpRequest, policy: DialPolicy, form: PolicyForm) -> HttpResponse:
        day = dial_day(policy, timezone.now())
        context = {
            **self.admin_site.each_context(request), "title": _("Dialling policy"), "opts": self.opts, "form": form,
            "policy": policy, "parts": [(title, [form[name] for name in names]) for title, names in PARTS],
            "day": day, "spent": shown_money(day.spent) if day else "",
            "may_change": self.has_change_permission(request),
            "numbers": PhoneNumber.objects.filter(may_dial_out=True).select_related("bot")[:20],
            "may_call": request.user.has_perm("telephony.place_call"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/telephony/policy.html", context)

    def _second_look(self, request: HttpRequest, form: PolicyForm) -> HttpResponse:
        policy = form.changed_policy()
        again = [(name, value) for name, values in request.POST.lists() for value in values
                 if name not in ("csrfmiddlewaretoken", CONFIRMED, BACK)]  # fmt: skip
        context = {
            **self.admin_site.each_context(request), "title": _("Switch dialling out on?"), "opts": self.opts,
            "policy": policy, "again": again, "confirmed": CONFIRMED, "back": BACK, "days": len(days_of(policy)),
            "countries": [_longest_call(policy, code) for code in countries_of(policy)],
        }  # fmt: skip
        return TemplateResponse(request, "admin/telephony/policy_confirm.html", context)


def _longest_call(policy: DialPolicy, code: str) -> tuple[str, str, str]:
    """A country, what a minute costs there, and what the longest call would."""
    price = minute_price(policy, code)
    if price is None:
        return country_name(code), "–", "–"
    return country_name(code), shown_money(price), shown_money(money(price, policy.minutes_per_call))


def _said(before: DialPolicy, after: DialPolicy, form: PolicyForm) -> str:
    """What the history keeps."""
    if before.is_enabled != after.is_enabled:
        return "Switched dialling out on." if after.is_enabled else "Switched dialling out off."
    changed = [name for name in form.changed_data if name != "is_enabled"]
    return f"Changed: {', '.join(changed)}." if changed else "Saved without changes."

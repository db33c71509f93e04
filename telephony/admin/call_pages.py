"""The page that places a call from a number: whom, which bot, and every rule before the button (S2)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.models import Bot
from bots.selectors.calls import bots_talkable_by
from telephony.actions.place_call import place_once
from telephony.models import PhoneNumber
from telephony.selectors.custom_values import custom_values
from telephony.selectors.dial_plan import dial_plan
from telephony.selectors.spend import shown_money

PLACE = "_place"


class CallForm(forms.Form):
    """Whom to call, and what the bot is told."""

    to = forms.CharField(
        label=_("Whom"), max_length=32, help_text=_("With the country: +49 30 1234567."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "vTextField"}),
    )  # fmt: skip
    bot = forms.ModelChoiceField(
        Bot.objects.none(), label=_("Bot"), required=False, help_text=_("Published bots only.")
    )
    custom = forms.CharField(
        label=_("For the prompt"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "name = Ada"}),
        help_text=_("One a line: name = Ada stands in the prompt where {{custom.name}} is."),
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, number: PhoneNumber, user: Any) -> None:
        super().__init__(data, initial={"key": uuid4()})
        field: Any = self.fields["bot"]
        field.queryset = bots_talkable_by(user).filter(live_version__isnull=False).defer("draft").order_by("name")
        field.empty_label = _("the number's own: %s") % (number.bot.name if number.bot else _("none"))

    def clean_custom(self) -> dict[str, str]:
        """The lines as values."""
        found: dict[str, object] = {}
        for at, line in enumerate(self.cleaned_data["custom"].splitlines(), start=1):
            name, sign, value = (part.strip() for part in line.partition("="))
            if line.strip() and not (name and sign):
                raise forms.ValidationError(_("Line %d: write name = value.") % at)
            if name:
                found[name] = value
        try:
            return custom_values(found)
        except ActionError as error:
            raise forms.ValidationError(error.message) from None


class CallPages:
    """Adds the page to the administration of phone numbers."""

    admin_site: AdminSite
    opts: Any

    def call_urls(self) -> list[URLPattern]:
        """The page's address."""
        return [path("<int:pk>/call/", self.admin_site.admin_view(self.call_view), name="telephony_phonenumber_call")]

    def call_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask whom, show every rule, and place the call."""
        number = PhoneNumber.objects.select_related("account", "bot__live_version").filter(pk=pk).first()
        if not request.user.has_perm("telephony.place_call") or not request.user.has_perm("telephony.view_phonenumber"):
            raise PermissionDenied
        if number is None:
            raise Http404("No such number.")
        form = CallForm(request.POST or None, number=number, user=request.user)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": _("Call from %s") % number, "opts": self.opts,
            "number": number, "form": form, "place": PLACE,
            "back": reverse("admin:telephony_phonenumber_change", args=[pk]),
        }  # fmt: skip
        if request.method == "POST" and form.is_valid():
            if PLACE in request.POST and (placed := self._place(request, number, form, context)) is not None:
                return placed
            data = form.cleaned_data
            plan = dial_plan(number=number, to=data["to"], by=request.user, bot=data["bot"], now=timezone.now())
            context |= {"plan": plan, "money": shown_money(plan.permit.reserve) if plan.permit else ""}
        return TemplateResponse(request, "admin/telephony/call.html", context)

    def _place(
        self, request: HttpRequest, number: PhoneNumber, form: CallForm, context: dict[str, Any]
    ) -> HttpResponse | None:
        """Place the call once, however often the button is pressed; None when it was refused."""
        data = form.cleaned_data
        try:
            placed = place_once(number=number, to=data["to"], by=request.user, bot=data["bot"], custom=data["custom"],
                                key=f"page {data['key']}")  # fmt: skip
        except ActionError as error:
            context["refused"] = error
            return None
        messages.success(request, _("The call was placed."))
        return HttpResponseRedirect(reverse("call_detail", args=[placed.leg.call_id]))

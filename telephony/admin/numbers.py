"""Phone numbers in the administration: who answers, whether the carrier asks us, and how much they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bots.actions.errors import ActionError
from bots.admin.own_filters import OwnFiltersAdmin
from telephony.actions.check_round_trip import check_round_trip
from telephony.actions.check_webhooks import check_webhooks
from telephony.admin.attach import AttachPages
from telephony.admin.attach_steps import may_attach
from telephony.admin.call_pages import CallPages
from telephony.admin.number_form import NumberForm
from telephony.models import CallLeg, PhoneNumber
from telephony.selectors.masking import may_see_numbers, shown_to
from telephony.selectors.number_list import recent_legs, with_calls
from telephony.selectors.webhook_health import BAD, webhook_words

ANSWERS = {"fields": ["label", "account", "bot", "language", "is_enabled"]}
HOURS = {"fields": ["time_zone", "hours", "overflow_bot", "overflow_message"]}
RULES = {"fields": ["recording", "max_calls", "may_dial_out"]}


@admin.register(PhoneNumber)
class PhoneNumberAdmin(AttachPages, CallPages, OwnFiltersAdmin):
    """Numbers with bot, webhook and last call; attached by the wizard or entered by hand."""

    form = NumberForm
    change_form_template = "admin/telephony/phonenumber/form.html"
    change_list_template = "admin/telephony/phonenumber/list.html"
    list_display = ["shown_number", "label", "answers", "of_account", "webhook", "last_called", "called_day", "is_on"]
    list_filter = ["is_enabled", "account", "webhook_state", "bot"]
    list_select_related = ["account", "bot"]
    search_fields = ["e164", "label", "bot__name"]
    actions = ["look_at_webhooks", "switch_on", "switch_off"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneNumber]:
        """Numbers with how much they are called."""
        return with_calls(super().get_queryset(request)).defer("bot__draft")

    def get_fieldsets(self, request: HttpRequest, obj: PhoneNumber | None = None) -> Any:
        """The number itself only while it is new."""
        first = ANSWERS if obj else {"fields": ["e164", *ANSWERS["fields"]]}
        return [(None, first), (_("Hours"), HOURS), (_("Rules"), RULES)]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Bots and accounts have pages of their own: no buttons beside the choices."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field

    # -- the list ------------------------------------------------------------------------------------------------------

    @admin.display(description=_("number"), ordering="e164")
    def shown_number(self, number: PhoneNumber) -> str:
        """The number."""
        return format_html('<b class="number">{}</b>', number.e164)

    @admin.display(description=_("bot"), ordering="bot__name")
    def answers(self, number: PhoneNumber) -> str:
        """Who answers; a bot that callers cannot reach is marked."""
        bot = number.bot
        if bot is None:
            return format_html('<span class="state bad">{}</span>', _("none"))
        if bot.is_archived or bot.live_version_id is None:
            return format_html('{} <span class="state bad">{}</span>', bot.name, _("not published"))
        return bot.name

    @admin.display(description=_("account"), ordering="account__name")
    def of_account(self, number: PhoneNumber) -> str:
        """The account's name and its carrier."""
        carrier = number.account.get_carrier_display()
        return format_html('<span title="{}">{}</span>', carrier, number.account.name)

    @admin.display(description=_("webhook"), ordering="webhook_state")
    def webhook(self, number: PhoneNumber) -> str:
        """What the carrier asks."""
        words = webhook_words(number)
        return format_html('<span class="state {}" title="{}">{}</span>', words.kind, words.sentence, words.word)

    @admin.display(description=_("last call"), ordering="last_call")
    def last_called(self, number: Any) -> Any:
        """When it was last called, or called somebody."""
        if number.last_call is None:
            return "–"
        at = timezone.localtime(number.last_call)
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(at, "j M H:i"))

    @admin.display(description=_("24 h"), ordering="calls_day")
    def called_day(self, number: Any) -> int:
        """Calls of the last day."""
        return int(number.calls_day)

    @admin.display(description=_("on"), boolean=True, ordering="is_enabled")
    def is_on(self, number: PhoneNumber) -> bool:
        """Whether it takes calls."""
        return number.is_enabled

    @admin.action(description=_("Compare the webhooks with the carrier"), permissions=["change"])
    def look_at_webhooks(self, request: HttpRequest, numbers: QuerySet[PhoneNumber]) -> None:
        """Ask the carriers of the chosen numbers."""
        self._compare(request, numbers)

    @admin.action(description=_("Take calls"), permissions=["change"])
    def switch_on(self, request: HttpRequest, numbers: QuerySet[PhoneNumber]) -> None:
        """Let the chosen numbers be answered."""
        self._switch(request, numbers, on=True)

    @admin.action(description=_("Take no calls"), permissions=["change"])
    def switch_off(self, request: HttpRequest, numbers: QuerySet[PhoneNumber]) -> None:
        """Let callers of the chosen numbers hear a busy tone."""
        self._switch(request, numbers, on=False)

    def _switch(self, request: HttpRequest, numbers: QuerySet[PhoneNumber], *, on: bool) -> None:
        changed = PhoneNumber.objects.filter(pk__in=[number.pk for number in numbers], is_enabled=not on)
        for number in changed:
            number.is_enabled = on
            number.save(update_fields=["is_enabled", "updated_at"])
            self.log_change(request, number, "Takes calls." if on else "Takes no calls.")
        messages.success(request, _("Done."))

    def _compare(self, request: HttpRequest, numbers: QuerySet[PhoneNumber]) -> None:
        try:
            checked = check_webhooks(numbers.select_related("account"))
        except ActionError as error:
            messages.error(request, f"{error.message} {error.next_step} ({error.code})")
            return
        wrong = [number for number in checked if webhook_words(number).kind == BAD]
        for number in wrong:
            words = webhook_words(number)
            messages.error(request, f"{number}: {words.word}. {words.sentence}")
        fine = len(checked) - len(wrong)
        if fine:
            said = ngettext("%d number is as it should be.", "%d numbers are as they should be.", fine) % fine
            messages.success(request, said)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Add the way into the wizard."""
        found = {**(extra_context or {}), "may_attach": may_attach(request.user)}
        answer: HttpResponse = super().changelist_view(request, found)
        return answer

    # -- the page of a number ------------------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what the carrier knows, and the newest calls."""
        number: PhoneNumber | None = kwargs.get("obj")
        context["show_save_and_add_another"] = False
        if number:
            context.update(words=webhook_words(number), may_attach=may_attach(request.user),
                           may_change=self.has_change_permission(request, number),
                           recent=_recent(number, request.user), masked=not may_see_numbers(request.user))  # fmt: skip
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_model(self, request: HttpRequest, obj: PhoneNumber) -> None:
        """Say what stays behind: the carrier goes on asking this server, which answers with a busy tone."""
        super().delete_model(request, obj)
        messages.warning(request, _("The carrier still asks this server for %s: change that there.") % obj.e164)

    def get_urls(self) -> list[URLPattern]:
        """The wizard, and the two questions that a number's page asks."""
        wrap = self.admin_site.admin_view
        return [
            *self.attach_urls(),
            *self.call_urls(),
            path("<int:pk>/compare/", wrap(self.compare_view), name="telephony_phonenumber_compare"),
            path("<int:pk>/round-trip/", wrap(self.round_trip_view), name="telephony_phonenumber_round_trip"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the carrier what it calls for one number."""
        return self._asked(request, pk, lambda number: self._compare(request, PhoneNumber.objects.filter(pk=number.pk)))

    def round_trip_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a request to our own public address."""

        def travel(number: PhoneNumber) -> None:
            try:
                check_round_trip(number)
            except ActionError as error:
                messages.error(request, f"{error.message} {error.next_step} ({error.code})")
            else:
                messages.success(request, _("The public address leads to this server."))

        return self._asked(request, pk, travel)

    def _asked(self, request: HttpRequest, pk: int, question: Callable[[PhoneNumber], None]) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        number = PhoneNumber.objects.select_related("account").filter(pk=pk).first()
        if number is None:
            raise Http404("No such number.")
        if not self.has_change_permission(request, number):
            raise PermissionDenied
        question(number)
        return HttpResponseRedirect(reverse("admin:telephony_phonenumber_change", args=[pk]))


def _recent(number: PhoneNumber, user: Any) -> list[tuple[CallLeg, str]]:
    """The newest calls, each with the other party's number as this person may see it."""
    outbound = CallLeg.Direction.OUTBOUND
    return [
        (leg, shown_to(user, leg.to_number if leg.direction == outbound else leg.from_number))
        for leg in recent_legs(number)
    ]

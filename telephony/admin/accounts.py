"""Carrier accounts in the administration: secrets go in, a test says whether they are good."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bots.actions.errors import ActionError
from bots.admin.own_filters import OwnFiltersAdmin
from telephony.actions.check_account import check_account
from telephony.admin.account_form import account_form, names_of
from telephony.admin.attach_steps import may_attach
from telephony.carriers import CARRIERS, carrier_named
from telephony.models import CarrierAccount
from telephony.selectors.number_list import in_use


@admin.register(CarrierAccount)
class CarrierAccountAdmin(OwnFiltersAdmin):
    """Accounts with their state; one that numbers or calls belong to is kept."""

    change_form_template = "admin/telephony/carrieraccount/form.html"
    change_list_template = "admin/telephony/carrieraccount/list.html"
    list_display = ["name", "carrier", "state", "checked_at", "number_count", "is_enabled"]
    list_filter = ["carrier", "is_enabled"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    actions = ["test_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CarrierAccount]:
        """Accounts with the number of their numbers, without their secrets."""
        found: QuerySet[CarrierAccount] = super().get_queryset(request)
        return found.annotate(number_total=Count("numbers"))

    def get_form(
        self, request: HttpRequest, obj: CarrierAccount | None = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """The form with every carrier's secrets; who may only look gets the plain rows."""
        if obj and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        return super().get_form(request, obj, change, **{**kwargs, "form": account_form()})

    def get_fieldsets(self, request: HttpRequest, obj: CarrierAccount | None = None) -> Any:
        """What every account has, then a part for each carrier, of which the page shows the chosen one's."""
        own = (None, {"fields": ["name", "slug", "carrier", "account_id", "region", "is_enabled"]})
        if obj and not self.has_change_permission(request, obj):
            return [own]
        parts = [own]
        for name in CARRIERS if obj is None or not any(in_use(obj.pk)) else [obj.carrier]:
            carrier = carrier_named(name)
            told = [(_("Account id"), carrier.console.account_help)]
            told += [(_("Region"), carrier.console.region_help)] if carrier.console.region_help else []
            lines = format_html_join("", "<div><b>{}:</b> {}</div>", told)
            options = {"fields": names_of(carrier, obj), "classes": ["of-carrier", name], "description": lines}
            parts.append((_("Secrets of %s") % carrier.label, options))  # type: ignore[arg-type]
        return parts

    def get_readonly_fields(self, request: HttpRequest, obj: CarrierAccount | None = None) -> list[str]:
        """The carrier and the address stay once numbers or calls belong to the account."""
        return ["carrier", "slug"] if obj and any(in_use(obj.pk)) else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: CarrierAccount | None = None) -> Any:
        """The address follows the name only while the account is new."""
        return {} if obj else self.prepopulated_fields

    @admin.display(description=_("keys"))
    def state(self, account: CarrierAccount) -> str:
        """What the last test said."""
        kind, word = state_of(account)
        return format_html('<span class="state {}">{}</span>', kind, word)

    @admin.display(description=_("numbers"), ordering="number_total")
    def number_count(self, account: Any) -> str:
        """The account's numbers, as a link to their list."""
        url = reverse("admin:telephony_phonenumber_changelist")
        return format_html('<a href="{}?account__id__exact={}">{}</a>', url, account.pk, account.number_total)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add the state and whether the test may be run."""
        account: CarrierAccount | None = kwargs.get("obj")
        if account:
            kind, word = state_of(account)
            context.update(
                kind=kind, word=word, may_test=self.has_change_permission(request, account),
                may_attach=account.is_enabled and may_attach(request.user),
            )  # fmt: skip
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """The test."""
        test = self.admin_site.admin_view(self.test_view)
        return [path("<int:pk>/test/", test, name="telephony_carrieraccount_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the carrier, keep and tell what it said."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        account = CarrierAccount.objects.filter(pk=pk).first()
        if account is None:
            raise Http404("No such account.")
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        self._test(request, account)
        return HttpResponseRedirect(reverse("admin:telephony_carrieraccount_change", args=[pk]))

    def _test(self, request: HttpRequest, account: CarrierAccount) -> None:
        try:
            name = check_account(account)
        except ActionError as error:
            messages.error(request, f"{account.name}: {error.message} {error.next_step} ({error.code})")
            return
        told = {"account": account.name, "carrier": account.get_carrier_display(), "name": name}
        messages.success(request, _("%(account)s: the keys work. %(carrier)s calls the account “%(name)s”.") % told)

    @admin.action(description=_("Test the keys"), permissions=["change"])
    def test_chosen(self, request: HttpRequest, accounts: QuerySet[CarrierAccount]) -> None:
        """Ask the carriers of the chosen accounts."""
        for account in accounts:
            self._test(request, account)

    def response_add(
        self, request: HttpRequest, obj: CarrierAccount, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay with the account: its keys are to be tested."""
        return self._after_save(request, obj)

    def response_change(self, request: HttpRequest, obj: CarrierAccount) -> HttpResponse:
        """Stay on the page, with a test where that was asked for."""
        return self._after_save(request, obj)

    def _after_save(self, request: HttpRequest, account: CarrierAccount) -> HttpResponse:
        messages.success(request, _("%s is saved.") % account.name)
        if "_test" in request.POST:
            self._test(request, account)
        return HttpResponseRedirect(reverse("admin:telephony_carrieraccount_change", args=[account.pk]))

    def get_actions(self, request: HttpRequest) -> Any:
        """Accounts are deleted one at a time, on their pages, where the reason against it is told."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Refuse in a sentence while anything belongs to the account."""
        numbers, calls = in_use(int(object_id)) if object_id.isdecimal() else (0, 0)
        if numbers or calls:
            held = [ngettext("%d number", "%d numbers", numbers) % numbers] if numbers else []
            held += [ngettext("%d call", "%d calls", calls) % calls] if calls else []
            sentence = _("The account stays: %s belong to it. Switch it off instead.") % _(" and ").join(held)
            messages.error(request, sentence)
            return HttpResponseRedirect(reverse("admin:telephony_carrieraccount_change", args=[object_id]))
        return super().delete_view(request, object_id, extra_context)


def state_of(account: CarrierAccount) -> tuple[str, Any]:
    """Whether the keys work: ``good``, ``bad`` or ``quiet``, and a word."""
    if account.check_code:
        return "bad", account.check_code
    return ("good", _("work")) if account.checked_at else ("quiet", _("not tested"))

"""The wizard that attaches a number: account, number, bot, webhooks, round trip (ux, Phone numbers)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from telephony.actions.attach_number import attach_number, set_webhooks
from telephony.actions.check_round_trip import check_round_trip, reach_of_public_url
from telephony.admin.attach_steps import (
    KEPT_AS,
    MOST_OFFERED,
    STEPS,
    TITLES,
    AccountStep,
    BotStep,
    Draft,
    NumberStep,
    may_attach,
    offered_by,
    with_places,
)
from telephony.carriers import carrier_named
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.carrier_answers import answer_of
from telephony.selectors.webhook_health import expected_addresses, webhook_words

REACH = {
    "machine": _("Only this machine can reach the public address: a carrier cannot. Good for the emulator."),
    "network": _("The public address looks like one inside a network: a carrier may not reach it."),
    "everybody": "",
}


ADDRESSES = {"voice": _("Voice address"), "status": _("Status address"), "connect": _("Connect address")}


class AttachPages:
    """Adds the wizard to the administration of phone numbers; answers are kept in the session between the steps."""

    admin_site: AdminSite
    opts: Any

    def attach_urls(self) -> list[URLPattern]:
        """The wizard's addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("attach/", wrap(self.begin_view), name="telephony_phonenumber_attach"),
            path("attach/<slug:step>/", wrap(self.step_view), name="telephony_phonenumber_attach_step"),
        ]

    def begin_view(self, request: HttpRequest) -> HttpResponse:
        """Begin anew, or with a number that is here already."""
        self._allow(request)
        number = PhoneNumber.objects.filter(pk=_whole(request.GET.get("number"))).first()
        draft = Draft()
        if number is not None:
            draft = Draft(number.account_id, number.e164, number.carrier_ref, number.label, number.pk)
        elif CarrierAccount.objects.filter(pk=_whole(request.GET.get("account")), is_enabled=True).exists():
            draft = Draft(account=_whole(request.GET.get("account")))
        draft.keep(request.session)
        return _to("webhooks" if number is not None else "number" if draft.account else "account")

    def step_view(self, request: HttpRequest, step: str) -> HttpResponse:
        """Ask one thing, or take its answer."""
        self._allow(request)
        if step not in STEPS:
            raise Http404("No such step.")
        draft = Draft.of(request.session)
        if not draft.may_open(step):
            return _to(draft.reached)
        account = CarrierAccount.objects.filter(pk=draft.account, is_enabled=True).first()
        number = PhoneNumber.objects.select_related("account", "bot").filter(pk=draft.attached).first()
        if step == "account":
            return self._account(request, draft)
        if account is None or (step in ("webhooks", "check") and number is None):
            messages.error(request, _("The account or the number is gone or switched off. Begin again."))
            request.session.pop(KEPT_AS, None)
            return _to("account")
        if step == "number":
            return self._number(request, draft, account)
        if step == "bot":
            return self._bot(request, draft, account)
        assert number is not None  # noqa: S101 (looked at above)
        return self._webhooks(request, draft, number) if step == "webhooks" else self._check(request, draft, number)

    def _allow(self, request: HttpRequest) -> None:
        if not may_attach(request.user):
            raise PermissionDenied

    # -- the steps -----------------------------------------------------------------------------------------------------

    def _account(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        form = AccountStep(_sent(request), initial={"account": draft.account})
        if request.method == "POST" and form.is_valid():
            chosen = form.cleaned_data["account"].pk
            (draft if chosen == draft.account else Draft(account=chosen)).keep(request.session)
            return _to("number")
        accounts = [(row, carrier_named(row.carrier)) for row in CarrierAccount.objects.filter(is_enabled=True)]
        return self._page(request, "account", draft, form=form, accounts=accounts, chosen=draft.account)

    def _number(self, request: HttpRequest, draft: Draft, account: CarrierAccount) -> HttpResponse:
        form = NumberStep(_sent(request))
        if request.method == "POST" and form.is_valid():
            chosen = form.cleaned_data["e164"]
            listed: dict[str, str] = next((item for item in draft.offered if item["e164"] == chosen), {})
            if chosen != draft.number:
                draft.attached = 0
            draft.number, draft.ref, draft.label = chosen, listed.get("ref", ""), listed.get("label", "")
            draft.keep(request.session)
            return _to("bot")
        trouble = None
        if request.method == "GET" and (not draft.offered or "again" in request.GET):
            try:
                owned = answer_of(account, lambda api: api.numbers())
            except ActionError as error:
                trouble = error
            else:
                draft.offered = offered_by(owned)
                draft.keep(request.session)
        offered = with_places(draft.offered, account)
        typed = draft.number if all(item["e164"] != draft.number for item in draft.offered) else ""
        return self._page(
            request, "number", draft, form=form, account=account, offered=offered, trouble=trouble, typed=typed,
            is_cut=len(offered) == MOST_OFFERED,
        )  # fmt: skip

    def _bot(self, request: HttpRequest, draft: Draft, account: CarrierAccount) -> HttpResponse:
        known = PhoneNumber.objects.filter(e164=draft.number).first()
        form = BotStep(_sent(request), initial={"bot": known.bot_id if known else None})
        if request.method == "POST" and form.is_valid():
            bot = form.cleaned_data["bot"]
            try:
                number = attach_number(
                    account=account, number=draft.number, bot=bot, ref=draft.ref, label=draft.label
                )  # fmt: skip
            except ActionError as error:
                form.add_error(None, f"{error.message} {error.next_step}")
            else:
                note = self.log_change if known else self.log_addition  # type: ignore[attr-defined]
                note(request, number, f"Attached to {bot.name}.")
                draft.attached = number.pk
                draft.keep(request.session)
                return _to("webhooks")
        return self._page(request, "bot", draft, form=form, known=known)

    def _webhooks(self, request: HttpRequest, draft: Draft, number: PhoneNumber) -> HttpResponse:
        trouble, addresses = None, {}
        carrier = carrier_named(number.account.carrier)
        try:
            addresses = expected_addresses(number.account)
            if request.method == "POST" and "set" in request.POST:
                set_webhooks(number)
                self.log_change(request, number, "Webhooks set at the carrier.")  # type: ignore[attr-defined]
                messages.success(request, _("%s asks this server from now on.") % carrier.label)
                return _to("check")
        except ActionError as error:
            trouble = error
        return self._page(
            request, "webhooks", draft, number=number, carrier=carrier, trouble=trouble, words=webhook_words(number),
            addresses=[(kind, ADDRESSES[kind], address) for kind, address in addresses.items()],
        )  # fmt: skip

    def _check(self, request: HttpRequest, draft: Draft, number: PhoneNumber) -> HttpResponse:
        trouble, reach = None, ""
        try:
            reach = str(REACH[reach_of_public_url()])
            if request.method == "POST":
                check_round_trip(number)
        except ActionError as error:
            trouble = error
        return self._page(
            request, "check", draft, number=number, trouble=trouble, reach=reach, words=webhook_words(number),
            carrier=carrier_named(number.account.carrier),
        )  # fmt: skip

    def _page(self, request: HttpRequest, step: str, draft: Draft, **more: Any) -> HttpResponse:
        steps = [(name, TITLES[name], draft.may_open(name)) for name in STEPS]
        before = STEPS[STEPS.index(step) - 1] if step != STEPS[0] else ""
        context = {
            **self.admin_site.each_context(request), "title": _("Attach a number"), "opts": self.opts, "step": step,
            "steps": steps, "draft": draft, "back": _address(before) if before else "", **more,
        }  # fmt: skip
        answer = TemplateResponse(request, f"admin/telephony/attach/{step}.html", context)
        answer["Cache-Control"] = "no-store"
        return answer


def _address(step: str) -> str:
    return reverse("admin:telephony_phonenumber_attach_step", args=[step])


def _to(step: str) -> HttpResponse:
    return HttpResponseRedirect(_address(step))


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _sent(request: HttpRequest) -> Any:
    """What was sent, though it may be nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None

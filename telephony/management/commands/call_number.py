"""Places one call from the command line, or says what is against it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.actions.place_call import place_call
from telephony.models import CallLeg, LegStatus, PhoneNumber
from telephony.selectors.custom_values import custom_values
from telephony.selectors.dial_plan import DialPlan, dial_plan
from telephony.selectors.e164 import e164

REFUSED, FAILED, NOT_TAKEN = 2, 3, 4
LOOK_EVERY_S = 1.0
MARGIN_S = 180


class Command(BaseCommand):
    """``call_number --from +4930123456 --to +4989123456``; exit codes stand in the help."""

    help = (
        "Places one call within the dialling policy. Exit codes: 0 placed (with --wait: taken and over), 1 wrong "
        "options, 2 refused by a rule before the carrier was asked, 3 refused by the carrier, 4 with --wait: "
        "nobody took it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who calls whom, and with what."""
        parser.add_argument("--from", dest="ours", required=True, metavar="NUMBER", help="One of the house's numbers.")
        parser.add_argument("--to", required=True, metavar="NUMBER", help="Whom to call: +49 30 1234567.")
        parser.add_argument("--bot", metavar="SLUG", help="The bot that talks; without it the number's own.")
        parser.add_argument("--as", dest="user", default="admin", metavar="USER", help="Who places the call.")
        parser.add_argument("--custom", action="append", default=[], metavar="NAME=VALUE", help="For the bot's prompt.")
        parser.add_argument("--wait", action="store_true", help="Until the call is over; tells each state.")
        parser.add_argument("--dry-run", action="store_true", help="Show every rule and what it would cost at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Place it, and tell."""
        number, bot, user = self._number(options["ours"]), self._bot(options["bot"]), self._user(options["user"])
        try:
            custom = custom_values(self._custom(options["custom"]))
            if options["dry_run"]:
                return self._show(dial_plan(number=number, to=options["to"], by=user, bot=bot, now=timezone.now()))
            leg = place_call(number=number, to=options["to"], by=user, bot=bot, custom=custom)
        except ActionError as error:
            code = FAILED if error.code.startswith("carrier.") else REFUSED
            raise CommandError(f"{error.message} {error.next_step} ({error.code})", returncode=code) from error
        self.stdout.write(f"Placed: {leg.pk}, call /calls/{leg.call_id}/, at most {leg.reserved} {leg.currency}.")
        return self._wait(leg) if options["wait"] else None

    def _show(self, plan: DialPlan) -> None:
        for rule in plan.rules:
            self.stdout.write(f"{'ok' if rule.ok else 'NO':4}{rule.label}" + ("" if rule.ok else f": {rule.sentence}"))
        if plan.permit is None:
            raise CommandError("The call would be refused.", returncode=REFUSED)
        self.stdout.write(
            f"The call would be placed: {plan.permit.reserve} {plan.permit.currency} set aside for "
            f"{plan.permit.minutes} minutes. Nothing was done."
        )

    def _wait(self, leg: CallLeg) -> None:
        told = ""
        until = time.monotonic() + leg.max_duration_s + MARGIN_S
        while time.monotonic() < until:
            leg.refresh_from_db()
            if leg.status != told:
                told = leg.status
                self.stdout.write(str(leg.get_status_display()))
            if leg.is_final:
                break
            time.sleep(LOOK_EVERY_S)
        cost = "unknown" if leg.cost is None else f"{leg.cost} {leg.currency}{' (estimated)' * leg.cost_is_estimated}"
        self.stdout.write(f"Talked {leg.duration_s or 0:.0f} s, cost {cost}.")
        if leg.status != LegStatus.COMPLETED:
            raise CommandError(f"Nobody took the call: {leg.get_status_display()}.", returncode=NOT_TAKEN)

    def _number(self, text: str) -> PhoneNumber:
        try:
            found = PhoneNumber.objects.select_related("account", "bot__live_version").filter(e164=e164(text)).first()
        except ActionError as error:
            raise CommandError(f"--from: {error.message} {error.next_step}") from error
        if found is None:
            known = ", ".join(PhoneNumber.objects.filter(may_dial_out=True).values_list("e164", flat=True)) or "none"
            raise CommandError(f"The house has no such number. Numbers that may dial out: {known}.")
        return found

    def _bot(self, slug: str | None) -> Bot | None:
        if slug is None:
            return None
        found = Bot.objects.select_related("live_version").filter(slug=slug, is_archived=False).first()
        if found is None:
            known = ", ".join(Bot.objects.filter(is_archived=False).values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no bot {slug!r}. Bots: {known}.")
        return found

    def _user(self, name: str) -> Any:
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {name!r}; name one with --as.")
        return user

    def _custom(self, pairs: list[str]) -> dict[str, str]:
        found = {}
        for pair in pairs:
            name, sign, value = pair.partition("=")
            if not sign:
                raise CommandError("--custom takes name=value.")
            found[name.strip()] = value
        return found

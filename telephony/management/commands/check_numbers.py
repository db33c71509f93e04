"""Asks the carriers whether they still call this house."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bots.actions.errors import ActionError
from telephony.actions.check_webhooks import UNHURRIED_S, check_webhooks
from telephony.models import PhoneNumber
from telephony.selectors.webhook_health import BAD, GOOD, webhook_words

SIGNS = {GOOD: "✓", BAD: "✕"}


class Command(BaseCommand):
    """``check_numbers [--number +4930123456]``: a line a number; exit code 1 when one rings elsewhere."""

    help = "Compares the webhooks of all phone numbers with what their carriers say; exit code 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which numbers."""
        parser.add_argument("--number", action="append", default=[], metavar="E164", help="Only this one; repeatable.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, and tell."""
        numbers = PhoneNumber.objects.select_related("account")
        if options["number"]:
            numbers = numbers.filter(e164__in=options["number"])
        if not numbers.exists():
            raise CommandError("There is no such number here." if options["number"] else "There are no numbers yet.")
        try:
            checked = check_webhooks(numbers, limit_s=UNHURRIED_S)
        except ActionError as error:
            raise CommandError(f"{error.message} {error.next_step}") from None
        for number in checked:
            words = webhook_words(number)
            self.stdout.write(f"{SIGNS.get(words.kind, '·')} {number.e164:<16} {number.account.name}: {words.word}")
            if words.kind == BAD:
                self.stdout.write(f"  {'':<16} → {words.sentence}")
        wrong = sum(webhook_words(number).kind == BAD for number in checked)
        if wrong:
            raise CommandError(f"Not as they should be: {wrong}.", returncode=1)

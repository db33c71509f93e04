"""Makes carrier accounts and numbers for simulated calls; nothing of them exists outside this machine."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from bots.models import Bot
from telephony.carriers import CARRIERS, carrier_named
from telephony.emulation.telnyx import key_pair
from telephony.models import CarrierAccount, PhoneNumber

PREFIX = "demo-"
NUMBERS = {"twilio": "+493023125001", "telnyx": "+493023125002", "plivo": "+493023125003", "exotel": "+493023125004"}
"""Of a range that Germany keeps for films, so that nobody is ever called by mistake."""


class Command(BaseCommand):
    """``telephone_demo [--bot slug]``: one account and one number for each carrier; made once, then left alone."""

    help = "Makes accounts and numbers for manage.py simulate_call and carrier_emulator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which bot answers."""
        parser.add_argument("--bot", default="", help="Who answers; without it the first published bot.")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and say what can be done with it."""
        bots = Bot.objects.filter(live_version__isnull=False, is_archived=False).order_by("pk")
        bot = (bots.filter(slug=options["bot"]) if options["bot"] else bots).first()
        if bot is None:
            raise CommandError("There is no such published bot: run manage.py voice_demo, or publish one in the admin.")
        for carrier in sorted(CARRIERS):
            name = f"Simulated {carrier_named(carrier).label}"
            account, made = CarrierAccount.objects.get_or_create(
                slug=f"{PREFIX}{carrier}",
                defaults={
                    "name": name,
                    "carrier": carrier,
                    "account_id": f"AC{secrets.token_hex(8)}",
                },
            )
            if made:
                account.set_secrets(made_up(carrier))
                account.save()
            number, _ = PhoneNumber.objects.get_or_create(
                e164=NUMBERS[carrier], defaults={"account": account, "label": name}
            )
            if options["bot"] or number.bot_id is None:
                number.bot = bot
                number.save()
            self.stdout.write(
                f"{number.e164} of {account.slug}: {number.bot.slug if number.bot else 'nobody'} answers."
            )
        if not settings.VOICE["CARRIER_EMULATOR"]:
            self.stdout.write("Start the server with VOICE_CARRIER_EMULATOR=http://127.0.0.1:8765 for simulated calls.")
        if not settings.VOICE["PUBLIC_URL"]:
            self.stdout.write("Start it with VOICE_PUBLIC_URL too, its own address: http://127.0.0.1:8000.")


def made_up(carrier: str) -> dict[str, str]:
    """Return secrets for every field of a carrier that needs one."""
    found = {field.name: secrets.token_hex(16) for field in carrier_named(carrier).fields}
    found.pop("application_id", None)
    if "public_key" in found:
        found["public_key"] = key_pair(found["api_key"])[1]
    return found

"""Stands in for the carriers on this machine: takes the calls that a server places, and answers for who is called."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from telephony.emulation.call import Moment
from telephony.emulation.dialling import ANSWERS, Callee, PlacedCall
from telephony.emulation.exchange import Exchange
from telephony.emulation.person import DOES
from telephony.emulation.script import ScriptWrong, Step, read_script
from telephony.emulation.simulation import Simulator, shown
from telephony.models import CarrierAccount, PhoneNumber


class Command(BaseCommand):
    """``carrier_emulator [--answers human|machine|busy|no-answer|rejects] [--say TEXT]``; ends with Ctrl-C."""

    help = "Emulates the carriers' REST interfaces where VOICE_CARRIER_EMULATOR points, and the people who are called."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who is called, and what they do."""
        parser.add_argument("--answers", choices=ANSWERS, default=ANSWERS[0], help="How those who are called answer.")
        parser.add_argument("--say", action="append", default=[], metavar="TEXT", help="A turn; may be given again.")
        parser.add_argument(
            "--script", type=Path, help="Lines: first hello, say …, cut 1.5 …, keys 12#, wait 2, hang up."
        )
        parser.add_argument("--rings", type=float, default=1.5, help="Seconds until they answer.")
        parser.add_argument("--dialled", choices=DOES, default=DOES[0], help="What those do whom a bot transfers to.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen, and tell of every call."""
        emulator = str(settings.VOICE["CARRIER_EMULATOR"])
        if not urlsplit(emulator).port:
            raise CommandError("Say where the server looks for carriers: VOICE_CARRIER_EMULATOR=http://127.0.0.1:8765")
        try:
            script = options["script"].read_text(encoding="utf-8") if options["script"] else ""
            steps = read_script(script) or [
                Step("first", "hello"), *(Step("say", text) for text in options["say"]), Step("hang_up")
            ]  # fmt: skip
            callee = Callee(options["answers"], options["rings"], tuple(steps), options["dialled"])
            asyncio.run(self._listen(emulator, callee))
        except (ScriptWrong, OSError) as error:
            raise CommandError(str(error)) from error

    async def _listen(self, address: str, callee: Callee) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        async with Simulator(address, self._tell) as simulator:
            simulator.callee = callee
            await asyncio.to_thread(known_here, simulator.exchange)
            self.stdout.write(f"Carriers are emulated at {address}; those called: {callee.answers}.")
            await ended.wait()

    def _tell(self, call: PlacedCall, moment: Moment) -> None:
        self.stdout.write(f"{call.line.call_id[-6:]} {shown(moment)}")
        self.stdout.flush()


def known_here(exchange: Exchange) -> None:
    """The emulated carriers know this house's numbers and, at Telnyx, its accounts' applications."""
    for number in PhoneNumber.objects.order_by("pk"):
        exchange.numbers[number.carrier_ref or f"PN{number.pk}"] = {"number": number.e164}
    for account in CarrierAccount.objects.filter(carrier="telnyx"):
        exchange.applications[f"app-{account.pk}"] = {"friendly_name": f"voiceapp-{account.slug}"}

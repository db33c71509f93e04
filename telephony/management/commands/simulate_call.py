"""Calls a running server as a carrier would, and says what the caller hears."""

from __future__ import annotations

import asyncio
import json
import time
import wave
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from telephony.emulation.exchange import facts_of
from telephony.emulation.person import DOES
from telephony.emulation.profiles import PROFILES
from telephony.emulation.script import ScriptWrong, Step, read_script
from telephony.emulation.simulation import Finding, Simulation, Simulator
from telephony.emulation.telnyx import key_pair
from telephony.emulation.voices import sound_file
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.conversation import conversations_of, lines_of

FINAL_WITHIN_S = 10.0
LOOK_EVERY_S = 0.2


class Command(BaseCommand):
    """``simulate_call --carrier twilio --number +4930123456 --say "hello"``; exit code 0 for a call that went well."""

    help = "Dials a running server as a carrier would, and prints and saves what is said and heard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom to call, what to say, how good the connection is."""
        parser.add_argument("--carrier", choices=sorted(PROFILES), required=True)
        parser.add_argument("--number", help="The number to call; without it the account's first.")
        parser.add_argument("--from", dest="caller", default="+4915112345678", help="Who calls.")
        parser.add_argument("--say", action="append", default=[], metavar="TEXT", help="A turn; may be given again.")
        parser.add_argument("--wav", action="append", default=[], metavar="FILE", help="A turn as a sound file.")
        parser.add_argument("--script", type=Path, help="Lines: say …, cut 1.5 …, keys 12#, wait 2, hang up.")
        parser.add_argument("--keys", default="", help="Keys to press when the bot has spoken first.")
        parser.add_argument("--server", default="", help="The server; without it the configured public address.")
        parser.add_argument("--save", type=Path, help="A folder for caller.wav, heard.wav and call.json.")
        parser.add_argument("--seconds", type=float, default=120.0, help="The longest call.")
        parser.add_argument("--delay-ms", type=float, default=30.0)
        parser.add_argument("--jitter-ms", type=float, default=0.0)
        parser.add_argument("--loss", type=float, default=0.0, help="Share of the caller's sound that is lost.")
        parser.add_argument("--dialled", choices=DOES, default=DOES[0], help="What those do whom the bot transfers to.")
        parser.add_argument("-n", "--count", type=int, default=1, help="Calls at once (TEL-08).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call, and tell."""
        number = self._number(options)
        account = number.account
        steps = self._steps(options)
        server = options["server"] or settings.VOICE["PUBLIC_URL"]
        if not urlsplit(server).netloc:
            raise CommandError("Say which server is called: --server http://127.0.0.1:8000")
        simulation = Simulation(
            carrier=options["carrier"], server=server.rstrip("/"), slug=account.slug, account_id=account.account_id,
            secrets=account.secrets(), hook_key=account.hook_key, number=number.e164, caller=options["caller"],
            steps=steps, longest_s=options["seconds"], delay_s=options["delay_ms"] / 1000,
            jitter_s=options["jitter_ms"] / 1000, loss=options["loss"],
            emulator=str(settings.VOICE["CARRIER_EMULATOR"]), dialled=options["dialled"],
        )  # fmt: skip
        self._check_key(account)
        try:
            findings = asyncio.run(self._simulate(simulation, options["count"]))
        except OSError as error:
            raise CommandError(
                "The emulated carrier cannot listen at VOICE_CARRIER_EMULATOR: is carrier_emulator running there? "
                "Stop it for a simulated call."
            ) from error
        for index, finding in enumerate(findings):
            self._report(finding, options["save"], index if options["count"] > 1 else None)
        if len(findings) == 1:
            self._transcript(account, findings[0].call.line.call_id, simulation.server)
        if not all(finding.call.outcome == "completed" and finding.call.ear.has_spoken for finding in findings):
            raise CommandError("The call did not go well.", returncode=1)

    async def _simulate(self, simulation: Simulation, count: int) -> list[Finding]:
        tell = self._tell if count == 1 else None  # many calls at once would be unreadable
        async with Simulator(simulation.emulator) as simulator:
            return list(await asyncio.gather(*(simulator.call(simulation, tell) for _ in range(count))))

    def _number(self, options: dict[str, Any]) -> PhoneNumber:
        numbers = PhoneNumber.objects.select_related("account").filter(account__carrier=options["carrier"])
        wanted = options["number"]
        number = (numbers.filter(e164=wanted) if wanted else numbers).first()
        if number is None:
            raise CommandError(
                f"There is no number of {options['carrier']} here. Attach one in the admin, under Phone numbers, or "
                "make numbers for simulated calls: manage.py telephone_demo."
            )
        return number

    def _check_key(self, account: CarrierAccount) -> None:
        """A simulated Telnyx signs with a key that follows from the account's API key; a real account has another."""
        known = account.secrets()
        if account.carrier == "telnyx" and key_pair(known.get("api_key", ""))[1] != known.get("public_key"):
            raise CommandError(
                "This account's public key is the real carrier's, which nobody can simulate. Make an account for "
                "simulated calls: manage.py telephone_demo."
            )

    def _steps(self, options: dict[str, Any]) -> list[Step]:
        try:
            script = options["script"].read_text(encoding="utf-8") if options["script"] else ""
            steps = read_script(script)
            steps += [Step("wav", path) for path in options["wav"]]
            for step in steps:
                if step.act == "wav":
                    sound_file(Path(step.text))
        except (ScriptWrong, OSError, wave.Error, EOFError) as error:
            raise CommandError(f"{error}") from error
        steps += [Step("say", text) for text in options["say"]]
        steps += [Step("keys", options["keys"])] if options["keys"] else []
        return [*steps, Step("hang_up")] if not script else steps

    def _tell(self, line: str) -> None:
        self.stdout.write(line)

    def _report(self, finding: Finding, folder: Path | None, index: int | None) -> None:
        call, heard = finding.call, finding.heard or "(nothing)"
        self.stdout.write(f"-- {call.outcome} after {call.now():.1f} s; a recogniser at the caller's ear read: {heard}")
        if folder is None:
            return
        folder = folder if index is None else folder / str(index)
        folder.mkdir(parents=True, exist_ok=True)
        for name, pcm in (("caller.wav", bytes(finding.call.receiver.said)), ("heard.wav", finding.call.ear.track())):
            with wave.open(str(folder / name), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(pcm)
        facts = {**facts_of(finding.call), "heard": finding.heard}
        (folder / "call.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
        self.stdout.write(f"Saved in {folder}.")

    def _transcript(self, account: CarrierAccount, carrier_call_id: str, server: str) -> None:
        """Say what the called house has written down, where that is this one; the end is written a moment later."""
        until = time.monotonic() + FINAL_WITHIN_S
        calls = conversations_of(account, carrier_call_id)
        while not all(call.is_final for call in calls) and time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
            calls = conversations_of(account, carrier_call_id)
        for call in calls:
            self.stdout.write(f"-- the transcript, {server}/calls/{call.pk}/")
            for line in lines_of(call):
                self.stdout.write(line)

"""Finalises calls whose process is gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from bots.actions.reap_calls import reap_calls
from bots.actions.run_job import sweep_jobs


class Command(BaseCommand):
    """Rebuilds abandoned calls from their journals and makes them final; repeating it changes nothing more."""

    help = "Finalise calls that nobody runs any more, from their journals and audio. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--quiet", action="store_true", help="say nothing when there is nothing to do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reap, and queue lost jobs again."""
        reaped = reap_calls()
        jobs = sweep_jobs()
        for call in reaped:
            notes = " (last line torn)" if call.torn else ""
            notes += f" ({len(call.damaged_lines)} damaged lines)" if call.damaged_lines else ""
            self.stdout.write(f"{call.call_id} {call.reason}, {call.events} events{notes}")
        if not options["quiet"] or reaped or jobs:
            self.stdout.write(f"{len(reaped)} calls finalised, {jobs} jobs queued again.")

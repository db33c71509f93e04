"""Says what is wrong with the installation."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from bots.selectors.health_findings import health_findings

SIGNS = {"ok": "✓", "warning": "!", "error": "✕"}


class Command(BaseCommand):
    """Prints one line per finding and what to do; exits with 1 when anything is an error."""

    help = "Check database, disk, speech engines, credentials, calls and jobs; exit code 1 when something is broken."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and report."""
        findings = health_findings()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{SIGNS[finding.level]} {finding.subject:<15} {finding.sentence}")
                if finding.todo:
                    self.stdout.write(f"  {'':<15} → {finding.todo}")
        if any(finding.level == "error" for finding in findings):
            sys.exit(1)

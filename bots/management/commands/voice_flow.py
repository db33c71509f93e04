"""A bot's flow on the command line: write it out, read one in, or look for mistakes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bots.actions.errors import ActionError
from bots.actions.import_flow import import_flow
from bots.assembly.flows import FlowFindings, flow_findings
from bots.engine.flows.document import write_flow
from bots.engine.flows.plain_text import LONGEST
from bots.models import Bot


class Command(BaseCommand):
    """Exports, imports and checks the flow of a bot's draft; files are JSON or YAML in the public format (PROD-18)."""

    help = "Export, import or check the flow of a bot's draft."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("action", choices=["export", "import", "check"])
        parser.add_argument("bot", help="the bot's address (slug)")
        parser.add_argument("file", nargs="?", default="-", help="a .json, .yaml or .yml file; - (default) is a pipe")
        parser.add_argument(
            "--form", choices=["json", "yaml"], help="the form of an export; default: by the file's name"
        )
        parser.add_argument("--flat", action="store_true", help="export functions flat, not wrapped as OpenAI's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked; errors of the flow end the command with status 1."""
        bot = Bot.objects.filter(slug=options["bot"]).first()
        if bot is None:
            known = ", ".join(Bot.objects.filter(is_archived=False).values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no bot {options['bot']!r}. Bots: {known}.")
        if options["action"] == "import":
            self._import(bot, options["file"])
        elif not bot.draft.get("flow"):
            raise CommandError(f"The bot {bot.slug} has no flow.")
        elif options["action"] == "export":
            self._export(bot, options["file"], options["form"], wrapped=not options["flat"])
        else:
            self._tell(flow_findings(bot.draft))
            self.stdout.write(f"The flow of {bot.slug} can run.")

    def _export(self, bot: Bot, file: str, form: str | None, *, wrapped: bool) -> None:
        chosen = form or ("yaml" if file.endswith((".yaml", ".yml")) else "json")
        text = write_flow(bot.draft["flow"], "yaml" if chosen == "yaml" else "json", wrapped=wrapped)
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"Written to {file}.")

    def _import(self, bot: Bot, file: str) -> None:
        try:
            text = sys.stdin.read(LONGEST + 1) if file == "-" else Path(file).read_text(encoding="utf-8")
            preview = import_flow(bot=bot, text=text, by=None)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read.") from error
        except ActionError as error:
            raise CommandError(f"{error.message} {error.next_step}") from error
        for problem in preview.left_out:
            self.stderr.write(f"left out  {problem}")
        self.stdout.write(f"The draft of {bot.slug} has a new flow; publish it to make it live.")
        self._tell(preview.findings)

    def _tell(self, findings: FlowFindings) -> None:
        for problem in findings.warnings:
            self.stderr.write(f"warning   {problem}")
        for problem in findings.errors:
            self.stderr.write(f"error     {problem}")
        if findings.errors:
            raise CommandError(f"Mistakes that keep the flow from running: {len(findings.errors)}.")

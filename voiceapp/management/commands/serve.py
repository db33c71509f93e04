"""Serves pages, clients and calls from one process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Runs the server until it gets SIGTERM or Ctrl-C; running calls are finished first."""

    help = "Serve the pages, the clients and the calls. Stops politely on SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--host", default=settings.VOICE["HOST"], help="address to listen on")
        parser.add_argument("--port", type=int, default=settings.VOICE["PORT"], help="port; 0 takes a free one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        from channels.routing import get_default_application

        from bots.hosting.runner import ServingProcess

        serving = ServingProcess(get_default_application(), options["host"], options["port"], self._listening)
        serving.run()
        if serving.failed:
            raise CommandError(
                f"Port {options['port']} cannot be used. Choose another one: PORT=8123 make run, or serve --port 8123."
            )

    def _listening(self, host: str, port: int) -> None:
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 (shown only)
        self.stdout.write(self.style.SUCCESS(f"voiceapp is ready: http://{shown}:{port}/"))
        self.stdout.flush()

"""Runs a bot that is written in code, with the console page to talk to it (RUN-01…04, RUN-08)."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bots.actions.errors import ActionError
from bots.hosting.code_bots.endpoints import CodeBotSite
from bots.hosting.code_bots.sessions import CodeBotSessions, load_code_bot

SERVED = ("webrtc", "websocket")
ELSEWHERE = {
    "daily": "rooms of Daily need an account and a transport that this release does not have",
    "twilio": "telephone calls reach bots through a number in the admin, not through this runner",
    "telnyx": "telephone calls reach bots through a number in the admin, not through this runner",
    "plivo": "telephone calls reach bots through a number in the admin, not through this runner",
}


class Command(BaseCommand):
    """Serves one file with `async def bot(runner_args)` until Ctrl-C; for development, without login."""

    help = "Run a bot from a Python file with `async def bot(runner_args)`, and a page to talk to it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("file", type=Path, help="the Python file")
        parser.add_argument("--host", default="localhost", help="address to listen on (default localhost)")
        parser.add_argument("--port", type=int, default=7860, help="port (default 7860); 0 takes a free one")
        parser.add_argument(
            "-t", "--transport", default="webrtc", choices=[*SERVED, *ELSEWHERE], help="how callers connect"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        if reason := ELSEWHERE.get(options["transport"]):
            raise CommandError(f"-t {options['transport']}: {reason}. Choose {' or '.join(SERVED)}.")
        os.environ.setdefault("ENV", "local")
        try:
            sessions = CodeBotSessions(load_code_bot(options["file"]), options["transport"])
        except ActionError as error:
            raise CommandError(f"{error.message} {error.next_step}") from error
        server = self._server(sessions, options["file"].stem, options["host"], options["port"])
        server.run()
        if not server.listening_addresses:
            raise CommandError(f"Port {options['port']} cannot be used. Choose another one with --port.")

    def _server(self, sessions: CodeBotSessions, name: str, host: str, port: int) -> Any:
        from channels.routing import ProtocolTypeRouter, URLRouter
        from daphne.endpoints import build_endpoint_description_strings
        from daphne.server import Server

        site = CodeBotSite(sessions, name)
        settings.ROOT_URLCONF = tuple(site.urlpatterns)
        application = ProtocolTypeRouter(
            {"http": get_asgi_application(), "websocket": URLRouter(site.websocket_urlpatterns)}
        )
        listen = "127.0.0.1" if host == "localhost" else host

        def ready() -> None:
            from twisted.internet import reactor as running

            reactor: Any = running
            reactor.callWhenRunning(lambda: self._listening(server, host))
            reactor.addSystemEventTrigger("before", "shutdown", lambda: _deferred(sessions.close()))

        server = Server(
            application, endpoints=build_endpoint_description_strings(host=listen, port=port), ready_callable=ready,
            server_name="voiceapp",
        )  # fmt: skip
        return server

    def _listening(self, server: Any, host: str) -> None:
        if not server.listening_addresses:
            asyncio.get_event_loop().call_later(0.05, self._listening, server, host)
            return
        port = server.listening_addresses[0][1]
        self.stdout.write(self.style.SUCCESS(f"The bot is ready: http://{host}:{port}/client"))
        self.stdout.flush()


def _deferred(work: Coroutine[Any, Any, None]) -> Any:
    """Let the reactor wait for something of the event loop."""
    from twisted.internet.defer import Deferred

    return Deferred.fromFuture(asyncio.ensure_future(work))

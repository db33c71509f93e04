"""Makes a fresh installation ready to be tried."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bots.actions.errors import ActionError
from bots.actions.load_demo import load_demo
from bots.actions.prepare_house import PASSWORD_FILE, ensure_administrator, ensure_groups


class Command(BaseCommand):
    """Creates the administrator, the groups and the demo bots; repeating it changes nothing that people changed."""

    help = "Create an administrator, permission groups and three demo bots. Safe to repeat; makes no calls."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--reset-password", action="store_true", help="give the administrator a new password")
        parser.add_argument("--url", default="", help="address to print in the sign-in note")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how to sign in."""
        path = Path(settings.VOICE["DATA_DIR"]) / PASSWORD_FILE
        user, password = ensure_administrator(password_file=path, reset=options["reset_password"])
        groups = ensure_groups()
        try:
            loaded = load_demo(by=user)
        except (ActionError, OSError, ValueError) as error:
            raise CommandError(f"The demo bots could not be loaded: {error}") from error
        for item in loaded:
            self.stdout.write(f"  bot {item.bot.slug:<14} {item.outcome}")
        if groups:
            self.stdout.write(f"  groups created: {', '.join(groups)}")
        self._how_to_sign_in(user.get_username(), password, path, options["url"])

    def _still_in(self, path: Path, name: str) -> bool:
        """Whether the file still holds the password in force."""
        try:
            kept = path.read_text(encoding="utf-8").strip()
        except OSError:
            return False
        return bool(get_user_model().objects.get(username=name).check_password(kept))

    def _how_to_sign_in(self, name: str, password: str | None, path: Path, url: str) -> None:
        self.stdout.write("")
        if url:
            self.stdout.write(f"  Open         {url}")
        self.stdout.write(f"  User name    {name}")
        if password:
            self.stdout.write(f"  Password     {password}")
            self.stdout.write(f"  It is shown only now; it is also in {path}, which only you can read.")
        else:
            kept = f"as in {path}" if self._still_in(path, name) else "as you set it"
            self.stdout.write(f"  Password     {kept}")
            self.stdout.write("  Forgotten?   python manage.py voice_demo --reset-password")
        self.stdout.write("")

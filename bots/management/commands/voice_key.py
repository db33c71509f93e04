"""Prints a new API key."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bots.actions.api_keys import make_api_key
from bots.models import Bot


class Command(BaseCommand):
    """Makes an API key for one bot and prints it, once, alone on standard output."""

    help = "Create an API key with which programs may start calls with a bot; it is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--bot", required=True, help="the bot's address (slug)")
        parser.add_argument("--user", default="admin", help="the user that calls with this key belong to")
        parser.add_argument("--name", default="made on the command line", help="what the key is for")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and print."""
        bot = Bot.objects.filter(slug=options["bot"], is_archived=False).first()
        if bot is None:
            known = ", ".join(Bot.objects.filter(is_archived=False).values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no bot {options['bot']!r}. Bots: {known}.")
        user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']!r}; name one with --user.")
        _row, secret = make_api_key(bot=bot, user=user, name=options["name"])
        self.stderr.write(f"API key for {bot.slug}; it is not shown again:")
        self.stdout.write(secret)

"""Who starts a call: a signed-in person on our own pages, or a program with a bot's API key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from bots.actions.api_keys import api_key_in_use
from bots.actions.errors import ActionError
from bots.models import Bot
from bots.selectors.calls import bots_talkable_by

SIGN_IN = ActionError(
    "auth.required",
    "You are not signed in.",
    next_step="Sign in, or send an API key as a bearer token.",
    http_status=401,
)


def _unused(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _is_our_page(request: HttpRequest) -> bool:
    """Whether a request with a session cookie carries the CSRF token of one of our pages."""
    refused: Any = CsrfViewMiddleware(_unused).process_view(request, _unused, (), {})
    return refused is None


def _bearer(request: HttpRequest) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def caller_of(request: HttpRequest, slug: str) -> tuple[Any, Bot]:
    """Return the person a call is for, and the bot they may talk to; raises ActionError with the HTTP status."""
    bot = Bot.objects.filter(slug=slug, is_archived=False).first()
    unknown = ActionError("bot.unknown", "There is no such bot.", next_step="Check the address.", http_status=404)
    if secret := _bearer(request):
        if bot is None:
            raise unknown
        return api_key_in_use(secret, bot=bot).user, bot
    user = request.user
    if not user.is_authenticated:
        raise SIGN_IN
    if not _is_our_page(request):
        raise ActionError(
            "auth.forged", "This request does not come from one of our pages.", next_step="Reload the page.",
            http_status=403,
        )  # fmt: skip
    if bot is None or not bots_talkable_by(user).filter(pk=bot.pk).exists():
        raise unknown
    return user, bot

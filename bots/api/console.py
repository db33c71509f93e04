"""The console page: talk to a bot in the browser (DEP-16)."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bots.selectors.calls import call_visible_to
from bots.selectors.console_page import console_bots


@require_safe
@never_cache
@login_required
def console(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Render the page around its island; ``?continue=<call>`` goes on from an earlier call."""
    bots = console_bots(request.user)
    if slug and slug not in {bot["slug"] for bot in bots}:
        raise Http404("No such bot.")
    earlier = call_visible_to(request.user, request.GET["continue"]) if request.GET.get("continue") else None
    data: dict[str, Any] = {
        "bots": bots,
        "current": slug or next((bot["slug"] for bot in bots if bot["live_version"]), bots[0]["slug"] if bots else ""),
        "csrf": get_token(request),
        "user": {"name": request.user.get_username()},
        "urls": {"calls": "/calls/", "login": settings.LOGIN_URL},
        "continue_from": str(earlier.pk) if earlier is not None else None,
        "dev": settings.DEBUG,
    }
    return render(request, "bots/console.html", {"console_data": data})

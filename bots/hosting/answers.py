"""JSON in and out for the official clients: limits, coded errors, cross-origin rules (client contract 2 and 8)."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from bots.actions.errors import ActionError
from bots.engine.errors import EngineError

from .origins import is_allowed_origin

log = logging.getLogger(__name__)

View = Callable[..., Awaitable[HttpResponse]]
METHODS = ("POST", "PATCH", "OPTIONS")


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the request's JSON object; nothing, or null, is an empty one. Raises ActionError."""
    limit = int(settings.VOICE["MAX_SIGNALLING_BYTES"])
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > limit:
        raise ActionError("input.too_large", "The request is too large.", next_step="Send less.", http_status=413)
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ActionError("input.malformed", "The request is no JSON.", next_step="Send a JSON object.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ActionError("input.malformed", "The request is no JSON object.", next_step="Send a JSON object.")
    return found


def _with_cors(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    origin = request.headers.get("Origin", "")
    if origin and is_allowed_origin(origin, request.get_host()):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-CSRFToken"
        response["Access-Control-Max-Age"] = "600"
    response["Vary"] = "Origin"
    response["Cache-Control"] = "no-store"
    return response


def _refusal(code: str, message: str, owner: str, next_step: str, status: int) -> HttpResponse:
    facts = {"code": code, "info": message, "detail": message, "owner": owner, "next_step": next_step}
    return JsonResponse(facts, status=status)


def for_clients(*methods: str) -> Callable[[View], View]:
    """Make an async view an endpoint of the clients: ``methods`` and preflights, JSON errors, no redirects."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        async def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _with_cors(request, await _answer(view, methods, request, args, kwargs))

        return endpoint

    return decorate


async def _answer(
    view: View, methods: tuple[str, ...], request: HttpRequest, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204)
    if request.method not in methods:
        return _refusal("input.method", "This address takes other requests.", "caller", "Use POST.", 405)
    origin = request.headers.get("Origin", "")
    if origin and not is_allowed_origin(origin, request.get_host()):
        return _refusal(
            "origin.forbidden", "Pages of this origin may not talk to this server.", "caller",
            "Ask whoever runs the server to allow the origin.", 403,
        )  # fmt: skip
    try:
        return await view(request, *args, **kwargs)
    except ActionError as error:
        return _refusal(error.code, error.message, error.owner, error.next_step, error.http_status)
    except EngineError as error:
        status = int(getattr(error, "status", 503 if error.retryable else 400))
        return _refusal(error.code, error.message, error.owner, error.next_step, status)
    except DatabaseFailure:
        log.exception("a client's request failed in the database")
        return _refusal(
            "server.database", "The server cannot reach its database.", "us", "Try again in a minute.", 503
        )  # fmt: skip

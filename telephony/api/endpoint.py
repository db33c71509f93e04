"""Makes views of programs: JSON in and out, coded errors, nothing kept by caches."""

import functools
import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from bots.actions.errors import ActionError
from bots.actions.plain_data import is_storable
from bots.engine.errors import EngineError

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024
View = Callable[..., HttpResponse]


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the request's JSON object. Raises ActionError ``input.too_large`` or ``input.malformed``."""
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > MAX_BODY:
        raise ActionError("input.too_large", "The request is too large.", next_step="Send less.", http_status=413)
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ActionError("input.malformed", "The request is no JSON object.", next_step="Send a JSON object.")
    if not is_storable(found):
        raise ActionError("input.malformed", "The request holds what nobody can store.",
                          next_step="Send no NUL, no half of a surrogate pair, no infinite number.")  # fmt: skip
    return found


def for_programs(method: str) -> Callable[[View], View]:
    """Make a view an endpoint for one method. It runs in its request's own thread, so it may wait for a carrier.

    Who asks is checked by the view: with a key, or with a session and the token of one of our pages.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = _answer(view, method, request, args, kwargs)
            response["Cache-Control"] = "no-store"
            return response

        return endpoint

    return decorate


def _answer(
    view: View, method: str, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponse:
    try:
        if request.method != method:
            raise ActionError("input.method", "This address takes other requests.", next_step=f"Use {method}.",
                              http_status=405)  # fmt: skip
        return view(request, *args, **kwargs)
    except ActionError as error:
        return JsonResponse(error.as_dict(), status=error.http_status)
    except EngineError as error:
        found = ActionError(error.code, error.message, owner=error.owner, next_step=error.next_step)
        return JsonResponse(found.as_dict(), status=503 if error.retryable else 400)
    except DatabaseFailure:
        log.exception("a program's request failed in the database")
        found = ActionError("server.database", "The server cannot reach its database.", owner="us",
                            next_step="Try again in a minute.")  # fmt: skip
        return JsonResponse(found.as_dict(), status=503)

"""Places calls for programs and tells how they stand; seam for whatever dials many (lessons T16)."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from bots.actions.errors import ActionError
from bots.hosting.identity import SIGN_IN, caller_of
from bots.models import Bot
from telephony.actions.place_call import place_once
from telephony.api.endpoint import for_programs, read_json
from telephony.models import PhoneNumber
from telephony.selectors.e164 import e164
from telephony.selectors.legs import leg_document, leg_visible_to

KEY_HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"


@for_programs("POST")
def calls(request: HttpRequest) -> HttpResponse:
    """Place a call: ``{"from": our number, "to": number, "bot": slug, "custom": {…}}``; 201 with the call.

    Without ``bot`` the number's own calls. The same request sent again with the same ``Idempotency-Key`` places no
    second call: the answer is the first one's, 200.
    """
    body = read_json(request)
    number = _number(body.get("from"))
    slug = body.get("bot") or (number.bot.slug if number is not None and number.bot else "")
    if not isinstance(slug, str):
        raise _wrong("bot", "the slug of a bot")
    user, bot = caller_of(request, slug)
    if number is None:
        raise _unknown_number()
    to, custom = body.get("to"), body.get("custom")
    if not isinstance(to, str):
        raise _wrong("to", "a telephone number as text")
    if custom is not None and not isinstance(custom, Mapping):
        raise _wrong("custom", "an object")
    key = request.headers.get(KEY_HEADER, "")
    placed = place_once(number=number, to=to, by=user, bot=bot, custom=custom, key=key)
    response = JsonResponse(leg_document(placed.leg, user), status=200 if placed.again else 201)
    response["Location"] = f"/telephony/api/calls/{placed.leg.pk}/"
    if placed.again:
        response[REPEATED] = "true"
    return response


@for_programs("GET")
def call(request: HttpRequest, leg_id: uuid.UUID) -> HttpResponse:
    """Tell how one call stands, to who may see it."""
    user = _asking(request, leg_id)
    leg = leg_visible_to(user, leg_id)
    if leg is None:
        raise _unknown_call()
    return JsonResponse(leg_document(leg, user))


def _asking(request: HttpRequest, leg_id: uuid.UUID) -> Any:
    """Return the person; a key counts for calls of its own bot, and says nothing about others."""
    if "Authorization" not in request.headers:
        if not request.user.is_authenticated:
            raise SIGN_IN
        return request.user
    bot = Bot.objects.filter(calls__leg=leg_id).first()
    try:
        return caller_of(request, bot.slug if bot else "")[0]
    except ActionError:
        raise _unknown_call() from None


def _number(value: object) -> PhoneNumber | None:
    """Return our number. Raises ActionError ``input.malformed`` or ``number.invalid``."""
    if not isinstance(value, str):
        raise _wrong("from", "one of the house's numbers as text")
    return PhoneNumber.objects.select_related("bot", "account").filter(e164=e164(value)).first()


def _wrong(name: str, what: str) -> ActionError:
    return ActionError("input.malformed", f"{name} must be {what}.", next_step="Correct the request.")


def _unknown_number() -> ActionError:
    return ActionError(
        "number.unknown", "This house has no such number.", next_step="Take one of the list under Phone numbers.",
        http_status=404,
    )  # fmt: skip


def _unknown_call() -> ActionError:
    return ActionError("call.unknown", "There is no such call.", next_step="Check the id and the key.", http_status=404)

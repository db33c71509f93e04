"""The single-use right to open a call's media stream (lessons T16, reliability T7)."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bots.actions.call_tokens import digest
from bots.actions.errors import ActionError
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument
from telephony.models import OPEN_LEG, CallLeg
from telephony.selectors.addresses import stream_url

LIFETIME = timedelta(seconds=60)
MAX_SECRET = 64


def issue_stream_token(leg: CallLeg) -> str:
    """Make the token that opens the leg's stream within a minute; an earlier one is void."""
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    leg.token_hash, leg.token_expires_at, leg.token_used_at = digest(secret), now + LIFETIME, None
    leg.save(update_fields=["token_hash", "token_expires_at", "token_used_at"])
    return secret


def stream_answer(leg: CallLeg) -> AnswerDocument:
    """Return the document that connects the leg with our socket; every one has a token of its own."""
    carrier = leg.account.carrier
    return carrier_named(carrier).stream_document(stream_url(carrier, issue_stream_token(leg)), {})


@transaction.atomic
def open_stream(secret: str, *, carrier: str) -> CallLeg:
    """Use a token up and return its leg; of any number of simultaneous users exactly one succeeds.

    Raises ActionError ``stream.refused`` for a token that is unknown, used, too old, of another carrier, or of a call
    that is over: the refusal never says which.
    """
    now = timezone.now()
    refused = ActionError("stream.refused", "This stream may not be opened.", http_status=403)
    if not secret or len(secret) > MAX_SECRET:
        raise refused
    leg = CallLeg.objects.select_related("account", "call", "number").filter(
        token_hash=digest(secret), account__carrier=carrier, account__is_enabled=True, call__isnull=False
    ).first()  # fmt: skip
    # One row's own columns: of two that wait for its lock the second sees what the first has written.
    usable = {"token_hash": digest(secret), "token_used_at__isnull": True, "token_expires_at__gt": now}
    if leg is None or not CallLeg.objects.filter(pk=leg.pk, status__in=OPEN_LEG, **usable).update(token_used_at=now):
        raise refused
    leg.token_used_at = now
    return leg

"""Keeps what carriers told, once: copies are counted, and have no second effect (reliability T2, T3)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from telephony.carriers.base import WebhookRequest
from telephony.models import CallLeg, CarrierAccount, WebhookReceipt


def digest_of(request: WebhookRequest) -> str:
    """What two copies of a message share: address and content."""
    parts = (request.method, request.url, request.body.decode("latin-1"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def note_webhook(
    *, account: CarrierAccount, leg: CallLeg | None, kind: str, digest: str, summary: Mapping[str, Any]
) -> bool:
    """Store a message; answers whether it is new."""
    try:
        with transaction.atomic():
            WebhookReceipt.objects.create(
                account=account, leg=leg, kind=kind, digest=digest, summary=dict(summary), received_at=timezone.now()
            )
    except IntegrityError:
        WebhookReceipt.objects.filter(account=account, digest=digest).update(copies=F("copies") + 1)
        return False
    return True

"""Whether Twilio sent a request (Twilio's "Webhooks Security"); the check itself is the official library's."""

from __future__ import annotations

from django.utils.datastructures import MultiValueDict

from telephony.carriers.base import AccountAccess, WebhookRequest
from telephony.carriers.errors import WebhookRefused


def verify(request: WebhookRequest, account: AccountAccess, now: float) -> None:
    """Raise ``webhook.unsigned`` unless the account's token signed exactly this address and these fields."""
    from twilio.request_validator import RequestValidator

    token, given = account.secrets.get("auth_token", ""), request.headers.get("x-twilio-signature", "")
    if not token or not given:
        raise WebhookRefused("The request has no signature that could be checked.")
    is_form = "application/x-www-form-urlencoded" in request.headers.get("content-type", "")
    if request.body and not is_form and "bodySHA256" not in request.query:
        raise WebhookRefused("The request's body is not covered by its signature.")
    form = MultiValueDict({name: list(values) for name, values in request.form.items()})
    params = form if is_form else request.body.decode("latin-1")
    if not RequestValidator(token).validate(request.url, params, given):
        raise WebhookRefused("The request's signature does not fit.")

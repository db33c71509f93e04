"""Telnyx, by way of TeXML (TEL-13)."""

from __future__ import annotations

from collections.abc import Mapping

from telephony.carriers.base import (
    AccountAccess,
    AnswerDocument,
    CarrierAPI,
    CarrierCall,
    CredentialField,
    Dial,
    Dialled,
    StatusReport,
    WebhookRequest,
)
from telephony.serializers import TelnyxFrameSerializer

from . import documents, signature, webhooks
from .api import TelnyxAPI
from .console import CONSOLE


class Telnyx:
    """The carrier as everything above knows it."""

    name = "telnyx"
    label = "Telnyx"
    fields = (
        CredentialField("api_key", "API key", "Under Account settings, Keys & Credentials, in the portal."),
        CredentialField("public_key", "Public key", "Beside the API keys: what Telnyx signs its webhooks with."),
        CredentialField(
            "application_id",
            "TeXML application",
            "Only if you have made one yourself, as for calls out, which need its outbound voice profile.",
            required=False,
        ),
    )
    console = CONSOLE
    signs_webhooks = True
    marks = True
    connects_in_flow = False
    asks_for_key = True

    def verify(self, request: WebhookRequest, account: AccountAccess, now: float) -> None:
        signature.verify(request, account, now)

    def read_call(self, request: WebhookRequest) -> CarrierCall:
        return webhooks.read_call(request)

    def read_status(self, request: WebhookRequest) -> StatusReport | None:
        return webhooks.read_status(request)

    def stream_document(self, stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
        return documents.stream(stream_url, custom)

    def message_document(self, text: str, language: str = "") -> AnswerDocument:
        return documents.message(text, language)

    def busy_document(self) -> AnswerDocument:
        return documents.busy()

    def over_document(self) -> AnswerDocument:
        return documents.over()

    def dial_document(self, dial: Dial) -> AnswerDocument:
        return documents.dial(dial)

    def read_dialled(self, request: WebhookRequest) -> Dialled | None:
        return webhooks.read_dialled(request)

    def brief_document(self, text: str, language: str, accept_url: str) -> AnswerDocument:
        return documents.brief(text, language, accept_url)

    def accept_document(self, *, accepted: bool) -> AnswerDocument:
        return documents.accept(accepted=accepted)

    def wait_document(self, seconds: int, after_url: str) -> AnswerDocument:
        return documents.wait(seconds, after_url)

    def api(self, account: AccountAccess) -> CarrierAPI:
        return TelnyxAPI(account)

    def new_serializer(self) -> TelnyxFrameSerializer:
        return TelnyxFrameSerializer(outbound_encoding="PCMU")


CARRIER = Telnyx()

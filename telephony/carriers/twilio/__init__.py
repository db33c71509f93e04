"""Twilio (TEL-03…07, TEL-11)."""

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
from telephony.serializers import TwilioFrameSerializer

from . import documents, signature, webhooks
from .api import TwilioAPI
from .console import CONSOLE


class Twilio:
    """The carrier as everything above knows it."""

    name = "twilio"
    label = "Twilio"
    fields = (CredentialField("auth_token", "Auth token", "On the first page of the console, under Account info."),)
    console = CONSOLE
    signs_webhooks = True
    marks = True
    connects_in_flow = False
    asks_for_key = True

    def verify(self, request: WebhookRequest, account: AccountAccess, now: float) -> None:
        signature.verify(request, account)

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
        return TwilioAPI(account)

    def new_serializer(self) -> TwilioFrameSerializer:
        return TwilioFrameSerializer()


CARRIER = Twilio()

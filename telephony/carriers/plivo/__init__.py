"""Plivo (TEL-12)."""

from __future__ import annotations

from collections.abc import Mapping

from telephony.carriers.base import (
    AccountAccess,
    AnswerDocument,
    CarrierAPI,
    CarrierCall,
    CredentialField,
    StatusReport,
    WebhookRequest,
)
from telephony.serializers import PlivoFrameSerializer

from . import documents, signature, webhooks
from .api import PlivoAPI


class Plivo:
    """The carrier as everything above knows it."""

    name = "plivo"
    label = "Plivo"
    fields = (CredentialField("auth_token", "Auth token", "On the first page of the console, beside the auth id."),)
    signs_webhooks = True
    marks = True

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

    def dial_document(self, target: str, caller_id: str, timeout_s: int, after_url: str) -> AnswerDocument:
        return documents.dial(target, caller_id, timeout_s, after_url)

    def hold_document(self, music_url: str, seconds: int, after_url: str) -> AnswerDocument:
        return documents.hold(music_url, seconds, after_url)

    def api(self, account: AccountAccess) -> CarrierAPI:
        return PlivoAPI(account)

    def new_serializer(self) -> PlivoFrameSerializer:
        return PlivoFrameSerializer()


CARRIER = Plivo()

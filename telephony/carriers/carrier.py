"""One carrier as everything above knows it: facts, and the modules of its package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.engine.transports.serializer import FrameSerializer

from .base import (
    AccountAccess,
    AnswerDocument,
    CarrierAPI,
    CarrierCall,
    ConsoleGuide,
    CredentialField,
    Dial,
    Dialled,
    Documents,
    StatusReport,
    WebhookRequest,
    Webhooks,
)

Verify = Callable[[WebhookRequest, AccountAccess, float], None]
"""Raises ``webhook.unsigned`` unless the account's carrier sent the request; the time is Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier's package. ``fields`` are the secrets of its accounts, ``console`` what people do in its console.

    ``signs_webhooks`` False: its addresses carry the account's hook key instead. ``marks``: the far end tells what it
    has played. ``connects_in_flow``: a call cannot be taken off its stream from here; when the stream ends, the
    carrier's flow asks whom to dial. ``asks_for_key``: we hear which key the person who was dialled has pressed; else
    the carrier itself waits for it. ``api`` returns the interface for an account, ``new_serializer`` what translates a
    media stream, whose ids it learns from the first messages.
    """

    name: str
    label: str
    fields: tuple[CredentialField, ...]
    console: ConsoleGuide
    verify: Verify
    webhooks: Webhooks
    documents: Documents
    api: Callable[[AccountAccess], CarrierAPI]
    new_serializer: Callable[[], FrameSerializer]
    signs_webhooks: bool = True
    marks: bool = True
    connects_in_flow: bool = False
    asks_for_key: bool = False

    def read_call(self, request: WebhookRequest) -> CarrierCall:
        """Read a voice webhook."""
        return self.webhooks.read_call(request)

    def read_status(self, request: WebhookRequest) -> StatusReport | None:
        """Read a status callback."""
        return self.webhooks.read_status(request)

    def read_dialled(self, request: WebhookRequest) -> Dialled | None:
        """Read how a dialled call ended."""
        return self.webhooks.read_dialled(request)

    def stream_document(self, stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
        """Connect the call with our socket."""
        return self.documents.stream(stream_url, custom)

    def message_document(self, text: str, language: str = "") -> AnswerDocument:
        """Say something and hang up."""
        return self.documents.message(text, language)

    def busy_document(self) -> AnswerDocument:
        """Refuse the call."""
        return self.documents.busy()

    def over_document(self) -> AnswerDocument:
        """End a call that was answered."""
        return self.documents.over()

    def dial_document(self, dial: Dial) -> AnswerDocument:
        """Connect the caller with somebody."""
        return self.documents.dial(dial)

    def brief_document(self, text: str, language: str, accept_url: str) -> AnswerDocument:
        """Say something to the person who was dialled."""
        return self.documents.brief(text, language, accept_url)

    def accept_document(self, *, accepted: bool) -> AnswerDocument:
        """Connect that person, or let them go."""
        return self.documents.accept(accepted=accepted)

    def wait_document(self, seconds: int, after_url: str) -> AnswerDocument:
        """Wait, and ask again."""
        return self.documents.wait(seconds, after_url)
